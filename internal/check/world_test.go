package check_test

import (
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"ekolek/internal/app"
	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/check"
	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// environment is a production that is in order, as its operators would write it.
func environment(dir, database string) []string {
	return []string{
		"DJANGO_DEBUG=False", "ALLOWED_HOSTS=ekolek.sanpedro.gov.ph,.kolek.sanpedro.gov.ph", "SITE_URL=https://ekolek.sanpedro.gov.ph",
		"DJANGO_SECRET_KEY=qV7mN2xK9pL4wR8tY3zB6cF1hJ5dG0sA-uE_oIaQnXkWvTyUrPbMfHgDlSjZcCe",
		"VAPID_PRIVATE_KEY=Nn8_FxD2voI-yQElsZ2OhF2YP6wG_bWsgNnHDxsKUrA",
		"FIELD_ENCRYPTION_KEY=Zt5Rw9Kx2Lm7Pv4Qb8Nc3Hd6Jf1Gs0Ay-Ue_Io4iXzCqVnBmKlPoTrEwYuDhFgJs",
		"BACKUP_ENCRYPTION_KEY=0pQw3Nr7Ty5Ui2Oa9Sd4Fg6Hj8Kl1Zx-Cv_Bn7mMbVtGcXwUdRfJeKhIlPoYsAz",
		"CSRF_TRUSTED_ORIGINS=https://ekolek.sanpedro.gov.ph", "TRUSTED_PROXIES=127.0.0.1,::1",
		"DATABASE_URL=" + database, "DATA_DIR=" + filepath.Join(dir, "data"), "LOG_DIR=" + filepath.Join(dir, "logs"),
		"BACKUP_DIR=" + filepath.Join(dir, "backup"),
		"EMAIL_HOST_USER=cenro@sanpedro.gov.ph", "EMAIL_HOST_PASSWORD=kalabaw-mangga-bukid", "SMS_API_TOKEN=3f9c27a1b85d4e60",
	}
}

// set-up: the folders with their modes, one super administrator with a second factor.
func production(t *testing.T, database string) (*app.App, config.Config, []string) {
	t.Helper()
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"data": 0o700, "logs": 0o750, "backup": 0o700} {
		must(t, os.Mkdir(filepath.Join(dir, name), mode))
	}
	env := environment(dir, database)
	cfg, err := config.Load(env, "")
	must(t, err)
	a, err := app.New(t.Context(), cfg, io.Discard)
	must(t, err)
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a, cfg, env
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// appoint makes the first super administrator, who has set up a second factor.
func appoint(t *testing.T, a *app.App) {
	t.Helper()
	st, _, err := a.Auth.HireStaff(t.Context(), audit.Command("test"), auth.NewStaff{Username: "ana.reyes", FullName: "Ana Reyes", Role: auth.SuperAdmin})
	must(t, err)
	_, err = a.DB.Writer().ExecContext(t.Context(), `INSERT INTO auth_second_factor (subject_id, key, since, last_step) VALUES ($1, 's', $2, 0)`, st.ID, db.At(time.Now()))
	must(t, err)
}

// looked are the facts of a production that is in order. What only the test's own machine
// is guilty of is put right: its binary was built by `go test`, and its PostgreSQL is
// quick instead of durable and everybody's own.
func looked(t *testing.T, a *app.App, env []string) *check.Facts {
	t.Helper()
	p := a.Parts(check.Deploy)
	p.Environ, p.Resolver, p.Client = env, nil, nil
	f := check.Look(t.Context(), p)
	f.Build = &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "-trimpath", Value: "true"}}}
	if d := f.Database; d != nil && d.Engine == db.Postgres {
		d.Fsync, d.FullPageWrites, d.SynchronousCommit, d.Checksums, d.SyncStandby = true, true, true, true, true
		d.Superuser, d.Owns, d.MayRewrite = false, 0, nil
		d.MaxConnections = 200
	}
	return f
}

// found are the ids of the findings of a run.
func found(r check.Result) []string {
	ids := map[string]bool{}
	for _, f := range r.Findings {
		ids[f.ID] = true
	}
	return slices.Sorted(maps.Keys(ids))
}

// eachProduction runs a test on both engines.
func eachProduction(t *testing.T, test func(t *testing.T, a *app.App, f *check.Facts)) {
	t.Helper()
	for name, url := range map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return "sqlite://" + testkit.SQLiteFile(t) },
		"postgres": testkit.PostgresURL,
	} {
		t.Run(name, func(t *testing.T) {
			a, _, env := production(t, url(t))
			_, err := a.Migrate(t.Context())
			must(t, err)
			appoint(t, a)
			test(t, a, looked(t, a, env))
		})
	}
}

// through is the program's own handler behind something that changes its answers or what
// reaches it.
func through(t *testing.T, a *app.App, f *check.Facts, around func(http.Handler) http.Handler) {
	t.Helper()
	f.Answers = check.Walk(around(a.Web().Handler()), some(f), f.Config)
}

// some are a few routes of each kind: what is wrong everywhere is wrong there.
func some(f *check.Facts) []Mounted {
	var out []Mounted
	for i, rt := range f.Routes {
		_, path, _ := strings.Cut(rt.Pattern, " ")
		if i%20 == 0 || slices.Contains([]string{"/admin/setup/", "/healthz", "/login/", "/console/", "/api/validate-token/"}, path) {
			out = append(out, rt)
		}
	}
	return out
}

// header is a proxy that sets a header of every answer; "" takes it away.
func header(name, value string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&edited{ResponseWriter: w, edit: func(h http.Header) {
				h.Del(name)
				if value != "" {
					h.Set(name, value)
				}
			}}, r)
		})
	}
}

// edited is an answer whose headers are changed on their way out.
type edited struct {
	http.ResponseWriter
	edit func(http.Header)
	done bool
}

func (e *edited) WriteHeader(status int) {
	if !e.done {
		e.done = true
		e.edit(e.Header())
	}
	e.ResponseWriter.WriteHeader(status)
}

func (e *edited) Write(p []byte) (int, error) {
	if !e.done {
		e.WriteHeader(http.StatusOK)
	}
	return e.ResponseWriter.Write(p)
}
