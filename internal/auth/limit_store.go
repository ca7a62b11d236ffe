package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// countUp counts one more and tells how many there are, in one statement. A count whose
// time is over, or that was cleared, starts anew. With lock, each one up to the limit
// starts the time anew; those after it leave the lock's end as it is.
func countUp(ctx context.Context, tx *db.Tx, key string, l limit, now time.Time) (t tally, err error) {
	const fresh = `auth_limit.n = 0 OR auth_limit.until <= excluded.updated_at`
	prolongs := 0
	if l.lock {
		prolongs = l.most
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO auth_limit (key, n, until, updated_at) VALUES ($1, 1, $2, $3)
		ON CONFLICT (key) DO UPDATE SET
			n          = CASE WHEN `+fresh+` THEN 1 ELSE auth_limit.n + 1 END,
			until      = CASE WHEN `+fresh+` OR auth_limit.n < $4 THEN excluded.until ELSE auth_limit.until END,
			updated_at = excluded.updated_at
		RETURNING n, until`, key, db.At(now.Add(l.within)), db.At(now), prolongs).Scan(&t.n, db.Into(&t.until))
	return t, err
}

// countDown takes one back and tells how many are left.
func countDown(ctx context.Context, tx *db.Tx, key string) (left int, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE auth_limit SET n = n - 1 WHERE key = $1 AND n > 0 RETURNING n`, key).Scan(&left)
	if db.IsNoRows(err) {
		return 0, nil
	}
	return left, err
}

// clearCount forgets a count. The row stays, locked until the commit.
func clearCount(ctx context.Context, tx *db.Tx, key string) error {
	_, err := tx.ExecContext(ctx, `UPDATE auth_limit SET n = 0 WHERE key = $1`, key)
	return err
}

// endLocks forgets counts that have reached the account's limit, and says whether any had.
func endLocks(ctx context.Context, tx *db.Tx, keys [2]string, now time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE auth_limit SET n = 0 WHERE key IN ($1, $2) AND n >= $3 AND until > $4`,
		keys[0], keys[1], accountLimit.most, db.At(now))
	return n > 0, err
}

// lockedUntil is the end of the longest of the locks that stand; zero: none does.
func lockedUntil(ctx context.Context, q db.Q, keys [2]string, now time.Time) (until time.Time, err error) {
	err = q.QueryRowContext(ctx, `SELECT until FROM auth_limit WHERE key IN ($1, $2) AND n >= $3 AND until > $4 ORDER BY until DESC LIMIT 1`,
		keys[0], keys[1], accountLimit.most, db.At(now)).Scan(db.Into(&until))
	if db.IsNoRows(err) {
		return time.Time{}, nil
	}
	return until, err
}

// holdCount holds a key's row until the commit, and tells its count. An upsert locks on
// both engines, whether the row was there or not.
func holdCount(ctx context.Context, tx *db.Tx, key string, now time.Time) (t tally, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO auth_limit (key, n, until, updated_at) VALUES ($1, 0, $2, $3)
		ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at RETURNING n, until`, key, db.At(now), db.At(now)).
		Scan(&t.n, db.Into(&t.until))
	return t, err
}

// countOf reads a count that still stands.
func countOf(ctx context.Context, q db.Q, key string, now time.Time) (t tally, err error) {
	err = q.QueryRowContext(ctx, `SELECT n, until FROM auth_limit WHERE key = $1 AND until > $2`, key, db.At(now)).Scan(&t.n, db.Into(&t.until))
	if db.IsNoRows(err) {
		return tally{}, nil
	}
	return t, err
}

func deleteOldCounts(ctx context.Context, tx *db.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM auth_limit WHERE until < $1`, db.At(now))
	return err
}

// browserKnown says whether any resident had a browser remembered.
func browserKnown(ctx context.Context, q db.Q, secretHash string, now time.Time) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM auth_device WHERE secret_hash = $1 AND expires_at > $2`, secretHash, db.At(now)).Scan(&n)
	return n > 0, err
}

func countResidents(ctx context.Context, q db.Q) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM people_resident WHERE status = 'approved'`).Scan(&n)
	return n, err
}

func activeSuperAdmins(ctx context.Context, q db.Q) ([]uuid.UUID, error) {
	scan := func(row db.Row) (id uuid.UUID, err error) { return id, row.Scan(&id) }
	return db.Collect(ctx, q, scan, `SELECT id FROM auth_staff WHERE status = 'approved' AND role = $1 ORDER BY id LIMIT 100`, SuperAdmin)
}
