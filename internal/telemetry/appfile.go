package telemetry

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"ekolek/internal/disk"
)

// When the disk runs full, the lowest levels are dropped first, so that what is left
// goes to the lines that matter and to security.log.
const (
	keepWarnings = 256 << 20 // below this many free bytes only warnings and errors are kept
	keepErrors   = 32 << 20  // below this only errors
	lookAtDisk   = 5 * time.Second
)

// appFile is app.log: lines that it cannot take are dropped and counted, for the
// program's work does not wait for its diary.
type appFile struct {
	mu     sync.Mutex
	file   *file
	counts *counts

	free   func(dir string) (uint64, error)
	looked atomic.Int64 // unix nanoseconds
	least  atomic.Int64 // the level below which lines are dropped now
}

func newAppFile(f *file, c *counts) *appFile {
	a := &appFile{file: f, counts: c, free: freeBytes}
	a.least.Store(int64(slog.LevelDebug))
	return a
}

// Write appends one line.
func (a *appFile) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.file.append(func(f *os.File, size int64, changed bool) ([]byte, error) {
		if changed && tornAt(f, size) {
			return append([]byte("\n"), p...), nil // the program was killed in the middle of a line
		}
		return p, nil
	})
	return len(p), err
}

// tornAt says that the file does not end with a whole line.
func tornAt(f *os.File, size int64) bool {
	last := make([]byte, 1)
	if size == 0 {
		return false
	}
	n, _ := f.ReadAt(last, size-1) // what cannot be read is not torn
	return n == 1 && last[0] != '\n'
}

func (a *appFile) reopen() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.file.close()
}

func (a *appFile) close() error { return a.reopen() }

// takes says whether a line of the level is worth what is left of the disk.
func (a *appFile) takes(level slog.Level) bool {
	now := a.file.now().UnixNano()
	if last := a.looked.Load(); now-last > int64(lookAtDisk) && a.looked.CompareAndSwap(last, now) {
		a.least.Store(int64(a.worth()))
	}
	return level >= slog.Level(a.least.Load())
}

func (a *appFile) worth() slog.Level {
	free, err := a.free(filepath.Dir(a.file.path))
	switch {
	case err != nil || free >= keepWarnings:
		return slog.LevelDebug
	case free >= keepErrors:
		return slog.LevelWarn
	default:
		return slog.LevelError
	}
}

// leveled is the handler of app.log, which counts what it drops instead of failing.
type leveled struct {
	slog.Handler
	to *appFile
}

// Handle writes the record, or counts it as dropped.
func (h *leveled) Handle(ctx context.Context, r slog.Record) error {
	if !h.to.takes(r.Level) || h.Handler.Handle(ctx, r) != nil {
		h.to.counts.drop(r.Level)
	}
	return nil
}

// WithAttrs adds attributes.
func (h *leveled) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &leveled{h.Handler.WithAttrs(attrs), h.to}
}

// WithGroup opens a group.
func (h *leveled) WithGroup(name string) slog.Handler {
	return &leveled{h.Handler.WithGroup(name), h.to}
}

// freeBytes is what a user may still write to the folder's disk.
func freeBytes(dir string) (uint64, error) {
	_, bytes, err := disk.Free(dir)
	return bytes, err
}
