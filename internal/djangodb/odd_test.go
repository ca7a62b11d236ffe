package djangodb_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/djangodb"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

// oddDump holds invented people with every oddity that the importer knows.
const (
	oddDump     = "testdata/odd.sql"
	oddPassword = "Lumang Salita 1987"
	oddOffice   = "Opisina ng Lungsod 9"
)

func TestOddImport(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newCity(t, d)
		before := dumpTables(t, d)
		plan := c.bring(t, openDump(t, oddDump), false)
		if diff := cmp.Diff(before, dumpTables(t, d)); diff != "" {
			t.Fatalf("the plan wrote:\n%s", diff)
		}
		done := c.bring(t, openDump(t, oddDump), true)
		plan.Applied = true
		if diff := cmp.Diff(plan, done); diff != "" {
			t.Errorf("the plan is not what was done, -plan +done:\n%s", diff)
		}
		c.checkBooks(t)

		after := dumpTables(t, d)
		if n := len(rowsText(t, d, "SELECT details FROM audit_event WHERE action = 'import.django'")); n != 1 {
			t.Errorf("%d lines in the audit trail, want one", n)
		}
		if again := c.bring(t, openDump(t, oddDump), true); again.Changed() || again.Opening != 0 {
			t.Errorf("a second run reports changes: %+v", again.Tables)
		}
		if diff := cmp.Diff(after, dumpTables(t, d)); diff != "" {
			t.Errorf("a second run changed rows:\n%s", diff)
		}
	})
}

func TestOddCounts(t *testing.T) {
	c := newCity(t, testkit.DB(t))
	report := c.bring(t, openDump(t, oddDump), true)
	want := []djangodb.Counts{
		{Table: "accounts_barangay", Read: 4, New: 4},
		{Table: "cenro_adminuser", Read: 7, New: 6, Skipped: 1},
		{Table: "cenro_adminuser_assigned_barangays", Read: 6, New: 3, Skipped: 3},
		{Table: "accounts_family", Read: 4, New: 3, Skipped: 1},
		{Table: "accounts_users", Read: 8, New: 7, Skipped: 1},
		{Table: "accounts_wastetype", Read: 5, New: 5},
		{Table: "accounts_wastetransaction", Read: 12, New: 5, Skipped: 7},
		{Table: "accounts_rewardcategory", Read: 3, New: 3},
		{Table: "accounts_reward", Read: 3, New: 3},
		{Table: "accounts_rewardhistory", Read: 3, New: 2, Skipped: 1},
		{Table: "accounts_redemption", Read: 5, New: 2, Skipped: 3},
		{Table: "accounts_pointstransaction", Read: 6, New: 4, Skipped: 2},
		{Table: "cenro_termsandconditions", Read: 5, New: 4, Skipped: 1},
		{Table: "accounts_userconsent", Read: 8, New: 4, Skipped: 4},
		{Table: "accounts_loginattempt", Read: 9, New: 7, Skipped: 2},
		{Table: "biometric_devices", Read: 7, New: 2, Skipped: 5},
		{Table: "biometric_login_attempts", Read: 6, New: 3, Skipped: 3},
		{Table: "token_blacklist_outstandingtoken", Read: 9, New: 5, Skipped: 4},
		{Table: "token_blacklist_blacklistedtoken", Read: 3, New: 2, Skipped: 1},
		{Table: "accounts_garbageschedule", Read: 8, New: 7, Skipped: 1},
		{Table: "accounts_notification", Read: 7, New: 4, Skipped: 3},
		{Table: "cenro_adminnotification", Read: 6, New: 4, Skipped: 2},
	}
	if diff := cmp.Diff(want, report.Tables); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestOddFindings: nothing is mended in silence. Every oddity of the dump has its line.
func TestOddFindings(t *testing.T) {
	c := newCity(t, testkit.DB(t))
	report := c.bring(t, openDump(t, oddDump), false)
	cases := []struct {
		kind djangodb.FindingKind
		row  string
		text string
	}{
		{djangodb.FindSkipped, refID("ad", 4).String(), `role "summer_intern" is not known`},
		{djangodb.FindSkipped, refID("fa", 3).String(), "its barangay"},
		{djangodb.FindSkipped, refID("05", 7).String(), "old total of 99 stays behind"},
		{djangodb.FindSkipped, "4", "it weighs 0 kg"},
		{djangodb.FindSkipped, "5", "it weighs -1.5 kg"},
		{djangodb.FindSkipped, "6", "waste_kg is not a number"},
		{djangodb.FindSkipped, "9", "its resident"},
		{djangodb.FindSkipped, "10", "its waste type"},
		{djangodb.FindSkipped, refID("de", 3).String(), "its quantity is 0"},
		{djangodb.FindSkipped, refID("70", 5).String(), `"gifted"`},
		{djangodb.FindAltered, refID("05", 3).String(), `username differs from the older account "ana"`},
		{djangodb.FindAltered, refID("05", 3).String(), `phone number is also that of the older account "ana"`},
		{djangodb.FindAltered, refID("05", 3).String(), `e-mail address is also that of the older account "ana"`},
		{djangodb.FindAltered, refID("05", 5).String(), `phone number is also that of the older account "lim"`},
		{djangodb.FindAltered, refID("05", 4).String(), "old total is -3.5; the balance here begins at 0"},
		{djangodb.FindAltered, refID("05", 5).String(), "rounded half up to 0.02"},
		{djangodb.FindAltered, refID("05", 6).String(), `status "frozen"`},
		{djangodb.FindAltered, refID("05", 8).String(), "the password is not of a kind"},
		{djangodb.FindAltered, refID("ad", 5).String(), "not active; comes over as suspended"},
		{djangodb.FindAltered, refID("ad", 3).String(), "e-mail address is also that"},
		{djangodb.FindAltered, refID("3a", 3).String(), "becomes one with PET bottles"},
		{djangodb.FindAltered, refID("4e", 2).String(), "the stock is -2; comes over with 0"},
		{djangodb.FindAltered, refID("4e", 3).String(), "the price is 0"},
		{djangodb.FindTotals, refID("05", 2).String(), "the total is 10, the transactions add up to 20 (difference -10)"},
		{djangodb.FindTotals, refID("fa", 2).String(), "the family total is 10, its active members have 10.01"},
		{djangodb.FindTotals, refID("4e", 1).String(), "the stock is 7, but its history ends at 9"},
		{djangodb.FindTotals, refID("4e", 1).String(), "redemptions gave 4, but its stock history took 1 for them"},
		{djangodb.FindNote, refID("05", 6).String(), "not a Philippine mobile number"},
		{djangodb.FindNote, refID("fa", 2).String(), "phone number of the family's row"},
		{djangodb.FindNote, refID("3a", 2).String(), "special waste"},
		{djangodb.FindNote, "8", "1500 kg"},
		{djangodb.FindNote, "12", "its date says 2025-03-25"},
		{djangodb.FindSkipped, refID("7e", 4).String(), `"klingon" is neither`},
		{djangodb.FindNote, refID("7e", 5).String(), "the text is empty"},
		{djangodb.FindNote, refID("7e", 2).String(), `marks like \u000A`},
		{djangodb.FindNote, "", "1 row: accepted before the text's row was last changed"},
		{djangodb.FindSkipped, consentID(5).String(), "its resident"},
		{djangodb.FindSkipped, consentID(7).String(), "its terms"},
		{djangodb.FindSkipped, consentID(8).String(), "its terms"},
		{djangodb.FindAltered, consentID(4).String(), "network address"},
		{djangodb.FindSkipped, "", "2 rows: older than the history"},
		{djangodb.FindAltered, "", "1 row: the network address is none"},
		{djangodb.FindSkipped, "", "1 row: expired"},
		{djangodb.FindSkipped, deviceID(2).String(), "the older phone " + deviceID(1).String()},
		{djangodb.FindSkipped, deviceID(3).String(), "the older phone " + deviceID(1).String()},
		{djangodb.FindSkipped, deviceID(4).String(), "its resident"},
		{djangodb.FindSkipped, "", "1 row: no device id"},
		{djangodb.FindNote, "", "1 row: the key is of no kind"},
		{djangodb.FindSkipped, "", "2 rows: its phone was not brought over"},
		{djangodb.FindSkipped, "", "2 rows: nobody who was brought over"},
		{djangodb.FindSkipped, "8", "its jti is not one"},
		{djangodb.FindNote, refID("5c", 2).String(), "08:30–10:15 overlaps with 06:00–09:00 of " + refID("5c", 1).String()},
		{djangodb.FindAltered, refID("5c", 3).String(), `its day "Funday" is none`},
		{djangodb.FindAltered, refID("5c", 3).String(), "it ends at 08:00 and begins at 10:00"},
		{djangodb.FindAltered, refID("5c", 4).String(), "it ends at 02:00 and begins at 22:00"},
		{djangodb.FindAltered, refID("5c", 5).String(), "its waste types are no list of names"},
		{djangodb.FindAltered, refID("5c", 6).String(), "its waste types are no list of names"},
		{djangodb.FindSkipped, refID("5c", 8).String(), "its barangay"},
		{djangodb.FindNote, "", `2 rows: "Residual" is the name of no waste type`},
		{djangodb.FindSkipped, "", "1 row: older than the history"},
		{djangodb.FindSkipped, "", "2 rows: whoever they were for"},
		{djangodb.FindSkipped, "", "1 row: whoever they were for"},
		{djangodb.FindSkipped, staffNoticeID(5).String(), "it is for nobody"},
	}
	for _, want := range cases {
		found := slices.ContainsFunc(report.Findings, func(f djangodb.Finding) bool {
			return f.Kind == want.kind && f.Row == want.row && strings.Contains(f.Text, want.text)
		})
		if !found {
			t.Errorf("no finding %q of row %s with %q", want.kind, want.row, want.text)
		}
	}
	for _, f := range report.Findings {
		if f.Kind == djangodb.FindTotals && f.Row == refID("05", 1).String() {
			t.Errorf("ana's books are in order, but the report says %q", f.Text)
		}
	}
}

func TestOddResidents(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newCity(t, d)
		c.bring(t, openDump(t, oddDump), true)
		balances := map[byte]ledger.Points{1: 5025, 2: 1000, 3: 100, 4: 0, 5: 2, 6: 1351, 8: 0}
		for n, want := range balances {
			if b, err := ledger.BalanceOf(t.Context(), d, refID("05", n)); err != nil || b.Posted != want {
				t.Errorf("resident %d has %s points, want %s (%v)", n, b.Posted, want, err)
			}
		}
		type shown struct{ Username, FullName, Phone, Email, Gender, Birth, Barangay, Address string }
		want := map[byte]shown{
			1: {"ana", "Ana Peña", "+639171110001", "ana@mail.test", "female", "1987-02-28", "Santo Niño", ""},
			2: {"josé_ñ", "José Ñañez", "+639171110002", "", "", "", "Santo Niño", ""},
			3: {"ANA", "Ana Tres", "+639171110001", "ana@mail.test", "", "", "Santo Niño", ""},
			4: {"lim", "偉 林", "+639171110004", "not an address", "male", "", "Bagong Silang", ""},
			5: {"mey", "Mey 🌺 Lim", "+639171110004", "", "", "", "Bagong Silang", ""},
			6: {"tatlo", "T L", "tel. 808-1234", "", "", "", "Bagong Silang", ""},
		}
		for n, w := range want {
			r, err := c.people.ResidentByID(t.Context(), people.City, refID("05", n))
			if err != nil {
				t.Fatal(err)
			}
			got := shown{r.Username, r.FullName, r.Phone, r.Email, r.Gender, r.BirthDate, r.BarangayName, ""}
			if diff := cmp.Diff(w, got); diff != "" {
				t.Errorf("resident %d, -want +got:\n%s", n, diff)
			}
		}
		jose, err := c.people.ResidentByID(t.Context(), people.City, refID("05", 2))
		if err != nil || len(jose.ReferralCode) != 8 {
			t.Errorf("josé's referral code is %q (%v)", jose.ReferralCode, err)
		}
		family, _, err := c.people.FamilyByID(t.Context(), people.City, refID("fa", 1))
		if err != nil || family.Address != "Blk 3 \\ Lot 7\tkanto ng \"Mabini\"" {
			t.Errorf("the address is %q (%v)", family.Address, err)
		}
	})
}

func TestOddSignIns(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newCity(t, d)
		c.bring(t, openDump(t, oddDump), true)
		actor, world := audit.Actor{Kind: audit.Nobody, IP: "192.0.2.9"}, c.world()
		for username, want := range map[string]uuid.UUID{
			"ana": refID("05", 1), "Ana": refID("05", 1), "JOSÉ_Ñ": refID("05", 2),
		} {
			if in, err := world.Enter(t, username, oddPassword); err != nil || in.Principal.ID != want {
				t.Errorf("%s signs in as %s, want %s (%v)", username, in.Principal.ID, want, err)
			}
		}
		if _, err := world.Enter(t, "ANA", oddPassword); !errors.Is(err, auth.ErrNoWay) {
			t.Errorf("ANA, who is somebody else and whose number is none, is told %v", err)
		}
		if _, err := world.Enter(t, "argon", oddPassword); err == nil {
			t.Error("a password of another kind opens the door")
		}
		kapitan, err := c.auth.SignInStaff(t.Context(), actor, "kapitan", oddOffice)
		p := kapitan.Principal
		if err != nil || p.Role != auth.OperationsManager || !p.MustChangePassword {
			t.Errorf("the old barangay_admin signs in as %s (%v)", p.Role, err)
		}
		assigned, err := people.AssignedTo(t.Context(), d, refID("ad", 2))
		if err != nil || len(assigned) != 2 {
			t.Errorf("kapitan has %d barangays, want 2: two old ones are one here (%v)", len(assigned), err)
		}
		if _, err := c.auth.SignInStaff(t.Context(), actor, "Kapitan", oddOffice); !errors.Is(err, auth.ErrSuspended) {
			t.Errorf("the inactive one is answered %v", err)
		}
		if _, err := c.auth.StaffByID(t.Context(), refID("ad", 4)); !errors.Is(err, auth.ErrStaffNotFound) {
			t.Errorf("somebody with an unknown role came over: %v", err)
		}
	})
}

func TestOddWeighInsAndGoods(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newCity(t, d)
		c.bring(t, openDump(t, oddDump), true)
		page, _, err := collection.New(d, c.Notify, c.Now).WeighIns(t.Context(), people.City, collection.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		type line struct {
			Grams  ledger.Grams
			Points ledger.Points
			Rate   ledger.Rate
			Type   string
			By     string
			Day    string
		}
		var got []line
		for _, w := range page.Rows {
			if !w.Imported || len(w.Lines) != 1 {
				t.Fatalf("weigh-in %s: imported %v, %d lines", w.ID, w.Imported, len(w.Lines))
			}
			l := w.Lines[0]
			got = append(got, line{l.Grams, l.Points, l.Rate, l.Name, w.CollectorName, db.Day(w.CollectedAt)})
		}
		want := []line{ // newest first
			{1001, 600, 599, "PET bottles", "", "2025-03-13"}, // 1.0005 kg, half up; paid 6 points
			{2500, 3125, 1250, "Used batteries", "Kap Dalawa", "2025-03-12"},
			{300, 150, 500, "PET bottles", "In Tern", "2025-03-12"}, // by somebody who did not come over
			{2450, 1225, 500, "PET bottles", "Kap Dalawa", "2025-03-11"},
			{1500000, 750000, 500, "PET bottles", "Kap Dalawa", "2025-03-18"},
		}
		slices.SortFunc(got, func(a, b line) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		slices.SortFunc(want, func(a, b line) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("weigh-ins, -want +got:\n%s", diff)
		}
		items, err := rewards.KnownItems(t.Context(), d, []uuid.UUID{refID("4e", 1), refID("4e", 2), refID("4e", 3)})
		if err != nil {
			t.Fatal(err)
		}
		if i := items[refID("4e", 1)]; i.Stock != 7 || i.Price != 5000 || i.CategoryName != "Pagkain" {
			t.Errorf("rice came over as %+v", i)
		}
		if i := items[refID("4e", 2)]; i.Stock != 0 || i.CategoryName != "Pagkain" {
			t.Errorf("the second rice came over as %+v", i)
		}
		if i := items[refID("4e", 3)]; i.Active || i.Stock != 3 {
			t.Errorf("the free umbrella came over as %+v", i)
		}
		entries, err := ledger.PriorEntries(t.Context(), d, refID("05", 1), ledger.PriorPage{})
		if err != nil {
			t.Fatal(err)
		}
		var sum ledger.Points
		for _, e := range entries.Rows {
			sum += e.Points
		}
		if len(entries.Rows) != 3 || sum != 5025 {
			t.Errorf("ana's old statement has %d lines that make %s, want 3 that make 50.25", len(entries.Rows), sum)
		}
	})
}

func TestOddDumpAndLiveAgree(t *testing.T) { sameFromBoth(t, oddDump) }

// TestImportBesidePeopleWhoAreHere: somebody registered here before the old database
// came. Nobody loses their username, phone or e-mail address to an import.
func TestImportBesidePeopleWhoAreHere(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newCity(t, d)
		barangays, err := c.people.Barangays(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, here, err := c.people.RegisterFamily(t.Context(), audit.Actor{Kind: audit.Nobody}, people.NewFamily{
			Name: "Bago", BarangayID: barangays[0].ID, Address: "1 Bago",
			Representative: people.NewResident{Username: "lim", FirstName: "Lina", LastName: "Bago", Phone: "09171110002"},
		})
		if err != nil {
			t.Fatal(err)
		}
		boss, err := c.auth.CreateStaff(t.Context(), audit.Command("test"), auth.NewStaff{
			Username: "hepe", FullName: "Bagong Hepe", Role: auth.SuperAdmin, Password: "tatlong itlog sa basket",
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			report := c.bring(t, openDump(t, oddDump), true)
			for row, text := range map[uuid.UUID]string{refID("05", 4): "becomes lim~2", refID("05", 2): "already has the phone number", refID("ad", 1): "becomes hepe~2"} {
				told := slices.ContainsFunc(report.Findings, func(f djangodb.Finding) bool { return f.Row == row.String() && strings.Contains(f.Text, text) })
				if told != report.Changed() {
					t.Errorf("told that %s %q: %v", row, text, told)
				}
			}
			if report.Changed() {
				continue
			}
			for _, f := range report.Findings {
				if f.Kind == djangodb.FindDiffers {
					t.Errorf("the second run finds a difference: %v", f)
				}
			}
		}
		if r, err := c.people.Identify(t.Context(), people.City, "lim"); err != nil || r.Resident.ID != here.ID {
			t.Errorf("lim is now %s (%v)", r.Resident.ID, err)
		}
		actor := audit.Actor{Kind: audit.Nobody, IP: "192.0.2.10"}
		if in, err := c.auth.SignInStaff(t.Context(), actor, "hepe", "tatlong itlog sa basket"); err != nil || in.Principal.ID != boss.ID {
			t.Errorf("hepe is now %s (%v)", in.Principal.ID, err)
		}
		if in, err := c.auth.SignInStaff(t.Context(), actor, "hepe~2", oddOffice); err != nil || in.Principal.ID != refID("ad", 1) {
			t.Errorf("hepe~2 is %s (%v)", in.Principal.ID, err)
		}
		c.checkBooks(t)
	})
}

// TestWhatChangedHereStays: the office goes on working; a later run touches nothing of it.
func TestWhatChangedHereStays(t *testing.T) {
	c := newCity(t, testkit.DB(t))
	c.bring(t, openDump(t, oddDump), true)
	actor := audit.Command("test")
	if _, err := c.people.Suspend(t.Context(), actor, people.City, refID("05", 1), "lumipat"); err != nil {
		t.Fatal(err)
	}
	err := c.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindAdjustment, Source: db.NewID(), Account: refID("05", 2), Points: -250, Actor: actor, Reason: "test", At: testClock})
		if err != nil {
			return err
		}
		return people.Assign(ctx, tx, refID("ad", 2), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	before := dumpTables(t, c.DB)
	report := c.bring(t, openDump(t, oddDump), true)
	if diff := cmp.Diff(before, dumpTables(t, c.DB)); diff != "" {
		t.Errorf("the run changed rows:\n%s", diff)
	}
	if !slices.ContainsFunc(report.Findings, func(f djangodb.Finding) bool {
		return f.Kind == djangodb.FindDiffers && f.Row == refID("05", 1).String() && strings.Contains(f.Text, "is_active")
	}) {
		t.Error("the report does not say that ana was suspended here")
	}
}

// TestOldTotalThatWentOn: the old program was used after the import. Nothing is added;
// the report tells.
func TestOldTotalThatWentOn(t *testing.T) {
	c := newCity(t, testkit.DB(t))
	c.bring(t, openDump(t, oddDump), true)
	text, err := os.ReadFile(oddDump)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "later.sql")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), "\t50.25\t", "\t80.25\t")), 0o600); err != nil {
		t.Fatal(err)
	}
	report := c.bring(t, openDump(t, path), true)
	if b, err := ledger.BalanceOf(t.Context(), c.DB, refID("05", 1)); err != nil || b.Posted != 5025 {
		t.Errorf("ana has %s points, want 50.25 (%v)", b.Posted, err)
	}
	if !slices.ContainsFunc(report.Findings, func(f djangodb.Finding) bool {
		return f.Kind == djangodb.FindDiffers && strings.Contains(f.Text, "the opening balance was 50.25, the source says 80.25 now")
	}) {
		t.Error("the report does not say that the total went on")
	}
}

// breaking is a source that fails after some rows, as a run that is killed ends.
type breaking struct {
	djangodb.Source
	left int
}

var errBroken = errors.New("broken off")

func (b *breaking) Rows(ctx context.Context, table string) iter.Seq2[djangodb.Row, error] {
	return func(yield func(djangodb.Row, error) bool) {
		for row, err := range b.Source.Rows(ctx, table) {
			if b.left--; b.left < 0 {
				yield(djangodb.Row{}, errBroken)
				return
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// TestBrokenOffIsFinishedByTheNextRun breaks a run off after every few rows, amid tables
// and between them. What the next run leaves must be what one whole run leaves.
func TestBrokenOffIsFinishedByTheNextRun(t *testing.T) {
	whole := newCity(t, testkit.DB(t))
	whole.bring(t, openDump(t, oddDump), true)
	want := shapeOf(t, whole.DB)
	for after, broke := 0, true; broke; after += 7 {
		c := newCity(t, testkit.DB(t))
		src := &breaking{openDump(t, oddDump), after}
		_, err := djangodb.Import(t.Context(), c.Deps, src, djangodb.Options{Apply: true, Batch: 2})
		if broke = errors.Is(err, errBroken); err != nil && !broke {
			t.Fatal(err)
		}
		c.checkBooks(t)
		c.bring(t, openDump(t, oddDump), true)
		if diff := cmp.Diff(want, shapeOf(t, c.DB)); diff != "" {
			t.Fatalf("broken off after %d rows, -whole +finished:\n%s", after, diff)
		}
		c.checkBooks(t)
	}
}

// shapeOf is what two imports of one dump have alike: everything but ids, codes, seals
// and ciphertexts made anew each time.
func shapeOf(t *testing.T, d *db.DB) map[string][]string {
	t.Helper()
	queries := map[string]string{
		"barangay":   "SELECT a.legacy_id, b.name FROM people_barangay_alias a JOIN people_barangay b ON b.id = a.barangay_id",
		"assignment": "SELECT s.staff_id, b.name FROM people_assignment s JOIN people_barangay b ON b.id = s.barangay_id",
		"family":     "SELECT f.id, f.code, f.status, b.name FROM people_family f JOIN people_barangay b ON b.id = f.barangay_id",
		"resident":   "SELECT id, username_key, phone_hash, email_hash, status, active FROM people_resident",
		"staff":      "SELECT id, username_key, email_hash, role, status FROM auth_staff",
		"password":   "SELECT subject_id, hash, must_change FROM auth_password",
		"balance":    "SELECT account_id, posted, version FROM ledger_balance",
		"entry":      "SELECT id, points FROM ledger_prior_entry",
		"type":       "SELECT t.id, t.name, r.rate FROM collection_waste_type t JOIN collection_rate r ON r.waste_type_id = t.id",
		"weigh-in":   "SELECT w.id, w.grams, w.points, l.rate, l.waste_type_id FROM collection_weigh_in w JOIN collection_weigh_in_line l ON l.weigh_in_id = w.id",
		"category":   "SELECT id, name FROM rewards_category",
		"item":       "SELECT i.id, i.category_id, i.price, s.stock, s.version, i.active FROM rewards_item i LEFT JOIN rewards_stock s ON s.item_id = i.id",
		"move":       "SELECT id, quantity FROM rewards_prior_move",
		"redemption": "SELECT id, quantity, price, points FROM rewards_redemption",
		"value":      "SELECT name, value FROM db_value",
	}
	shape := map[string][]string{}
	for name, query := range queries {
		shape[name] = rowsText(t, d, query+" ORDER BY 1, 2")
	}
	return shape
}

func TestNotTheReference(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.sql")
	if err := os.WriteFile(path, []byte("CREATE TABLE public.blog (id integer);\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newCity(t, testkit.DB(t))
	report, err := djangodb.Import(t.Context(), c.Deps, openDump(t, path), djangodb.Options{Apply: true})
	if !errors.Is(err, djangodb.ErrNotReference) {
		t.Errorf("error %v, want ErrNotReference", err)
	}
	var out strings.Builder
	if err := report.Print(&out); err != nil || report.Finished || !strings.Contains(out.String(), "Broken off.") {
		t.Errorf("the report does not say that the run was broken off (%v)", err)
	}
}

func TestOpenPostgresHidesThePassword(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, url := range []string{"postgres://ekolek:sikreto99@127.0.0.1:1/nothing", "postgres://ekolek:sikreto99@[bad"} {
		_, err := djangodb.OpenPostgres(ctx, url)
		if err == nil || strings.Contains(err.Error(), "sikreto99") {
			t.Errorf("error %v, want one without the password", err)
		}
	}
}

func TestPrintObeysNoName(t *testing.T) {
	var out strings.Builder
	r := djangodb.Report{Findings: []djangodb.Finding{{Text: "a\x1b[2Jname\nwith \u202eorders"}}}
	if err := r.Print(&out); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\u202e") || strings.Contains(out.String(), "name\nwith") {
		t.Errorf("the terminal would obey %q", out.String())
	}
}

// BenchmarkWeighIns imports 100,000 weigh-ins of 500 residents.
func BenchmarkWeighIns(b *testing.B) {
	path := filepath.Join(b.TempDir(), "many.sql")
	if err := os.WriteFile(path, manyWeighIns(500, 100_000), 0o600); err != nil {
		b.Fatal(err)
	}
	for _, engine := range []struct {
		name string
		open func(testing.TB) *db.DB
	}{{"sqlite", testkit.DB}, {"postgres", testkit.Postgres}} {
		b.Run(engine.name, func(b *testing.B) {
			for b.Loop() {
				vault, err := db.NewVault("a secret for tests only", "")
				if err != nil {
					b.Fatal(err)
				}
				deps := djangodb.Deps{DB: engine.open(b), Vault: vault, Now: func() time.Time { return testClock }}
				src, err := djangodb.OpenDump(path)
				if err != nil {
					b.Fatal(err)
				}
				report, err := djangodb.Import(b.Context(), deps, src, djangodb.Options{Apply: true})
				if err != nil || report.Tables[6].New != 100_000 {
					b.Fatal(report.Tables, err)
				}
				if err := src.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func manyWeighIns(residents, weighIns int) []byte {
	var s strings.Builder
	s.WriteString("COPY accounts_barangay (id, name) FROM stdin;\n" + refID("ba", 1).String() + "\tPoblacion\n\\.\n")
	s.WriteString("COPY accounts_family (id, family_code, family_name, address, city, representative_phone, status, total_family_points, created_at, updated_at, barangay_id) FROM stdin;\n")
	fmt.Fprintf(&s, "%s\tMANY00000001\tMany\t-\t-\t-\tapproved\t0\t2025-01-01 00:00:00+00\t2025-01-01 00:00:00+00\t%s\n\\.\n", refID("fa", 1), refID("ba", 1))
	s.WriteString("COPY accounts_users (id, password, username, first_name, last_name, full_name, phone, total_points, is_active, status, created_at, updated_at, family_id, referral_code) FROM stdin;\n")
	id := func(n int) string { return fmt.Sprintf("00000005-0000-4000-8000-%012d", n) }
	for n := range residents {
		fmt.Fprintf(&s, "%s\tpbkdf2_sha256$1$x$y\tuser%d\tU\tSer\tU Ser\t0917%07d\t100.00\tt\tapproved\t2025-01-01 00:00:00+00\t2025-01-01 00:00:00+00\t%s\tM%07d\n", id(n), n, n, refID("fa", 1), n)
	}
	s.WriteString("\\.\nCOPY accounts_wastetype (id, name, points_per_kg) FROM stdin;\n" + refID("3a", 1).String() + "\tPET\t5.00\n\\.\n")
	s.WriteString("COPY accounts_wastetransaction (id, waste_kg, total_points, created_at, transaction_date, user_id, waste_type_id) FROM stdin;\n")
	for n := range weighIns {
		fmt.Fprintf(&s, "%d\t%d.25\t%d.25\t2025-06-01 08:00:%02d.%06d+00\t2025-06-01\t%s\t%s\n", n, n%9+1, (n%9+1)*5+1, n%60, n, id(n%residents), refID("3a", 1))
	}
	s.WriteString("\\.\n")
	return []byte(s.String())
}

// The former system kept phones and addresses readable; what comes over is sealed.
func TestWhatComesOverIsSealed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newCity(t, d)
		c.bring(t, openDump(t, oddDump), true)
		counts, err := db.CountSealed(t.Context(), d, slices.Concat(people.Sealed(), auth.Sealed()))
		if err != nil {
			t.Fatal(err)
		}
		values := map[db.Place]int{}
		for _, n := range counts {
			values[n.Place] += n.Values
			if c.Vault.StateOf(n) != db.SealPresent {
				t.Errorf("%d values of %s are under key %q: %s", n.Values, n.Place, n.KeyID, c.Vault.StateOf(n))
			}
		}
		for _, p := range []db.Place{"people_resident.phone", "people_resident.email", "people_resident.birth_date", "people_family.address", "auth_staff.email"} {
			if values[p] == 0 {
				t.Errorf("nothing came over in %s", p)
			}
		}
	})
}
