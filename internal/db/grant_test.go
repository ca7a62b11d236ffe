package db_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// A role that was granted the program's work can do it, and nothing that a thief of its
// password would like to do.
func TestGrantedRoleDoesTheWorkAndNoMore(t *testing.T) {
	owner := testkit.PostgresURL(t)
	d, err := db.Open(t.Context(), db.Options{URL: owner})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	role := "ekolek_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12]
	exec := func(d *db.DB, stmt string) error {
		_, err := d.Writer().ExecContext(context.WithoutCancel(t.Context()), stmt)
		return err
	}
	if err := exec(d, "CREATE ROLE "+role+" LOGIN"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d, err := db.Open(context.WithoutCancel(t.Context()), db.Options{URL: owner})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if err := exec(d, fmt.Sprintf("DROP OWNED BY %[1]s; DROP ROLE %[1]s", role)); err != nil {
			t.Error(err)
		}
	})
	for range 2 { // it is called again after each migration
		if err := d.Grant(t.Context(), role); err != nil {
			t.Fatal(err)
		}
	}
	u, err := url.Parse(owner)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(role)
	app, err := db.Open(t.Context(), db.Options{URL: u.String()})
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	f, err := app.Facts(t.Context())
	if err != nil || !f.Status.Ready() || f.Superuser || f.Owns != 0 || len(f.MayRewrite) != 0 {
		t.Errorf("superuser %v, owns %d, may rewrite %v, status %+v, %v", f.Superuser, f.Owns, f.MayRewrite, f.Status, err)
	}
	if err := app.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error { return db.SetValue(ctx, tx, "granted", "yes", now) }); err != nil {
		t.Errorf("it cannot do its work: %v", err)
	}
	for _, stmt := range []string{
		"UPDATE ledger_transfer SET id = id", "DELETE FROM audit_event", "TRUNCATE rewards_stock_move", "DROP TABLE auth_lock",
		"ALTER TABLE audit_event DISABLE TRIGGER ALL", "CREATE TABLE by_a_thief (id TEXT)", "DELETE FROM db_migration", "CREATE ROLE another",
	} {
		if err := exec(app, stmt); err == nil {
			t.Errorf("it may: %s", stmt)
		}
	}
}

func TestSQLiteHasNoRoles(t *testing.T) {
	if err := testkit.DB(t).Grant(t.Context(), "ekolek"); err == nil || !strings.Contains(err.Error(), "no roles") {
		t.Error(err)
	}
}
