package audit_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

var (
	monday = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC) // 9 in the morning in Manila
	amihan = audit.Actor{Kind: audit.Staff, ID: uuid.MustParse("019ab000-0000-7000-8000-000000000001"), Name: "Amihan T.", IP: "203.0.113.7", UserAgent: "test", RequestID: "r1"}
	juan   = audit.Actor{Kind: audit.Resident, ID: uuid.MustParse("019ab000-0000-7000-8000-000000000002"), Name: "Juan"}
)

func record(t *testing.T, d *db.DB, a audit.Actor, at time.Time, e audit.Event) {
	t.Helper()
	err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error { return audit.Record(ctx, tx, a, at, e) })
	if err != nil {
		t.Fatal(err)
	}
}

// fill writes one act an hour: approvals by Amihan, sign-ins by Juan, and a command.
func fill(t *testing.T, d *db.DB, target uuid.UUID) {
	t.Helper()
	for i := range 4 {
		at := monday.Add(time.Duration(i) * 8 * time.Hour)
		record(t, d, amihan, at, audit.Event{Action: "resident.approve", TargetKind: "resident", TargetID: target, TargetName: "Juan Dela Cruz", Details: map[string]any{"n": i}})
		record(t, d, juan, at, audit.Event{Action: "session.begin"})
	}
	record(t, d, audit.Command("import django"), monday.Add(time.Hour), audit.Event{Action: "resident.import"})
}

func TestListFilters(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		target := db.NewID()
		fill(t, d, target)
		for name, c := range map[string]struct {
			filter audit.Filter
			want   int
		}{
			"everything":        {audit.Filter{}, 9},
			"one actor":         {audit.Filter{Actor: amihan.ID}, 4},
			"a kind of actor":   {audit.Filter{ActorKind: audit.System}, 1},
			"an action":         {audit.Filter{Action: "session.begin"}, 4},
			"a subject":         {audit.Filter{Action: "resident."}, 5},
			"half a subject":    {audit.Filter{Action: "resid."}, 0},
			"a target":          {audit.Filter{Target: target}, 4},
			"a kind of target":  {audit.Filter{TargetKind: "resident"}, 4},
			"the first day":     {audit.Filter{From: "2026-11-23", To: "2026-11-23"}, 5}, // 9:00 and 17:00 in Manila, and the import
			"from the next day": {audit.Filter{From: "2026-11-24"}, 4},
			"actor and day":     {audit.Filter{Actor: juan.ID, To: "2026-11-23"}, 2},
			"nobody's quotes":   {audit.Filter{Action: "' OR '1'='1"}, 0},
		} {
			page, err := audit.List(t.Context(), d, c.filter)
			if err != nil || len(page.Rows) != c.want {
				t.Errorf("%s: %d rows, %v; want %d", name, len(page.Rows), err, c.want)
			}
		}
	})
}

func TestListPagesWithoutGapOrRepeat(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		fill(t, d, db.NewID())
		seen := map[uuid.UUID]bool{}
		var last time.Time
		f := audit.Filter{Limit: 2}
		for pages := 0; ; pages++ {
			page, err := audit.List(t.Context(), d, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Rows {
				if seen[e.ID] || (!last.IsZero() && e.At.After(last)) {
					t.Errorf("%s %s came twice or out of order", e.Action, e.At)
				}
				seen[e.ID], last = true, e.At
			}
			if f.Cursor = page.Next; f.Cursor == "" {
				break
			}
		}
		if len(seen) != 9 {
			t.Errorf("paging showed %d of 9 rows", len(seen))
		}
		if _, err := audit.List(t.Context(), d, audit.Filter{Cursor: "nonsense"}); !errors.Is(err, db.ErrCursor) {
			t.Errorf("a broken cursor: %v", err)
		}
	})
}

func TestEntryKeepsWhoWhatAndFromWhere(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		target := db.NewID()
		noisy := amihan
		noisy.UserAgent = strings.Repeat("é", 300) + "\x00"
		record(t, d, noisy, monday, audit.Event{Action: "family.edit", TargetKind: "family", TargetID: target, TargetName: "Dela Cruz", Details: map[string]any{"name": "a → b"}})
		page, err := audit.List(t.Context(), d, audit.Filter{})
		if err != nil || len(page.Rows) != 1 {
			t.Fatalf("%+v, %v", page, err)
		}
		got := page.Rows[0]
		if len(got.Actor.UserAgent) > 500 || !strings.HasPrefix(got.Actor.UserAgent, "éé") {
			t.Errorf("user agent of %d bytes", len(got.Actor.UserAgent))
		}
		got.Actor.UserAgent = amihan.UserAgent
		want := audit.Entry{ID: got.ID, At: monday, Actor: amihan, Action: "family.edit", TargetKind: "family", TargetID: target, TargetName: "Dela Cruz", Details: `{"name":"a → b"}`}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestActions(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		none, err := audit.Actions(t.Context(), d)
		if err != nil || len(none) != 0 {
			t.Errorf("an empty trail has %v, %v", none, err)
		}
		fill(t, d, db.NewID())
		got, err := audit.Actions(t.Context(), d)
		if diff := cmp.Diff([]string{"resident.approve", "resident.import", "session.begin"}, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}
