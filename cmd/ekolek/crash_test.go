package main_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// The program is killed while 16 collectors weigh, again and again. Whatever was
// answered must be in the books once; whatever was not answered is sent again under
// its key and must be there once, too; and the books must balance after every kill.
func TestKilledWhileSixteenWeigh(t *testing.T) {
	for engine, c := range map[string]struct {
		kills int
		open  func(t *testing.T) (database string, d *db.DB)
	}{
		"sqlite": {20, func(t *testing.T) (string, *db.DB) {
			file := testkit.SQLiteFile(t)
			return "sqlite://" + file, openDB(t, db.Options{Path: file})
		}},
		"postgres": {10, func(t *testing.T) (string, *db.DB) {
			address := testkit.PostgresURL(t)
			return address, openDB(t, db.Options{URL: address, MaxConns: 4})
		}},
	} {
		t.Run(engine, func(t *testing.T) {
			if testing.Short() {
				t.Skip("kills the program many times")
			}
			database, d := c.open(t)
			s := newScales(t, d, database)
			for range c.kills {
				s.weighUntilKilled()
				s.program.want(0, "ok: ", "ledger", "verify")
			}
			s.sendAgain()
			s.program.want(0, "ok: ", "ledger", "verify")
			s.compareBooks(d)
		})
	}
}

func openDB(t *testing.T, o db.Options) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// scales are 16 collectors at work with the program that is going to be killed.
type scales struct {
	t         *testing.T
	program   program
	client    *http.Client
	staff     string // who works with it
	cookie    *http.Cookie
	wasteType string
	pages     [16]string // of one resident each

	answered  atomic.Int64
	mu        sync.Mutex
	weighIns  map[string]string // request key → receipt's address, "" when no answer came
	residents map[string]string // request key → page it was sent to
}

func newScales(t *testing.T, d *db.DB, database string) *scales {
	t.Helper()
	w := testkit.NewWorld(t, d)
	id, err := collection.New(d, w.Notify, time.Now).SaveType(t.Context(), w.Actor(w.Admin),
		collection.TypeForm{Name: "PET bottles", NameFil: "Boteng PET", Class: collection.Recyclable, Active: true, Rate: 500})
	if err != nil {
		t.Fatal(err)
	}
	s := &scales{t: t, program: development(t), staff: "manager", wasteType: id.String(), weighIns: map[string]string{}, residents: map[string]string{}}
	s.program.env = append(s.program.env, "DATABASE_URL="+database,
		"DJANGO_SECRET_KEY=a secret for tests only", "FIELD_ENCRYPTION_KEY=an encryption key for tests only") // those of a World
	s.client = &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{MaxIdleConnsPerHost: len(s.pages)},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for i := range s.pages {
		s.pages[i] = "/console/station/residents/" + w.Resident(t, w.Barangays[0]).ID.String() + "/"
	}
	return s
}

// weighUntilKilled starts the program, lets all weigh, and kills it in the middle.
func (s *scales) weighUntilKilled() {
	s.t.Helper()
	c, base := s.start()
	var wg sync.WaitGroup
	for _, page := range s.pages {
		wg.Go(func() {
			for s.weigh(base, page, db.NewID().String()) {
			}
		})
	}
	enough := s.answered.Load() + 20 + rand.Int64N(200)
	deadline := time.Now().Add(20 * time.Second)
	for s.answered.Load() < enough {
		if time.Now().After(deadline) {
			s.t.Fatalf("%d weigh-ins were answered, waited for %d", s.answered.Load(), enough)
		}
		time.Sleep(time.Millisecond)
	}
	s.kill(c)
	wg.Wait()
	s.client.CloseIdleConnections()
}

// start runs the program and signs the collector in, once for all restarts.
func (s *scales) start() (*exec.Cmd, string) {
	s.t.Helper()
	c := s.program.command("serve", "--addr", "127.0.0.1:0")
	out, err := c.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	var errOut bytes.Buffer
	c.Stderr = &errOut
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = c.Process.Kill() // it is dead already, unless the test gave up
		if s.t.Failed() {
			s.t.Logf("the program said:\n%.2000s", errOut.String())
		}
	})
	lines := bufio.NewScanner(out)
	base := ""
	for base == "" && lines.Scan() {
		if _, after, ok := strings.Cut(lines.Text(), "http://"); ok {
			host, _, _ := strings.Cut(after, " ")
			base = "http://" + host
		}
	}
	if base == "" {
		s.t.Fatalf("no address printed: %v", c.Wait())
	}
	go io.Copy(io.Discard, out) //nolint:errcheck // ends with the program
	if s.cookie == nil {
		s.signIn(base)
	}
	return c, base
}

func (s *scales) signIn(base string) {
	s.t.Helper()
	r, err := s.client.PostForm(base+"/console/login/", url.Values{"username": {s.staff}, "password": {testkit.Password}})
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	for _, cookie := range r.Cookies() {
		if cookie.Name == "ekolek_staff" {
			s.cookie = cookie
		}
	}
	if s.cookie == nil {
		s.t.Fatalf("signing in answers %s without a session", r.Status)
	}
}

// kill ends the program as a power cut does.
func (s *scales) kill(c *exec.Cmd) {
	s.t.Helper()
	if err := c.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.Exited() {
		s.t.Fatalf("the program ended by itself: %v", err)
	}
}

// weigh sends one weigh-in and says whether it was answered.
func (s *scales) weigh(base, page, key string) bool {
	s.note(key, page, "")
	form := url.Values{"key": {key}, "type": {s.wasteType}, "gross": {"1.5"}, "do": {"save"}}
	status, receipt, ok := s.post(base+page, form)
	if !ok {
		return false // the program is gone; nobody knows whether it was booked
	}
	if status != http.StatusSeeOther {
		s.t.Errorf("weigh-in %s: status %d", key, status)
		return false
	}
	s.note(key, page, receipt)
	s.answered.Add(1)
	return true
}

// post sends a form and tells the answer's status and where it leads; ok is false when
// there was no whole answer.
func (s *scales) post(address string, form url.Values) (status int, leads string, ok bool) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Error(err)
		return 0, "", false
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(s.cookie)
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, "", false
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, answer.Header.Get("Location"), err == nil
}

// note keeps what was sent and answered. A second answer to a key must be the first one.
func (s *scales) note(key, page, receipt string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if first := s.weighIns[key]; first != "" && first != receipt {
		s.t.Errorf("%s was answered with %s and with %s", key, first, receipt)
	}
	s.weighIns[key], s.residents[key] = receipt, page
}

// sendAgain repeats what nobody answered, and some of what was.
func (s *scales) sendAgain() {
	s.t.Helper()
	c, base := s.start()
	unanswered, repeated := 0, 0
	for key, receipt := range s.weighIns {
		switch {
		case receipt == "":
			unanswered++
			if !s.weigh(base, s.residents[key], key) {
				s.t.Errorf("%s was sent again and not answered", key)
			}
		case repeated < 50:
			repeated++
			s.repeat(base, key)
		}
	}
	s.t.Logf("%d weigh-ins: %d unanswered were sent again, and %d answered ones", len(s.weighIns), unanswered, repeated)
	s.kill(c)
}

// repeat sends an answered weigh-in once more; the receipt must be the same.
func (s *scales) repeat(base, key string) {
	first := s.weighIns[key]
	s.weighIns[key] = ""
	if !s.weigh(base, s.residents[key], key) || s.weighIns[key] != first {
		s.t.Errorf("%s was answered with %s and, sent again, with %s", key, first, s.weighIns[key])
	}
}

// compareBooks proves that the books hold each weigh-in once, paid once, and no other.
func (s *scales) compareBooks(d *db.DB) {
	s.t.Helper()
	type booked struct {
		key, id  string
		payments int
	}
	rows, err := db.Collect(s.t.Context(), d, func(r db.Row) (b booked, err error) { return b, r.Scan(&b.key, &b.id, &b.payments) },
		`SELECT w.request_key, CAST(w.id AS TEXT), count(t.id) FROM collection_weigh_in w
			LEFT JOIN ledger_transfer t ON t.source_id = w.id GROUP BY w.request_key, w.id`)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, b := range rows {
		receipt, sent := s.weighIns[b.key]
		if !sent || b.payments != 1 || !strings.Contains(receipt, b.id) {
			s.t.Errorf("weigh-in %s with key %s: sent %v, answered %q, paid %d times", b.id, b.key, sent, receipt, b.payments)
		}
	}
	if len(rows) != len(s.weighIns) {
		s.t.Errorf("%d weigh-ins are booked, %d were sent", len(rows), len(s.weighIns))
	}
	var told int
	if err := d.QueryRowContext(s.t.Context(), `SELECT count(*) FROM notify_notice WHERE type = 'waste'`).Scan(&told); err != nil || told != len(rows) {
		s.t.Errorf("residents were told of %d weigh-ins, %v; %d are booked", told, err, len(rows))
	}
}
