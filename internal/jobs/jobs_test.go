package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/jobs"
	"ekolek/internal/testkit"
)

type greet struct {
	Name string `json:"name"`
}

func (greet) Kind() string { return "greet" }

// slow may run longer than others.
type slow struct{}

func (slow) Kind() string           { return "slow" }
func (slow) Timeout() time.Duration { return time.Hour }

// diary notes what ran.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) add(format string, args ...any) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
	return len(d.lines)
}

func (d *diary) all() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.lines...)
}

// until waits for a condition, and fails the test when it does not come.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

var quick = jobs.Config{Poll: 50 * time.Millisecond, Timeout: 2 * time.Second}

func open(t *testing.T, d *db.DB) *jobs.Queue {
	t.Helper()
	q, err := jobs.Open(d, quick, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func start(t *testing.T, q *jobs.Queue) {
	t.Helper()
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

func enqueue(t *testing.T, d *db.DB, q *jobs.Queue, args jobs.Args) {
	t.Helper()
	err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error { return q.Enqueue(ctx, tx, args) })
	if err != nil {
		t.Fatal(err)
	}
}

func TestAJobExistsWhenItsActDoes(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran diary
		q := open(t, d)
		jobs.Register(q, func(_ context.Context, g greet) error { ran.add("%s", g.Name); return nil })
		refusal := errors.New("refused")
		err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if err := q.Enqueue(ctx, tx, greet{"nobody"}); err != nil {
				return err
			}
			return refusal
		})
		if !errors.Is(err, refusal) {
			t.Fatal(err)
		}
		enqueue(t, d, q, greet{"Ana"}) // before the start, too
		start(t, q)
		enqueue(t, d, q, greet{"Ben"})
		until(t, "both ran", func() bool { return len(ran.all()) == 2 })
		if got := strings.Join(ran.all(), " "); strings.Contains(got, "nobody") {
			t.Errorf("ran %s", got)
		}
		var waiting int
		if err := d.QueryRowContext(t.Context(), "SELECT count(*) FROM river_job WHERE kind = 'greet'").Scan(&waiting); err != nil || waiting != 2 {
			t.Errorf("%d jobs were ever written, %v; want 2", waiting, err)
		}
	})
}

func TestAFailureComesBackLater(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran diary
		q := open(t, d)
		attempts := make(chan time.Time, 10)
		jobs.Register(q, func(_ context.Context, g greet) error {
			attempts <- time.Now()
			if ran.add("%s", g.Name) == 1 {
				return errors.New("the gateway is asleep")
			}
			return nil
		})
		enqueue(t, d, q, greet{"Ana"})
		start(t, q)
		until(t, "it was tried twice", func() bool { return len(ran.all()) == 2 })
		if gap := -(<-attempts).Sub(<-attempts); gap < 500*time.Millisecond {
			t.Errorf("tried again after %v", gap)
		}
	})
}

func TestGivingUpIsFinal(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		q := open(t, d)
		jobs.Register(q, func(context.Context, greet) error { return fmt.Errorf("no such number: %w", jobs.ErrGiveUp) })
		enqueue(t, d, q, greet{"Ana"})
		start(t, q)
		until(t, "it was given up", func() bool { return state(t, d) == "cancelled" })
	})
}

func state(t *testing.T, d *db.DB) (s string) {
	t.Helper()
	if err := d.QueryRowContext(t.Context(), "SELECT state FROM river_job WHERE kind IN ('greet', 'slow')").Scan(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheJobOfADeadWorkerIsTakenOver(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran diary
		q := open(t, d)
		jobs.Register(q, func(_ context.Context, g greet) error { ran.add("%s", g.Name); return nil })
		jobs.Register(q, func(context.Context, slow) error { return nil })
		begun := time.Now().Truncate(time.Millisecond)
		die := func() { // as a worker leaves it that was killed half-way
			err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.ExecContext(ctx, "UPDATE river_job SET state = 'running', attempt = 1, attempted_at = $1", db.At(begun))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		enqueue(t, d, q, greet{"Ana"})
		die()
		for after, want := range map[time.Duration]string{6 * time.Second: "running", 8 * time.Second: "available"} {
			die()
			if err := jobs.TakeOver(q, t.Context(), begun.Add(after)); err != nil {
				t.Fatal(err)
			}
			if got := state(t, d); got != want {
				t.Errorf("after %v the job is %s, want %s", after, got, want)
			}
		}
		die()
		start(t, q) // its own sweep finds the job
		until(t, "the job ran", func() bool { return len(ran.all()) == 1 })
	})
}

func TestALongJobIsLeftAlone(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	q := open(t, d)
	jobs.Register(q, func(context.Context, slow) error { return nil })
	enqueue(t, d, q, slow{})
	begun := time.Now()
	err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE river_job SET state = 'running', attempt = 1, attempted_at = $1", db.At(begun))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := jobs.TakeOver(q, t.Context(), begun.Add(time.Minute)); err != nil || state(t, d) != "running" {
		t.Errorf("a job with an hour is %s after a minute, %v", state(t, d), err)
	}
}

func TestOncePerSlotOverThreeNodes(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran diary
		nodes := make([]*jobs.Queue, 3)
		for i := range nodes {
			nodes[i] = open(t, d)
			nodes[i].Every("sweep", time.Second, func(_ context.Context, slot time.Time) error {
				ran.add("%s", slot.Format(time.TimeOnly))
				return nil
			})
			if err := nodes[i].Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		until(t, "three slots ran", func() bool { return len(ran.all()) >= 3 })
		// Whoever leads, another takes the lead and goes on.
		for _, q := range nodes[:2] {
			if err := q.Stop(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		before := len(ran.all())
		until(t, "three more slots ran", func() bool { return len(ran.all()) >= before+3 })
		if err := nodes[2].Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, slot := range ran.all() {
			if seen[slot] {
				t.Errorf("slot %s ran twice: %v", slot, ran.all())
			}
			seen[slot] = true
		}
	})
}

func TestSlotsLieOnTheManilaClock(t *testing.T) {
	for _, c := range []struct {
		at       string
		interval time.Duration
		want     string
	}{
		{"2026-11-24T00:10:00+08:00", 24 * time.Hour, "2026-11-24T00:00:00+08:00"},
		{"2026-11-24T23:59:59+08:00", 24 * time.Hour, "2026-11-24T00:00:00+08:00"},
		{"2026-11-24T12:34:56+08:00", time.Hour, "2026-11-24T12:00:00+08:00"},
		{"2026-11-24T12:34:56+08:00", 15 * time.Minute, "2026-11-24T12:30:00+08:00"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := jobs.SlotOf(at.UTC(), c.interval).In(db.Manila).Format(time.RFC3339); got != c.want {
			t.Errorf("%s in slots of %v is in %s, want %s", c.at, c.interval, got, c.want)
		}
	}
}

func TestStopDrains(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		q := open(t, d)
		begun, finish := make(chan struct{}), make(chan struct{})
		var ran diary
		jobs.Register(q, func(ctx context.Context, g greet) error {
			close(begun)
			<-finish
			ran.add("%s, %v", g.Name, ctx.Err())
			return nil
		})
		enqueue(t, d, q, greet{"Ana"})
		if err := q.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-begun
		stopped := make(chan error)
		go func() { stopped <- q.Stop(context.Background()) }()
		select {
		case err := <-stopped:
			t.Fatalf("stopped while a job ran, %v", err)
		case <-time.After(100 * time.Millisecond):
		}
		close(finish)
		if err := <-stopped; err != nil {
			t.Fatal(err)
		}
		if got := ran.all(); len(got) != 1 || got[0] != "Ana, <nil>" || state(t, d) != "completed" {
			t.Errorf("ran %v, the job is %s", got, state(t, d))
		}
	})
}

func TestStopCutsOffAtTheEndOfItsPatience(t *testing.T) {
	t.Parallel()
	d := testkit.DB(t)
	q := open(t, d)
	begun := make(chan struct{})
	jobs.Register(q, func(ctx context.Context, _ greet) error {
		close(begun)
		<-ctx.Done()
		return ctx.Err()
	})
	enqueue(t, d, q, greet{"Ana"})
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := q.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("stop says %v", err)
	}
	if got := state(t, d); got == "running" || got == "completed" {
		t.Errorf("the job is %s; it has to run again", got)
	}
}

// The queue shares SQLite's one writer with everybody: neither may wait for the other forever.
func TestTheQueueAndTheWritersShareOneConnection(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		const acts = 300
		q := open(t, d)
		jobs.Register(q, func(ctx context.Context, g greet) error {
			return d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
				return db.SetValue(ctx, tx, "job "+g.Name, "done", time.Now())
			})
		})
		start(t, q)
		var wg sync.WaitGroup
		for w := range 16 {
			wg.Go(func() {
				for i := w; i < acts; i += 16 {
					err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
						name := fmt.Sprint(i)
						if err := db.SetValue(ctx, tx, "act "+name, "done", time.Now()); err != nil {
							return err
						}
						return q.Enqueue(ctx, tx, greet{name})
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		// On a slow machine an attempt may end by its time-out; then the job comes back.
		until(t, "every job was done", func() bool {
			n, err := q.Counts(t.Context(), "greet")
			return err == nil && n[jobs.Done] == acts
		})
		var values int
		if err := d.QueryRowContext(t.Context(), "SELECT count(*) FROM db_value").Scan(&values); err != nil || values != 2*acts {
			t.Errorf("%d values, %v; want %d", values, err, 2*acts)
		}
	})
}

// letter travels in a lane of its own.
type letter struct {
	Name string `json:"name"`
	Now  bool   `json:"now"`
}

func (letter) Kind() string   { return "letter" }
func (letter) Lane() string   { return "letters" }
func (l letter) Urgent() bool { return l.Now }

func TestALaneGoesOneByOneTheUrgentFirst(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran diary
		var under atomic.Int32
		free := make(chan struct{})
		q := open(t, d)
		q.Lane("letters", 1)
		jobs.Register(q, func(_ context.Context, l letter) error {
			if under.Add(1) > 1 {
				t.Error("two at the same time")
			}
			defer under.Add(-1)
			<-free
			ran.add("%s", l.Name)
			return nil
		})
		jobs.Register(q, func(context.Context, greet) error { close(free); return nil })
		for _, name := range []string{"bulk 1", "bulk 2"} {
			enqueue(t, d, q, letter{Name: name})
		}
		enqueue(t, d, q, letter{Name: "code", Now: true})
		enqueue(t, d, q, greet{"Ana"}) // not behind the letters, which wait for it
		start(t, q)
		until(t, "all were sent", func() bool { return len(ran.all()) == 3 })
		if got := strings.Join(ran.all(), ", "); got != "code, bulk 1, bulk 2" {
			t.Errorf("order: %s", got)
		}
	})
}
