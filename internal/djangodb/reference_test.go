package djangodb_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/djangodb"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

// city is a new database as `ekolek migrate` leaves it, and what a test asks of it.
type city struct {
	djangodb.Deps
	people *people.Service
	auth   *auth.Service
}

var testClock = time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)

func newCity(t *testing.T, d *db.DB) city {
	t.Helper()
	vault, err := db.NewVault("a secret for tests only", "an encryption key for tests only")
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return testClock }
	n := testkit.Notify(t, d, vault, now)
	p := people.New(d, vault, n, now)
	if _, err := p.LoadPSGC(t.Context()); err != nil {
		t.Fatal(err)
	}
	return city{djangodb.Deps{DB: d, Vault: vault, Notify: n, Now: now}, p, auth.New(d, vault, n, p, auth.Config{SecretKey: testkit.SecretKey}, now)}
}

// world lets the test kit sign somebody in.
func (c city) world() *testkit.World {
	return &testkit.World{DB: c.DB, Vault: c.Vault, People: c.people, Auth: c.auth}
}

func (c city) bring(t *testing.T, src djangodb.Source, apply bool) djangodb.Report {
	t.Helper()
	report, err := djangodb.Import(t.Context(), c.Deps, src, djangodb.Options{Apply: apply})
	if err != nil {
		t.Fatalf("import: %v", err)
	}
	return report
}

// checkBooks verifies points and stock.
func (c city) checkBooks(t *testing.T) {
	t.Helper()
	report, err := ledger.Verify(t.Context(), c.DB)
	if err != nil || !report.OK() {
		t.Errorf("ledger: %v %v", report, err)
	}
	stock, err := rewards.VerifyStock(t.Context(), c.DB)
	if err != nil || stock.Wrong != "" {
		t.Errorf("stock: %v %v", stock, err)
	}
}

func openDump(t *testing.T, path string) djangodb.Source {
	t.Helper()
	src, err := djangodb.OpenDump(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	})
	return src
}

// openLive loads a dump into an empty database, as the city's own server holds it.
func openLive(t *testing.T, path string) djangodb.Source {
	t.Helper()
	psql, err := exec.LookPath("psql")
	if err != nil {
		t.Skip("no psql to load the dump with")
	}
	url := testkit.EmptyPostgresURL(t)
	out, err := exec.CommandContext(t.Context(), psql, "--quiet", "--no-psqlrc", "--file", path, url).CombinedOutput()
	if err != nil {
		t.Fatalf("psql: %v\n%s", err, out)
	}
	src, err := djangodb.OpenPostgres(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	})
	return src
}

const referenceDump = "django-ekolek.sql"

func refID(prefix string, n byte) uuid.UUID {
	id := uuid.MustParse("000000" + prefix + "-0000-4000-8000-000000000000")
	id[15] = n
	return id
}

func TestReferenceImport(t *testing.T) {
	path := testkit.Reference(t, referenceDump)
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newCity(t, d)
		plan := c.bring(t, openDump(t, path), false)
		if n := countRows(t, d, "people_resident"); n != 0 {
			t.Fatalf("the plan wrote %d residents", n)
		}
		done := c.bring(t, openDump(t, path), true)
		plan.Applied = true
		if diff := cmp.Diff(plan, done); diff != "" {
			t.Errorf("the plan is not what was done, -plan +done:\n%s", diff)
		}
		if done.Residents != 3 || done.Opening != 22575 {
			t.Errorf("%d residents begin with %s points, want 3 with 225.75", done.Residents, done.Opening)
		}
		c.checkBooks(t)
		c.checkReferenceResidents(t)
		c.checkReferenceStaff(t)
		c.checkReferenceGoods(t)

		before := dumpTables(t, d)
		again := c.bring(t, openDump(t, path), true)
		if again.Changed() {
			t.Errorf("a second run reports changes: %+v", again.Tables)
		}
		if diff := cmp.Diff(before, dumpTables(t, d)); diff != "" {
			t.Errorf("a second run changed rows:\n%s", diff)
		}
	})
}

func (c city) checkReferenceResidents(t *testing.T) {
	t.Helper()
	actor := audit.Actor{Kind: audit.Nobody, IP: "192.0.2.7"}
	in, err := c.world().Enter(t, "juan", "Residente!2025")
	if err != nil || in.Principal.ID != refID("05", 1) {
		t.Errorf("juan signs in with his old password: %v %v", in.Principal.ID, err)
	}
	_, err = c.auth.SignInResident(t.Context(), actor, auth.SignIn{Username: "nophone", Password: "Residente!2025"})
	if !errors.Is(err, auth.ErrNoWay) {
		t.Errorf("nophone, whose number is none, is told %v", err)
	}
	if b, err := ledger.BalanceOf(t.Context(), c.DB, refID("05", 1)); err != nil || b.Posted.String() != "120.5" {
		t.Errorf("juan has %s points, want 120.5 (%v)", b.Posted, err)
	}
	juan, err := c.people.ResidentByID(t.Context(), people.City, refID("05", 1))
	if err != nil {
		t.Fatal(err)
	}
	if juan.FamilyCode != "FAMDELACRUZ1" || juan.BarangayName != "Poblacion" || juan.Phone != "+639170000001" || juan.ReferralCode != "REF00001" {
		t.Errorf("juan came over as %+v", juan)
	}
	found, err := c.people.Identify(t.Context(), people.City, juan.ID.String())
	if err != nil || found.Resident.ID != juan.ID {
		t.Errorf("the old QR card finds %v: %v", found.Resident.ID, err)
	}
	states := map[byte]people.Status{2: people.Approved, 3: people.Pending, 5: people.Approved, 6: people.Suspended, 9: people.Approved}
	for n, want := range states {
		r, err := c.people.ResidentByID(t.Context(), people.City, refID("05", n))
		if err != nil || r.State() != want {
			t.Errorf("resident %d is %s, want %s (%v)", n, r.State(), want, err)
		}
		if n == 9 && r.Phone != "12345" {
			t.Errorf("nophone's phone is %q, want it as it was typed", r.Phone)
		}
	}
}

func (c city) checkReferenceStaff(t *testing.T) {
	t.Helper()
	actor := audit.Actor{Kind: audit.Nobody, IP: "192.0.2.8"}
	admin, err := c.auth.SignInStaff(t.Context(), actor, "admin", "Admin@123456")
	if err != nil || admin.Principal.Role != auth.SuperAdmin {
		t.Errorf("admin signs in as %s: %v", admin.Principal.Role, err)
	}
	roles := map[byte]auth.Role{2: auth.OperationsManager, 3: auth.ContentRewardsManager, 4: auth.SecurityAnalyst}
	for n, want := range roles {
		if st, err := c.auth.StaffByID(t.Context(), refID("ad", n)); err != nil || st.Role != want || st.Status != auth.StaffApproved {
			t.Errorf("staff %d is %s %s, want an approved %s (%v)", n, st.Status, st.Role, want, err)
		}
	}
	for n, want := range map[byte]auth.StaffStatus{7: auth.StaffSuspended, 8: auth.StaffPending} {
		if st, err := c.auth.StaffByID(t.Context(), refID("ad", n)); err != nil || st.Status != want {
			t.Errorf("staff %d is %s, want %s (%v)", n, st.Status, want, err)
		}
	}
	must, err := c.auth.SignInStaff(t.Context(), actor, "mustchange", "Admin@123456")
	if err != nil || !must.Principal.MustChangePassword {
		t.Errorf("mustchange need not change the password: %v", err)
	}
	var names []string
	assigned, err := people.AssignedTo(t.Context(), c.DB, refID("ad", 2))
	for _, b := range assigned {
		names = append(names, b.Name+" "+b.PSGC)
	}
	if diff := cmp.Diff([]string{"Poblacion 0403425011", "San Antonio 0403425014"}, names); diff != "" || err != nil {
		t.Errorf("opsmgr's barangays, -want +got:\n%s%v", diff, err)
	}
	if assigned, err := people.AssignedTo(t.Context(), c.DB, refID("ad", 5)); err != nil || len(assigned) != 0 {
		t.Errorf("mustchange has %d barangays, want none (%v)", len(assigned), err)
	}
}

func (c city) checkReferenceGoods(t *testing.T) {
	t.Helper()
	items, err := rewards.KnownItems(t.Context(), c.DB, []uuid.UUID{refID("4e", 1), refID("4e", 3), refID("4e", 4)})
	if err != nil {
		t.Fatal(err)
	}
	if i := items[refID("4e", 1)]; i.Price != 2550 || i.Stock != 5 || !i.Active || i.CategoryName != "Groceries" {
		t.Errorf("sardines came over as %+v", i)
	}
	if i := items[refID("4e", 3)]; i.Stock != 0 {
		t.Errorf("%d umbrellas, want 0", i.Stock)
	}
	if items[refID("4e", 4)].Active {
		t.Error("the old mug is active")
	}
}

func TestReferenceDumpAndLiveAgree(t *testing.T) {
	path := testkit.Reference(t, referenceDump)
	sameFromBoth(t, path)
}

// sameFromBoth imports a dump, and the same data from a server, and compares what came
// over and what was reported.
func sameFromBoth(t *testing.T, path string) {
	t.Helper()
	live := openLive(t, path)
	fromDump, fromLive := newCity(t, testkit.DB(t)), newCity(t, testkit.DB(t))
	dumped, lived := fromDump.bring(t, openDump(t, path), true), fromLive.bring(t, live, true)
	lived.Source = dumped.Source
	if diff := cmp.Diff(dumped, lived); diff != "" {
		t.Errorf("reports, -dump +live:\n%s", diff)
	}
	counts := func(d *db.DB) map[string]int {
		out := map[string]int{}
		for table, rows := range dumpTables(t, d) {
			out[table] = len(rows)
		}
		return out
	}
	if diff := cmp.Diff(counts(fromDump.DB), counts(fromLive.DB)); diff != "" {
		t.Errorf("rows, -dump +live:\n%s", diff)
	}
	fromLive.checkBooks(t)
}

// TestReferenceAsInserts reads what pg_dump writes with its other ways of writing rows.
func TestReferenceAsInserts(t *testing.T) {
	path := testkit.Reference(t, referenceDump)
	dumpTool, err := exec.LookPath("pg_dump")
	if err != nil {
		t.Skip("no pg_dump")
	}
	psql, err := exec.LookPath("psql")
	if err != nil {
		t.Skip("no psql")
	}
	url := testkit.EmptyPostgresURL(t)
	if out, err := exec.CommandContext(t.Context(), psql, "--quiet", "--no-psqlrc", "--file", path, url).CombinedOutput(); err != nil {
		t.Fatalf("psql: %v\n%s", err, out)
	}
	c := newCity(t, testkit.DB(t))
	want := c.bring(t, openDump(t, path), false)
	for _, flags := range [][]string{{"--inserts"}, {"--column-inserts"}, {"--rows-per-insert=3"}, {"--compress=1"}} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			file := t.TempDir() + "/dump.sql"
			if out, err := exec.CommandContext(t.Context(), dumpTool, append(flags, "--file", file, url)...).CombinedOutput(); err != nil {
				t.Fatalf("pg_dump: %v\n%s", err, out)
			}
			got := c.bring(t, openDump(t, file), false)
			got.Source = want.Source
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-copy +%s:\n%s", flags, diff)
			}
		})
	}
}

// dumpTables gives every row of every table as text, but for goose's and the job queue's.
func dumpTables(t *testing.T, d *db.DB) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, table := range []string{
		"people_barangay", "people_barangay_alias", "people_assignment", "people_family", "people_resident", "people_card",
		"people_terms", "people_consent", "auth_login", "auth_token", "auth_biometric_device", "auth_biometric_attempt",
		"auth_staff", "auth_password", "ledger_account", "ledger_balance", "ledger_transfer", "ledger_prior_entry",
		"collection_waste_type", "collection_rate", "collection_weigh_in", "collection_weigh_in_line",
		"rewards_category", "rewards_item", "rewards_stock", "rewards_stock_move", "rewards_prior_move", "rewards_redemption",
		"schedule_line", "schedule_line_waste", "schedule_feed", "notify_notice", "audit_event", "db_value",
	} {
		out[table] = rowsText(t, d, "SELECT * FROM "+table+" ORDER BY 1, 2")
	}
	return out
}

// rowsText gives the rows of a query as text.
func rowsText(t *testing.T, d *db.DB, query string) []string {
	t.Helper()
	rows, err := d.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		values := make([]*string, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var line bytes.Buffer
		for i, v := range values {
			if v != nil {
				line.WriteString(columns[i] + "=" + *v + " ")
			}
		}
		out = append(out, line.String())
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func countRows(t *testing.T, d *db.DB, table string) int {
	t.Helper()
	var n int
	if err := d.QueryRowContext(context.Background(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPrint is read by a person when it fails.
func TestPrint(t *testing.T) {
	path := testkit.Reference(t, referenceDump)
	c := newCity(t, testkit.DB(t))
	var out strings.Builder
	if err := c.bring(t, openDump(t, path), false).Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"accounts_users", "225.75 points for 3 residents", "juan: the total is 120.5", "--apply", "nophone"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	for _, secret := range []string{"12345", "+639", "@mail.test", "pbkdf2"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the report shows %q", secret)
		}
	}
	if os.Getenv("SHOW_REPORT") != "" {
		t.Log(out.String())
	}
}
