package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
	"ekolek/internal/testkit/pgserver"
)

// The passwords of the servers here.
const (
	adminPassword      = "for-this-test-alone-1"
	appPassword        = "for-this-test-alone-2"
	replicatorPassword = "for-this-test-alone-3"
)

// example is a file of deploy/postgres, as cities get it.
func example(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/postgres/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// servers are a primary and its hot standby, set up with the files of deploy/postgres.
type servers struct{ primary, standby *pgserver.Server }

func newServers(t *testing.T) servers {
	t.Helper()
	if testing.Short() {
		t.Skip("starts PostgreSQL servers of its own and kills them")
	}
	bin, ok := pgserver.Find()
	if !ok || os.Getenv(testkit.PostgresEnv) == "" {
		t.Skip("no PostgreSQL: `make test` installs it")
	}
	ctx := context.Background()
	o := pgserver.Options{Password: adminPassword, Files: map[string]string{
		"postgresql.conf": "include = 'ekolek.conf'\ninclude = 'synchronous.conf'\n",
		"ekolek.conf":     example(t, "ekolek.conf"), "pg_hba.conf": example(t, "pg_hba.conf"), "synchronous.conf": "",
	}, Settings: []string{"fsync=off"}} // a killed process loses nothing that it wrote; only a power cut would
	remove := func(s *pgserver.Server) func() {
		return func() {
			if t.Failed() {
				t.Logf("PostgreSQL said:\n%s", tail(s.Log(), 3000))
			}
			if err := s.Remove(); err != nil {
				t.Error(err)
			}
		}
	}
	primary, err := pgserver.New(ctx, bin, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remove(primary))
	if err := primary.Script(ctx, "postgres", example(t, "roles.sql"), "ekolek_password='"+appPassword+"'", "replicator_password='"+replicatorPassword+"'"); err != nil {
		t.Fatal(err)
	}
	o.Files = nil // it copies the primary's
	standby, err := primary.Standby(ctx, "ekolek_standby_1", "user=replicator password="+replicatorPassword, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remove(standby))
	return servers{primary, standby}
}

// synchronous makes commits on the primary wait for the standby.
func (s servers) synchronous(t *testing.T) {
	t.Helper()
	if err := s.primary.Configure(context.Background(), map[string]string{"synchronous.conf": example(t, "synchronous.conf")}); err != nil {
		t.Fatal(err)
	}
}

// url names both servers, as a node's DATABASE_URL does.
func (s servers) url() string {
	return fmt.Sprintf("postgres://ekolek:%s@127.0.0.1:%d,127.0.0.1:%d/ekolek?sslmode=disable", appPassword, s.primary.Port, s.standby.Port)
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// node is one of the programs, on a port that stays its own.
type node struct {
	t       *testing.T
	program program
	port    int
	cmd     *exec.Cmd
	said    *said
	ready   atomic.Bool // as the balancer sees it
}

// said keeps what a node prints, all its lives long.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (n *node) base() string { return fmt.Sprintf("http://127.0.0.1:%d", n.port) }

func (n *node) start() {
	n.t.Helper()
	n.cmd = n.program.command("serve", "--addr", fmt.Sprintf("127.0.0.1:%d", n.port))
	n.cmd.Stdout, n.cmd.Stderr = n.said, n.said
	if err := n.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
}

// kill ends the node as a power cut does.
func (n *node) kill() {
	n.t.Helper()
	_ = n.cmd.Process.Kill() // what Wait says is what counts
	var exit *exec.ExitError
	if err := n.cmd.Wait(); !errors.As(err, &exit) || exit.Exited() {
		n.t.Errorf("node %d ended by itself: %v", n.port, err)
	}
}

// terminate asks the node to stop, as systemd does, and expects a clean end.
func (n *node) terminate() {
	n.t.Helper()
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		n.t.Error(err)
	}
	if err := n.cmd.Wait(); err != nil {
		n.t.Errorf("node %d, asked to stop: %v", n.port, err)
	}
}

// balancer sends each request to a random node of those that say they are ready. It does
// not try a second one: what fails, fails.
type balancer struct {
	nodes   []*node
	through http.RoundTripper
}

var errNobody = errors.New("no node is ready")

// RoundTrip sends a request on.
func (b *balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	ready := slices.DeleteFunc(slices.Clone(b.nodes), func(n *node) bool { return !n.ready.Load() })
	if len(ready) == 0 {
		return nil, errNobody
	}
	to := ready[rand.IntN(len(ready))]
	r = r.Clone(r.Context())
	r.URL.Host = fmt.Sprintf("127.0.0.1:%d", to.port)
	return b.through.RoundTrip(r)
}

// follow asks a node at /readyz until ctx ends.
func (b *balancer) follow(ctx context.Context, n *node) {
	client := &http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		res, err := client.Get(n.base() + "/readyz")
		if err == nil {
			_ = res.Body.Close() // its status is all that counts
		}
		n.ready.Store(err == nil && res.StatusCode == http.StatusOK)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// town is a city whose programs are going to be killed, and the people who go on
// weighing and handing out all the while.
type town struct {
	t       *testing.T
	seed    uint64
	servers servers
	redis   *miniredis.Miniredis
	nodes   []*node
	client  *http.Client
	cookie  *http.Cookie
	fresh   atomic.Pointer[http.Cookie] // of the last act

	cards           []string // what their QR codes say
	residents       []string // the address of each one's page at the Station, after the scan
	wasteType, rice string

	history history
	acked   atomic.Int64
	stop    context.CancelFunc // the workers take nothing new
	workers sync.WaitGroup
}

// newTown migrates, makes people and goods, and starts so many nodes.
func newTown(t *testing.T, s servers, nodes int, env ...string) *town {
	t.Helper()
	c := &town{t: t, seed: rand.Uint64(), servers: s, redis: miniredis.RunT(t)}
	d := openDB(t, db.Options{URL: s.url(), MaxConns: 4})
	if _, err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.furnish(testkit.NewWorld(t, d))
	b := &balancer{through: &http.Transport{MaxIdleConnsPerHost: 16}}
	following, stop := context.WithCancel(context.Background())
	var followers sync.WaitGroup
	t.Cleanup(func() { stop(); followers.Wait() })
	for range nodes {
		port, err := pgserver.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		n := &node{t: t, program: development(t), port: port, said: &said{}}
		n.program.env = append(n.program.env, "DATABASE_URL="+s.url(), "NODE_COUNT="+fmt.Sprint(nodes), "REDIS_URL=redis://"+c.redis.Addr(),
			"DJANGO_SECRET_KEY=a secret for tests only", "FIELD_ENCRYPTION_KEY=an encryption key for tests only") // those of a World
		n.program.env = append(n.program.env, env...)
		n.start()
		t.Cleanup(func() {
			_, _ = n.cmd.Process.Kill(), n.cmd.Wait() // it may be dead already
			if t.Failed() {
				t.Logf("node %d said:\n%s", n.port, tail(n.said.String(), 3000))
			}
		})
		c.nodes = append(c.nodes, n)
		followers.Go(func() { b.follow(following, n) })
	}
	b.nodes = c.nodes
	c.client = &http.Client{Timeout: 15 * time.Second, Transport: b,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, n := range c.nodes {
		c.until("a node is ready", n.ready.Load)
	}
	c.signIn()
	c.scan()
	t.Cleanup(c.finish)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d; what happened:\n%s", c.seed, c.history.String())
		}
	})
	return c
}

func (c *town) furnish(w *testkit.World) {
	c.t.Helper()
	id, err := collection.New(w.DB, w.Notify, time.Now).SaveType(c.t.Context(), w.Actor(w.Admin),
		collection.TypeForm{Name: "PET bottles", NameFil: "Boteng PET", Class: collection.Recyclable, Active: true, Rate: 500})
	if err != nil {
		c.t.Fatal(err)
	}
	c.wasteType = id.String()
	shop := rewards.New(w.DB, w.Notify, time.Now)
	item, err := shop.SaveItem(c.t.Context(), w.Actor(w.Admin), rewards.ItemForm{Name: "Rice", NameFil: "Bigas", Price: 100, Stock: 100_000, Unit: "kg", Active: true})
	if err != nil {
		c.t.Fatal(err)
	}
	c.rice = item.String()
	for range 6 {
		r := w.Resident(c.t, w.Barangays[0])
		w.Give(c.t, r, 10_000_00)
		card, err := w.People.CardOf(c.t.Context(), r.ID)
		if err != nil {
			c.t.Fatal(err)
		}
		c.cards = append(c.cards, card.QR)
	}
}

// scan finds everybody by their card, which hands out without a second proof.
func (c *town) scan() {
	c.t.Helper()
	for _, card := range c.cards {
		found := act{key: "scan", page: "/console/station/find/", receipts: "/console/station/residents/", form: url.Values{"q": {card}}}
		c.residents = append(c.residents, c.weigh(found))
	}
}

func (c *town) signIn() {
	c.t.Helper()
	r, err := c.client.PostForm("http://town/console/login/", url.Values{"username": {"manager"}, "password": {testkit.Password}})
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	for _, cookie := range r.Cookies() {
		if cookie.Name == "ekolek_staff" {
			c.cookie = cookie
		}
	}
	if c.cookie == nil {
		c.t.Fatalf("signing in answers %s without a session", r.Status)
	}
}

// act is something that may be paid once.
type act struct {
	key, page, receipts string
	form                url.Values
}

func (c *town) newAct(rng *rand.Rand) act {
	a := act{key: db.NewID().String()}
	page := c.residents[rng.IntN(len(c.residents))]
	if rng.IntN(4) == 0 {
		a.page, a.receipts = strings.Replace(page, "/?", "/rewards/give/?q-"+c.rice+"=1&", 1), "/console/station/receipts/"
		a.form = url.Values{"key": {a.key}}
		return a
	}
	a.page, a.receipts = page, "/console/station/weigh-ins/"
	a.form = url.Values{"key": {a.key}, "type": {c.wasteType}, "gross": {fmt.Sprintf("%d.5", 1+rng.IntN(5))}, "do": {"save"}}
	return a
}

// send asks once. The receipt's address is the acknowledgement; "" and no error: unknown,
// to be sent again with the same key.
func (c *town) send(a act) (receipt string, err error) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://town"+a.page, strings.NewReader(a.form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(c.cookie)
	answer, err := c.client.Do(r)
	if err != nil {
		c.history.add("%s ? %v", a.key, err)
		return "", nil
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		c.history.add("%s ? %v", a.key, err)
		return "", nil
	}
	receipt = answer.Header.Get("Location")
	for _, cookie := range answer.Cookies() {
		if cookie.Name == "ekolek_fresh" {
			c.fresh.Store(cookie)
		}
	}
	switch {
	case answer.StatusCode == http.StatusSeeOther && strings.HasPrefix(receipt, a.receipts):
		c.history.add("%s ok %s", a.key, receipt)
		return receipt, nil
	case answer.StatusCode == http.StatusServiceUnavailable:
		c.history.add("%s ? 503", a.key)
		if answer.Header.Get("Retry-After") == "" {
			return "", errors.New("503 does not say when to come again")
		}
		return "", nil
	}
	c.history.add("%s WRONG %s %s", a.key, answer.Status, receipt)
	return "", fmt.Errorf("%s is answered with %s %s", a.page, answer.Status, receipt)
}

// weigh sends one act that is sure to be acknowledged.
func (c *town) weigh(a act) (receipt string) {
	c.t.Helper()
	receipt, err := c.send(a)
	if err != nil || receipt == "" {
		c.t.Fatalf("a weigh-in: %q, %v", receipt, err)
	}
	return receipt
}

// insist sends until it is acknowledged.
func (c *town) insist(a act, rng *rand.Rand) (receipt string, tries int) {
	deadline := time.Now().Add(60 * time.Second)
	for tries = 1; time.Now().Before(deadline) && !c.t.Failed(); tries++ {
		receipt, err := c.send(a)
		if err != nil {
			c.t.Error(err)
			return "", tries
		}
		if receipt != "" {
			return receipt, tries
		}
		time.Sleep(time.Duration(20+rng.IntN(80)) * time.Millisecond) // as phones do, jittered
	}
	c.t.Errorf("%s was never acknowledged", a.key)
	return "", tries
}

// work lets so many people act until finish.
func (c *town) work(people int) {
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	for i := range people {
		rng := rand.New(rand.NewPCG(c.seed, uint64(i))) //nolint:gosec // a play, not a secret
		c.workers.Go(func() {
			for ctx.Err() == nil {
				a := c.newAct(rng)
				c.history.begin(a)
				receipt, tries := c.insist(a, rng)
				if receipt == "" {
					return
				}
				c.history.end(a.key, receipt, tries)
				c.acked.Add(1)
				if rng.IntN(10) == 0 { // a phone that did not hear the answer
					if again, _ := c.insist(a, rng); again != receipt {
						c.t.Errorf("%s was answered with %s and, sent again, with %s", a.key, receipt, again)
					}
				}
			}
		})
	}
}

// finish lets everybody end what they began.
func (c *town) finish() {
	if c.stop != nil {
		c.stop()
		c.workers.Wait()
	}
}

// more waits until so many more acts were acknowledged.
func (c *town) more(what string, n int64) {
	c.t.Helper()
	goal := c.acked.Load() + n
	c.until(what, func() bool { return c.acked.Load() >= goal || c.t.Failed() })
}

func (c *town) until(what string, f func() bool) {
	c.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for !f() {
		if time.Now().After(deadline) {
			c.t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// note writes into the history what was done to the cluster.
func (c *town) note(format string, args ...any) { c.history.add("--- "+format, args...) }

// history is what was sent and answered, in order.
type history struct {
	mu       sync.Mutex
	started  time.Time
	lines    []string
	acts     map[string]act
	receipts map[string]string
	repeated int // acts that were sent more than once before they were acknowledged
}

func (h *history) add(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.started.IsZero() {
		h.started, h.acts, h.receipts = time.Now(), map[string]act{}, map[string]string{}
	}
	h.lines = append(h.lines, fmt.Sprintf("%8.3f ", time.Since(h.started).Seconds())+fmt.Sprintf(format, args...))
}

func (h *history) begin(a act) {
	h.add("%s %s", a.key, a.page)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.acts[a.key] = a
}

func (h *history) end(key, receipt string, tries int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.receipts[key] = receipt
	if tries > 1 {
		h.repeated++
	}
}

// String is the end of the history, which is where it went wrong.
func (h *history) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.lines[max(0, len(h.lines)-400):], "\n")
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 99)) } //nolint:gosec // a play, not a secret
