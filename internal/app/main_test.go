package app

import (
	"testing"

	"go.uber.org/goleak"
)

// Nothing may run on after Close.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
