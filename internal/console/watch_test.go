package console_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// told puts a text message to a resident into the outbox, and with it a job.
func (o *office) told(r people.Resident, kind string) (job int64) {
	o.t.Helper()
	must(o.t, o.DB.InTx(o.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		text := errs.T("error.notify.not_found")
		_, err := o.Notify.Add(ctx, tx, notify.Message{Kind: kind, SMS: &text,
			To: notify.Recipient{Audience: notify.Resident, ID: r.ID, Name: r.FullName, Phone: r.Phone}})
		return err
	}))
	must(o.t, o.DB.QueryRowContext(o.t.Context(), "SELECT max(id) FROM river_job").Scan(&job))
	return job
}

// setJob puts a job where a worker would have left it.
func (o *office) setJob(id int64, state string, attempt int) {
	o.t.Helper()
	var ended any
	if state == "discarded" || state == "completed" {
		ended = db.At(time.Now())
	}
	o.change("UPDATE river_job SET state = $1, attempt = $2, finalized_at = $3 WHERE id = $4", state, attempt, ended, id)
}

func (o *office) change(query string, args ...any) {
	o.t.Helper()
	must(o.t, o.DB.InTx(o.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}))
}

func jobPath(id int64) string { return fmt.Sprintf("/console/jobs/%d/", id) }

func TestJobsAreWatched(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("analyst")
		b.Get("/console/jobs/").Is(http.StatusOK).Has(".empty", "No jobs yet")
		r := o.Resident(t, o.Barangays[0])
		o.change("DELETE FROM river_job")
		waiting, failed := o.told(r, "test.waits"), o.told(r, "test.failed")
		o.setJob(failed, "discarded", 25)

		a := b.Get("/console/jobs/").Is(http.StatusOK).Has(".dtable", "Send a message").Has(".dtable", "Given up").Has(".dtable", "25 of 25")
		a.Has(".tabs-line a[aria-current]", "All 2").Has(".tabs-line", "Given up 1")
		if got := a.Find(".dtable tbody tr").Length(); got != 2 {
			t.Errorf("%d rows", got)
		}
		a = b.Get("/console/jobs/?state=discarded&kind=notify.deliver").Has(".tabs-line a[aria-current]", "Given up 1").Value("#kind", "notify.deliver")
		if got := a.Find(".dtable tbody tr").Length(); got != 1 {
			t.Errorf("%d rows in the state", got)
		}
		b.Get("/console/jobs/?state=running").Is(http.StatusOK).Has(".empty", "Nothing in this state")
		b.Get("/console/jobs/?state=asleep").Is(http.StatusOK).Has(".tabs-line a[aria-current]", "All 2")
		b.Get("/console/jobs/?after=nonsense").Is(http.StatusUnprocessableEntity)

		b.Get(jobPath(waiting)).Is(http.StatusOK).Has("h1", "Send a message").Has("main", "notify.deliver").Has("main", "Cancel job").Lacks("main", "Run again")
		b.Get(jobPath(failed)).Is(http.StatusOK).Has("main", "Run again").Lacks("main", "Cancel job")
		b.Get(jobPath(999_999)).Is(http.StatusNotFound)
		b.Get("/console/jobs/x/").Is(http.StatusNotFound)
		o.as("manager").Get("/console/jobs/").Is(http.StatusForbidden)
	})
}

func TestAStuckQueueIsTold(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	job := o.told(o.Resident(t, o.Barangays[0]), "test.waits")
	b := o.as("admin")
	b.Get("/console/jobs/").Is(http.StatusOK).Lacks("main", "waiting for")
	o.change("UPDATE river_job SET scheduled_at = $1 WHERE id = $2", db.At(time.Now().Add(-2*time.Hour-time.Minute)), job)
	b.Get("/console/jobs/").Is(http.StatusOK).Has(".notice", "A job has been waiting for 3 hours")
}

func TestJobsRunAgainAndAreCancelled(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("admin")
		r := o.Resident(t, o.Barangays[0])
		job := o.told(r, "test.waits")
		cancel, retry := jobPath(job)+"cancel/", jobPath(job)+"retry/"

		b.Get(retry).Is(http.StatusConflict)
		b.Get(cancel).Is(http.StatusOK).Has("h1", "Cancel this job?").Has("form", "does not happen")
		b.Post(cancel).LeadsTo(jobPath(job))
		b.Get(jobPath(job)).Has(".notice", "The job is cancelled").Has(".facts", "Cancelled")
		b.Post(cancel).Is(http.StatusUnprocessableEntity).Has("#errors", "Only a waiting job")
		b.Get(cancel).Is(http.StatusConflict)
		b.Get(retry).Is(http.StatusOK).Has("h1", "Run this job again?")
		b.Post(retry).LeadsTo(jobPath(job))
		b.Get(jobPath(job)).Has(".facts", "Waiting")

		b.Get("/console/audit/?action=job.retry").Has(".dtable", "Ran a job again").Has(".dtable", "notify.deliver")
		trail, err := audit.List(t.Context(), o.DB, audit.Filter{Action: "job."})
		if err != nil || len(trail.Rows) != 2 {
			t.Errorf("%d lines in the trail, %v", len(trail.Rows), err)
		}
		for _, path := range []string{cancel, retry} {
			o.as("manager").Post(path).Is(http.StatusForbidden)
		}
	})
}
