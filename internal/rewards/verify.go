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

// VerifyStock recomputes the stock book from its beginning. Every item's moves at a place
// count 1, 2, 3, … and each tells the sum up to it; the stock there is the sum of its
// moves; what is held is what open reservations hold, of stock and of points; what went
// from a place came to another. Every redemption but the imported ones took its quantity
// out of stock once, and put it back once if it was returned, with its points; every
// receipt costs what its redemptions cost; a claimed reservation and its redemption are of
// one mind. It names the first row that does not fit.
func VerifyStock(ctx context.Context, q db.Q) (StockReport, error) {
	var r StockReport
	var err error
	if r.Items, r.Moves, err = countStock(ctx, q); err != nil {
		return StockReport{}, fmt.Errorf("verify stock: %w", err)
	}
	for _, find := range []func(context.Context, db.Q) (string, error){brokenChain, wrongStock, wrongHeld, wrongTransfer, wrongIssue, wrongReceipt, wrongReservation} {
		if r.Wrong, err = find(ctx, q); err != nil {
			return StockReport{}, fmt.Errorf("verify stock: %w", err)
		}
		if r.Wrong != "" {
			break
		}
	}
	return r, nil
}
