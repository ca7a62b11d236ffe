package app

import (
	"context"
	"io"
	"path/filepath"
	"testing"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
)

// newApp makes an App on a migrated database, closed with the test.
func newApp(t *testing.T, database config.Database) *App {
	t.Helper()
	a, err := New(t.Context(), config.Config{Debug: true, DataDir: t.TempDir(), Storage: config.LocalStorage, SecretKey: "test-only", Database: database, AllowedHosts: []string{"*"}, SiteURL: "http://localhost"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if _, err := a.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

// eachApp runs a test on each engine.
func eachApp(t *testing.T, f func(t *testing.T, a *App)) {
	t.Run("sqlite", func(t *testing.T) {
		f(t, newApp(t, config.Database{Path: filepath.Join(t.TempDir(), "data", "ekolek.sqlite3")}))
	})
	t.Run("postgres", func(t *testing.T) {
		f(t, newApp(t, config.Database{URL: config.Secret(testkit.EmptyPostgresURL(t))}))
	})
}

func TestDemoIsAliveAndBalances(t *testing.T) {
	eachApp(t, func(t *testing.T, a *App) {
		ctx := t.Context()
		if loaded, err := a.DemoLoaded(ctx); err != nil || loaded {
			t.Fatalf("loaded before it was: %v, %v", loaded, err)
		}
		if err := a.LoadDemo(ctx); err != nil {
			t.Fatal(err)
		}
		if loaded, err := a.DemoLoaded(ctx); err != nil || !loaded {
			t.Errorf("not loaded after it was: %v, %v", loaded, err)
		}
		books, err := ledger.Verify(ctx, a.DB)
		if err != nil || !books.OK() || books.Transfers < 150 || books.Redeemed == 0 {
			t.Errorf("books: %s, %v", books, err)
		}
		stock, err := rewards.VerifyStock(ctx, a.DB)
		if err != nil || !stock.OK() || stock.Items != int64(len(demoRewards())) {
			t.Errorf("stock: %+v, %v", stock, err)
		}
		demoTells(ctx, t, a)
		demoFetches(ctx, t, a)
		pending, err := a.People.CountPending(ctx, people.City)
		if err != nil || pending != 3 {
			t.Errorf("%d wait for approval, %v; want 3", pending, err)
		}
		demoSignsIn(ctx, t, a)
	})
}

// demoTells looks at what the play has told people: all of it sent, when it happened, and
// nothing left for the worker.
func demoTells(ctx context.Context, t *testing.T, a *App) {
	t.Helper()
	counts, err := a.Notify.Counts(ctx, notify.Filter{From: "2000-01-01"})
	if err != nil || counts[notify.Sent] < 10 || len(counts) != 1 {
		t.Errorf("messages: %v, %v; want sent ones alone", counts, err)
	}
	page, err := a.Notify.Outbox(ctx, notify.Filter{Limit: db.MaxLimit})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Rows {
		if e.SentAt == nil || e.SentAt.Sub(e.CreatedAt) > time.Hour || e.CreatedAt.After(a.now()) {
			t.Errorf("message %s of %v was sent %v", e.Kind, e.CreatedAt, e.SentAt)
		}
	}
	if oldest := page.Rows[len(page.Rows)-1].CreatedAt; a.now().Sub(oldest) < demoDays*24*time.Hour {
		t.Errorf("the oldest message is of %v", oldest)
	}
	kept, err := notify.DevOutbox(a.OutboxDir(), 1000)
	if err != nil || len(kept) != counts[notify.Sent] {
		t.Errorf("%d messages in the folder, %v; want %d", len(kept), err, counts[notify.Sent])
	}
}

// demoFetches looks at the plan of the trucks: every barangay has one, something of next
// week is cancelled and moved, and something was marked.
func demoFetches(ctx context.Context, t *testing.T, a *App) {
	t.Helper()
	monday := schedule.Monday(a.Schedule.Today())
	found, err := a.Schedule.Pickups(ctx, schedule.Query{From: schedule.AddDays(monday, -14), To: schedule.AddDays(monday, 14)})
	if err != nil {
		t.Fatal(err)
	}
	barangays, states, marks := map[string]bool{}, map[schedule.State]int{}, map[schedule.VisitState]int{}
	for _, p := range found {
		barangays[p.BarangayName] = true
		states[p.State]++
		if p.Visit != nil {
			marks[p.Visit.State]++
		}
	}
	if len(barangays) != 27 || states[schedule.Suspended] == 0 || states[schedule.Moved] == 0 || marks[schedule.Collected] < 20 || marks[schedule.Missed] == 0 {
		t.Errorf("%d barangays, %v, %v", len(barangays), states, marks)
	}
}

// demoSignsIn tries the accounts that the command prints.
func demoSignsIn(ctx context.Context, t *testing.T, a *App) {
	t.Helper()
	nobody := audit.Actor{Kind: audit.Nobody, IP: "192.0.2.1"}
	for _, s := range DemoOffice() {
		in, err := a.Auth.SignInStaff(ctx, nobody, s.Username, DemoPassword)
		p := in.Principal
		if err != nil || p.Role != s.Role || p.MustChangePassword {
			t.Errorf("%s: %v, role %s", s.Username, err, p.Role)
		}
		reach, err := a.People.BarangaysOf(ctx, p.Scope)
		if want := len(s.Barangays); s.Role == auth.OperationsManager && (err != nil || len(reach) != want) {
			t.Errorf("%s reaches %d barangays, %v; want %d", s.Username, len(reach), err, want)
		}
	}
	for _, r := range DemoResidents() {
		_, err := a.Auth.SignInResident(ctx, nobody, auth.SignIn{Username: r.Username, Password: DemoPassword})
		if waits := r.Username == "demo.irene"; waits != (err != nil) {
			t.Errorf("%s: %v", r.Username, err)
		}
	}
}

func TestMigrateLoadsBarangaysOnce(t *testing.T) {
	eachApp(t, func(t *testing.T, a *App) {
		applied, err := a.Migrate(t.Context())
		if err != nil || len(applied) != 0 {
			t.Errorf("again: %v, %v", applied, err)
		}
		list, err := a.People.Barangays(t.Context())
		if err != nil || len(list) != 27 {
			t.Errorf("%d barangays, %v; want 27", len(list), err)
		}
	})
}
