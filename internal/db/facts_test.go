package db_test

import (
	"slices"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

func TestFactsOfAFreshDatabase(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f, err := d.Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !f.Status.Ready() || len(f.Drift) != 0 || f.Version == "" {
			t.Errorf("a migrated database: %+v", f)
		}
		if age := time.Since(f.Since); age < -time.Minute || age > 24*time.Hour {
			t.Errorf("made at %v", f.Since)
		}
		if d.Engine() == db.SQLite {
			if f.Journal != "wal" || f.Synchronous != 2 || !f.ForeignKeys {
				t.Errorf("%+v", f)
			}
			return
		}
		if f.Major < 14 || f.MaxConnections == 0 || f.Pool != 8 || f.Transactional || f.Ahead.Abs() > time.Minute {
			t.Errorf("%+v", f)
		}
		// Tests own their database, so they may rewrite every journal but for the triggers.
		if !f.Superuser || f.Owns < 20 || !slices.Equal(f.MayRewrite, []string{"audit_event", "collection_rate", "ledger_block", "ledger_checkpoint", "ledger_seal", "ledger_transfer", "people_consent", "rewards_stock_move"}) {
			t.Errorf("superuser %v, owns %d, may rewrite %v", f.Superuser, f.Owns, f.MayRewrite)
		}
	})
}

// Whatever is changed by hand is named.
func TestDrift(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		drop := "DROP TRIGGER audit_event_no_update"
		want := []string{"trigger audit_event_no_update is missing"}
		if d.Engine() == db.Postgres {
			drop = "ALTER TABLE audit_event DISABLE TRIGGER audit_event_append_only"
			want = []string{"trigger audit_event_append_only is missing"}
		}
		for _, stmt := range []string{
			drop,
			"ALTER TABLE people_family ADD COLUMN extra TEXT",
			"DROP INDEX auth_limit_until",
			"CREATE INDEX by_hand ON people_family (extra)",
			"CREATE TABLE somebody_elses (id TEXT)",
			"DROP TABLE auth_limit",
		} {
			if _, err := d.Writer().ExecContext(t.Context(), stmt); err != nil {
				t.Fatalf("%s: %v", stmt, err)
			}
		}
		want = append(want, "column people_family.extra of people_family is not from a migration", "index by_hand of people_family is not from a migration",
			"index auth_limit_until is missing", "table auth_limit is missing")
		f, err := d.Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !slices.Contains(f.Drift, w) {
				t.Errorf("%q is not in %q", w, f.Drift)
			}
		}
		for _, got := range f.Drift {
			if got == "table somebody_elses is not from a migration" {
				t.Error("a table of somebody else is named")
			}
		}
	})
}
