package ledger

import (
	"context"
	"fmt"

	"ekolek/internal/db"
	"ekolek/internal/ledger/seal"
)

// Report is what Verify found.
type Report struct {
	Accounts  int64 // residents'
	Transfers int64
	OpenHolds int64
	Issued    Points // all awards, less their reversals
	Redeemed  Points
	Balances  Points // what residents have together: issued less redeemed
	Seals     Seals
	Finding   *Finding // the first row that does not fit; nil: the books balance
}

// Finding is a row that does not fit.
type Finding = seal.Finding

// OK says that the books balance.
func (r Report) OK() bool { return r.Finding == nil }

// String is the line that the command prints.
func (r Report) String() string {
	if f := r.Finding; f != nil {
		return f.Error()
	}
	return fmt.Sprintf("ok: %d accounts, %d transfers, %d open holds; issued %s, redeemed %s, in balances %s",
		r.Accounts, r.Transfers, r.OpenHolds, r.Issued, r.Redeemed, r.Balances)
}

// Verify holds the journal to its seals, then recomputes every balance, chain and hold
// from it, and stops at the first row that does not fit. The error tells that it could not
// look; what it found is in the report. The seals come first because they name the very
// row that was changed; the balances would name one that follows from it. It reads the
// books in one statement, so it may run while they are written, and keeps only one account
// in memory.
func Verify(ctx context.Context, q db.Q) (r Report, err error) {
	err = db.Unhurried(ctx, q, func(q db.Q) (err error) { r, err = verify(ctx, q); return err })
	return r, err
}

func verify(ctx context.Context, q db.Q) (Report, error) {
	a := auditor{}
	var err error
	if a.Seals, a.Finding, err = verifySeals(ctx, q); err != nil {
		return a.Report, fmt.Errorf("verify seals: %w", err)
	}
	if a.Finding == nil {
		err = streamBooks(ctx, q, a.row)
	}
	if err == nil && a.Finding == nil {
		a.endAccount()
		a.endBooks()
	}
	for _, look := range []func(context.Context, db.Q) (*Finding, error){findAccount, findOrphan, findHold} {
		if err != nil || a.Finding != nil {
			break
		}
		a.Finding, err = look(ctx, q)
	}
	if err != nil {
		return a.Report, fmt.Errorf("verify ledger: %w", err)
	}
	return a.Report, nil
}

// bookRow is a balance beside one of its transfers; HasTransfer is false for the one
// row of an account without any. Ids are text: they are only compared.
type bookRow struct {
	Account              string
	Posted, Held         Points
	Version              int64
	OpenHolds            int64
	OpenPoints           Points // sum of the open holds
	HasTransfer          bool
	ID, Debit, Credit    string
	Points               Points
	Kind                 Kind
	Source, Reverses     string
	AccountVersion       int64
	BalanceAfter         Points
	At                   db.Time
	Day                  string
	OrigDebit            string // of the transfer that it reverses
	OrigCredit, OrigKind string
	OrigPoints           Points
}

// change is what the transfer did to the account's balance.
func (r *bookRow) change() Points {
	if r.Credit == r.Account {
		return r.Points
	}
	return -r.Points
}

// city is the side of the transfer that is not the resident's.
func (r *bookRow) city() string {
	if r.Credit == r.Account {
		return r.Debit
	}
	return r.Credit
}

// auditor walks the books account by account, transfer by transfer.
type auditor struct {
	Report
	account bookRow // the account under way
	sum     Points  // of its transfers so far
	count   int64
}

// row takes the next row and says whether to go on.
func (a *auditor) row(r *bookRow) bool {
	if r.Account != a.account.Account {
		a.endAccount()
		a.startAccount(r)
	}
	if r.HasTransfer && a.Finding == nil {
		a.transfer(r)
	}
	return a.Finding == nil
}

func (a *auditor) startAccount(r *bookRow) {
	a.account, a.sum, a.count = *r, 0, 0
	a.Accounts++
	a.OpenHolds += r.OpenHolds
	a.Balances += r.Posted
}

func (a *auditor) endAccount() {
	b := &a.account
	if b.Account == "" || a.Finding != nil {
		return
	}
	switch {
	case b.Posted != a.sum:
		a.found("ledger_balance", b.Account, "posted is %s, its transfers sum to %s", b.Posted, a.sum)
	case b.Version != a.count:
		a.found("ledger_balance", b.Account, "version is %d, it has %d transfers", b.Version, a.count)
	case b.Held != b.OpenPoints:
		a.found("ledger_balance", b.Account, "held is %s, its open holds sum to %s", b.Held, b.OpenPoints)
	case b.Held < 0 || b.Posted < b.Held:
		a.found("ledger_balance", b.Account, "holds %s of %s", b.Held, b.Posted)
	}
}

// endBooks proves that the accounts of residents and city together are zero.
func (a *auditor) endBooks() {
	if a.Finding == nil && a.Balances != a.Issued-a.Redeemed {
		a.found("ledger_balance", "", "all balances are %s, issued less redeemed is %s", a.Balances, a.Issued-a.Redeemed)
	}
}

func (a *auditor) transfer(r *bookRow) {
	a.Transfers++
	a.count++
	a.sum += r.change()
	if r.city() == redeemedText {
		a.Redeemed -= r.change()
	} else {
		a.Issued += r.change()
	}
	switch {
	case r.AccountVersion != a.count:
		a.found("ledger_transfer", r.ID, "is number %d of account %s, expected %d", r.AccountVersion, r.Account, a.count)
	case r.Points <= 0:
		a.found("ledger_transfer", r.ID, "moves %s points", r.Points)
	case r.Debit == r.Credit || (r.Debit != r.Account && r.Credit != r.Account):
		a.found("ledger_transfer", r.ID, "does not have account %s on one side", r.Account)
	case r.BalanceAfter != a.sum:
		a.found("ledger_transfer", r.ID, "balance after is %s, expected %s", r.BalanceAfter, a.sum)
	case r.Day != db.Day(r.At.Time):
		a.found("ledger_transfer", r.ID, "day is %s, made on %s", r.Day, db.Day(r.At.Time))
	case r.Kind == KindReversal:
		a.reversal(r)
	case r.Reverses != "":
		a.found("ledger_transfer", r.ID, "reverses %s, but is a %s", r.Reverses, r.Kind)
	default:
		a.direction(r)
	}
}

// reversal proves that a reversal equals and inverts its original.
func (a *auditor) reversal(r *bookRow) {
	switch {
	case r.Reverses == "" || r.OrigKind == "":
		a.found("ledger_transfer", r.ID, "is a reversal of nothing")
	case r.OrigKind == string(KindReversal):
		a.found("ledger_transfer", r.ID, "reverses a reversal")
	case r.OrigPoints != r.Points || r.OrigDebit != r.Credit || r.OrigCredit != r.Debit || r.Source != r.Reverses:
		a.found("ledger_transfer", r.ID, "is not the opposite of %s", r.Reverses)
	}
}

// direction proves that the accounts and their sides fit the kind.
func (a *auditor) direction(r *bookRow) {
	city, known := cityText[r.Kind]
	switch {
	case !known:
		a.found("ledger_transfer", r.ID, "is of unknown kind %q", string(r.Kind))
	case r.city() != city:
		a.found("ledger_transfer", r.ID, "is a %s with account %s, expected %s", r.Kind, r.city(), city)
	case r.Kind != KindAdjustment && (r.change() < 0) != (r.Kind == KindRedemption):
		a.found("ledger_transfer", r.ID, "is a %s of %s points", r.Kind, r.change())
	}
}

func (a *auditor) found(table, id, problem string, args ...any) {
	a.Finding = &Finding{Table: table, ID: id, Problem: fmt.Sprintf(problem, args...)}
}

// The city's accounts as text, as the books are read.
var (
	redeemedText = Redeemed.String()
	cityText     = func() map[Kind]string {
		m := map[Kind]string{}
		for _, k := range []Kind{KindWeighIn, KindRedemption, KindReferral, KindLearning, KindGame, KindAdjustment, KindImport} {
			account, _ := cityAccount(k)
			m[k] = account.String()
		}
		return m
	}()
)
