package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/jobs"
	"ekolek/internal/testkit"
)

var clerk = audit.Actor{Kind: audit.Staff, ID: uuid.Max, Name: "Ana Reyes", IP: "10.0.0.7"}

// put writes a job that stands as River would leave it.
func put(t *testing.T, d *db.DB, q *jobs.Queue, args jobs.Args, state string, attempt, most int) (id int64) {
	t.Helper()
	enqueue(t, d, q, args)
	if err := d.QueryRowContext(t.Context(), "SELECT max(id) FROM river_job").Scan(&id); err != nil {
		t.Fatal(err)
	}
	var ended any
	if state == "completed" || state == "cancelled" || state == "discarded" {
		ended = db.At(time.Now())
	}
	change(t, d, "UPDATE river_job SET state = $1, attempt = $2, max_attempts = $3, finalized_at = $4 WHERE id = $5", state, attempt, most, ended, id)
	return id
}

func change(t *testing.T, d *db.DB, query string, args ...any) {
	t.Helper()
	err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestListShowsWhereEachJobStands(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		q := open(t, d)
		jobs.Register(q, func(context.Context, greet) error { return nil })
		jobs.Register(q, func(context.Context, slow) error { return nil })
		want := map[int64]jobs.State{}
		for river, state := range map[string]jobs.State{"available": jobs.Waiting, "pending": jobs.Waiting, "scheduled": jobs.Waiting, "running": jobs.Running,
			"retryable": jobs.Retryable, "discarded": jobs.GivenUp, "cancelled": jobs.Cancelled, "completed": jobs.Done} {
			want[put(t, d, q, greet{"Ana"}, river, 1, 5)] = state
		}
		other := put(t, d, q, slow{}, "available", 0, 5)
		all, err := q.List(t.Context(), jobs.Filter{})
		if err != nil || len(all.Rows) != 9 || all.Next != "" {
			t.Fatalf("%d jobs, next %q, %v", len(all.Rows), all.Next, err)
		}
		if all.Rows[0].ID != other || !slices.IsSortedFunc(all.Rows, func(a, b jobs.Job) int { return int(b.ID - a.ID) }) {
			t.Errorf("not the newest first: %v", all.Rows)
		}
		for _, j := range all.Rows[1:] {
			if j.State != want[j.ID] || j.Args != `{"name":"Ana"}` && j.Args != `{"name": "Ana"}` || j.Attempt != 1 || j.MaxAttempts != 5 ||
				time.Since(j.CreatedAt) > time.Minute || time.Since(j.DueAt) > time.Minute || (j.EndedAt != nil) != (j.State == jobs.Done || j.State == jobs.GivenUp || j.State == jobs.Cancelled) {
				t.Errorf("job %+v, want state %s", j, want[j.ID])
			}
		}
		counts, err := q.Counts(t.Context(), "greet")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range jobs.States() {
			page, err := q.List(t.Context(), jobs.Filter{State: s, Kind: "greet"})
			if err != nil || int64(len(page.Rows)) != counts[s] || counts[s] == 0 {
				t.Errorf("%s: %d jobs of %d, %v", s, len(page.Rows), counts[s], err)
			}
		}
		if got := fmt.Sprint(q.Kinds()); got != "[every greet slow]" {
			t.Errorf("kinds %s", got)
		}
	})
}

func TestListIsReadInPages(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		q := open(t, d)
		jobs.Register(q, func(context.Context, greet) error { return nil })
		for i := range 7 {
			put(t, d, q, greet{fmt.Sprint(i)}, "available", 0, 5)
		}
		seen, cursor := map[int64]bool{}, ""
		for range 3 {
			page, err := q.List(t.Context(), jobs.Filter{Limit: 3, Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			for _, j := range page.Rows {
				seen[j.ID] = true
			}
			cursor = page.Next
		}
		if len(seen) != 7 || cursor != "" {
			t.Errorf("saw %d jobs, then %q", len(seen), cursor)
		}
		for _, f := range []jobs.Filter{{Cursor: "x"}, {Cursor: "-3"}, {State: "asleep"}} {
			if _, err := q.List(t.Context(), f); err == nil {
				t.Errorf("%+v was answered", f)
			}
		}
	})
}

// What went wrong is told shortly, the newest first, without its stack trace.
func TestFailuresAreTold(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		q := open(t, d)
		var ran diary
		jobs.Register(q, func(context.Context, greet) error {
			n := ran.add("")
			return fmt.Errorf("attempt %d: %w%s", n, errors.New("the gateway is asleep"), strings.Repeat(" z", 1000))
		})
		enqueue(t, d, q, greet{"Ana"})
		start(t, q)
		var listed jobs.Job
		until(t, "it failed twice", func() bool {
			page, err := q.List(t.Context(), jobs.Filter{State: jobs.Retryable})
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Rows) == 1 {
				listed = page.Rows[0]
			}
			return listed.Attempt == 2
		})
		whole, err := q.Find(t.Context(), listed.ID)
		if err != nil || len(whole.Failures) != 2 || len(listed.Failures) != 1 {
			t.Fatalf("%d failures, the list shows %d, %v", len(whole.Failures), len(listed.Failures), err)
		}
		for i, f := range whole.Failures {
			if f.Attempt != 2-i || !strings.HasPrefix(f.Text, fmt.Sprintf("attempt %d: the gateway is asleep", 2-i)) || len(f.Text) > 510 || time.Since(f.At) > time.Minute {
				t.Errorf("failure %d: %+v", i, f)
			}
		}
		if listed.Failures[0] != whole.Failures[0] {
			t.Errorf("the list shows %+v", listed.Failures[0])
		}
		if _, err := q.Find(t.Context(), listed.ID+1); !errors.Is(err, jobs.ErrNotFound) {
			t.Errorf("a job that is not there: %v", err)
		}
	})
}

func TestRetryAndCancelFromWhereTheyMay(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		q := open(t, d)
		jobs.Register(q, func(context.Context, greet) error { return nil })
		for _, c := range []struct {
			river         string
			retry, cancel error
		}{
			{"available", jobs.ErrNotRetried, nil},
			{"scheduled", jobs.ErrNotRetried, nil},
			{"running", jobs.ErrNotRetried, jobs.ErrNotCancelled},
			{"retryable", nil, nil},
			{"discarded", nil, jobs.ErrNotCancelled},
			{"cancelled", nil, jobs.ErrNotCancelled},
			{"completed", jobs.ErrNotRetried, jobs.ErrNotCancelled},
		} {
			for act, want := range map[string]error{"retry": c.retry, "cancel": c.cancel} {
				id := put(t, d, q, greet{"Ana"}, c.river, 3, 3)
				before, err := q.Find(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				do, may, after := q.Retry, before.MayRetry(), jobs.Waiting
				if act == "cancel" {
					do, may, after = q.Cancel, before.MayCancel(), jobs.Cancelled
				}
				if err := do(t.Context(), clerk, id); !errors.Is(err, want) || may != (want == nil) {
					t.Errorf("%s a job that is %s: %v, want %v; it says that one may: %v", act, c.river, err, want, may)
				}
				got, err := q.Find(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				if want != nil {
					after = before.State
				}
				if got.State != after || act == "retry" && want == nil && (got.MaxAttempts <= got.Attempt || got.EndedAt != nil) {
					t.Errorf("%s a job that is %s left %+v", act, c.river, got)
				}
			}
		}
		for _, do := range []func(context.Context, audit.Actor, int64) error{q.Retry, q.Cancel} {
			if err := do(t.Context(), clerk, 999_999); !errors.Is(err, jobs.ErrNotFound) {
				t.Errorf("a job that is not there: %v", err)
			}
		}
		trail, err := audit.List(t.Context(), d, audit.Filter{Action: "job."})
		if err != nil || len(trail.Rows) != 6 {
			t.Fatalf("%d lines in the trail, %v; want one for each act that did something", len(trail.Rows), err)
		}
		if e := trail.Rows[0]; e.Actor.Name != clerk.Name || e.TargetKind != "job" || e.TargetName != "greet" || strings.Contains(e.Details, "Ana") {
			t.Errorf("the trail says %+v", e)
		}
	})
}

// Two people press the same button: the job runs once more, not twice.
func TestARetriedJobRunsOnce(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		var ran diary
		q := open(t, d)
		jobs.Register(q, func(context.Context, greet) error {
			if ran.add("") == 1 {
				return fmt.Errorf("no such number: %w", jobs.ErrGiveUp)
			}
			return nil
		})
		enqueue(t, d, q, greet{"Ana"})
		start(t, q)
		until(t, "it was given up", func() bool { return state(t, d) == "cancelled" })
		page, err := q.List(t.Context(), jobs.Filter{State: jobs.Cancelled})
		if err != nil || len(page.Rows) != 1 {
			t.Fatal(page, err)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := q.Retry(t.Context(), clerk, page.Rows[0].ID); err != nil && !errors.Is(err, jobs.ErrNotRetried) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		until(t, "it was done", func() bool { return state(t, d) == "completed" })
		if n := len(ran.all()); n != 2 {
			t.Errorf("ran %d times", n)
		}
	})
}

func TestAPeriodicJobIsNamed(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		q := open(t, d)
		q.Every("sweep", time.Hour, func(context.Context, time.Time) error { return nil })
		start(t, q)
		until(t, "it ran", func() bool {
			page, err := q.List(t.Context(), jobs.Filter{State: jobs.Done})
			return err == nil && len(page.Rows) == 1 && page.Rows[0].Periodic == "sweep"
		})
	})
}

// The longest wait is known, and in the log when it is too long.
func TestAStuckQueueRaisesTheAlarm(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		var log bytes.Buffer
		q, err := jobs.Open(d, quick, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		jobs.Register(q, func(context.Context, greet) error { return nil })
		if lag, err := q.Lag(t.Context()); err != nil || lag != 0 {
			t.Errorf("an empty queue lags %v, %v", lag, err)
		}
		for river, due := range map[string]time.Duration{"available": -2 * time.Minute, "retryable": -7 * time.Minute, "scheduled": time.Hour, "running": -time.Hour, "completed": -time.Hour} {
			id := put(t, d, q, greet{"Ana"}, river, 1, 5)
			change(t, d, "UPDATE river_job SET scheduled_at = $1 WHERE id = $2", db.At(time.Now().Add(due)), id)
		}
		if lag, err := q.Lag(t.Context()); err != nil || lag < 7*time.Minute || lag > 8*time.Minute {
			t.Errorf("lags %v, %v; want 7 minutes", lag, err)
		}
		for ahead, want := range map[time.Duration]bool{-3 * time.Minute: false, 0: true} {
			log.Reset()
			if err := jobs.Alarm(q, t.Context(), time.Now().Add(ahead)); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(log.String(), "the job queue is stuck"); got != want {
				t.Errorf("at %v: alarm %v, %q", ahead, got, log.String())
			}
		}
	})
}
