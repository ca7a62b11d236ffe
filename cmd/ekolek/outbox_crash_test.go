package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"sync"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/jobs"
	"ekolek/internal/notify"
	"ekolek/internal/testkit"
	"ekolek/internal/testkit/pgserver"
)

// The program is killed again and again while it sends a thousand text messages to a
// gateway that keeps what it is given. None may be lost, and each kill may cost at most
// one message that is sent twice: the one under way.
func TestKilledWhileSending(t *testing.T) {
	for engine, c := range map[string]struct {
		kills int
		open  func(t *testing.T) (database string, d *db.DB)
	}{
		"sqlite": {50, func(t *testing.T) (string, *db.DB) {
			file := testkit.SQLiteFile(t)
			return "sqlite://" + file, openDB(t, db.Options{Path: file})
		}},
		"postgres": {50, func(t *testing.T) (string, *db.DB) {
			server := durablePostgres(t)
			administer(t, server.URL("postgres", pgserver.Admin, ""), "CREATE ROLE ekolek LOGIN", "CREATE DATABASE ekolek OWNER ekolek")
			address := server.URL("ekolek", "ekolek", "kalabaw-sa-palayan-7")
			d := openDB(t, db.Options{URL: address, MaxConns: 4})
			if _, err := d.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			return address, d
		}},
	} {
		t.Run(engine, func(t *testing.T) {
			if testing.Short() {
				t.Skip("kills the program many times")
			}
			t.Parallel() // most of it is waiting
			database, d := c.open(t)
			o := newOffice(t, d, database)
			o.write(1000)
			for range c.kills {
				o.sendUntilKilled(1000/c.kills - 2)
			}
			o.sendTheRest()
			o.count(1000, c.kills)
		})
	}
}

// office is the program in production, and the gateway that it sends to.
type office struct {
	t       *testing.T
	d       *db.DB
	s       *notify.Service
	program program

	mu       sync.Mutex
	received map[string]int // number → how often it was sent to
	total    int
	waiting  chan struct{} // closed when total reaches goal
	goal     int
	underWay int // messages left half done by the kills so far
}

// The keys of the office; the test writes its outbox with the same ones.
const (
	officeSecret     = "Yw3vLw_8sKx2mTn5pYb7cHd4fGj6aEu1iOo0RTzQfVbX9kPq2mNs"
	officeEncryption = "Jf7gLw_8sKx2mTn5pYb7cHd4fGj6aEu1i"
)

func newOffice(t *testing.T, d *db.DB, database string) *office {
	t.Helper()
	o := &office{t: t, d: d, received: map[string]int{}}
	gateway := httptest.NewServer(http.HandlerFunc(o.receive))
	t.Cleanup(gateway.Close)
	o.program = program{t, t.TempDir(), []string{
		"DATABASE_URL=" + database, "DJANGO_SECRET_KEY=" + officeSecret, "FIELD_ENCRYPTION_KEY=" + officeEncryption, "LOG_DIR=-",
		"ALLOWED_HOSTS=ekolek.sanpedro.ph", "SITE_URL=https://ekolek.sanpedro.ph", "CSRF_TRUSTED_ORIGINS=https://ekolek.sanpedro.ph", "TRUSTED_PROXIES=127.0.0.1",
		"EMAIL_HOST_USER=cenro@sanpedro.ph", "EMAIL_HOST_PASSWORD=abcdefghijklmnop",
		"SMS_API_TOKEN=9f3c0a71be52", "SMS_API_URL=" + gateway.URL + "/api/v1/sms_messages", "SMS_DAILY_CAP_PESOS=100000",
	}}
	vault, err := db.NewVault(officeSecret, officeEncryption)
	if err != nil {
		t.Fatal(err)
	}
	q, err := jobs.Open(d, jobs.Config{}, slog.New(slog.DiscardHandler)) // never started
	if err != nil {
		t.Fatal(err)
	}
	o.s = notify.New(d, vault, q, notify.Options{City: "San Pedro City", Words: func(_ string, t errs.Text) string { return t.Key }}, time.Now)
	return o
}

// receive is the gateway. It takes a moment, so that kills fall into the middle of sends.
func (o *office) receive(w http.ResponseWriter, r *http.Request) {
	var sent struct {
		Number string `json:"phone_number"`
	}
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
		return // the program was killed while it spoke
	}
	o.mu.Lock()
	o.received[sent.Number]++
	o.total++
	n := o.total
	if o.waiting != nil && o.total >= o.goal {
		close(o.waiting)
		o.waiting = nil
	}
	o.mu.Unlock()
	time.Sleep(rand.N(3 * time.Millisecond))
	fmt.Fprintf(w, `{"status":200,"message":"SMS successfully queued for delivery.","message_id":"iSms-%d"}`, n)
}

// write puts messages into the outbox, each to a number of its own.
func (o *office) write(n int) {
	o.t.Helper()
	hello := errs.T("hello")
	err := o.d.InTx(o.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		for i := range n {
			to := notify.Recipient{Audience: notify.Visitor, Phone: fmt.Sprintf("+6391700%05d", i)}
			if _, err := o.s.Add(ctx, tx, notify.Message{Kind: "test", To: to, SMS: &hello}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// sendUntilKilled starts the program, waits until about so many messages were sent, and
// kills it.
func (o *office) sendUntilKilled(about int) {
	o.t.Helper()
	c := o.start()
	o.mu.Lock()
	reached := make(chan struct{})
	o.goal, o.waiting = o.total+max(1, about/2+rand.IntN(about)), reached
	o.mu.Unlock()
	select {
	case <-reached:
	case <-time.After(30 * time.Second):
		o.t.Fatalf("%d of %d were sent", o.total, o.goal)
	}
	time.Sleep(rand.N(4 * time.Millisecond)) // anywhere in a send
	if err := c.Process.Kill(); err != nil {
		o.t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.Exited() {
		o.t.Fatalf("the program ended by itself: %v", err)
	}
	counts := o.counts()
	if left := counts[notify.Sending]; left > o.underWay+1 {
		o.t.Errorf("a kill left %d messages half done", left-o.underWay)
	}
	o.underWay = counts[notify.Sending]
}

func (o *office) start() *exec.Cmd {
	o.t.Helper()
	c := o.program.command("serve", "--addr", "127.0.0.1:0")
	var errOut bytes.Buffer
	c.Stdout, c.Stderr = io.Discard, &errOut
	if err := c.Start(); err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() {
		_, _ = c.Process.Kill(), c.Wait() // it is dead already, or has nothing left to do
		if o.t.Failed() {
			o.t.Logf("the program said:\n%.2000s", errOut.String())
		}
	})
	return c
}

func (o *office) counts() map[notify.Status]int {
	o.t.Helper()
	counts, err := o.s.Counts(o.t.Context(), notify.Filter{})
	if err != nil {
		o.t.Fatal(err)
	}
	return counts
}

// sendTheRest lets the program live until nothing waits. What a killed one had begun
// becomes free within half a minute.
func (o *office) sendTheRest() {
	o.t.Helper()
	o.start()
	deadline := time.Now().Add(90 * time.Second)
	for {
		b, err := o.s.Backlog(o.t.Context())
		if err != nil {
			o.t.Fatal(err)
		}
		if b.Waiting == 0 {
			return
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("%d messages still wait", b.Waiting)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// count compares what was written with what the gateway received.
func (o *office) count(messages, kills int) {
	o.t.Helper()
	if counts := o.counts(); counts[notify.Sent] != messages {
		o.t.Errorf("the outbox says %v", counts)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if lost := messages - len(o.received); lost != 0 {
		o.t.Errorf("%d messages were lost", lost)
	}
	if twice := o.total - len(o.received); twice > kills {
		o.t.Errorf("%d were sent twice, more than one for each of %d kills", twice, kills)
	}
	o.t.Logf("%d messages, %d kills: %d sent twice", messages, kills, o.total-len(o.received))
}
