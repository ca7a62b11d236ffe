package approval_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

var errSpent = errs.New(errs.Conflict, "SPENT", "error.insufficient_points")

// desk is a room with one kind of act: its handler counts, or refuses.
type desk struct {
	*testkit.World
	approvals *approval.Service
	done      atomic.Int64
	refuse    atomic.Bool
	told      atomic.Int64
}

func eachDesk(t *testing.T, f func(t *testing.T, d *desk)) {
	testkit.EachDB(t, func(t *testing.T, database *db.DB) {
		d := &desk{World: testkit.NewWorld(t, database)}
		d.approvals = approval.Open(database, d.Clock.Now)
		d.approvals.Handle(approval.CorrectPoints, func(_ context.Context, tx *db.Tx, _ audit.Actor, _ approval.Request) error {
			if d.refuse.Load() {
				return errSpent
			}
			tx.AfterCommit(func() { d.done.Add(1) })
			return nil
		})
		d.approvals.Tell(func(_ context.Context, tx *db.Tx, _ approval.Request) error {
			tx.AfterCommit(func() { d.told.Add(1) })
			return nil
		})
		f(t, d)
	})
}

var points = approval.Reach{Unit: approval.Points, Scope: people.City}

func (d *desk) asking(target uuid.UUID) approval.Asking {
	return approval.Asking{Kind: approval.CorrectPoints, TargetKind: "resident", TargetID: target, TargetName: "Juan Peña",
		Amount: 150_000, Unit: approval.Points, Barangay: d.Barangays[0].ID, Reason: "counted twice",
		Says: []errs.Text{errs.T("error.approval.reason_long", "Max", "1500")}, Details: map[string]int64{"points": 150_000}}
}

func (d *desk) ask(t *testing.T, by audit.Actor, a approval.Asking) (r approval.Request, err error) {
	t.Helper()
	err = d.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		r, err = d.approvals.Ask(ctx, tx, by, a)
		return err
	})
	return r, err
}

func (d *desk) mustAsk(t *testing.T) approval.Request {
	t.Helper()
	r, err := d.ask(t, d.Actor(d.Manager), d.asking(db.NewID()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func want(t *testing.T, what string, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("%s: %v, want %v", what, err, target)
	}
}

func TestAnActWaitsForSomebodyElse(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		asked := d.mustAsk(t)
		if n, err := d.approvals.Count(t.Context(), points); n != 1 || err != nil || d.done.Load() != 0 {
			t.Fatalf("%d wait, %d done, %v", n, d.done.Load(), err)
		}
		_, err := d.approvals.Agree(t.Context(), d.Actor(d.Manager), points, asked.ID, "")
		want(t, "one's own", err, approval.ErrOwnRequest)
		got, err := d.approvals.Agree(t.Context(), d.Actor(d.Admin), points, asked.ID, "checked the sheet")
		if err != nil || got.State != approval.Agreed || got.DecidedBy != d.Admin.ID || got.AskedByName != d.Manager.Name || d.done.Load() != 1 || d.told.Load() != 1 {
			t.Fatalf("%+v, %d done, %d told, %v", got, d.done.Load(), d.told.Load(), err)
		}
		if says := got.Says; len(says) != 1 || says[0].Args["Max"] != "1500" || string(got.Details) != `{"points":150000}` {
			t.Errorf("says %v, details %s", says, got.Details)
		}
		_, err = d.approvals.Refuse(t.Context(), d.Actor(d.Admin), points, asked.ID, "too late")
		want(t, "twice", err, approval.ErrDecided)
		_, err = d.approvals.Withdraw(t.Context(), d.Actor(d.Manager), points, asked.ID, "")
		want(t, "withdrawn after", err, approval.ErrDecided)
		trail, err := audit.List(t.Context(), d.DB, audit.Filter{Action: "approval.", Target: asked.TargetID})
		actions := []string{}
		for _, e := range trail.Rows {
			actions = append(actions, e.Action)
		}
		if !slices.Equal(actions, []string{"approval.agree", "approval.ask"}) || err != nil {
			t.Errorf("trail %v, %v", actions, err)
		}
	})
}

func TestARefusedActUndoesTheAgreement(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		asked := d.mustAsk(t)
		d.refuse.Store(true)
		_, err := d.approvals.Agree(t.Context(), d.Actor(d.Admin), points, asked.ID, "")
		want(t, "spent since", err, errSpent)
		if r, err := d.approvals.Request(t.Context(), points, asked.ID); err != nil || r.State != approval.Waiting || d.told.Load() != 0 {
			t.Errorf("%+v, %v, told %d", r, err, d.told.Load())
		}
		if _, err := d.approvals.Refuse(t.Context(), d.Actor(d.Admin), points, asked.ID, " "); err == nil {
			t.Error("refused without a reason")
		}
		if r, err := d.approvals.Refuse(t.Context(), d.Actor(d.Admin), points, asked.ID, "nothing left"); err != nil || r.State != approval.Refused || d.done.Load() != 0 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestOneRequestOfAKindWaitsForATarget(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		a := d.asking(db.NewID())
		first, err := d.ask(t, d.Actor(d.Manager), a)
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.ask(t, d.Actor(d.Admin), a)
		want(t, "a second one", err, approval.ErrAlreadyAsked)
		_, err = d.approvals.Withdraw(t.Context(), d.Actor(d.Admin), points, first.ID, "")
		want(t, "another's", err, approval.ErrNotYours)
		if _, err := d.approvals.Withdraw(t.Context(), d.Actor(d.Manager), points, first.ID, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := d.ask(t, d.Actor(d.Admin), a); err != nil {
			t.Errorf("after it was taken back: %v", err)
		}
		all, err := d.approvals.Requests(t.Context(), points, approval.Filter{Target: a.TargetID})
		if err != nil || len(all.Rows) != 2 || all.Rows[0].State != approval.Waiting || all.Rows[1].State != approval.Withdrawn {
			t.Errorf("%+v, %v", all.Rows, err)
		}
	})
}

func TestReachIsAUnitAndBarangays(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		here := d.mustAsk(t)
		elsewhere := d.asking(db.NewID())
		elsewhere.Barangay = d.Barangays[5].ID
		there, err := d.ask(t, d.Actor(d.Admin), elsewhere)
		if err != nil {
			t.Fatal(err)
		}
		whole := d.asking(db.NewID())
		whole.Barangay = uuid.Nil
		city, err := d.ask(t, d.Actor(d.Admin), whole)
		if err != nil {
			t.Fatal(err)
		}
		mine := approval.Reach{Unit: approval.Points, Scope: d.Manager.Scope}
		if page, err := d.approvals.Requests(t.Context(), mine, approval.Filter{}); err != nil || len(page.Rows) != 1 || page.Rows[0].ID != here.ID {
			t.Errorf("the manager sees %+v, %v", page.Rows, err)
		}
		for name, id := range map[string]uuid.UUID{"another barangay": there.ID, "the city's": city.ID} {
			_, err := d.approvals.Agree(t.Context(), d.Actor(d.Manager), mine, id, "")
			want(t, name, err, approval.ErrNotFound)
		}
		_, err = d.approvals.Agree(t.Context(), d.Actor(d.Content), approval.Reach{Unit: approval.Items, Scope: people.City}, here.ID, "")
		want(t, "by those of stock", err, approval.ErrNotFound)
	})
}

// Of many who agree at the same time, one does, and the act happens once.
func TestAgreedOnceAmongMany(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		asked := d.mustAsk(t)
		var agreed atomic.Int64
		var all sync.WaitGroup
		for i := range 64 {
			all.Go(func() {
				who := d.Admin
				if i%2 == 0 {
					who = d.Content
				}
				_, err := d.approvals.Agree(t.Context(), d.Actor(who), points, asked.ID, "")
				if err == nil {
					agreed.Add(1)
				} else if !errors.Is(err, approval.ErrDecided) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if agreed.Load() != 1 || d.done.Load() != 1 {
			t.Errorf("agreed %d times, done %d times", agreed.Load(), d.done.Load())
		}
	})
}

func TestOnlyStaffAskForWhatSomebodyCarriesOut(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		a := d.asking(db.NewID())
		if _, err := d.ask(t, audit.Command("test"), a); err == nil {
			t.Error("a command asked")
		}
		a.Kind = approval.VoidWeighIn
		if _, err := d.ask(t, d.Actor(d.Manager), a); err == nil {
			t.Error("nobody would carry it out")
		}
	})
}
