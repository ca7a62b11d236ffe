package backup

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

const runColumns = `id, cause, node, state, started_at, ended_at, problem, file, size, sha256, sealed, test, test_problem, tested_at, removed_at`

func scanRun(row db.Row) (Run, error) {
	var r Run
	err := row.Scan(&r.ID, &r.Cause, &r.Node, &r.State, db.Into(&r.StartedAt), db.IntoNull(&r.EndedAt), &r.Problem, &r.File, &r.Size, &r.SHA256,
		&r.Sealed, &r.Test, &r.TestProblem, db.IntoNull(&r.TestedAt), db.IntoNull(&r.RemovedAt))
	return r, err
}

func listRuns(ctx context.Context, q db.Q, at db.Cursor, limit int) ([]Run, error) {
	return db.Collect(ctx, q, scanRun, `SELECT `+runColumns+` FROM backup_run
		WHERE (started_at, id) < ($1, $2) ORDER BY started_at DESC, id DESC LIMIT $3`, db.At(at.At), at.ID, limit)
}

// claimRun writes the row of a run, unless another one is under way.
func claimRun(ctx context.Context, tx *db.Tx, id uuid.UUID, cause Cause, node string, now time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO backup_run (id, cause, node, state, started_at, beat_at) VALUES ($1, $2, $3, 'running', $4, $5)
		ON CONFLICT (state) WHERE state = 'running' DO NOTHING`, id, string(cause), node, db.At(now), db.At(now))
	return n == 1, err
}

func isRunning(ctx context.Context, q db.Q) (running bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM backup_run WHERE state = 'running')`).Scan(&running)
	return running, err
}

// beat is false when the run is not under way any more: somebody took it for dead.
func beat(ctx context.Context, tx *db.Tx, id uuid.UUID, now time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE backup_run SET beat_at = $1 WHERE id = $2 AND state = 'running'`, db.At(now), id)
	return n == 1, err
}

// endDead ends the run of a program that is gone.
func endDead(ctx context.Context, tx *db.Tx, before, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE backup_run SET state = 'failed', problem = 'stopped', ended_at = $1 WHERE state = 'running' AND beat_at < $2`,
		db.At(now), db.At(before))
	return err
}

// storeMade ends a run well, also one that was taken for dead: the file is there.
// shelved files are removed when they have had their time.
func storeMade(ctx context.Context, tx *db.Tx, id uuid.UUID, m Made, shelved bool, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE backup_run SET state = 'made', ended_at = $1, file = $2, size = $3, sha256 = $4, sealed = $5, problem = $6, shelved = $7
		WHERE id = $8`, db.At(now), m.File, m.Size, m.SHA256, m.Sealed, string(m.problem()), shelved, id)
	return err
}

// storeFailed ends a run badly.
func storeFailed(ctx context.Context, tx *db.Tx, id uuid.UUID, code Code, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE backup_run SET state = 'failed', ended_at = $1, problem = $2 WHERE id = $3 AND state = 'running'`,
		db.At(now), string(code), id)
	return err
}

// storeTest keeps the outcome of a trial restore; code is "" for a good one.
func storeTest(ctx context.Context, tx *db.Tx, id uuid.UUID, code Code, now time.Time) error {
	outcome := Passed
	if code != "" {
		outcome = Failed
	}
	_, err := tx.ExecContext(ctx, `UPDATE backup_run SET test = $1, test_problem = $2, tested_at = $3 WHERE id = $4`,
		string(outcome), string(code), db.At(now), id)
	return err
}

// madeSince says whether a backup was made, or is being made, since a moment, and
// whether any was ever begun.
func madeSince(ctx context.Context, q db.Q, since time.Time) (made, ever bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM backup_run WHERE state <> 'failed' AND started_at >= $1),
		EXISTS (SELECT 1 FROM backup_run)`, db.At(since)).Scan(&made, &ever)
	return made, ever, err
}

// outdated are the files of a machine that have had their time: made before a moment,
// and older than a backup that was restored for trial.
func outdated(ctx context.Context, q db.Q, node string, before time.Time, limit int) ([]Run, error) {
	return db.Collect(ctx, q, scanRun, `SELECT `+runColumns+` FROM backup_run
		WHERE node = $1 AND state = 'made' AND shelved AND removed_at IS NULL AND started_at < $2
			AND started_at < (SELECT max(started_at) FROM backup_run WHERE test = 'passed' AND removed_at IS NULL)
		ORDER BY started_at LIMIT $3`, node, db.At(before), limit)
}

// present are the files of a machine that should be there.
func present(ctx context.Context, q db.Q, node string, limit int) ([]Run, error) {
	return db.Collect(ctx, q, scanRun, `SELECT `+runColumns+` FROM backup_run
		WHERE node = $1 AND state = 'made' AND removed_at IS NULL ORDER BY started_at DESC LIMIT $2`, node, limit)
}

func storeRemoved(ctx context.Context, tx *db.Tx, id uuid.UUID, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE backup_run SET removed_at = $1 WHERE id = $2`, db.At(now), id)
	return err
}
