package notify_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/jobs"
	"ekolek/internal/notify"
	"ekolek/internal/notify/carrier"
	"ekolek/internal/testkit"
)

// provider is a carrier that answers as it is told: one answer each time, the last one
// for ever. nil takes the message.
type provider[T any] struct {
	name    string
	answers []error
	during  func() // while it is asked

	mu   sync.Mutex
	took []T
	n    int // how often it was asked
}

func (p *provider[T]) Name() string { return p.name }

func (p *provider[T]) Send(_ context.Context, message T) (carrier.Receipt, error) {
	if p.during != nil {
		p.during()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	if len(p.answers) > 0 {
		if err := p.answers[min(p.n, len(p.answers))-1]; err != nil {
			return carrier.Receipt{}, err
		}
	}
	p.took = append(p.took, message)
	return carrier.Receipt{ID: p.name + "-7"}, nil
}

type (
	gateway = provider[carrier.Text]
	post    = provider[carrier.Letter]
)

func temporary(words string) error { return &carrier.Failure{Outcome: carrier.Temporary, Words: words} }
func permanent(words string) error { return &carrier.Failure{Outcome: carrier.Permanent, Words: words} }
func unclear(words string) error   { return &carrier.Failure{Outcome: carrier.Unclear, Words: words} }

// options are a city that pays a peso for a message, with these gateways.
func options(gateways ...*gateway) notify.Options {
	o := notify.Options{City: "San Pedro City", SiteURL: "https://ekolek.example", Words: words, Cost: 100}
	for _, g := range gateways {
		o.Gateways = append(o.Gateways, g)
	}
	return o
}

// station is a World with an outbox that delivers.
type station struct {
	*testkit.World
	t *testing.T
	s *notify.Service
}

func eachStation(t *testing.T, o func() notify.Options, f func(t *testing.T, w station)) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		f(t, station{w, t, newService(t, w, o())})
	})
}

// tell adds a text message for Maria.
func (w station) tell(m notify.Message) uuid.UUID {
	w.t.Helper()
	m.Kind, m.To, m.SMS = "code.sign_in", maria, text("hello {Code}")
	return add(w.t, w.DB, w.s, m).SMS
}

// deliver makes one attempt and says whether the queue would make another.
func (w station) deliver(id uuid.UUID) (again bool) {
	w.t.Helper()
	return w.s.Deliver(w.t.Context(), id) != nil
}

// want looks at a message, and that its text is gone when it has reached its end.
func (w station) want(id uuid.UUID, status notify.Status, reason notify.Reason, attempts, cost int) notify.Entry {
	w.t.Helper()
	e, _, err := w.s.Read(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	if e.Status != status || e.Reason != reason || e.Attempts != attempts || e.Cost != cost {
		w.t.Errorf("%s, reason %q, %d attempts, %d centavos; want %s, %q, %d, %d", e.Status, e.Reason, e.Attempts, e.Cost, status, reason, attempts, cost)
	}
	var body string
	if err := w.DB.QueryRowContext(w.t.Context(), "SELECT body FROM notify_message WHERE id = $1", id).Scan(&body); err != nil {
		w.t.Fatal(err)
	}
	if (body == "") != e.Final() {
		w.t.Errorf("%s, and its text is kept: %v", status, body != "")
	}
	return e
}

// spent checks what the day has cost so far.
func (w station) spent(want int) {
	w.t.Helper()
	for _, scope := range []string{"city", "number:%"} {
		var got int
		if err := w.DB.QueryRowContext(w.t.Context(), "SELECT coalesce(sum(centavos), 0) FROM notify_spend WHERE scope LIKE $1", scope).Scan(&got); err != nil || got != want {
			w.t.Errorf("%s has cost %d, %v; want %d", scope, got, err, want)
		}
	}
}

func TestDeliver(t *testing.T) {
	var g gateway
	var p post
	eachStation(t, func() notify.Options {
		g, p = gateway{name: "iprog"}, post{name: "smtp"}
		o := options(&g)
		o.Mailers = []carrier.Carrier[carrier.Letter]{&p}
		return o
	}, func(t *testing.T, w station) {
		a := add(t, w.DB, w.s, notify.Message{Kind: "code.sign_in", To: maria, Code: "271828", Urgent: true, SMS: text("hello {Code}"),
			Mail: &notify.Letter{Subject: errs.T("subject"), Lines: []errs.Text{errs.T("Dear {Name}"), errs.T("bye")}, Link: "/login/", Button: errs.T("go")}})
		w.Clock.Advance(2 * time.Second)
		if w.deliver(a.SMS) || w.deliver(a.Mail) {
			t.Fatal("it would be sent again")
		}
		e := w.want(a.SMS, notify.Sent, notify.NoReason, 1, 100)
		if e.Provider != "iprog" || e.ProviderID != "iprog-7" || e.SentAt == nil || !e.SentAt.Equal(w.Clock.Now()) {
			t.Errorf("%+v", e)
		}
		w.want(a.Mail, notify.Sent, notify.NoReason, 1, 0)
		w.spent(100)
		if got := g.took[0]; got.To != maria.Phone || got.Body != "fil: hello 271828" || !got.Urgent || got.ID != a.SMS {
			t.Errorf("%+v", got)
		}
		if got := p.took[0]; got.To != maria.Email || got.Subject != "fil: subject" || got.ID != a.Mail || !strings.Contains(got.Text, "271828") || !strings.Contains(got.HTML, "271828") {
			t.Errorf("%+v", got)
		}
		if w.deliver(a.SMS) || len(g.took) != 1 { // the job of a sent message comes again
			t.Error("it was sent twice")
		}
	})
}

func TestATemporaryFailureIsTriedAgain(t *testing.T) {
	var g gateway
	eachStation(t, func() notify.Options {
		g = gateway{name: "iprog", answers: []error{temporary("500: Insufficient balance"), nil}}
		return options(&g)
	}, func(t *testing.T, w station) {
		id := w.tell(notify.Message{Code: "271828"})
		if !w.deliver(id) {
			t.Error("it would not be tried again")
		}
		if e := w.want(id, notify.Queued, notify.Unavailable, 1, 0); e.Error != "iprog: 500: Insufficient balance" || e.SentAt != nil {
			t.Errorf("%+v", e)
		}
		w.spent(0)
		if w.deliver(id) {
			t.Error("it would be sent again")
		}
		if e := w.want(id, notify.Sent, notify.NoReason, 2, 100); e.Error != "" {
			t.Errorf("%+v", e)
		}
		w.spent(100)
	})
}

func TestARefusalIsFinal(t *testing.T) {
	var g, second gateway
	eachStation(t, func() notify.Options {
		g, second = gateway{name: "iprog", answers: []error{permanent("500: Invalid phone number …")}}, gateway{name: "semaphore"}
		return options(&g, &second)
	}, func(t *testing.T, w station) {
		id := w.tell(notify.Message{Code: "271828"})
		if w.deliver(id) {
			t.Error("it would be tried again")
		}
		if e := w.want(id, notify.Failed, notify.Refused, 1, 0); e.Error != "iprog: 500: Invalid phone number …" || e.Provider != "iprog" || second.n != 0 {
			t.Errorf("%+v; the second was asked %d times", e, second.n)
		}
		w.spent(0)
	})
}

// What may have arrived is tried three times and paid once.
func TestAnUnclearOutcome(t *testing.T) {
	var g gateway
	eachStation(t, func() notify.Options {
		g = gateway{name: "iprog", answers: []error{unclear("did not answer in time")}}
		return options(&g)
	}, func(t *testing.T, w station) {
		id := w.tell(notify.Message{})
		for attempt := 1; attempt < 3; attempt++ {
			if !w.deliver(id) {
				t.Errorf("given up after attempt %d", attempt)
			}
			w.want(id, notify.Queued, notify.Unclear, attempt, 100)
		}
		if w.deliver(id) {
			t.Error("it would be tried a fourth time")
		}
		w.want(id, notify.Failed, notify.Unclear, 3, 100)
		w.spent(100)
	})
}

// A later refusal does not make an earlier unclear try free.
func TestAnUnclearTryStaysPaid(t *testing.T) {
	var g gateway
	eachStation(t, func() notify.Options {
		g = gateway{name: "iprog", answers: []error{unclear("broke off"), permanent("Invalid number")}}
		return options(&g)
	}, func(t *testing.T, w station) {
		id := w.tell(notify.Message{})
		w.deliver(id)
		w.deliver(id)
		w.want(id, notify.Failed, notify.Refused, 2, 100)
		w.spent(100)
	})
}

func TestTheSecondGatewayHelps(t *testing.T) {
	for name, c := range map[string]struct {
		first, second error
		status        notify.Status
		reason        notify.Reason
		provider      string
		words         string
		cost          int
	}{
		"the first takes it":         {nil, nil, notify.Sent, notify.NoReason, "iprog", "", 100},
		"the second takes it":        {temporary("no credit"), nil, notify.Sent, notify.NoReason, "semaphore", "", 100},
		"the second takes a repeat":  {unclear("in time"), nil, notify.Sent, notify.NoReason, "semaphore", "", 100},
		"neither takes it":           {temporary("no credit"), temporary("503"), notify.Queued, notify.Unavailable, "semaphore", "iprog: no credit; semaphore: 503", 0},
		"the first may have":         {unclear("in time"), temporary("503"), notify.Queued, notify.Unclear, "semaphore", "iprog: in time; semaphore: 503", 100},
		"the second refuses for all": {temporary("no credit"), permanent("bad number"), notify.Failed, notify.Refused, "semaphore", "iprog: no credit; semaphore: bad number", 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := testkit.DB(t)
			world := testkit.NewEmptyWorld(t, d)
			first, second := gateway{name: "iprog", answers: []error{c.first}}, gateway{name: "semaphore", answers: []error{c.second}}
			w := station{world, t, newService(t, world, options(&first, &second))}
			id := w.tell(notify.Message{})
			w.deliver(id)
			if e := w.want(id, c.status, c.reason, 1, c.cost); e.Provider != c.provider || e.Error != c.words {
				t.Errorf("by %s: %q", e.Provider, e.Error)
			}
		})
	}
}

// A gateway that fails three times in a row is asked last for a minute.
func TestAFailingGatewayRests(t *testing.T) {
	d := testkit.DB(t)
	world := testkit.NewEmptyWorld(t, d)
	first, second := gateway{name: "iprog", answers: []error{temporary("in time")}}, gateway{name: "semaphore"}
	w := station{world, t, newService(t, world, options(&first, &second))}
	asked := func(want int) {
		t.Helper()
		w.deliver(w.tell(notify.Message{}))
		if first.n != want {
			t.Errorf("the first was asked %d times, want %d", first.n, want)
		}
	}
	asked(1)
	asked(2)
	asked(3)
	asked(3)
	w.Clock.Advance(time.Minute + time.Second)
	asked(4)
	asked(4)
	first.answers = nil
	w.Clock.Advance(time.Minute + time.Second)
	asked(5)
	asked(6) // it is well again
	if second.n != 6 {
		t.Errorf("the second was asked %d times", second.n)
	}
}

func TestTooLateIsNotSent(t *testing.T) {
	var g gateway
	eachStation(t, func() notify.Options {
		g = gateway{name: "iprog", answers: []error{temporary("503")}}
		return options(&g)
	}, func(t *testing.T, w station) {
		code := w.tell(notify.Message{Code: "271828", Until: w.Clock.Now().Add(5 * time.Minute)})
		plain := w.tell(notify.Message{})
		w.deliver(code)
		w.Clock.Advance(5 * time.Minute)
		if w.deliver(code) || g.n != 1 {
			t.Errorf("asked %d times", g.n)
		}
		if e := w.want(code, notify.Expired, notify.TooLate, 1, 0); e.Error != "iprog: 503" {
			t.Errorf("the last words were lost: %q", e.Error)
		}
		w.Clock.Advance(3 * 24 * time.Hour)
		if err := w.s.Expire(t.Context()); err != nil { // no attempt was due
			t.Fatal(err)
		}
		w.want(plain, notify.Expired, notify.TooLate, 0, 0)
	})
}

// What is under way is left alone while its worker may live, and no longer.
func TestAMessageBelongsToOneWorker(t *testing.T) {
	var g gateway
	eachStation(t, func() notify.Options {
		g = gateway{name: "iprog"}
		return options(&g)
	}, func(t *testing.T, w station) {
		id := w.tell(notify.Message{Code: "271828", Until: w.Clock.Now().Add(30 * time.Second)})
		g.during = func() {
			g.during = nil
			if err := w.s.Deliver(t.Context(), id); !errors.Is(err, notify.ErrTaken) {
				t.Errorf("a second worker at once: %v", err)
			}
			if err := w.s.Cancel(t.Context(), audit.Command("test"), id); !errors.Is(err, notify.ErrBegun) {
				t.Errorf("cancelled while it is sent: %v", err)
			}
			w.Clock.Advance(21 * time.Second) // the worker is slower than it may be
			if w.deliver(id) {
				t.Error("a second worker after 21 seconds could not take it")
			}
		}
		if err := w.s.Deliver(t.Context(), id); !errors.Is(err, notify.ErrTaken) {
			t.Errorf("the slow worker wrote over the other's outcome: %v", err)
		}
		w.want(id, notify.Sent, notify.NoReason, 2, 100)
		w.spent(100)

		late := w.tell(notify.Message{Code: "314159", Until: w.Clock.Now().Add(10 * time.Second)})
		g.during = func() {
			g.during = nil
			w.Clock.Advance(11 * time.Second)
			if err := w.s.Expire(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.want(late, notify.Sending, notify.NoReason, 1, 100)
		}
		w.deliver(late)
		w.want(late, notify.Sent, notify.NoReason, 1, 100)
	})
}

// A worker that died leaves a message claimed; it is sent again, or expires.
func TestTheMessageOfADeadWorker(t *testing.T) {
	var g gateway
	eachStation(t, func() notify.Options {
		g = gateway{name: "iprog"}
		return options(&g)
	}, func(t *testing.T, w station) {
		dies := func(id uuid.UUID) {
			defer func() { _ = recover() }()
			g.during = func() { g.during = nil; panic("killed") }
			w.deliver(id)
		}
		first := w.tell(notify.Message{})
		second := w.tell(notify.Message{Code: "271828", Until: w.Clock.Now().Add(time.Minute)})
		dies(first)
		dies(second)
		w.want(first, notify.Sending, notify.NoReason, 1, 100)
		w.Clock.Advance(61 * time.Second)
		if err := w.s.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.want(second, notify.Expired, notify.TooLate, 1, 100) // it may have been sent
		w.deliver(first)
		w.want(first, notify.Sent, notify.NoReason, 2, 100)
		w.spent(200)
	})
}

func TestWhatIsNeverSent(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*notify.Options)
		phone  string
		status notify.Status
		reason notify.Reason
	}{
		"switched off":     {func(o *notify.Options) { o.SMSOff = true }, maria.Phone, notify.Cancelled, notify.SwitchedOff},
		"abroad":           {func(*notify.Options) {}, "+15551234567", notify.Failed, notify.Abroad},
		"a landline":       {func(*notify.Options) {}, "+6328088888", notify.Failed, notify.Abroad},
		"abroad, allowed":  {func(o *notify.Options) { o.Abroad = true }, "+15551234567", notify.Sent, notify.NoReason},
		"nobody to ask":    {func(o *notify.Options) { o.Gateways = nil }, maria.Phone, notify.Failed, notify.NoProvider},
		"dearer than caps": {func(o *notify.Options) { o.NumberCap = 50 }, maria.Phone, notify.Failed, notify.CapNumber},
	} {
		t.Run(name, func(t *testing.T) {
			g := gateway{name: "iprog"}
			o := options(&g)
			c.change(&o)
			world := testkit.NewEmptyWorld(t, testkit.DB(t))
			w := station{world, t, newService(t, world, o)}
			to := maria
			to.Phone = c.phone
			id := add(t, w.DB, w.s, notify.Message{Kind: "a", To: to, SMS: text("hello")}).SMS
			if w.deliver(id) {
				t.Error("it would be tried again")
			}
			cost := 0
			if c.status == notify.Sent {
				cost = 100
			}
			w.want(id, c.status, c.reason, 1, cost)
			if (g.n > 0) != (c.status == notify.Sent) {
				t.Errorf("asked %d times", g.n)
			}
			w.spent(cost)
		})
	}
	t.Run("no way for mail", func(t *testing.T) {
		world := testkit.NewEmptyWorld(t, testkit.DB(t))
		w := station{world, t, newService(t, world, options())}
		id := add(t, w.DB, w.s, notify.Message{Kind: "a", To: maria, Mail: &notify.Letter{Subject: errs.T("s")}}).Mail
		w.deliver(id)
		w.want(id, notify.Failed, notify.NoProvider, 1, 0)
	})
}

// Three nodes send at the same moment; no cap is passed, and no room below it is lost.
func TestCapsHoldOnSeveralNodes(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		for name, c := range map[string]struct {
			city, number int
			phone        func(i int) string
			sent         int
			reason       notify.Reason
		}{
			"the city's":  {7_50, 0, func(i int) string { return "+63917000" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + "00" }, 7, notify.CapCity},
			"a number's":  {0, 3_00, func(int) string { return maria.Phone }, 3, notify.CapNumber},
			"both":        {5_00, 3_00, func(i int) string { return "+63918000000" + string(rune('0'+i%2)) }, 5, ""},
			"none at all": {0, 0, func(int) string { return maria.Phone }, 40, ""},
		} {
			t.Run(name, func(t *testing.T) {
				world := testkit.NewEmptyWorld(t, d)
				wipe(t, d)
				g := gateway{name: "iprog"}
				o := options(&g)
				o.CityCap, o.NumberCap = c.city, c.number
				nodes := []*notify.Service{newService(t, world, o), newService(t, world, o), newService(t, world, o)}
				var all []uuid.UUID
				for i := range 40 {
					to := maria
					to.Phone = c.phone(i)
					all = append(all, add(t, d, nodes[0], notify.Message{Kind: "a", To: to, SMS: text("hello")}).SMS)
				}
				var wg sync.WaitGroup
				for i, id := range all {
					wg.Go(func() {
						if err := nodes[i%3].Deliver(t.Context(), id); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				w := station{world, t, nodes[0]}
				w.spent(c.sent * 100)
				counts, err := w.s.Counts(t.Context(), notify.Filter{})
				if err != nil || counts[notify.Sent] != c.sent || counts[notify.Failed] != 40-c.sent || len(g.took) != c.sent {
					t.Errorf("%v, %v; %d were handed over", counts, err, len(g.took))
				}
				page, err := w.s.Outbox(t.Context(), notify.Filter{Status: notify.Failed})
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range page.Rows {
					if c.reason != "" && e.Reason != c.reason {
						t.Errorf("failed for %s, want %s", e.Reason, c.reason)
					}
				}
				sum, err := w.s.Spending(t.Context())
				if err != nil || sum.Today != c.sent*100 || sum.Month != c.sent*100 || sum.DailyCap != c.city {
					t.Errorf("%+v, %v", sum, err)
				}
			})
		}
	})
}

// wipe begins the outbox anew.
func wipe(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM notify_message")
		if err == nil {
			_, err = tx.ExecContext(ctx, "DELETE FROM notify_spend")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What a failed message gave back, the next one may use; the next day begins at zero.
func TestCapsGiveBack(t *testing.T) {
	var g gateway
	eachStation(t, func() notify.Options {
		g = gateway{name: "iprog", answers: []error{permanent("bad"), nil}}
		o := options(&g)
		o.CityCap = 1_00
		return o
	}, func(t *testing.T, w station) {
		for _, want := range []struct {
			status notify.Status
			reason notify.Reason
			cost   int
		}{{notify.Failed, notify.Refused, 0}, {notify.Sent, notify.NoReason, 100}, {notify.Failed, notify.CapCity, 0}} {
			id := w.tell(notify.Message{})
			w.deliver(id)
			w.want(id, want.status, want.reason, 1, want.cost)
		}
		w.Clock.Advance(24 * time.Hour)
		id := w.tell(notify.Message{})
		w.deliver(id)
		w.want(id, notify.Sent, notify.NoReason, 1, 100)
	})
}

// The whole way, through the queue: the act's transaction, the worker, the carrier.
func TestTheQueueDelivers(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		q, err := jobs.Open(d, jobs.Config{Poll: 50 * time.Millisecond}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		g, p := gateway{name: "iprog", answers: []error{temporary("busy"), nil}}, post{name: "smtp"}
		o := options(&g)
		o.Mailers = []carrier.Carrier[carrier.Letter]{&p}
		s := notify.New(d, w.Vault, q, o, time.Now)
		refusal := errors.New("refused")
		err = d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if _, err := s.Add(ctx, tx, notify.Message{Kind: "a", To: maria, SMS: text("never")}); err != nil {
				return err
			}
			return refusal
		})
		if !errors.Is(err, refusal) {
			t.Fatal(err)
		}
		for range 3 {
			add(t, d, s, notify.Message{Kind: "a", To: maria, SMS: text("hello"), Mail: &notify.Letter{Subject: errs.T("hello")}})
		}
		if err := q.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := q.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		}()
		deadline := time.Now().Add(30 * time.Second)
		for {
			counts, err := s.Counts(t.Context(), notify.Filter{})
			if err != nil {
				t.Fatal(err)
			}
			if counts[notify.Sent] == 6 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("waited in vain: %v", counts)
			}
			time.Sleep(20 * time.Millisecond)
		}
		if len(g.took) != 3 || len(p.took) != 3 || g.n != 4 {
			t.Errorf("%d text messages after %d tries, %d mails", len(g.took), g.n, len(p.took))
		}
	})
}
