package ledger

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

func insertAccount(ctx context.Context, tx *db.Tx, id uuid.UUID, at time.Time) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO ledger_account (id, created_at) VALUES ($1, $2)
		ON CONFLICT (id) DO NOTHING`, id, db.At(at)); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO ledger_balance (account_id) VALUES ($1)
		ON CONFLICT (account_id) DO NOTHING`, id)
	return err
}

func selectBalance(ctx context.Context, q db.Q, account uuid.UUID) (b Balance, err error) {
	err = q.QueryRowContext(ctx, `SELECT posted, held, version FROM ledger_balance WHERE account_id = $1`, account).
		Scan(&b.Posted, &b.Held, &b.Version)
	if db.IsNoRows(err) {
		err = ErrNoAccount
	}
	return b, err
}

func selectBalances(ctx context.Context, q db.Q, accounts []uuid.UUID, into map[uuid.UUID]Balance) error {
	marks, args := make([]string, len(accounts)), make([]any, len(accounts))
	for i, a := range accounts {
		marks[i], args[i] = fmt.Sprintf("$%d", i+1), a
	}
	rows, err := q.QueryContext(ctx, `SELECT account_id, posted, held, version FROM ledger_balance
		WHERE account_id IN (`+strings.Join(marks, ", ")+`)`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var account uuid.UUID
		var b Balance
		if err := rows.Scan(&account, &b.Posted, &b.Held, &b.Version); err != nil {
			return err
		}
		into[account] = b
	}
	return rows.Err()
}

// updatePosted moves a balance when the available points allow it.
func updatePosted(ctx context.Context, tx *db.Tx, account uuid.UUID, change Points) (b Balance, moved bool, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE ledger_balance SET posted = posted + $1, version = version + 1
		WHERE account_id = $2 AND posted - held >= $3 RETURNING posted, held, version`, change, account, max(-change, 0)).
		Scan(&b.Posted, &b.Held, &b.Version)
	if db.IsNoRows(err) {
		return b, false, nil
	}
	return b, err == nil, err
}

// updateHeld sets points aside (change > 0) or frees them (change < 0).
func updateHeld(ctx context.Context, tx *db.Tx, account uuid.UUID, change Points) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE ledger_balance SET held = held + $1
		WHERE account_id = $2 AND posted - held >= $3 AND held >= $4`, change, account, max(change, 0), max(-change, 0))
	return n == 1, err
}

const transferColumns = `id, debit_account, credit_account, points, kind, source_id, reverses_id, actor_id, reason,
	account_id, account_version, balance_after, created_at, day`

// insertTransfer writes a journal row; fresh is false when its cause is there already.
func insertTransfer(ctx context.Context, tx *db.Tx, t Transfer) (fresh bool, err error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO ledger_transfer (`+transferColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING`,
		t.ID, t.Debit, t.Credit, t.Points, t.Kind, t.Source, t.Reverses, t.Actor, t.Reason,
		t.Account, t.Version, t.BalanceAfter, db.At(t.At), t.Day)
	return n == 1, err
}

// causeExists asks the journal for a transfer's cause.
func causeExists(ctx context.Context, q db.Q, t Transfer) (there bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM ledger_transfer
		WHERE kind = $1 AND source_id = $2 AND credit_account = $3)`, t.Kind, t.Source, t.Credit).Scan(&there)
	return there, err
}

func scanTransfer(row db.Row) (t Transfer, err error) {
	err = row.Scan(&t.ID, &t.Debit, &t.Credit, &t.Points, &t.Kind, &t.Source, &t.Reverses, &t.Actor, &t.Reason,
		&t.Account, &t.Version, &t.BalanceAfter, db.Into(&t.At), &t.Day)
	return t, err
}

func selectTransfer(ctx context.Context, q db.Q, id uuid.UUID) (Transfer, error) {
	t, err := scanTransfer(q.QueryRowContext(ctx, `SELECT `+transferColumns+` FROM ledger_transfer WHERE id = $1`, id))
	if db.IsNoRows(err) {
		err = ErrNoTransfer
	}
	return t, err
}

func selectStatement(ctx context.Context, q db.Q, account uuid.UUID, p StatementPage) ([]Transfer, error) {
	before := p.BeforeVersion
	if before == 0 {
		before = math.MaxInt64
	}
	from, to := days(p.From, p.To)
	return db.Collect(ctx, q, scanTransfer, `SELECT `+transferColumns+` FROM ledger_transfer
		WHERE account_id = $1 AND account_version < $2 AND day >= $3 AND day <= $4
		ORDER BY account_version DESC LIMIT $5`, account, before, from, to, db.Limit(p.Limit))
}

func insertHold(ctx context.Context, tx *db.Tx, r Reservation) (fresh bool, err error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO ledger_hold (id, account_id, points, source_id, state, expires_at, created_at)
		VALUES ($1, $2, $3, $4, 'open', $5, $6) ON CONFLICT (source_id) DO NOTHING`,
		db.NewID(), r.Account, r.Points, r.Source, db.At(r.ExpiresAt), db.At(r.At))
	return n == 1, err
}

// closeHold ends an open hold. Exactly one closer wins: the row's state decides.
func closeHold(ctx context.Context, tx *db.Tx, source uuid.UUID, to holdState, at time.Time) (hold, error) {
	still := time.Time{}
	if to == claimed {
		still = at
	}
	h, err := scanHold(tx.QueryRowContext(ctx, `UPDATE ledger_hold SET state = $1, closed_at = $2
		WHERE source_id = $3 AND state = 'open' AND expires_at > $4 RETURNING source_id, account_id, points`,
		to, db.At(at), source, db.At(still)))
	if db.IsNoRows(err) {
		err = ErrHoldClosed
	}
	return h, err
}

func closeDueHolds(ctx context.Context, tx *db.Tx, now time.Time, limit int) ([]hold, error) {
	return db.Collect(ctx, tx, scanHold, `UPDATE ledger_hold SET state = 'expired', closed_at = $1
		WHERE state = 'open' AND id IN (
			SELECT id FROM ledger_hold WHERE state = 'open' AND expires_at <= $2 ORDER BY expires_at, id LIMIT $3)
		RETURNING source_id, account_id, points`, db.At(now), db.At(now), limit)
}

func scanHold(row db.Row) (h hold, err error) {
	err = row.Scan(&h.Source, &h.Account, &h.Points)
	return h, err
}

func updateHoldTransfer(ctx context.Context, tx *db.Tx, source, transfer uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `UPDATE ledger_hold SET transfer_id = $1 WHERE source_id = $2`, transfer, source)
	return err
}

const priorColumns = `id, account_id, kind, points, description, reference_id, actor_id, created_at`

func insertPrior(ctx context.Context, tx *db.Tx, e PriorEntry) (fresh bool, err error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO ledger_prior_entry (`+priorColumns+`, day)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING`,
		e.ID, e.Account, e.Kind, e.Points, e.Description, e.Reference, e.Actor, db.At(e.At), db.Day(e.At))
	return n == 1, err
}

func selectPrior(ctx context.Context, q db.Q, account uuid.UUID, before db.Cursor, limit int, p PriorPage) ([]PriorEntry, error) {
	from, to := days(p.From, p.To)
	return db.Collect(ctx, q, scanPrior, `SELECT `+priorColumns+` FROM ledger_prior_entry
		WHERE account_id = $1 AND (created_at, id) < ($2, $3) AND day >= $4 AND day <= $5
		ORDER BY created_at DESC, id DESC LIMIT $6`, account, db.At(before.At), before.ID, from, to, limit)
}

func scanPrior(row db.Row) (e PriorEntry, err error) {
	err = row.Scan(&e.ID, &e.Account, &e.Kind, &e.Points, &e.Description, &e.Reference, &e.Actor, db.Into(&e.At))
	return e, err
}

// selectCityTotals sums what left each city account, less what came back to it.
func selectCityTotals(ctx context.Context, q db.Q, from, to string) (map[uuid.UUID]Points, error) {
	from, to = days(from, to)
	rows, err := q.QueryContext(ctx, `SELECT city, CAST(sum(points) AS BIGINT) FROM (
			SELECT debit_account AS city, points FROM ledger_transfer
			WHERE debit_account <> account_id AND day >= $1 AND day <= $2
			UNION ALL
			SELECT credit_account, -points FROM ledger_transfer
			WHERE credit_account <> account_id AND day >= $3 AND day <= $4) AS t
		GROUP BY city`, from, to, from, to)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[uuid.UUID]Points{}
	for rows.Next() {
		var account uuid.UUID
		var sum Points
		if err := rows.Scan(&account, &sum); err != nil {
			return nil, err
		}
		out[account] = sum
	}
	return out, rows.Err()
}

// days puts the ends of the calendar for open ends.
func days(from, to string) (string, string) {
	if to == "" {
		to = "9999-12-31"
	}
	return from, to
}
