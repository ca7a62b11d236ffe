package app

import (
	"testing"

	"go.uber.org/goleak"
)

// Nothing may run on after Close. lumberjack's own goroutine, one for each log file,
// has no end; a program opens its files once.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun"))
}
