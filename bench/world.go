package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib" // the bare driver, PostgreSQL
	_ "modernc.org/sqlite"             // the bare driver, SQLite

	"ekolek/internal/app"
	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/collection"
	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/people"
)

// residents are how many people come to the scale. More than clients: in a city, two
// collectors seldom weigh for the same household in the same moment.
const residents = 256

const (
	username = "bench-admin"
	password = "labindalawang-sako-ng-bigas"
)

// world is a running program with a small city in it, and a copy of its database for
// the bare driver.
type world struct {
	app    *app.App
	base   string
	direct *sql.DB // reads what the program wrote
	copy   *sql.DB // where the bare driver writes the same
	close  []func() error

	residents []uuid.UUID
	types     []uuid.UUID
	staff     string // cookies
	resident  string
}

// newWorld makes the city on one engine, copies its database, and starts the program.
func newWorld(ctx context.Context, engine db.Engine, dir string) (_ *world, err error) {
	w := &world{}
	defer func() {
		if err != nil {
			w.Close()
		}
	}()
	store, err := newStore(ctx, engine, dir)
	if err != nil {
		return nil, err
	}
	w.close = append(w.close, store.drop)
	cfg, err := config.Load([]string{"DJANGO_DEBUG=True", "DATA_DIR=" + dir, "LOG_DIR=" + filepath.Join(dir, "logs"), "DATABASE_URL=" + store.url}, "")
	if err != nil {
		return nil, err
	}
	if err := w.furnish(ctx, cfg); err != nil {
		return nil, fmt.Errorf("furnish: %w", err)
	}
	if w.direct, w.copy, err = store.open(ctx, cfg); err != nil {
		return nil, err
	}
	w.close = append(w.close, w.direct.Close, w.copy.Close)
	if w.app, err = app.New(ctx, cfg, io.Discard); err != nil {
		return nil, err
	}
	w.close = append(w.close, w.app.Close)
	if err := w.app.Start(ctx, "127.0.0.1:0"); err != nil {
		return nil, err
	}
	w.base = "http://" + w.app.Addr().String()
	return w, nil
}

// Close ends everything, the last opened first.
func (w *world) Close() {
	for i := len(w.close) - 1; i >= 0; i-- {
		if err := w.close[i](); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
	}
	w.close = nil
}

// furnish migrates and fills the database, and closes it again so that it can be copied.
func (w *world) furnish(ctx context.Context, cfg config.Config) (err error) {
	a, err := app.New(ctx, cfg, io.Discard)
	if err != nil {
		return err
	}
	defer func() {
		if closed := a.Close(); err == nil {
			err = closed
		}
	}()
	if _, err := a.Migrate(ctx); err != nil {
		return err
	}
	me := audit.Command("bench")
	if _, err := a.Auth.CreateStaff(ctx, me, auth.NewStaff{Username: username, FullName: "Bench", Role: auth.SuperAdmin, Password: password}); err != nil {
		return err
	}
	for _, name := range []string{"PET", "Paper"} {
		id, err := a.Collection.SaveType(ctx, me, collection.TypeForm{Name: name, Class: collection.Recyclable, Active: true, Rate: 500})
		if err != nil {
			return err
		}
		w.types = append(w.types, id)
	}
	if err := w.settle(ctx, a, me); err != nil {
		return err
	}
	return w.signIn(ctx, a, me)
}

// settle fills the first barangay with approved residents.
func (w *world) settle(ctx context.Context, a *app.App, me audit.Actor) error {
	barangays, err := a.People.Barangays(ctx)
	if err != nil {
		return err
	}
	for n := range residents {
		_, r, err := a.People.RegisterFamily(ctx, me, people.NewFamily{Name: "Cruz", BarangayID: barangays[0].ID, Address: "1 Rizal St.",
			Representative: people.NewResident{Username: fmt.Sprintf("bench%d", n), FirstName: "Ana", LastName: "Cruz", Phone: fmt.Sprintf("0917%07d", n)}})
		if err != nil {
			return err
		}
		if _, err := a.People.Approve(ctx, me, people.City, r.ID); err != nil {
			return err
		}
		w.residents = append(w.residents, r.ID)
	}
	return nil
}

// signIn opens a session of each surface.
func (w *world) signIn(ctx context.Context, a *app.App, me audit.Actor) error {
	in, err := a.Auth.SignInStaff(ctx, me, username, password)
	if err != nil {
		return err
	}
	w.staff = "ekolek_staff=" + in.Token
	if err := a.Auth.SetResidentPassword(ctx, me, w.residents[0], password); err != nil {
		return err
	}
	resident := auth.SignIn{Username: "bench0", Password: password}
	out, err := a.Auth.SignInResident(ctx, me, resident)
	if err != nil {
		return err
	}
	code, err := newestCode(ctx, a)
	if err != nil {
		return err
	}
	resident.Flow = out.Flow
	out, err = a.Auth.FinishSignIn(ctx, me, resident, code, false)
	w.resident = "ekolek_session=" + out.Token
	return err
}

// newestCode reads the code of the last message in the outbox.
func newestCode(ctx context.Context, a *app.App) (string, error) {
	var body string
	var message struct{ Code string }
	err := a.DB.QueryRowContext(ctx, `SELECT body FROM notify_message WHERE secret ORDER BY created_at DESC, id DESC LIMIT 1`).Scan(a.Vault.Secret("notify_message.body", &body))
	if err == nil {
		err = json.Unmarshal([]byte(body), &message)
	}
	return message.Code, err
}

// store is the database of a world before it is opened.
type store struct {
	engine db.Engine
	url    string // PostgreSQL only
	drop   func() error
}

func newStore(ctx context.Context, engine db.Engine, dir string) (*store, error) {
	if engine == db.SQLite {
		return &store{engine: engine, drop: func() error { return nil }}, nil
	}
	server := os.Getenv("EKOLEK_TEST_POSTGRES")
	if server == "" {
		return nil, fmt.Errorf("EKOLEK_TEST_POSTGRES is not set; `make bench` starts a server")
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		return nil, err
	}
	name := "ekolek_bench_" + strings.ToLower(rand.Text()[:10])
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		return nil, err
	}
	return &store{engine: engine, url: withDatabase(server, name), drop: func() error {
		_, err := admin.Exec("DROP DATABASE IF EXISTS " + name + "_copy WITH (FORCE)")
		if err == nil {
			_, err = admin.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		}
		if closed := admin.Close(); err == nil {
			err = closed
		}
		return err
	}}, nil
}

// open copies the furnished database and opens both with the bare driver. The copy is
// as durable as the program's own: WAL and a full sync for each commit.
func (s *store) open(ctx context.Context, cfg config.Config) (direct, replica *sql.DB, err error) {
	if s.engine == db.SQLite {
		data, err := os.ReadFile(cfg.Database.Path)
		if err != nil {
			return nil, nil, err
		}
		copied := cfg.Database.Path + ".copy"
		if err := os.WriteFile(copied, data, 0o600); err != nil {
			return nil, nil, err
		}
		const pragmas = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(ON)&_pragma=synchronous(FULL)&_txlock=immediate&_time_format=sqlite"
		if direct, err = sql.Open("sqlite", "file:"+cfg.Database.Path+pragmas); err != nil {
			return nil, nil, err
		}
		replica, err = sql.Open("sqlite", "file:"+copied+pragmas)
		if err == nil {
			replica.SetMaxOpenConns(1) // SQLite has one writer; more would only wait and fail
		}
		return direct, replica, err
	}
	u, err := url.Parse(s.url)
	if err != nil {
		return nil, nil, err
	}
	name := strings.TrimPrefix(u.Path, "/")
	admin, err := sql.Open("pgx", os.Getenv("EKOLEK_TEST_POSTGRES"))
	if err != nil {
		return nil, nil, err
	}
	defer admin.Close()
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+name+"_copy TEMPLATE "+name); err != nil {
		return nil, nil, err
	}
	if direct, err = sql.Open("pgx", s.url); err != nil {
		return nil, nil, err
	}
	replica, err = sql.Open("pgx", withDatabase(s.url, name+"_copy"))
	if err == nil {
		replica.SetMaxOpenConns(8)
		replica.SetMaxIdleConns(8)
	}
	return direct, replica, err
}

func withDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server // sql.Open will say what is wrong with it
	}
	u.Path = "/" + name
	return u.String()
}

// since is a moment before anything that follows.
func since() time.Time { return time.Now().Truncate(time.Microsecond) }
