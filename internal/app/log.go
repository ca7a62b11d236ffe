package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"gopkg.in/natefinch/lumberjack.v2"

	"ekolek/internal/config"
)

// newLog writes to w (JSON in production, text in development) and, when LOG_DIR is
// set, to the two files of the seed's settings: django.log has everything,
// security.log what touches sign-ins, refusals and locks. Files are turned over at
// 20 MB, and ten of each are kept.
func newLog(cfg config.Config, w io.Writer) (*slog.Logger, io.Closer, error) {
	var to fanout
	if cfg.Debug {
		to.all = append(to.all, slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
	} else {
		to.all = append(to.all, slog.NewJSONHandler(w, nil))
	}
	if cfg.LogDir == "" {
		return slog.New(to), closers(nil), nil
	}
	if err := os.MkdirAll(cfg.LogDir, 0o750); err != nil {
		return nil, nil, fmt.Errorf("LOG_DIR: %w; LOG_DIR=- keeps the log on standard error", err)
	}
	general := &lumberjack.Logger{Filename: filepath.Join(cfg.LogDir, "django.log"), MaxSize: 20, MaxBackups: 10}
	security := &lumberjack.Logger{Filename: filepath.Join(cfg.LogDir, "security.log"), MaxSize: 20, MaxBackups: 10}
	to.all = append(to.all, slog.NewJSONHandler(general, nil))
	to.security = append(to.security, slog.NewJSONHandler(security, nil))
	return slog.New(to), closers{general, security}, nil
}

// fanout hands every record to several handlers, and those about security to more.
type fanout struct {
	all, security []slog.Handler
}

// Enabled says whether any handler wants the level.
func (f fanout) Enabled(ctx context.Context, level slog.Level) bool {
	for _, h := range f.all {
		if h.Enabled(ctx, level) {
			return true
		}
	}
	return false
}

// Handle writes the record.
func (f fanout) Handle(ctx context.Context, r slog.Record) error {
	handlers := f.all
	if isSecurity(r) {
		handlers = append(handlers[:len(handlers):len(handlers)], f.security...)
	}
	var errs []error
	for _, h := range handlers {
		if h.Enabled(ctx, r.Level) {
			errs = append(errs, h.Handle(ctx, r.Clone()))
		}
	}
	return errors.Join(errs...)
}

// WithAttrs adds attributes in every handler.
func (f fanout) WithAttrs(attrs []slog.Attr) slog.Handler {
	return f.with(func(h slog.Handler) slog.Handler { return h.WithAttrs(attrs) })
}

// WithGroup opens a group in every handler.
func (f fanout) WithGroup(name string) slog.Handler {
	return f.with(func(h slog.Handler) slog.Handler { return h.WithGroup(name) })
}

func (f fanout) with(change func(slog.Handler) slog.Handler) fanout {
	var out fanout
	for _, h := range f.all {
		out.all = append(out.all, change(h))
	}
	for _, h := range f.security {
		out.security = append(out.security, change(h))
	}
	return out
}

// isSecurity picks what security.log keeps: a record marked security=true, and
// requests that were refused: 401, 403, 429.
func isSecurity(r slog.Record) bool {
	found := false
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "security":
			found = a.Value.Kind() == slog.KindBool && a.Value.Bool()
		case "status":
			if a.Value.Kind() == slog.KindInt64 {
				n := a.Value.Int64()
				found = n == 401 || n == 403 || n == 429
			}
		}
		return !found
	})
	return found
}

// closers closes several things, the last one first.
type closers []io.Closer

func (c closers) Close() error {
	var errs []error
	for i := len(c) - 1; i >= 0; i-- {
		errs = append(errs, c[i].Close())
	}
	return errors.Join(errs...)
}
