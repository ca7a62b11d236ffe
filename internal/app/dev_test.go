package app

import (
	"testing"

	"ekolek/internal/config"
)

// Codes can be read at /dev/outbox, so production must not have it.
func TestTheOutboxIsShownInDevelopmentOnly(t *testing.T) {
	for _, debug := range []bool{true, false} {
		a := &App{cfg: config.Config{Debug: debug, DataDir: t.TempDir()}}
		read := a.devOutbox()
		if (read != nil) != debug {
			t.Errorf("debug %v: shown %v", debug, read != nil)
		}
		if read == nil {
			continue
		}
		if kept, err := read(10); err != nil || len(kept) != 0 {
			t.Errorf("a new machine has %d messages, %v", len(kept), err)
		}
	}
}
