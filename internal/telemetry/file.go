package telemetry

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// file is a log file that only grows, is turned over by size and age, and may be
// renamed by others at any time: each write goes to whatever has the name. Several
// processes may write to it, for the lock is the file system's. Not safe for several
// goroutines; its owner has the mutex.
type file struct {
	path    string
	maxSize int64 // negative: never turned over
	maxAge  time.Duration
	keep    int
	now     func() time.Time
	pruned  func(names []string) // told which old files were removed; nil: nobody is

	f    *os.File
	born time.Time // of the first line
	end  int64     // where the file ended after our own last write; -1: not known
}

func newFile(path string, o Options, keep int) *file {
	return &file{path: path, maxSize: o.MaxSize, maxAge: o.MaxAge, keep: keep, now: o.Now, end: -1}
}

const fileMode fs.FileMode = 0o640

// open opens or makes the file, and takes rights away from it that are too many.
func (l *file) open() error {
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, fileMode)
	if err != nil {
		return err
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&^fileMode != 0 {
		_ = f.Chmod(info.Mode().Perm() & fileMode) // somebody else's file stays as it is; `check` tells
	}
	l.f, l.end = f, -1
	l.born = bornOf(f, l.now())
	return nil
}

// bornOf reads the time of the first line; a file without one is born now.
func bornOf(f *os.File, now time.Time) time.Time {
	head := make([]byte, 64)
	n, _ := f.ReadAt(head, 0) // a short file has a short head
	m := lineTime.FindSubmatch(head[:n])
	if m == nil {
		return now
	}
	at, err := time.Parse(time.RFC3339Nano, string(m[1]))
	if err != nil {
		return now
	}
	return at
}

var lineTime = regexp.MustCompile(`^\{"time":"([^"]+)"`)

// append writes what line makes, in one write, while no other process does. changed
// says that somebody else wrote since our last line, or that this is our first.
func (l *file) append(line func(f *os.File, size int64, changed bool) ([]byte, error)) error {
	size, err := l.take()
	if err != nil {
		return err
	}
	defer l.release()
	data, err := line(l.f, size, size != l.end)
	if err != nil {
		return err
	}
	n, err := l.f.Write(data)
	if l.end = size + int64(n); err != nil {
		l.end = -1 // part of a line may stand there now
	}
	return err
}

// take locks what has the file's name, turned over if it is time.
func (l *file) take() (size int64, err error) {
	for range 5 {
		if l.f == nil {
			if err := l.open(); err != nil {
				return 0, err
			}
		}
		if err := lock(l.f); err != nil {
			return 0, errors.Join(fmt.Errorf("lock %s: %w", l.path, err), l.close())
		}
		mine, err := l.f.Stat()
		if err != nil {
			return 0, errors.Join(err, l.close())
		}
		named, err := os.Stat(l.path)
		switch {
		case err != nil || !os.SameFile(mine, named): // renamed, or removed
		case !l.due(mine):
			return mine.Size(), nil
		default:
			if err := l.turnOver(); err != nil {
				return mine.Size(), nil //nolint:nilerr // better a file too large than a lost line
			}
		}
		if err := l.close(); err != nil {
			return 0, err
		}
	}
	return 0, fmt.Errorf("%s is renamed as often as it is opened", l.path)
}

func (l *file) release() {
	if l.f != nil {
		_ = unlock(l.f) // closing it unlocks, too
	}
}

// due says whether the file is to be turned over. An empty one never is.
func (l *file) due(info fs.FileInfo) bool {
	if info.Size() == 0 || !info.Mode().IsRegular() {
		return false
	}
	return l.maxSize > 0 && info.Size() >= l.maxSize || l.maxAge > 0 && l.now().Sub(l.born) >= l.maxAge
}

// turnedTime is in the name of a file that was turned over; names sort by time.
const turnedTime = "20060102T150405.000000000Z"

// turnOver renames the file, and removes those that are too many.
func (l *file) turnOver() error {
	if err := l.f.Sync(); err != nil {
		return err
	}
	ext := filepath.Ext(l.path)
	to := strings.TrimSuffix(l.path, ext) + "-" + l.now().UTC().Format(turnedTime) + ext
	if err := os.Rename(l.path, to); err != nil {
		return err
	}
	l.prune()
	return nil
}

// prune removes the oldest turned-over files beyond keep.
func (l *file) prune() {
	old := turned(l.path)
	if len(old) <= l.keep {
		return
	}
	gone := old[:len(old)-l.keep]
	if l.pruned != nil {
		l.pruned(gone)
	}
	for _, name := range gone {
		_ = os.Remove(name) // it is tried again at the next turn
	}
}

// turned lists the files that were turned over, the oldest first.
func turned(path string) []string {
	ext := filepath.Ext(path)
	base := strings.TrimSuffix(filepath.Base(path), ext)
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil // the folder is gone: so are they
	}
	shape := regexp.MustCompile(`^` + regexp.QuoteMeta(base) + `-\d{8}T\d{6}\.\d{9}Z` + regexp.QuoteMeta(ext) + `$`)
	var out []string
	for _, e := range entries {
		if shape.MatchString(e.Name()) {
			out = append(out, filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
	slices.Sort(out)
	return out
}

func (l *file) sync() error {
	if l.f == nil {
		return nil
	}
	return l.f.Sync()
}

func (l *file) close() error {
	if l.f == nil {
		return nil
	}
	err := l.f.Close()
	l.f, l.end = nil, -1
	return err
}

// tail reads the end of a file, up to n bytes of it, and where that begins.
func tail(f io.ReaderAt, size, n int64) ([]byte, int64, error) {
	from := max(0, size-n)
	buf := make([]byte, size-from)
	if _, err := f.ReadAt(buf, from); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	return buf, from, nil
}
