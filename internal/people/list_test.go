package people_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func TestResidentsInPages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		var waiting []uuid.UUID
		for i := range 7 {
			if i%2 == 0 { // two of them share a moment
				w.Clock.Advance(time.Second)
			}
			waiting = append(waiting, w.Applicant(t, w.Barangays[i%3]).ID)
		}
		if diff := cmp.Diff(waiting, inPages(t, w, people.ResidentFilter{Status: people.Pending})); diff != "" {
			t.Errorf("who waits longest comes first, each once (-want +got):\n%s", diff)
		}
		slices.Reverse(waiting)
		if diff := cmp.Diff(waiting, inPages(t, w, people.ResidentFilter{})); diff != "" {
			t.Errorf("newest first, each once (-want +got):\n%s", diff)
		}
		_, err := w.People.Residents(t.Context(), people.City, people.ResidentFilter{Cursor: "nonsense"})
		wantErr(t, "damaged cursor", err, db.ErrCursor)
	})
}

// inPages lists residents two by two.
func inPages(t *testing.T, w *testkit.World, f people.ResidentFilter) []uuid.UUID {
	t.Helper()
	f.Limit = 2
	var got []uuid.UUID
	for pages := 0; ; pages++ {
		page, err := w.People.Residents(t.Context(), people.City, f)
		if err != nil || len(page.Rows) > 2 || pages > 4 {
			t.Fatalf("page %d: %d rows, %v", pages, len(page.Rows), err)
		}
		for _, r := range page.Rows {
			got = append(got, r.ID)
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return got
		}
	}
}

func TestResidentsFilters(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		office := w.Actor(w.Admin)
		approved := w.Resident(t, w.Barangays[0])
		pending := w.Applicant(t, w.Barangays[1])
		far := w.Applicant(t, w.Barangays[2])
		suspended := w.Resident(t, w.Barangays[0])
		if _, err := w.People.Suspend(ctx, office, people.City, suspended.ID, "x"); err != nil {
			t.Fatal(err)
		}
		rejected := w.Applicant(t, w.Barangays[0])
		if _, err := w.People.Reject(ctx, office, people.City, rejected.ID, "x"); err != nil {
			t.Fatal(err)
		}
		cases := []struct {
			name   string
			scope  people.Scope
			filter people.ResidentFilter
			want   []people.Resident
		}{
			{"all", people.City, people.ResidentFilter{}, []people.Resident{rejected, suspended, far, pending, approved}},
			{"assigned barangays only", w.Manager.Scope, people.ResidentFilter{}, []people.Resident{rejected, suspended, pending, approved}},
			{"no scope", people.Scope{}, people.ResidentFilter{}, nil},
			{"approved are active", people.City, people.ResidentFilter{Status: people.Approved}, []people.Resident{approved}},
			{"suspended", people.City, people.ResidentFilter{Status: people.Suspended}, []people.Resident{suspended}},
			{"pending", w.Manager.Scope, people.ResidentFilter{Status: people.Pending}, []people.Resident{pending}},
			{"rejected", people.City, people.ResidentFilter{Status: people.Rejected}, []people.Resident{rejected}},
			{"barangay", people.City, people.ResidentFilter{Barangay: w.Barangays[2].ID}, []people.Resident{far}},
			{"barangay out of reach", w.Manager.Scope, people.ResidentFilter{Barangay: w.Barangays[2].ID}, nil},
			{"name, folded", people.City, people.ResidentFilter{Search: "PEÑA Resident2"}, []people.Resident{pending}},
			{"family code", people.City, people.ResidentFilter{Search: far.FamilyCode}, []people.Resident{far}},
			{"phone", people.City, people.ResidentFilter{Search: "+63 917 0000 002"}, []people.Resident{pending}},
			{"wildcards are characters", people.City, people.ResidentFilter{Search: "%"}, nil},
			{"broken text", people.City, people.ResidentFilter{Search: "a\x00\xff"}, nil},
			{"backslash", people.City, people.ResidentFilter{Search: `\`}, nil},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				page, err := w.People.Residents(ctx, c.scope, c.filter)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(names(c.want), names(page.Rows)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
		counts, err := w.People.ResidentCounts(ctx, w.Manager.Scope, people.ResidentFilter{})
		if diff := cmp.Diff(people.Counts{All: 4, Pending: 1, Approved: 1, Rejected: 1, Suspended: 1}, counts); diff != "" || err != nil {
			t.Errorf("counts: %v\n%s", err, diff)
		}
		if n, err := w.People.CountPending(ctx, people.City); n != 2 || err != nil {
			t.Errorf("%d pending, %v; want 2", n, err)
		}
	})
}

func names(rs []people.Resident) []string {
	var out []string
	for _, r := range rs {
		out = append(out, r.Username)
	}
	return out
}

func TestFamilies(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		r := w.Resident(t, w.Barangays[0])
		w.Member(t, r)
		far := w.Applicant(t, w.Barangays[2])
		page, err := w.People.Families(ctx, w.Manager.Scope, people.FamilyFilter{Search: "pena", Status: people.Approved})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].ID != r.FamilyID || page.Rows[0].Members != 2 {
			t.Errorf("families %+v, %v", page.Rows, err)
		}
		page, err = w.People.Families(ctx, people.City, people.FamilyFilter{Search: far.FamilyCode, Barangay: w.Barangays[2].ID})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].ID != far.FamilyID {
			t.Errorf("by code %+v, %v", page.Rows, err)
		}
		counts, err := w.People.FamilyCounts(ctx, people.City, people.FamilyFilter{})
		if diff := cmp.Diff(people.Counts{All: 2, Pending: 1, Approved: 1}, counts); diff != "" || err != nil {
			t.Errorf("counts: %v\n%s", err, diff)
		}
	})
}

func TestFind(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		near, far := w.Resident(t, w.Barangays[0]), w.Resident(t, w.Barangays[2])
		for query, want := range map[string][]string{
			"juan": {near.Username}, "pen": {near.Username}, near.FamilyCode[2:9]: {near.Username},
			far.FamilyCode: nil, "": nil, "   ": nil, "nobody at all": nil,
		} {
			got, err := w.People.Find(ctx, w.Manager.Scope, query, 10)
			if diff := cmp.Diff(want, names(got)); diff != "" || err != nil {
				t.Errorf("find %q: %v\n%s", query, err, diff)
			}
		}
	})
}

func TestFamilySummary(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		a := w.Resident(t, w.Barangays[0])
		b, c, gone := w.Member(t, a), w.Member(t, a), w.Member(t, a)
		w.Give(t, a, 500)
		w.Give(t, b, 500)
		w.Give(t, c, 120)
		w.Give(t, gone, 900)
		if _, err := w.People.Suspend(ctx, w.Actor(w.Admin), people.City, gone.ID, "x"); err != nil {
			t.Fatal(err)
		}
		for id, rank := range map[uuid.UUID]int{a.ID: 1, b.ID: 1, c.ID: 3} {
			s, err := w.People.FamilySummary(ctx, id)
			if err != nil || s.Rank != rank || s.Total != 1120 || len(s.Members) != 4 || s.Members[0].Resident.ID != gone.ID {
				t.Errorf("rank %d, total %s, %d members, %v; want rank %d, total 11.2, 4 members", s.Rank, s.Total, len(s.Members), err, rank)
			}
		}
	})
}
