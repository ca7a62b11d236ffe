package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

// Posting is an award, a redemption or an adjustment to be posted.
type Posting struct {
	Kind    Kind
	Source  uuid.UUID // what caused it; with the kind it is posted once
	Account uuid.UUID // the resident's
	Points  Points    // > 0; only an adjustment may be < 0 and then takes points away
	Actor   audit.Actor
	Reason  string
	At      time.Time
}

// Post moves points between the city's account of the kind and the resident's.
// Redemptions take, awards give, adjustments follow their sign.
//
// ErrInsufficientPoints: the resident's available points do not cover it.
// ErrAlreadyPosted: the source was posted before. That is found after the balance
// moved, so on any error the caller returns an error too and everything rolls back;
// a caller that wants to answer a repeat asks for its own request key first.
func Post(ctx context.Context, tx *db.Tx, p Posting) (Transfer, error) {
	t, err := p.transfer()
	if err != nil {
		return Transfer{}, err
	}
	if err := move(ctx, tx, &t, ErrAlreadyPosted); err != nil {
		return Transfer{}, fmt.Errorf("post %s %s: %w", p.Kind, p.Source, err)
	}
	return t, nil
}

// PostAll posts several in one transaction, in ascending order of their accounts, so
// that two such transactions never wait for each other in a circle. The transfers
// come back in the order of the postings.
func PostAll(ctx context.Context, tx *db.Tx, postings []Posting) ([]Transfer, error) {
	order := make([]int, len(postings))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(postings[a].Account.String(), postings[b].Account.String())
	})
	out := make([]Transfer, len(postings))
	for _, i := range order {
		t, err := Post(ctx, tx, postings[i])
		if err != nil {
			return nil, err
		}
		out[i] = t
	}
	return out, nil
}

// transfer is the journal row of a posting, still without version and balance.
func (p Posting) transfer() (Transfer, error) {
	city, ok := cityAccount(p.Kind)
	points, takes := p.Points, p.Kind == KindRedemption
	if p.Kind == KindAdjustment && points < 0 {
		points, takes = -points, true
	}
	if !ok || points <= 0 || points > MaxPoints || p.Source == uuid.Nil {
		return Transfer{}, fmt.Errorf("post %s %s of %s points: not a posting", p.Kind, p.Source, p.Points)
	}
	t := Transfer{
		ID: db.NewID(), Debit: city, Credit: p.Account, Points: points, Kind: p.Kind, Source: p.Source,
		Actor: actorID(p.Actor), Reason: p.Reason, Account: p.Account, At: db.At(p.At).Time, Day: db.Day(p.At),
	}
	if takes {
		t.Debit, t.Credit = t.Credit, t.Debit
	}
	return t, nil
}

// move changes the balance under its condition and writes the journal row. twice is
// the refusal when the journal already has that cause.
func move(ctx context.Context, tx *db.Tx, t *Transfer, twice error) error {
	b, moved, err := updatePosted(ctx, tx, t.Account, t.Change())
	if err != nil {
		return err
	}
	if !moved {
		return whyNotMoved(ctx, tx, *t, twice)
	}
	t.Version, t.BalanceAfter = b.Version, b.Posted
	fresh, err := insertTransfer(ctx, tx, *t)
	if err != nil {
		return err
	}
	if !fresh {
		return twice
	}
	return nil
}

// whyNotMoved tells why a transfer was not made: its cause is in the journal already,
// perhaps because it took those very points, or the balance does not suffice.
func whyNotMoved(ctx context.Context, q db.Q, t Transfer, twice error) error {
	there, err := causeExists(ctx, q, t)
	if err != nil {
		return err
	}
	if there {
		return twice
	}
	return shortOf(ctx, q, t.Account, t.Points)
}

// shortOf is the refusal of a balance that does not suffice, or that is not there.
func shortOf(ctx context.Context, q db.Q, account uuid.UUID, needed Points) error {
	b, err := selectBalance(ctx, q, account)
	if err != nil {
		return err
	}
	refusal := *ErrInsufficientPoints
	refusal.Text.Args = map[string]any{"Needed": needed.String(), "Available": b.Available().String()}
	return &refusal
}

func actorID(a audit.Actor) uuid.NullUUID {
	return uuid.NullUUID{UUID: a.ID, Valid: a.ID != uuid.Nil}
}
