package djangodb_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/djangodb"
	"ekolek/internal/notify"
	"ekolek/internal/testkit"
)

func staffNoticeID(n byte) uuid.UUID {
	id := uuid.MustParse("00000a40-0000-4000-8000-000000000000")
	id[15] = n
	return id
}

// The plan of the trucks: waste types by their names, whatever is odd switched off, and
// nothing lost.
func TestOddSchedules(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newCity(t, d)
		c.bring(t, openDump(t, oddDump), true)
		want := []string{
			"barangay=Santo Niño weekday=1 start_min=360 end_min=540 notes=Maaga active=true valid_from=2025-03-02 other_wastes=[\"Residual\"] wastes=PET bottles ",
			"barangay=Santo Niño weekday=1 start_min=510 end_min=615 notes= active=true valid_from=2025-03-02 other_wastes=[] wastes=Food waste ",
			"barangay=Santo Niño weekday=1 start_min=600 end_min=480 notes=[Funday] bago active=false valid_from=2025-03-02 other_wastes=[] wastes=Food waste ",
			"barangay=Bagong Silang weekday=7 start_min=1320 end_min=120 notes= active=false valid_from=2025-03-02 other_wastes=[] ",
			"barangay=Bagong Silang weekday=2 start_min=420 end_min=540 notes= active=true valid_from=2025-03-02 other_wastes=[\"Residual\"] ",
			"barangay=Bagong Silang weekday=2 start_min=480 end_min=510 notes= active=false valid_from=2025-03-02 other_wastes=[\"residual waste\",\"3\"] ",
			"barangay=Bagong Silang weekday=5 start_min=420 end_min=1440 notes= active=true valid_from=2025-03-02 other_wastes=[] ",
		}
		got := rowsText(t, d, `SELECT b.name AS barangay, l.weekday, l.start_min, l.end_min, l.notes, CASE WHEN l.active THEN 'true' ELSE 'false' END AS active,
				l.valid_from, l.other_wastes, (SELECT t.name FROM schedule_line_waste w JOIN collection_waste_type t ON t.id = w.waste_type_id WHERE w.line_id = l.id) AS wastes
			FROM schedule_line l JOIN people_barangay b ON b.id = l.barangay_id ORDER BY l.id`)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if feeds := rowsText(t, d, `SELECT revision FROM schedule_feed ORDER BY revision`); len(feeds) != 2 || feeds[0] != "revision=3 " || feeds[1] != "revision=4 " {
			t.Errorf("calendars are told %q", feeds)
		}
	})
}

// Notices keep their dates and whether they were read; links lead to pages that are here.
func TestOddNotices(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newCity(t, d)
		c.bring(t, openDump(t, oddDump), true)
		type line struct {
			Type, Message, Link, Reward, Video string
			Points, Score                      *int64
			Read, Viewed                       bool
		}
		under := func(audience notify.Audience, id uuid.UUID) (out []line) {
			page, err := c.Notify.Notices(t.Context(), notify.Bell{Audience: audience, ID: id}, notify.NoticeFilter{})
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range page.Rows {
				if got := n.CreatedAt.Format(time.DateTime); got != "2026-11-20 01:02:03" {
					t.Errorf("%s is of %s", n.Message, got)
				}
				out = append(out, line{n.Type, n.Message, n.Link, n.Reward, n.Video, n.Points, n.Score, n.IsRead, n.ViewedAt != nil})
			}
			return out
		}
		n := func(n int64) *int64 { return &n }
		jose := "/console/residents/" + refID("05", 2).String() + "/"
		for _, w := range []struct {
			audience notify.Audience
			id       uuid.UUID
			want     []line
		}{
			{notify.Resident, refID("05", 1), []line{
				{Type: "game", Message: "Laro", Score: n(0)},
				{Type: "redeem", Message: "Bigas 1kg", Reward: "Bigas 1kg", Points: n(-4000), Read: true},
				{Type: "waste", Message: "You earned 12 points ñ", Points: n(1225), Viewed: true},
			}},
			{notify.Resident, refID("05", 2), []line{{Type: "learning", Message: "Bidyo", Video: "Ang Kalikasan", Points: n(700), Read: true, Viewed: true}}},
			{notify.Staff, refID("ad", 1), []line{
				{Type: "admin_account_locked", Message: "Admin account locked: Kap Dalawa", Link: "/console/staff/" + refID("ad", 2).String() + "/", Read: true, Viewed: true},
				{Type: "new_registration", Message: "New user registration: José", Link: jose},
			}},
			{notify.Staff, refID("ad", 2), []line{
				{Type: "barangay_assignment_changed", Message: "Your barangay assignments have been updated"},
				{Type: "new_registration", Message: "New user registration: multo", Link: "/console/residents/", Read: true, Viewed: true},
			}},
		} {
			if diff := cmp.Diff(w.want, under(w.audience, w.id)); diff != "" {
				t.Errorf("%s %s, -want +got:\n%s", w.audience, w.id, diff)
			}
		}
	})
}

// The plan and the notices of the recorded system come over whole.
func TestReferencePlanAndNotices(t *testing.T) {
	path := testkit.Reference(t, referenceDump)
	c := newCity(t, testkit.DB(t))
	report := c.bring(t, openDump(t, path), true)
	var got []djangodb.Counts
	for _, counts := range report.Tables {
		switch counts.Table {
		case "accounts_garbageschedule", "accounts_notification", "cenro_adminnotification":
			got = append(got, counts)
		}
	}
	want := []djangodb.Counts{
		{Table: "accounts_garbageschedule", Read: 6, New: 6},
		{Table: "accounts_notification", Read: 2, New: 2},
		{Table: "cenro_adminnotification", Read: 2, New: 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
