package backup_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ekolek/internal/backup"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// shelf is a city that backs itself up.
type shelf struct {
	*city
	s    *backup.Service
	told []backup.Failure
	log  bytes.Buffer
}

func eachShelf(t *testing.T, f func(t *testing.T, s *shelf)) {
	t.Helper()
	eachCity(t, func(t *testing.T, c *city) { f(t, newShelf(t, c)) })
}

func newShelf(t *testing.T, c *city) *shelf {
	t.Helper()
	s := &shelf{city: c}
	c.o.Now, c.o.Log = c.Clock.Now, slog.New(slog.NewTextHandler(&s.log, nil))
	s.open(t)
	return s
}

// open makes the service with the options as they are now, as a new start does.
func (s *shelf) open(t *testing.T) {
	t.Helper()
	queue := testkit.NewEmptyWorld(t, s.DB).Queue
	s.s = backup.New(s.DB, queue, s.o, backup.Plan{Hour: 2, Keep: 3 * 24 * time.Hour}, func(_ context.Context, _ *db.Tx, f backup.Failure) error {
		s.told = append(s.told, f)
		return nil
	})
	t.Cleanup(func() { _ = s.s.Close() })
}

// at lets the clock of the city stand at a time of day in Manila and runs the hourly look.
func (s *shelf) at(t *testing.T, day, hour int) {
	t.Helper()
	slot := time.Date(2026, 12, day, hour, 0, 0, 0, db.Manila)
	s.Clock.Advance(slot.Add(time.Minute).Sub(s.Clock.Now()))
	if err := s.s.Nightly(t.Context(), slot); err != nil {
		t.Fatal(err)
	}
	s.s.Wait()
}

func (s *shelf) runs(t *testing.T) []backup.Run {
	t.Helper()
	page, err := s.s.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return page.Rows
}

func (s *shelf) files(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir(s.o.Dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return len(entries)
}

func TestEveryNight(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, s *shelf) {
		for _, look := range []struct {
			what      string
			day, hour int
			runs      int
		}{
			{"a new city waits for its first night", 1, 15, 0},
			{"before the hour", 2, 1, 0},
			{"the hour", 2, 2, 1},
			{"the same hour again", 2, 2, 1},
			{"later that day", 2, 15, 1},
			{"the program did not run at the hour", 3, 9, 2},
			{"and does not make it up twice", 3, 10, 2},
			{"the night after", 4, 2, 3},
		} {
			s.at(t, look.day, look.hour)
			if n := len(s.runs(t)); n != look.runs {
				t.Fatalf("%s: %d runs, want %d\n%s", look.what, n, look.runs, s.log.String())
			}
		}
		r := s.runs(t)[0]
		if r.State != backup.Done || r.Test != backup.Passed || r.Cause != backup.Night || r.Size == 0 || r.Problem != "" || r.TestProblem != "" {
			t.Errorf("the newest run: %+v", r)
		}
		last, err := backup.Last(t.Context(), s.DB)
		tested, err2 := backup.LastTest(t.Context(), s.DB)
		if err != nil || err2 != nil || !last.OK || !tested.OK || last.File != r.File || last.GoodAt.IsZero() {
			t.Errorf("facts: %+v, %v; %+v, %v", last, err, tested, err2)
		}
		if _, err := backup.Verify(t.Context(), s.o, r.File); err != nil {
			t.Errorf("the file: %v", err)
		}
	})
}

// A failure is in the log and told once a day; the next hour tries again.
func TestAFailedNightIsToldAndTriedAgain(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, s *shelf) {
		good := s.o
		s.o.Key = "short"
		s.open(t)
		s.at(t, 2, 2)
		s.at(t, 2, 3)
		s.at(t, 2, 4)
		if n := len(s.runs(t)); n != 3 {
			t.Errorf("%d runs in three hours", n)
		}
		if r := s.runs(t)[0]; r.State != backup.Broken || r.Problem != backup.BadKey || len(s.told) != 1 || s.told[0].Restore || s.files(t) != 0 {
			t.Errorf("run %+v, told %v", r, s.told)
		}
		if !strings.Contains(s.log.String(), "BACKUP_FAILED") || !strings.Contains(s.log.String(), "security=true") {
			t.Errorf("the log says %s", s.log.String())
		}
		s.at(t, 3, 2)
		if len(s.told) != 2 {
			t.Errorf("told %d times in two days", len(s.told))
		}
		s.o = good
		s.open(t)
		s.at(t, 4, 2)
		last, err := backup.Last(t.Context(), s.DB)
		if err != nil || !last.OK || len(s.told) != 2 {
			t.Errorf("the night after: %+v, %v", last, err)
		}
		s.o.Key = "short"
		s.open(t)
		s.at(t, 5, 2)
		s.at(t, 5, 3)
		s.at(t, 5, 4)
		if n := len(s.runs(t)); n != 8 || len(s.told) != 3 {
			t.Errorf("%d runs, told %d times: each hour tries, one is told", n, len(s.told))
		}
		if last, err = backup.Last(t.Context(), s.DB); err != nil || last.OK || last.GoodAt.IsZero() {
			t.Errorf("the good one is forgotten: %+v, %v", last, err)
		}
	})
}

// Old backups stay until a newer one was restored, however old they are.
func TestOldBackupsStayUntilANewerOneIsRestored(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, s *shelf) {
		s.at(t, 1, 2)
		s.at(t, 2, 2)
		kept := filepath.Join(t.TempDir(), "by-hand.tar.zst")
		if _, _, err := s.s.Command(t.Context(), backup.What{To: kept}, true); err != nil {
			t.Fatal(err)
		}
		s.o.Verify = func(context.Context, *db.DB) error { return errors.New("does not add up") }
		s.open(t)
		s.at(t, 20, 2)
		if r := s.runs(t)[0]; r.State != backup.Done || r.Test != backup.Failed || len(s.told) != 1 || !s.told[0].Restore {
			t.Errorf("run %+v, told %v", r, s.told)
		}
		if n := s.files(t); n != 3 {
			t.Errorf("%d files are left, though the newest cannot be restored", n)
		}
		s.o.Verify = nil
		s.open(t)
		s.at(t, 21, 2)
		if n := s.files(t); n != 2 { // the one that failed is young
			t.Errorf("%d files are left", n)
		}
		if _, err := os.Stat(kept); err != nil {
			t.Errorf("what somebody put elsewhere was removed: %v", err)
		}
		var removed int
		for _, r := range s.runs(t) {
			if r.RemovedAt != nil {
				removed++
			}
		}
		if removed != 2 {
			t.Errorf("%d runs are noted as removed", removed)
		}
	})
}

// Of two nodes one makes the backup. The lease of one that was killed ends after a minute.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, s *shelf) {
		var won atomic.Int64
		done := make(chan error)
		for range 8 {
			go func() {
				mine, err := s.s.Claim(context.Background(), db.NewID())
				if mine {
					won.Add(1)
				}
				done <- err
			}()
		}
		for range 8 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if won.Load() != 1 {
			t.Fatalf("%d of 8 have the lease", won.Load())
		}
		if err := s.s.Ask(t.Context(), s.Actor(s.Admin)); !errors.Is(err, backup.ErrRunning) {
			t.Errorf("asked beside one: %v", err)
		}
		if _, _, err := s.s.Command(t.Context(), backup.What{}, false); !errors.Is(err, backup.ErrRunning) {
			t.Errorf("typed beside one: %v", err)
		}
		s.Clock.Advance(2 * time.Minute)
		made, tried, err := s.s.Command(t.Context(), backup.What{}, false)
		if err != nil || tried != nil || made.Size == 0 {
			t.Errorf("after the dead one: %+v, %v, %v", made, tried, err)
		}
		runs := s.runs(t)
		if len(runs) != 2 || runs[0].Cause != backup.Command || runs[0].Test != "" || runs[1].State != backup.Broken || runs[1].Problem != backup.Stopped {
			t.Errorf("runs %+v", runs)
		}
	})
}

func TestHours(t *testing.T) {
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 12, day, hour, minute, 0, 0, db.Manila) }
	for _, c := range []struct {
		hour    int
		t, want time.Time
	}{
		{2, at(5, 2, 0), at(5, 2, 0)}, {2, at(5, 1, 59), at(4, 2, 0)}, {0, at(1, 0, 0), at(1, 0, 0)}, {23, at(1, 22, 0), at(0, 23, 0)},
	} {
		if got := backup.LastAt(c.hour, c.t.UTC()); !got.Equal(c.want) {
			t.Errorf("hour %d at %v: %v, want %v", c.hour, c.t, got, c.want)
		}
	}
}

func TestADiskThatIsShort(t *testing.T) {
	wantCode(t, backup.NeedRoom(t.TempDir(), 1<<60), backup.DiskShort)
	if err := backup.NeedRoom(t.TempDir(), 1); err != nil {
		t.Error(err)
	}
}
