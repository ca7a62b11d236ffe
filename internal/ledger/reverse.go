package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

// Reversal undoes one transfer.
type Reversal struct {
	Transfer uuid.UUID
	Reason   string // why; required
	Actor    audit.Actor
	At       time.Time
}

// Reverse posts the opposite of a transfer, and names it. It happens at most once to
// a transfer, and never to a reversal: what was reversed by mistake is posted anew.
//
// ErrNoTransfer: there is none. ErrNotReversible: it is itself a reversal.
// ErrAlreadyReversed: it was reversed before. ErrInsufficientPoints: the award was
// spent or is held. On any error the caller rolls back, as with Post.
func Reverse(ctx context.Context, tx *db.Tx, r Reversal) (Transfer, error) {
	if r.Reason == "" {
		return Transfer{}, fmt.Errorf("reverse %s: without a reason", r.Transfer)
	}
	// The original never changes, so reading it before writing hides no race.
	original, err := selectTransfer(ctx, tx, r.Transfer)
	if err != nil {
		return Transfer{}, fmt.Errorf("reverse %s: %w", r.Transfer, err)
	}
	if original.Kind == KindReversal {
		return Transfer{}, fmt.Errorf("reverse %s: %w", r.Transfer, ErrNotReversible)
	}
	t := Transfer{
		ID: db.NewID(), Debit: original.Credit, Credit: original.Debit, Points: original.Points,
		Kind: KindReversal, Source: original.ID, Reverses: uuid.NullUUID{UUID: original.ID, Valid: true},
		Actor: actorID(r.Actor), Reason: r.Reason, Account: original.Account, At: db.At(r.At).Time, Day: db.Day(r.At),
	}
	if err := move(ctx, tx, &t, ErrAlreadyReversed); err != nil {
		return Transfer{}, fmt.Errorf("reverse %s: %w", r.Transfer, err)
	}
	return t, nil
}
