package people_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func TestApproveLetsTheFamilyIn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		r := w.Applicant(t, w.Barangays[0])
		manager := w.Actor(w.Manager)
		got, err := w.People.Approve(ctx, manager, w.Manager.Scope, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Family || !people.CanAccess(got.Resident) || got.Resident.DecidedBy.UUID != w.Manager.ID || got.Resident.DecidedAt == nil {
			t.Errorf("decision %+v", got)
		}
		_, err = w.People.Approve(ctx, manager, w.Manager.Scope, r.ID)
		wantErr(t, "approve twice", err, people.ErrAlreadyDecided)
		_, err = w.People.Reject(ctx, manager, w.Manager.Scope, r.ID, "too late")
		wantErr(t, "reject an approved resident", err, people.ErrAlreadyDecided)
		if n := count(t, d, `SELECT count(*) FROM audit_event WHERE action = 'resident.approve' AND actor_id = $1 AND target_id = $2`, w.Manager.ID, r.ID); n != 1 {
			t.Errorf("%d audit rows, want 1", n)
		}
	})
}

func TestRejectKeepsTheReasonAndDeletesNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		office := w.Actor(w.Admin)
		r := w.Applicant(t, w.Barangays[0])
		_, err := w.People.Reject(ctx, office, people.City, r.ID, "  ")
		if fieldsOf(t, err)["reason"] != "form.required" {
			t.Errorf("without a reason: %v", err)
		}
		got, err := w.People.Reject(ctx, office, people.City, r.ID, "Not a resident of San Pedro")
		if err != nil {
			t.Fatal(err)
		}
		if !got.Family || got.Members != 0 || got.Resident.State() != people.Rejected ||
			got.Resident.StatusReason != "Not a resident of San Pedro" || got.Resident.FamilyStatus != people.Rejected {
			t.Errorf("decision %+v", got)
		}
		got, err = w.People.Approve(ctx, office, people.City, r.ID)
		if err != nil || !got.Family || !people.CanAccess(got.Resident) {
			t.Errorf("approved after all: %+v, %v", got, err)
		}
	})
}

func TestRejectTheRepresentativeRejectsPendingMembers(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		rep := w.Applicant(t, w.Barangays[0])
		// Only an import brings a pending family with several members.
		member := rep
		member.ID, member.Username, member.Phone, member.Representative, member.ReferralCode = db.NewID(), "member", "", false, ""
		err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := w.People.ImportResident(ctx, tx, member)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.People.Reject(ctx, w.Actor(w.Admin), people.City, rep.ID, "Double registration")
		if err != nil || !got.Family || got.Members != 1 {
			t.Fatalf("decision %+v, %v", got, err)
		}
		m, err := w.People.ResidentByID(ctx, people.City, member.ID)
		if err != nil || m.State() != people.Rejected || m.StatusReason != "Double registration" {
			t.Errorf("member %s, %q, %v", m.State(), m.StatusReason, err)
		}
		if _, err := w.People.Approve(ctx, w.Actor(w.Admin), people.City, member.ID); err == nil {
			t.Error("a member of a rejected family was approved")
		}
	})
}

func TestRejectAMemberLeavesTheFamily(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		rep := w.Resident(t, w.Barangays[0])
		m, err := w.People.JoinFamily(t.Context(), nobody, rep.FamilyCode, newcomer())
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.People.Reject(t.Context(), w.Actor(w.Admin), people.City, m.ID, "Not a member")
		if err != nil || got.Family || got.Resident.FamilyStatus != people.Approved {
			t.Errorf("decision %+v, %v", got, err)
		}
	})
}

func TestSuspendAndRestore(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		office := w.Actor(w.Admin)
		r := w.Resident(t, w.Barangays[0])
		got, err := w.People.Suspend(ctx, office, people.City, r.ID, "Card misused")
		if err != nil || got.State() != people.Suspended || people.CanAccess(got) || got.SuspendedReason != "Card misused" {
			t.Fatalf("suspended %+v, %v", got, err)
		}
		_, err = w.People.Suspend(ctx, office, people.City, r.ID, "again")
		wantErr(t, "suspend twice", err, people.ErrAlreadyDecided)
		got, err = w.People.Restore(ctx, office, people.City, r.ID, "Explained")
		if err != nil || !people.CanAccess(got) {
			t.Fatalf("restored %+v, %v", got, err)
		}
		applicant := w.Applicant(t, w.Barangays[0])
		_, err = w.People.Suspend(ctx, office, people.City, applicant.ID, "not yet approved")
		wantErr(t, "suspend an applicant", err, people.ErrAlreadyDecided)
	})
}

// Twenty officers reject one applicant at once.
func TestOneDecisionWins(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Applicant(t, w.Barangays[0])
		var won atomic.Int64
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := w.People.Reject(t.Context(), w.Actor(w.Admin), people.City, r.ID, "x"); err == nil {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d decisions stood, want 1", won.Load())
		}
	})
}

// Every act on a resident or family outside of the assigned barangays is refused, and
// so is every act of someone with none assigned.
func TestActsStayInsideTheScope(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		r := w.Resident(t, w.Barangays[5])
		applicant := w.Applicant(t, w.Barangays[5])
		mine := w.Resident(t, w.Barangays[0])
		idle := w.Staff(t, "idle", "operations_manager")
		edit := people.ResidentEdit{Username: "x12", FirstName: "A", LastName: "B"}
		acts := map[string]func(audit.Actor, people.Scope) error{
			"approve": func(a audit.Actor, s people.Scope) error {
				_, err := w.People.Approve(ctx, a, s, applicant.ID)
				return err
			},
			"reject": func(a audit.Actor, s people.Scope) error {
				_, err := w.People.Reject(ctx, a, s, applicant.ID, "x")
				return err
			},
			"suspend": func(a audit.Actor, s people.Scope) error {
				_, err := w.People.Suspend(ctx, a, s, r.ID, "x")
				return err
			},
			"restore": func(a audit.Actor, s people.Scope) error {
				_, err := w.People.Restore(ctx, a, s, r.ID, "x")
				return err
			},
			"edit": func(a audit.Actor, s people.Scope) error {
				_, err := w.People.EditResident(ctx, a, s, r.ID, edit)
				return err
			},
			"family": func(a audit.Actor, s people.Scope) error {
				_, _, err := w.People.FamilyByID(ctx, s, r.FamilyID)
				return err
			},
			"reissue": func(a audit.Actor, s people.Scope) error { _, err := w.People.Reissue(ctx, a, s, r.ID); return err },
			"revoke":  func(a audit.Actor, s people.Scope) error { return w.People.Revoke(ctx, a, s, r.ID, "x") },
			"read":    func(a audit.Actor, s people.Scope) error { _, err := w.People.ResidentByID(ctx, s, r.ID); return err },
			"identify": func(a audit.Actor, s people.Scope) error {
				_, err := w.People.Identify(ctx, s, r.ID.String())
				return err
			},
			"edit family": func(a audit.Actor, s people.Scope) error {
				_, err := w.People.EditFamily(ctx, a, s, r.FamilyID, people.FamilyEdit{Name: "X", Address: "Y", BarangayID: w.Barangays[0].ID})
				return err
			},
		}
		for name, act := range acts {
			wantErr(t, name+" elsewhere", act(w.Actor(w.Manager), w.Manager.Scope), people.ErrOutside)
			wantErr(t, name+" with none assigned", act(w.Actor(idle), idle.Scope), people.ErrOutside)
			wantErr(t, name+" with the zero scope", act(audit.Actor{}, people.Scope{}), people.ErrOutside)
		}
		_, err := w.People.EditFamily(ctx, w.Actor(w.Manager), w.Manager.Scope, mine.FamilyID,
			people.FamilyEdit{Name: "X", Address: "Y", BarangayID: w.Barangays[5].ID})
		wantErr(t, "move a family out of reach", err, people.ErrOutside)
		_, err = w.People.ResidentByID(ctx, people.City, uuid.New())
		wantErr(t, "nobody", err, people.ErrResidentNotFound)
	})
}
