package site_test

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/site"
	"ekolek/internal/testkit"
	"ekolek/internal/web"
)

// Whether somebody has an account cannot be read from how long an answer takes: of two
// thousand requests, known and unknown names in turn, the medians lie within a
// millisecond. Passwords cost what they cost in the city.
func TestAnswersTakeTheSameTime(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newClocked(t, d)
		logins := 1000
		if d.Engine() == db.Postgres || testing.Short() {
			logins = 200
		}
		t.Run("login", func(t *testing.T) {
			c.compare(t, logins, "/login/", wrongPassword, http.StatusUnprocessableEntity)
		})
		t.Run("forgot", func(t *testing.T) {
			c.compare(t, 1000, "/forgot-password/", func(name string) url.Values {
				return url.Values{"identifier": {name}, "otp_method": {"sms"}}
			}, http.StatusSeeOther)
		})
	})
}

// Accounts of the former system have hashes that take longer to compare: refusals of all
// names take as long.
func TestOldHashesTakeTheSameTime(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newClocked(t, d)
		c.hash(t, djangoHash(t, 500_000))
		c.compare(t, 40, "/login/", wrongPassword, http.StatusUnprocessableEntity)
	})
}

func wrongPassword(name string) url.Values {
	return url.Values{"username": {name}, "password": {"mali mali mali mali"}}
}

// clocked is a town whose answers are timed without the network between.
type clocked struct {
	*testkit.World
	handler http.Handler
	known   []string
	asked   int
}

func newClocked(t *testing.T, d *db.DB) *clocked {
	t.Helper()
	w := testkit.NewWorld(t, d)
	pages := site.New(site.Deps{Auth: w.Auth, People: w.People, Notify: w.Notify, City: "San Pedro City", Now: w.Clock.Now})
	srv := web.New(web.Options{Debug: true, Hosts: []string{"*"}, SecretKey: []byte("test"), Log: slog.New(slog.DiscardHandler), Now: w.Clock.Now, PrincipalOf: w.Auth.PrincipalOf})
	srv.Mount(pages.Surface(), pages.Routes())
	c := &clocked{World: w, handler: srv.Handler()}
	for range 50 {
		c.known = append(c.known, w.Resident(t, w.Barangays[0]).Username)
	}
	first := c.known[0]
	r, err := w.People.ByUsername(t.Context(), d, first)
	must(t, err)
	must(t, w.Auth.SetResidentPassword(t.Context(), w.Actor(w.Admin), r.ID, "labindalawang sako ng bigas"))
	var hash string
	must(t, d.QueryRowContext(t.Context(), `SELECT hash FROM auth_password WHERE subject_id = $1`, r.ID).Scan(&hash))
	if !strings.HasPrefix(hash, "$argon2id$") {
		t.Fatalf("the hash is %.20s", hash)
	}
	c.hash(t, hash)
	return c
}

// hash gives everybody one password, as an account of ours or of the former system.
func (c *clocked) hash(t *testing.T, hash string) {
	t.Helper()
	must(t, c.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE auth_password SET hash = $1`, hash)
		return err
	}))
}

func djangoHash(t *testing.T, rounds int) string {
	t.Helper()
	key, err := pbkdf2.Key(sha256.New, "labindalawang sako ng bigas", []byte("salt"), rounds, sha256.Size)
	must(t, err)
	return fmt.Sprintf("pbkdf2_sha256$%d$salt$%s", rounds, base64.StdEncoding.EncodeToString(key))
}

// compare asks n times for a known and n times for an unknown name, in mixed order. A
// machine that is busy with something else gets a second chance.
func (c *clocked) compare(t *testing.T, n int, path string, form func(name string) url.Values, status int) {
	t.Helper()
	for try := range 2 {
		var known, unknown []time.Duration
		for i := range n {
			if i%(4*len(c.known)) == 0 {
				c.Clock.Advance(time.Hour) // before anybody's fifth failure
			}
			name := c.known[i%len(c.known)]
			pair := []struct {
				name string
				into *[]time.Duration
			}{{name, &known}, {"x" + name, &unknown}}
			rand.Shuffle(2, func(i, j int) { pair[i], pair[j] = pair[j], pair[i] })
			for _, p := range pair {
				*p.into = append(*p.into, c.ask(t, path, form(p.name), status))
			}
		}
		k, u := median(known), median(unknown)
		t.Logf("%s, %d each: known %v, unknown %v, apart %v", path, n, k, u, (k - u).Abs())
		if (k - u).Abs() <= time.Millisecond {
			return
		}
		if try == 1 {
			t.Errorf("%s tells by its time whether there is an account", path)
		}
	}
}

// ask sends one form from an address of its own and tells how long the answer took.
func (c *clocked) ask(t *testing.T, path string, f url.Values, status int) time.Duration {
	t.Helper()
	c.asked++
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(f.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.RemoteAddr = fmt.Sprintf("198.18.%d.%d:1000", c.asked/250%250, c.asked%250)
	rec := httptest.NewRecorder()
	started := time.Now()
	c.handler.ServeHTTP(rec, req)
	took := time.Since(started)
	if rec.Code != status {
		t.Fatalf("%s answers %d: %.300s", path, rec.Code, rec.Body)
	}
	return took
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
