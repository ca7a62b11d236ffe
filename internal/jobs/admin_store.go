package jobs

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"ekolek/internal/db"
)

// riverStates are River's names for a state: it has three of waiting.
func riverStates(s State) []string {
	if s == Waiting {
		return []string{"available", "pending", "scheduled"}
	}
	return []string{string(s)}
}

func stateOf(river string) State {
	if slices.Contains(riverStates(Waiting), river) {
		return Waiting
	}
	return State(river)
}

// asText are the columns that the two engines keep in ways of their own: args, and the
// failures, all of them or the last. River writes them as JSON for either.
func (q *Queue) asText(all bool) string {
	switch sqlite := q.db.Engine() == db.SQLite; {
	case sqlite && all:
		return "json(args), coalesce(json(errors), '[]')"
	case sqlite:
		return "json(args), coalesce(json_extract(errors, '$[#-1]'), '')"
	case all:
		return "CAST(args AS TEXT), coalesce(CAST(to_json(errors) AS TEXT), '[]')"
	default:
		return "CAST(args AS TEXT), coalesce(CAST(errors[cardinality(errors)] AS TEXT), '')"
	}
}

const jobColumns = "id, kind, state, attempt, max_attempts, created_at, scheduled_at, attempted_at, finalized_at, "

func (q *Queue) list(ctx context.Context, f Filter, before int64, limit int) ([]Job, error) {
	w := where(f.State, f.Kind)
	w.And("id < ?", before)
	return db.Collect(ctx, q.db, scanListed,
		"SELECT "+jobColumns+q.asText(false)+" FROM river_job WHERE "+w.String()+" ORDER BY id DESC "+w.Bind("LIMIT ?", limit), w.Args()...)
}

func where(s State, kind string) *db.Where {
	var w db.Where
	if s != "" {
		states := riverStates(s)
		args := make([]any, len(states))
		for i := range states {
			args[i] = states[i]
		}
		w.And("state IN ("+strings.Repeat("?, ", len(args)-1)+"?)", args...)
	}
	if kind != "" {
		w.And("kind = ?", kind)
	}
	return &w
}

func (q *Queue) countStates(ctx context.Context, kind string) (map[State]int64, error) {
	type count struct {
		state string
		n     int64
	}
	w := where("", kind)
	counts, err := db.Collect(ctx, q.db, func(r db.Row) (c count, err error) {
		err = r.Scan(&c.state, &c.n)
		return c, err
	}, "SELECT state, count(*) FROM river_job WHERE "+w.String()+" GROUP BY state", w.Args()...)
	n := map[State]int64{}
	for _, c := range counts {
		n[stateOf(c.state)] += c.n
	}
	return n, err
}

func (q *Queue) find(ctx context.Context, r db.Q, id int64) (Job, error) {
	return scanWhole(r.QueryRowContext(ctx, "SELECT "+jobColumns+q.asText(true)+" FROM river_job WHERE id = $1", id))
}

// retry is River's own, held to the states from which a person may do it.
func retry(ctx context.Context, tx *db.Tx, id int64, at time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE river_job SET state = 'available', scheduled_at = $1, finalized_at = NULL,
		max_attempts = CASE WHEN attempt >= max_attempts THEN attempt + 1 ELSE max_attempts END
		WHERE id = $2 AND state IN ('retryable', 'discarded', 'cancelled')`, db.At(at), id)
	return n > 0, err
}

func cancel(ctx context.Context, tx *db.Tx, id int64, at time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE river_job SET state = 'cancelled', finalized_at = $1
		WHERE id = $2 AND state IN ('available', 'pending', 'scheduled', 'retryable')`, db.At(at), id)
	return n > 0, err
}

// oldestDue is since when the job has been due that waits longest; db.IsNoRows when
// nothing waits. One that River has not yet put into line counts: it may be why.
func oldestDue(ctx context.Context, q db.Q) (since time.Time, err error) {
	err = q.QueryRowContext(ctx, `SELECT scheduled_at FROM river_job WHERE state IN ('available', 'scheduled', 'retryable')
		ORDER BY scheduled_at LIMIT 1`).Scan(db.Into(&since))
	return since, err
}

// riverFailure is how River writes one down. Its stack trace is for the log.
type riverFailure struct {
	At      time.Time `json:"at"`
	Attempt int       `json:"attempt"`
	Error   string    `json:"error"`
}

func scanListed(r db.Row) (Job, error) {
	j, failure, err := scanJob(r)
	if err == nil && failure != "" {
		var f riverFailure
		err = json.Unmarshal([]byte(failure), &f)
		j.Failures = []Failure{f.shown()}
	}
	return j, err
}

func scanWhole(r db.Row) (Job, error) {
	j, failures, err := scanJob(r)
	if err != nil {
		return j, err
	}
	var all []riverFailure
	err = json.Unmarshal([]byte(failures), &all)
	for _, f := range slices.Backward(all) {
		j.Failures = append(j.Failures, f.shown())
	}
	return j, err
}

func scanJob(r db.Row) (j Job, failures string, err error) {
	var state string
	err = r.Scan(&j.ID, &j.Kind, &state, &j.Attempt, &j.MaxAttempts, db.Into(&j.CreatedAt), db.Into(&j.DueAt),
		db.IntoNull(&j.StartedAt), db.IntoNull(&j.EndedAt), &j.Args, &failures)
	j.State = stateOf(state)
	j.Later = j.State == Waiting && j.DueAt.After(time.Now())
	if err == nil && j.Kind == (tickArgs{}).Kind() {
		var t tickArgs
		err = json.Unmarshal([]byte(j.Args), &t)
		j.Periodic = t.Name
	}
	return j, failures, err
}

// failureRunes is how much of an error people are shown.
const failureRunes = 500

func (f riverFailure) shown() Failure {
	text := strings.TrimSpace(f.Error)
	if utf8.RuneCountInString(text) > failureRunes {
		text = string([]rune(text)[:failureRunes]) + "…"
	}
	return Failure{At: f.At, Attempt: f.Attempt, Text: text}
}
