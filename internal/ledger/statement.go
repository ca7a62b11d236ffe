package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// StatementPage says which part of a statement to read.
type StatementPage struct {
	BeforeVersion int64  // only older ones; 0: from the newest
	Limit         int    // 1 … 200; 0: 50
	From, To      string // Manila days, both included; empty: open
}

// Statement reads a resident's transfers, newest first. The version of the last one
// is BeforeVersion of the next page.
func Statement(ctx context.Context, q db.Q, account uuid.UUID, p StatementPage) ([]Transfer, error) {
	rows, err := selectStatement(ctx, q, account, p)
	if err != nil {
		return nil, fmt.Errorf("statement of %s: %w", account, err)
	}
	return rows, nil
}

// TransferByID reads one transfer; ErrNoTransfer when there is none.
func TransferByID(ctx context.Context, q db.Q, id uuid.UUID) (Transfer, error) {
	t, err := selectTransfer(ctx, q, id)
	if err != nil {
		return Transfer{}, fmt.Errorf("transfer %s: %w", id, err)
	}
	return t, nil
}

// PriorEntry is a line of a former system's statement. It is shown, never counted.
type PriorEntry struct {
	ID          uuid.UUID
	Account     uuid.UUID
	Kind        string // as the former system said: earned, redeemed
	Points      Points // signed
	Description string
	Reference   uuid.NullUUID
	Actor       uuid.NullUUID
	At          time.Time
}

// AddPrior keeps a former system's line. One that is there stays as it is; fresh
// tells whether it was new.
func AddPrior(ctx context.Context, tx *db.Tx, e PriorEntry) (fresh bool, err error) {
	fresh, err = insertPrior(ctx, tx, e)
	if err != nil {
		return false, fmt.Errorf("add prior entry %s: %w", e.ID, err)
	}
	return fresh, nil
}

// PriorPage says which part of the prior entries to read.
type PriorPage struct {
	Cursor   string // of the page before; empty: from the newest
	Limit    int    // 1 … 200; 0: 50
	From, To string // Manila days, both included; empty: open
}

// PriorEntries reads a former system's lines of a resident, newest first.
func PriorEntries(ctx context.Context, q db.Q, account uuid.UUID, p PriorPage) (db.Page[PriorEntry], error) {
	before, err := db.ParseCursor(p.Cursor)
	if err != nil {
		return db.Page[PriorEntry]{}, err
	}
	limit := db.Limit(p.Limit)
	rows, err := selectPrior(ctx, q, account, before, limit+1, p)
	if err != nil {
		return db.Page[PriorEntry]{}, fmt.Errorf("prior entries of %s: %w", account, err)
	}
	return db.PageOf(rows, limit, func(e PriorEntry) db.Cursor { return db.Cursor{At: e.At, ID: e.ID} }), nil
}

// Totals is what the city gave and took in a span of days, reversals taken off.
type Totals struct {
	Issued   Points // all awards, opening balances of the import included
	Redeemed Points
	ByKind   map[Kind]Points // issued of each kind; KindRedemption: redeemed
}

// CityTotals sums the journal from one Manila day to another, both included; an empty
// day leaves that end open.
func CityTotals(ctx context.Context, q db.Q, from, to string) (Totals, error) {
	byAccount, err := selectCityTotals(ctx, q, from, to)
	if err != nil {
		return Totals{}, fmt.Errorf("city totals: %w", err)
	}
	t := Totals{ByKind: map[Kind]Points{}}
	for _, k := range []Kind{KindWeighIn, KindReferral, KindLearning, KindGame, KindAdjustment, KindImport} {
		account, _ := cityAccount(k)
		t.ByKind[k] = byAccount[account]
		t.Issued += byAccount[account]
	}
	t.Redeemed = -byAccount[Redeemed]
	t.ByKind[KindRedemption] = t.Redeemed
	return t, nil
}
