package rewards

import (
	"context"
	"fmt"

	"ekolek/internal/db"
)

// StockReport says whether the stock book balances.
type StockReport struct {
	Items int64
	Moves int64
	Wrong string // the first row that does not fit; "" when everything does
}

// OK says that everything fits.
func (r StockReport) OK() bool { return r.Wrong == "" }

// VerifyStock recomputes the stock book from its beginning: every item's moves count
// 1, 2, 3, … and each tells the sum up to it; the item's stock is the sum of its moves;
// nothing is held that is not there; and every redemption but the imported ones took
// its quantity out of stock once. It names the first row that does not fit.
func VerifyStock(ctx context.Context, q db.Q) (StockReport, error) {
	var r StockReport
	var err error
	if r.Items, r.Moves, err = countStock(ctx, q); err != nil {
		return StockReport{}, fmt.Errorf("verify stock: %w", err)
	}
	for _, find := range []func(context.Context, db.Q) (string, error){brokenChain, wrongStock, wrongIssue} {
		if r.Wrong, err = find(ctx, q); err != nil {
			return StockReport{}, fmt.Errorf("verify stock: %w", err)
		}
		if r.Wrong != "" {
			break
		}
	}
	return r, nil
}
