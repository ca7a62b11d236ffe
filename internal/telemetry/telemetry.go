// Package telemetry is what the program tells about itself to those who run it: log
// lines, the sealed security log, measurements and traces. It is not the audit trail,
// which is evidence in the database, and it knows nothing of the city.
package telemetry

import (
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// The files of a log folder.
const (
	AppFile      = "app.log"      // everything
	SecurityFile = "security.log" // security events, sealed line by line
)

// Options say where lines go. The zero value of a number means its default.
type Options struct {
	Debug   bool      // readable text on Console, and the debug level
	Console io.Writer // standard output
	Dir     string    // folder of the two files; empty: Console only
	Node    string    // this machine's name in every line; empty: its host name

	Keys    []string // secrets that seal security.log: the first is used, the others verify
	Secrets []string // values that no line may show, whatever they came in

	MaxSize      int64         // bytes after which a file is turned over; negative: never
	MaxAge       time.Duration // age of its first line after which it is; negative: never
	Keep         int           // turned-over app.log files that are kept
	KeepSecurity int           // the same for security.log

	Now func() time.Time
}

// The defaults of Options.
const (
	DefaultMaxSize      = 20 << 20
	DefaultMaxAge       = 7 * 24 * time.Hour
	DefaultKeep         = 20
	DefaultKeepSecurity = 200
)

func (o *Options) fill() {
	if o.Node == "" {
		o.Node, _ = os.Hostname() // a machine without a name has lines without one
	}
	o.MaxSize = cmp.Or(o.MaxSize, DefaultMaxSize)
	o.MaxAge = cmp.Or(o.MaxAge, DefaultMaxAge)
	o.Keep = cmp.Or(o.Keep, DefaultKeep)
	o.KeepSecurity = cmp.Or(o.KeepSecurity, DefaultKeepSecurity)
	if o.Now == nil {
		o.Now = time.Now
	}
}

// Logs are the open places for lines. Their methods may be called from many goroutines.
type Logs struct {
	logger   *slog.Logger
	app      *appFile // nil: no folder
	security *chain   // nil: no folder
	counts   *counts
}

// Open makes the folder (0750) and the files (0640). Lines written while a file cannot
// be are counted, not an error: the program serves on.
func Open(o Options) (*Logs, error) {
	o.fill()
	l := &Logs{counts: newCounts()}
	h := &handler{node: o.Node, counts: l.counts, scrub: newScrubber(o.Secrets)}
	console := slog.Handler(slog.NewJSONHandler(o.Console, jsonOptions))
	if o.Debug {
		console = slog.NewTextHandler(o.Console, &slog.HandlerOptions{Level: slog.LevelDebug})
	}
	h.all = append(h.all, console)
	if o.Dir != "" {
		if err := l.openFiles(o, h); err != nil {
			return nil, err
		}
	}
	l.logger = slog.New(h)
	return l, nil
}

func (l *Logs) openFiles(o Options, h *handler) error {
	if err := os.MkdirAll(o.Dir, 0o750); err != nil {
		return fmt.Errorf("LOG_DIR: %w; LOG_DIR=- keeps the log on standard output", err)
	}
	keys, err := sealKeys(o.Keys)
	if err != nil {
		return err
	}
	l.app = newAppFile(newFile(filepath.Join(o.Dir, AppFile), o, o.Keep), l.counts)
	l.security = newChain(newFile(filepath.Join(o.Dir, SecurityFile), o, o.KeepSecurity), keys, o, l.counts)
	if err := errors.Join(l.app.file.open(), l.security.file.open()); err != nil {
		return fmt.Errorf("LOG_DIR: %w; LOG_DIR=- keeps the log on standard output", err)
	}
	h.all = append(h.all, &leveled{slog.NewJSONHandler(l.app, jsonOptions), l.app})
	h.security = append(h.security, slog.NewJSONHandler(l.security, jsonOptions))
	return nil
}

// sealKeys derives the keys of the security log from the program's secrets.
func sealKeys(secrets []string) ([]sealKey, error) {
	if len(secrets) == 0 {
		secrets = []string{""}
	}
	var out []sealKey
	for _, s := range secrets {
		key, err := hkdf.Key(sha256.New, []byte(s), nil, "ekolek/security-log/1", 32)
		if err != nil {
			return nil, fmt.Errorf("key of the security log: %w", err)
		}
		sum := sha256.Sum256(key)
		out = append(out, sealKey{id: fmt.Sprintf("%x", sum[:4]), key: key})
	}
	return out, nil
}

// Logger writes lines to everywhere.
func (l *Logs) Logger() *slog.Logger { return l.logger }

// Reopen lets go of the files, so that whoever renamed them may do with them what they
// like; the next line makes new ones.
func (l *Logs) Reopen() error {
	if l.app == nil {
		return nil
	}
	return errors.Join(l.app.reopen(), l.security.reopen())
}

// SecurityErr is why the security log takes no lines, nil while it does. It tries again
// to write when the last attempt failed.
func (l *Logs) SecurityErr() error {
	if l.security == nil {
		return nil
	}
	return l.security.probe()
}

// SecurityHead is the last line of this program's security log, by number and seal;
// zero when there is none.
func (l *Logs) SecurityHead() Head {
	if l.security == nil {
		return Head{}
	}
	return l.security.headNow()
}

// Remember tells the security log of a line that it had before this start: when the file
// ends earlier, its end was cut off, and the next line says so.
func (l *Logs) Remember(h Head) {
	if l.security != nil {
		l.security.remember(h)
	}
}

// Dropped is how many lines of a level the files did not take since the start.
func (l *Logs) Dropped(level slog.Level) int64 { return l.counts.dropped(level) }

// Events is how often each event happened since the start.
func (l *Logs) Events() map[Event]int64 { return l.counts.eventsNow() }

// Close closes the files.
func (l *Logs) Close() error {
	if l.app == nil {
		return nil
	}
	return errors.Join(l.app.close(), l.security.close())
}

// Discard writes nowhere.
func Discard() *Logs {
	return &Logs{logger: slog.New(slog.DiscardHandler), counts: newCounts()}
}

// jsonOptions writes times in UTC, whatever the machine's zone.
var jsonOptions = &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindTime {
		a.Value = slog.TimeValue(a.Value.Time().UTC())
	}
	return a
}}

// Request is what lines say about the request or job that they were written in.
type Request struct {
	ID string // under which a person's complaint is found
	IP string
}

type requestKey struct{}

// With makes every line that is logged with the context carry the request.
func With(ctx context.Context, r Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// RequestOf is the request that a context belongs to.
func RequestOf(ctx context.Context) Request {
	r, _ := ctx.Value(requestKey{}).(Request) // none: the zero Request
	return r
}
