package people_test

import (
	"context"
	"sync"
	"testing"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// referredBy registers somebody who names a referral code, in the family of another.
func referredBy(t *testing.T, w *testkit.World, of people.Resident, code string) people.Resident {
	t.Helper()
	in := newcomer()
	n := count(t, w.DB, `SELECT count(*) FROM people_resident`)
	in.Username, in.Phone, in.Email, in.ReferralCode = "brought"+string(rune('a'+n)), "0918000"+pad(n), "", code
	r, err := w.People.JoinFamily(t.Context(), nobody, of.FamilyCode, in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func pad(n int) string {
	return string([]byte{'0' + byte(n/1000%10), '0' + byte(n/100%10), '0' + byte(n/10%10), '0' + byte(n%10)})
}

func balance(t *testing.T, d *db.DB, r people.Resident) ledger.Points {
	t.Helper()
	b, err := ledger.BalanceOf(t.Context(), d, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	return b.Posted
}

func TestReferralPaysBothOnceAtTheApproval(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx, office := t.Context(), w.Actor(w.Admin)
		old := w.Resident(t, w.Barangays[0])
		r := referredBy(t, w, old, old.ReferralCode)
		if balance(t, d, r)+balance(t, d, old) != 0 {
			t.Fatal("paid before the approval")
		}
		if _, err := w.People.Reject(ctx, office, people.City, r.ID, "the address is missing"); err != nil {
			t.Fatal(err)
		}
		got, err := w.People.Approve(ctx, office, people.City, r.ID)
		if err != nil || !got.Referral || got.Resident.ReferralPaidAt == nil {
			t.Fatalf("decision %+v, %v", got, err)
		}
		if balance(t, d, r) != 10_00 || balance(t, d, old) != 10_00 {
			t.Errorf("paid %s and %s", balance(t, d, r), balance(t, d, old))
		}
		notices := count(t, d, `SELECT count(*) FROM notify_notice WHERE subject_id = $1 AND message LIKE '%joined with your referral code%' AND points = 1000`, old.ID)
		n, err := w.People.Referred(ctx, old.ReferralCode)
		if notices != 1 || n != 1 || err != nil {
			t.Errorf("%d notices, %d referred, %v", notices, n, err)
		}
	})
}

// Whoever may not access earns nothing by bringing others, and neither do those they bring.
func TestReferralPaysNobodyWithoutAReferrerInGoodStanding(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx, office := t.Context(), w.Actor(w.Admin)
		old := w.Resident(t, w.Barangays[0])
		r := referredBy(t, w, old, old.ReferralCode)
		if _, err := w.People.Suspend(ctx, office, people.City, old.ID, "cheated at the scale"); err != nil {
			t.Fatal(err)
		}
		got, err := w.People.Approve(ctx, office, people.City, r.ID)
		if err != nil || got.Referral || got.Resident.ReferralPaidAt != nil {
			t.Errorf("decision %+v, %v", got, err)
		}
		if balance(t, d, r)+balance(t, d, old) != 0 {
			t.Error("somebody was paid")
		}
	})
}

func TestReferralFollowsTheSettings(t *testing.T) {
	for name, pay := range map[string]people.Referral{
		"nothing": {}, "the newcomer only": {New: 5_50}, "the referrer only": {Referrer: 7_00}, "both": {New: 1_00, Referrer: 2_00},
	} {
		t.Run(name, func(t *testing.T) {
			w := testkit.NewWorld(t, testkit.DB(t))
			old := w.Resident(t, w.Barangays[0])
			r := referredBy(t, w, old, old.ReferralCode)
			got, err := w.People.Paying(pay).Approve(t.Context(), w.Actor(w.Admin), people.City, r.ID)
			if err != nil || got.Referral != (pay != people.Referral{}) {
				t.Errorf("decision %+v, %v", got, err)
			}
			if balance(t, w.DB, r) != pay.New || balance(t, w.DB, old) != pay.Referrer {
				t.Errorf("paid %s and %s, want %s and %s", balance(t, w.DB, r), balance(t, w.DB, old), pay.New, pay.Referrer)
			}
		})
	}
}

// An old account that was paid by the former system is not paid again, though its
// approval is decided here.
func TestReferralOfAnImportedResidentIsNotPaidAgain(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	old := w.Resident(t, w.Barangays[0])
	paid := testkit.Start.AddDate(-1, 0, 0)
	r := people.Resident{
		ID: db.NewID(), FamilyID: old.FamilyID, Username: "imported", FirstName: "Ana", LastName: "Reyes", FullName: "Ana Reyes",
		ReferredByCode: old.ReferralCode, ReferralPaidAt: &paid, Status: people.Pending, Active: true, CreatedAt: paid, UpdatedAt: paid,
	}
	inTx(t, w.DB, func(ctx context.Context, tx *db.Tx) error {
		_, err := w.People.ImportResident(ctx, tx, r)
		return err
	})
	got, err := w.People.Approve(t.Context(), w.Actor(w.Admin), people.City, r.ID)
	if err != nil || got.Referral || !got.Resident.ReferralPaidAt.Equal(paid) {
		t.Errorf("decision %+v, %v", got, err)
	}
	if balance(t, w.DB, old) != 0 {
		t.Error("paid twice")
	}
}

// Many approvals at once, each by two of the office: everybody is paid once, in whatever
// order, and the books balance.
func TestReferralsRace(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		a, b := w.Resident(t, w.Barangays[0]), w.Resident(t, w.Barangays[1])
		var all []people.Resident
		for i := range 12 {
			from, to := a, b
			if i%2 == 0 {
				from, to = b, a
			}
			all = append(all, referredBy(t, w, from, to.ReferralCode))
		}
		var wg sync.WaitGroup
		for _, r := range append(all, all...) {
			wg.Go(func() {
				_, err := w.People.Approve(ctx, audit.Command("test"), people.City, r.ID)
				if err != nil {
					wantErr(t, "approve twice", err, people.ErrAlreadyDecided)
				}
			})
		}
		wg.Wait()
		for _, r := range all {
			if got := balance(t, d, r); got != 10_00 {
				t.Errorf("%s has %s", r.Username, got)
			}
		}
		if balance(t, d, a) != 60_00 || balance(t, d, b) != 60_00 {
			t.Errorf("the referrers have %s and %s, want 60 each", balance(t, d, a), balance(t, d, b))
		}
		if n := count(t, d, `SELECT count(*) FROM ledger_transfer WHERE kind = 'referral'`); n != 24 {
			t.Errorf("%d transfers, want 24", n)
		}
	})
}
