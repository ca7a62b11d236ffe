package main_test

import (
	"database/sql"
	"net/http"
	"os"
	"slices"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver

	"ekolek/internal/testkit/pgserver"
)

// The documented set-up on PostgreSQL comes out clean: a server with deploy/postgres/ekolek.conf,
// one role that owns the tables and migrates, another as which the program runs. As the
// owner it is told so, and by no other check.
func TestCheckDeployOnPostgres(t *testing.T) {
	server := durablePostgres(t)
	administer(t, server.URL("postgres", pgserver.Admin, ""),
		"CREATE ROLE ekolek_owner LOGIN", "CREATE ROLE ekolek LOGIN CREATEDB", "CREATE DATABASE ekolek OWNER ekolek_owner")
	administer(t, server.URL("ekolek", pgserver.Admin, ""), "REVOKE CREATE ON SCHEMA public FROM PUBLIC", "GRANT CREATE ON SCHEMA public TO ekolek_owner")

	owner := fit(t).with("DATABASE_URL=" + server.URL("ekolek", "ekolek_owner", "mangga-sa-bukid-42"))
	owner.want(0, "granted to ekolek", "migrate", "--grant-to", "ekolek")
	r := outcomeOf(t, owner.want(1, "", "check", "--deploy", "--offline", "--json"))
	if got := ids(r.Findings); !slices.Equal(got, []string{"EK.E043"}) {
		t.Errorf("as the owner: %v", r.Findings)
	}
	p := owner.with("DATABASE_URL=" + server.URL("ekolek", "ekolek", "kalabaw-sa-palayan-7"))
	r = outcomeOf(t, p.want(0, "", "check", "--deploy", "--offline", "--json"))
	if len(r.Findings) != 0 || len(r.Failed) != 0 {
		t.Errorf("as the program: %+v", r)
	}
	get(t, p.serve("serve", "--addr", "127.0.0.1:0")+"/healthz", http.StatusOK, "ok")
}

// durablePostgres is a server of the test's own with the settings that are shipped:
// production refuses the one that most tests share, which forgets at a power cut.
func durablePostgres(t *testing.T) *pgserver.Server {
	t.Helper()
	bin, ok := pgserver.Find()
	if !ok {
		t.Skip("PostgreSQL is not here; make test installs it")
	}
	conf, err := os.ReadFile("../../deploy/postgres/ekolek.conf")
	if err != nil {
		t.Fatal(err)
	}
	server, err := pgserver.New(t.Context(), bin, pgserver.Options{Files: map[string]string{"postgresql.auto.conf": string(conf)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Remove(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// administer runs statements, one by one.
func administer(t *testing.T, url string, statements ...string) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // a test's connection
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}
