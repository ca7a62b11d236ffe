// Package ledger keeps points as a bank keeps money. A transfer moves points from one
// account to another and is never changed; a balance is the sum of its transfers; a
// mistake is mended by a reversal that names it. It does not know weigh-ins or
// rewards: they are a kind and a source to it, and a source pays once.
//
// Every function that writes joins the caller's transaction. When it returns an
// error, the caller must return an error as well, so that the whole transaction
// rolls back: a refusal may be found after the balance has moved.
package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// Refusals.
var (
	ErrInsufficientPoints = errs.New(errs.Conflict, "INSUFFICIENT_POINTS", "error.insufficient_points")
	ErrAlreadyPosted      = errs.New(errs.Conflict, "ALREADY_POSTED", "error.already_posted")
	ErrAlreadyReversed    = errs.New(errs.Conflict, "ALREADY_REVERSED", "error.already_reversed")
	ErrNotReversible      = errs.New(errs.Conflict, "NOT_REVERSIBLE", "error.not_reversible")
	ErrAlreadyHeld        = errs.New(errs.Conflict, "ALREADY_HELD", "error.already_held")
	ErrHoldClosed         = errs.New(errs.Conflict, "HOLD_CLOSED", "error.hold_closed")
	ErrNoAccount          = errs.New(errs.NotFound, "NO_ACCOUNT", "error.no_account")
	ErrNoTransfer         = errs.New(errs.NotFound, "NO_TRANSFER", "error.no_transfer")
)

// Kind says what caused a transfer.
type Kind string

// The causes. Each but the reversal has one city account, see cityAccount.
const (
	KindWeighIn    Kind = "weigh_in"
	KindRedemption Kind = "redemption"
	KindReferral   Kind = "referral"
	KindLearning   Kind = "learning"
	KindGame       Kind = "game"
	KindAdjustment Kind = "adjustment"
	KindImport     Kind = "import"
	KindReversal   Kind = "reversal"
)

// The city's own accounts, made by migration 5.
var (
	IssuedWaste      = uuid.MustParse("00000000-0000-7000-8000-000000000001")
	IssuedReferral   = uuid.MustParse("00000000-0000-7000-8000-000000000002")
	IssuedLearning   = uuid.MustParse("00000000-0000-7000-8000-000000000003")
	IssuedGame       = uuid.MustParse("00000000-0000-7000-8000-000000000004")
	IssuedAdjustment = uuid.MustParse("00000000-0000-7000-8000-000000000005")
	IssuedImport     = uuid.MustParse("00000000-0000-7000-8000-000000000006")
	Redeemed         = uuid.MustParse("00000000-0000-7000-8000-000000000007")
)

// cityAccount is the city's side of a kind's transfers: where awards come from, and
// where spent points go.
func cityAccount(k Kind) (uuid.UUID, bool) {
	switch k {
	case KindWeighIn:
		return IssuedWaste, true
	case KindRedemption:
		return Redeemed, true
	case KindReferral:
		return IssuedReferral, true
	case KindLearning:
		return IssuedLearning, true
	case KindGame:
		return IssuedGame, true
	case KindAdjustment:
		return IssuedAdjustment, true
	case KindImport:
		return IssuedImport, true
	default:
		return uuid.Nil, false
	}
}

// Transfer is one row of the journal.
type Transfer struct {
	ID           uuid.UUID
	Debit        uuid.UUID // the account that the points left
	Credit       uuid.UUID // the account that they reached
	Points       Points    // > 0
	Kind         Kind
	Source       uuid.UUID // the weigh-in, redemption, … that caused it; of a reversal: the reversed transfer
	Reverses     uuid.NullUUID
	Actor        uuid.NullUUID
	Reason       string
	Account      uuid.UUID // the resident's side
	Version      int64     // the account's transfers count 1, 2, 3, … without a gap
	BalanceAfter Points    // of Account
	At           time.Time
	Day          string // Manila
}

// Change is what the transfer did to the resident's balance: + earned, - spent.
func (t Transfer) Change() Points {
	if t.Credit == t.Account {
		return t.Points
	}
	return -t.Points
}

// Balance is what a resident has.
type Balance struct {
	Posted  Points
	Held    Points // reserved for rewards not yet fetched
	Version int64  // how many transfers made it
}

// Available is what can be spent now.
func (b Balance) Available() Points { return b.Posted - b.Held }

// OpenAccount makes a resident's account, with a balance of nothing. An account that
// is there stays as it is.
func OpenAccount(ctx context.Context, tx *db.Tx, id uuid.UUID, at time.Time) error {
	if err := insertAccount(ctx, tx, id, at); err != nil {
		return fmt.Errorf("open account %s: %w", id, err)
	}
	return nil
}

// BalanceOf reads one resident's balance; ErrNoAccount when there is none.
func BalanceOf(ctx context.Context, q db.Q, account uuid.UUID) (Balance, error) {
	b, err := selectBalance(ctx, q, account)
	if err != nil {
		return b, fmt.Errorf("balance of %s: %w", account, err)
	}
	return b, nil
}

// Balances reads the balances of many residents in one query for each 500 of them.
// Who has no account is missing from the map.
func Balances(ctx context.Context, q db.Q, accounts []uuid.UUID) (map[uuid.UUID]Balance, error) {
	out := make(map[uuid.UUID]Balance, len(accounts))
	for len(accounts) > 0 {
		n := min(len(accounts), 500)
		if err := selectBalances(ctx, q, accounts[:n], out); err != nil {
			return nil, fmt.Errorf("balances: %w", err)
		}
		accounts = accounts[n:]
	}
	return out, nil
}
