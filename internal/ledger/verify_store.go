package ledger

import (
	"context"

	"ekolek/internal/db"
)

// streamBooks reads every balance beside its transfers, in the order of the chains,
// in one statement and so from one moment. It stops when use says so.
func streamBooks(ctx context.Context, q db.Q, use func(*bookRow) bool) error {
	rows, err := q.QueryContext(ctx, `SELECT CAST(b.account_id AS TEXT), b.posted, b.held, b.version,
			coalesce(h.n, 0), coalesce(h.points, 0), coalesce(CAST(t.id AS TEXT), ''),
			coalesce(CAST(t.debit_account AS TEXT), ''), coalesce(CAST(t.credit_account AS TEXT), ''), coalesce(t.points, 0),
			coalesce(t.kind, ''), coalesce(CAST(t.source_id AS TEXT), ''), coalesce(CAST(t.reverses_id AS TEXT), ''),
			coalesce(t.account_version, 0), coalesce(t.balance_after, 0), t.created_at, coalesce(t.day, ''),
			coalesce(CAST(o.debit_account AS TEXT), ''), coalesce(CAST(o.credit_account AS TEXT), ''),
			coalesce(o.kind, ''), coalesce(o.points, 0)
		FROM ledger_balance b
		LEFT JOIN (SELECT account_id, count(*) AS n, CAST(sum(points) AS BIGINT) AS points
			FROM ledger_hold WHERE state = 'open' GROUP BY account_id) h ON h.account_id = b.account_id
		LEFT JOIN ledger_transfer t ON t.account_id = b.account_id
		LEFT JOIN ledger_transfer o ON o.id = t.reverses_id
		ORDER BY b.account_id, t.account_version`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var r bookRow
	at := nullTime{&r.At}
	into := []any{&r.Account, &r.Posted, &r.Held, &r.Version, &r.OpenHolds, &r.OpenPoints, &r.ID, &r.Debit, &r.Credit, &r.Points,
		&r.Kind, &r.Source, &r.Reverses, &r.AccountVersion, &r.BalanceAfter, at, &r.Day,
		&r.OrigDebit, &r.OrigCredit, &r.OrigKind, &r.OrigPoints}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		r.HasTransfer = r.ID != ""
		if !use(&r) {
			return nil
		}
	}
	return rows.Err()
}

// nullTime scans a moment and leaves a missing one alone.
type nullTime struct{ at *db.Time }

func (n nullTime) Scan(src any) error {
	if src == nil {
		return nil
	}
	return n.at.Scan(src)
}

// findAccount looks for a resident's account without a balance, and a city account with one.
func findAccount(ctx context.Context, q db.Q) (*Finding, error) {
	return find(ctx, q, "ledger_account", "has no balance, or is the city's and has one", `SELECT a.id FROM ledger_account a
		LEFT JOIN ledger_balance b ON b.account_id = a.id
		WHERE (a.name IS NULL AND b.account_id IS NULL) OR (a.name IS NOT NULL AND b.account_id IS NOT NULL) LIMIT 1`)
}

// findOrphan looks for a transfer that no balance counts.
func findOrphan(ctx context.Context, q db.Q) (*Finding, error) {
	return find(ctx, q, "ledger_transfer", "belongs to no balance", `SELECT t.id FROM ledger_transfer t
		LEFT JOIN ledger_balance b ON b.account_id = t.account_id WHERE b.account_id IS NULL LIMIT 1`)
}

// findHold looks for a hold whose state and transfer disagree.
func findHold(ctx context.Context, q db.Q) (*Finding, error) {
	return find(ctx, q, "ledger_hold", "its state and its transfer disagree", `SELECT h.id FROM ledger_hold h
		LEFT JOIN ledger_transfer t ON t.id = h.transfer_id
		WHERE (h.state = 'claimed' AND (t.id IS NULL OR t.points <> h.points OR t.account_id <> h.account_id
				OR t.source_id <> h.source_id OR t.kind <> 'redemption'))
			OR (h.state <> 'claimed' AND h.transfer_id IS NOT NULL)
			OR (h.state = 'open' AND h.closed_at IS NOT NULL) OR (h.state <> 'open' AND h.closed_at IS NULL)
		LIMIT 1`)
}

func find(ctx context.Context, q db.Q, table, problem, query string, args ...any) (*Finding, error) {
	var id string
	err := q.QueryRowContext(ctx, query, args...).Scan(&id)
	if db.IsNoRows(err) {
		return nil, nil //nolint:nilnil // nothing found is the good answer
	}
	if err != nil {
		return nil, err
	}
	return &Finding{Table: table, ID: id, Problem: problem}, nil
}
