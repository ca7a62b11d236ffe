package app_test

import (
	"context"
	"errors"
	"fmt"
	"go/parser"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ekolek/internal/app"
	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// generation are the settings of the n-th keys of a city, which rotates them: the former
// ones and the next are fallbacks, so that processes of two generations run side by side.
// With alone there are no fallbacks.
func generation(settings []string, n int, alone bool) []string {
	secret := func(i int) string { return fmt.Sprintf("secret of generation %d; this is long enough to sign with", i) }
	key := func(i int) string { return fmt.Sprintf("key of generation %d for all of the fields", i) }
	var secrets, keys []string
	for i := range n + 2 {
		if i != n {
			secrets, keys = append(secrets, secret(i)), append(keys, key(i))
		}
	}
	out := append([]string{
		"DJANGO_SECRET_KEY=" + secret(n), "FIELD_ENCRYPTION_KEY=" + key(n),
	}, settings...)
	if alone {
		return out
	}
	return append(out, "DJANGO_SECRET_KEY_FALLBACKS="+strings.Join(secrets, ","), "FIELD_ENCRYPTION_KEY_FALLBACKS="+strings.Join(keys, ","))
}

// eachEngine runs a test with the settings of an empty database on each engine.
func eachEngine(t *testing.T, f func(t *testing.T, settings []string)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			settings := []string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "LOG_DIR=-"}
			if engine == "postgres" {
				settings = append(settings, "DATABASE_URL="+testkit.PostgresURL(t))
			}
			f(t, settings)
		})
	}
}

// rotating is the city whose keys change while it is at work.
type rotating struct {
	mu   sync.Mutex
	live []*dual // processes of the newest generations
	made []people.Resident
	n    atomic.Int64
}

func (c *rotating) process() *dual {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.live[int(c.n.Add(1))%len(c.live)]
}

// register is one newcomer through any of the processes, and whoever came before is
// found by their number through any other.
func (c *rotating) register(ctx context.Context) error {
	n := c.n.Add(1)
	d := c.process()
	nobody := audit.Actor{Kind: audit.Nobody}
	_, r, err := d.People.RegisterFamily(ctx, nobody, people.NewFamily{Name: "Reyes", BarangayID: d.Barangays[0].ID, Address: fmt.Sprintf("%d Mabini St.", n),
		Representative: people.NewResident{Username: fmt.Sprintf("rotated%d", n), FirstName: "Ana", LastName: "Reyes",
			Phone: fmt.Sprintf("0918%07d", n), Email: fmt.Sprintf("ana%d@example.com", n), BirthDate: "1990-01-02"}})
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	c.mu.Lock()
	c.made = append(c.made, r)
	old := c.made[int(n)%len(c.made)]
	c.mu.Unlock()
	if err := same(ctx, c.process(), old); err != nil {
		return err
	}
	_, _, err = c.process().People.RegisterFamily(ctx, nobody, people.NewFamily{Name: "Reyes", BarangayID: d.Barangays[0].ID, Address: "1 Mabini St.",
		Representative: people.NewResident{Username: fmt.Sprintf("second%d", n), FirstName: "Ana", LastName: "Reyes", Phone: old.Phone}})
	if err == nil {
		return fmt.Errorf("two residents have the number %s", old.Phone)
	}
	return nil
}

// same finds a resident by their number and sees that nothing of them was lost.
func same(ctx context.Context, d *dual, want people.Resident) error {
	got, err := d.People.ByContact(ctx, d.DB, want.Phone)
	if err != nil {
		return fmt.Errorf("find %s by number: %w", want.Username, err)
	}
	if got.ID != want.ID || got.Phone != want.Phone || got.Email != want.Email || got.BirthDate != want.BirthDate {
		return fmt.Errorf("found %+v, want %+v", got, want)
	}
	_, err = d.People.ByContact(ctx, d.DB, want.Email)
	return err
}

// F-46: every key changes every half second while residents register and are found, with
// processes of two generations at work and everything sealed anew behind them. At the
// end the last keys alone open everything, and nobody notices but those whose tokens a
// key signed that is gone.
func TestKeysRotateUnderLoad(t *testing.T) {
	const generations = 6
	eachEngine(t, func(t *testing.T, settings []string) {
		clock := testkit.NewClock()
		first := newDualAt(t, generation(settings, 0, false), clock, io.Discard)
		mia := first.anew(t, "rotating")
		session := mia.asBoth().Cookie("ekolek_session")
		onPhone := mia.onPhone(first.browser())
		card, err := first.People.CardOf(t.Context(), mia.resident.ID)
		must(t, err)
		in, err := first.Auth.SignInStaff(t.Context(), tester, mia.staff.Username, testkit.Password)
		must(t, err)
		second, recovery, _ := first.SecondFactor(t, in.Principal)

		city := &rotating{live: []*dual{first}}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var load sync.WaitGroup
		for range 4 {
			load.Go(func() {
				for ctx.Err() == nil {
					if err := city.register(context.WithoutCancel(ctx)); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		last := first
		for n := 1; n < generations; n++ {
			clock.Advance(time.Minute)
			last = newDualAt(t, generation(settings, n, false), clock, io.Discard)
			city.mu.Lock()
			city.live = []*dual{city.live[len(city.live)-1], last}
			city.mu.Unlock()
			for until := time.Now().Add(500 * time.Millisecond); time.Now().Before(until); {
				if _, err := last.Vault.SealAnew(t.Context(), last.DB, app.SealedTables(), clock.Now, 100*time.Millisecond); err != nil {
					t.Fatal(err)
				}
			}
		}
		stop()
		load.Wait()
		if s, err := last.Vault.SealAnew(t.Context(), last.DB, app.SealedTables(), clock.Now, 0); err != nil || s.DoneAt == nil || s.Damaged > 0 {
			t.Fatalf("sealing ended as %+v, %v", s, err)
		}

		alone := newDualAt(t, generation(settings, generations-1, true), clock, io.Discard)
		if len(city.made) < 20 {
			t.Errorf("only %d residents registered meanwhile", len(city.made))
		}
		for _, r := range city.made {
			if err := same(t.Context(), alone, r); err != nil {
				t.Error(err)
			}
		}
		for name, d := range map[string]*dual{"with the former keys": last, "alone": alone} {
			mia := *mia
			mia.World, mia.t, mia.url = d.World, t, d.url
			mia.wants(d.browser().Cookies(map[string]string{"ekolek_session": session}), true, false)
			if found, err := d.People.Identify(t.Context(), people.City, card.QR); err != nil || found.Resident.ID != mia.resident.ID {
				t.Errorf("%s, a card of before: %v", name, err)
			}
			onPhone := *onPhone
			onPhone.d = &mia
			if in := onPhone.in(); in != (d == last) {
				t.Errorf("%s, the app of before is signed in: %v", name, in)
			}
		}
		waits, err := alone.Auth.SignInStaff(t.Context(), tester, mia.staff.Username, testkit.Password)
		must(t, err)
		if _, err := alone.Auth.FinishStaffSignIn(t.Context(), tester, waits.Flow, second.Code(0)); err != nil {
			t.Errorf("the second factor of before: %v", err)
		}
		waits, err = alone.Auth.SignInStaff(t.Context(), tester, mia.staff.Username, testkit.Password)
		must(t, err)
		if _, err := alone.Auth.FinishStaffSignIn(t.Context(), tester, waits.Flow, recovery[0]); err != nil {
			t.Errorf("a recovery code of before: %v", err)
		}
	})
}

// What was given in personal columns.
var personal = []string{"917555012", "917555019", "lihim.na.tao@example.com", "bagong.lihim@example.com", "pinuno@example.com", "1987-03-09", "77 Sampaguita Lihim", "88 Ilang-Ilang Lihim"}

// In production no personal column lies readable anywhere in the database, though the
// configuration names no key for it, nor after a readable one was sealed.
func TestNothingPersonalLiesReadable(t *testing.T) {
	eachEngine(t, func(t *testing.T, settings []string) {
		settings = append(settings, "DJANGO_SECRET_KEY=a secret that is long enough for everything in here", "EMAIL_HOST_USER=cenro@san-pedro.example")
		clock := testkit.NewClock()
		development := newDualAt(t, settings, clock, io.Discard)
		givePersonal(t, development, "0")
		if lies := lyingReadable(t, development, settings); len(lies) == 0 {
			t.Fatal("nothing is found in a readable database: the search cannot fail")
		}
		clock.Advance(time.Minute)
		cfg, err := config.Load(settings, "")
		must(t, err)
		cfg.Debug = false
		a, err := app.NewAt(t.Context(), cfg, io.Discard, clock.Now)
		must(t, err)
		t.Cleanup(func() { _ = a.Close() })
		s, err := a.SealAll(t.Context())
		must(t, err)
		if s.DoneAt == nil || s.Readable == 0 {
			t.Fatalf("sealing ended as %+v", s)
		}
		production := *development
		production.World = &testkit.World{DB: a.DB, Vault: a.Vault, Clock: clock, Notify: a.Notify, People: a.People, Auth: a.Auth, Barangays: development.Barangays}
		for _, found := range lyingReadable(t, &production, settings) {
			t.Errorf("after sealing, %s", found)
		}
		givePersonal(t, &production, "1")
		for _, found := range lyingReadable(t, &production, settings) {
			t.Errorf("of production, %s", found)
		}
	})
}

// givePersonal goes through everything that takes personal data; mark keeps two of them apart.
func givePersonal(t *testing.T, d *dual, mark string) {
	t.Helper()
	ctx, nobody := t.Context(), audit.Actor{Kind: audit.Nobody, IP: "192.0.2.9", UserAgent: "a browser"}
	who := people.NewResident{Username: "lihim" + mark, FirstName: "Lihim", LastName: "Tao", Phone: "0917555012" + mark, Email: mark + "lihim.na.tao@example.com", BirthDate: "1987-03-09"}
	where := people.NewFamily{Name: "Tao", BarangayID: d.Barangays[0].ID, Address: mark + "77 Sampaguita Lihim"}
	d.Clock.Advance(2 * time.Minute) // between two codes to one number
	flow, err := d.Auth.RegisterWho(ctx, nobody, "", true, who, testkit.Password)
	must(t, err)
	must(t, d.Auth.RegisterWhere(ctx, nobody, flow, where))
	d.Clock.Advance(2 * time.Minute)
	must(t, d.Auth.SendRegistrationCode(ctx, nobody, flow, notify.SMS))
	where.Representative = who
	_, r, err := d.People.RegisterFamily(ctx, nobody, where)
	must(t, err)
	_, err = d.People.Approve(ctx, tester, people.City, r.ID)
	must(t, err)
	must(t, d.Auth.SetResidentPassword(ctx, tester, r.ID, testkit.Password))
	d.Clock.Advance(2 * time.Minute)
	_, err = d.Enter(t, who.Username, testkit.Password)
	must(t, err)
	_, _ = d.Auth.SignInResident(ctx, nobody, auth.SignIn{Username: who.Phone, Password: testkit.Password}) // no username: refused
	d.Clock.Advance(2 * time.Minute)
	_, _, err = d.Auth.StartReset(ctx, nobody, who.Email, notify.Mail)
	must(t, err)
	_, err = d.People.EditResident(ctx, tester, people.City, r.ID, people.ResidentEdit{Username: who.Username, FirstName: "Lihim", LastName: "Tao",
		Phone: "0917555019" + mark, Email: mark + "bagong.lihim@example.com", BirthDate: "1987-03-09"})
	must(t, err)
	_, err = d.People.EditFamily(ctx, tester, people.City, r.FamilyID, people.FamilyEdit{Name: "Tao", BarangayID: d.Barangays[0].ID, Address: mark + "88 Ilang-Ilang Lihim", City: "San Pedro City"})
	must(t, err)
	_, err = d.Auth.CreateStaff(ctx, tester, auth.NewStaff{Username: "pinuno" + mark, FullName: "Pinuno", Email: mark + "pinuno@example.com", Role: auth.SecurityAnalyst, Password: officePassword})
	must(t, err)
}

// lyingReadable tells where something personal lies: in any byte of SQLite's files, or in any
// row of PostgreSQL's tables.
func lyingReadable(t *testing.T, d *dual, settings []string) []string {
	t.Helper()
	var found []string
	search := func(where, text string) {
		for _, p := range personal {
			if i := strings.Index(strings.ToLower(text), strings.ToLower(p)); i >= 0 {
				found = append(found, fmt.Sprintf("%s has %q: …%q…", where, p, text[max(0, i-60):min(len(text), i+60)]))
			}
		}
	}
	if d.DB.Engine() == db.SQLite {
		dir := strings.TrimPrefix(settings[1], "DATA_DIR=")
		files, err := filepath.Glob(filepath.Join(dir, "ekolek.sqlite3*"))
		must(t, err)
		for _, file := range files {
			data, err := os.ReadFile(file)
			must(t, err)
			search(filepath.Base(file), string(data))
		}
		return found
	}
	text := func(r db.Row) (s string, err error) { return s, r.Scan(&s) }
	tables, err := db.Collect(t.Context(), d.DB, text, `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`)
	must(t, err)
	for _, table := range tables {
		rows, err := db.Collect(t.Context(), d.DB, text, `SELECT CAST(x AS text) FROM "`+table+`" x`)
		must(t, err)
		for _, row := range rows {
			search(table, row)
		}
	}
	return found
}

// A city that ran without a key gives itself one and restarts: the running program seals
// by itself what lay readable.
func TestTheRunningProgramSealsWhatIsReadable(t *testing.T) {
	eachEngine(t, func(t *testing.T, settings []string) {
		d := newDual(t, settings)
		givePersonal(t, d, "0")
		cfg, err := config.Load(generation(settings, 0, false), "")
		must(t, err)
		cfg.FormerSecrets = append(cfg.FormerSecrets, developmentSecret(t, settings))
		a, err := app.New(t.Context(), cfg, io.Discard)
		must(t, err)
		must(t, a.Start(t.Context(), "127.0.0.1:0"))
		t.Cleanup(func() {
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			s, err := db.SealingState(t.Context(), a.DB)
			must(t, err)
			if s.DoneAt != nil {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("sealing has come to %+v", s)
			}
		}
		counts, err := db.CountSealed(t.Context(), a.DB, app.SealedTables())
		must(t, err)
		for _, n := range counts {
			if a.Vault.StateOf(n) != db.SealPresent {
				t.Errorf("%+v", n)
			}
		}
	})
}

// developmentSecret is the key that development made for itself.
func developmentSecret(t *testing.T, settings []string) config.Secret {
	t.Helper()
	cfg, err := config.Load(settings, "")
	must(t, err)
	return cfg.SecretKey
}

// Every column that is sealed is on the list of those that rotation goes through, and so
// is every one that a migration calls sealed.
func TestEverySealedColumnIsListed(t *testing.T) {
	listed := map[string]bool{}
	for _, table := range app.SealedTables() {
		for _, p := range table.Columns {
			listed[string(p)] = true
		}
	}
	places := regexp.MustCompile(`db\.Place = "([^"]+)"|Place\s+Place = "([^"]+)"`)
	used := map[string]bool{}
	for _, f := range sources(t, parser.SkipObjectResolution) {
		if f.test {
			continue
		}
		data, err := os.ReadFile("../../" + f.path)
		must(t, err)
		for _, m := range places.FindAllStringSubmatch(string(data), -1) {
			used[m[1]+m[2]] = true
		}
	}
	if len(used) < 12 {
		t.Fatalf("only %d places found: %v", len(used), used)
	}
	for place := range used {
		if !listed[place] && place != "db_key.canary" { // each canary is under its own key
			t.Errorf("%s is sealed, and no Sealed() lists it", place)
		}
	}
	files, err := filepath.Glob("../db/migrations/*.sql")
	must(t, err)
	table := regexp.MustCompile(`^CREATE TABLE (\w+)`)
	column := regexp.MustCompile(`^\s+(\w+)\s.*--\s*(sealed\b.*)`)
	for _, file := range files {
		data, err := os.ReadFile(file)
		must(t, err)
		name := ""
		for line := range strings.SplitSeq(string(data), "\n") {
			if m := table.FindStringSubmatch(line); m != nil {
				name = m[1]
			}
			if m := column.FindStringSubmatch(line); m != nil && !listed[name+"."+m[1]] && name != "db_key" {
				t.Errorf("%s calls %s.%s sealed, and no Sealed() lists it", filepath.Base(file), name, m[1])
			}
		}
	}
}

// A program with the wrong key does not start, and says which variable is to blame.
func TestTheWrongKeyIsToldAtTheStart(t *testing.T) {
	eachEngine(t, func(t *testing.T, settings []string) {
		newDual(t, generation(settings, 0, true))
		cfg, err := config.Load(generation(settings, 7, true), "")
		must(t, err)
		_, err = app.New(t.Context(), cfg, io.Discard)
		var missing *db.KeyError
		if !errors.As(err, &missing) || !strings.Contains(err.Error(), "FIELD_ENCRYPTION_KEY is not the one this database was sealed with") {
			t.Errorf("%v", err)
		}
	})
}
