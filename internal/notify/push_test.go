package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/notify/carrier"
	"ekolek/internal/testkit"
)

// phones is a station whose residents' browsers subscribe to a push service of ours.
type phones struct {
	station
	service *testkit.PushService
	juan    notify.Bell
}

func eachPhones(t *testing.T, f func(t *testing.T, w phones)) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		service := testkit.NewPushService(t, w.Clock.Now)
		o := options(&gateway{name: "iprog"})
		o.Push = pushTo(t, w, service)
		f(t, phones{station{w, t, newService(t, w, o).Telling(w.People.Crowd())}, service, notify.Bell{Audience: notify.Resident, ID: db.NewID()}})
	})
}

func pushTo(t testing.TB, w *testkit.World, service *testkit.PushService) *carrier.Push {
	t.Helper()
	text, err := carrier.NewVAPIDKey()
	if err != nil {
		t.Fatal(err)
	}
	return carrier.NewPush(carrier.PushConfig{Key: func() (carrier.VAPIDKey, error) { return carrier.ParseVAPIDKey(text) },
		Subject: "mailto:cenro@example.gov.ph", Local: true, Roots: service.Roots(), Now: w.Clock.Now})
}

func (w phones) device(b notify.Bell) *testkit.PushDevice {
	w.t.Helper()
	d := w.service.Device()
	w.subscribe(b, d)
	return d
}

func (w phones) subscribe(b notify.Bell, d *testkit.PushDevice) {
	w.t.Helper()
	if err := w.s.Subscribe(w.t.Context(), actorOf(b), b, d.Browser, "Mozilla/5.0"); err != nil {
		w.t.Fatal(err)
	}
}

func actorOf(b notify.Bell) audit.Actor {
	return audit.Actor{Kind: audit.Resident, ID: b.ID, Name: "Juan"}
}

func (w phones) devices(b notify.Bell) []notify.Device {
	w.t.Helper()
	all, err := w.s.Devices(w.t.Context(), b)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// tell adds a message and gives its row.
func (w phones) tell(b notify.Bell) uuid.UUID {
	w.t.Helper()
	var added notify.Added
	err := w.DB.InTx(w.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		added, err = w.s.Add(ctx, tx, notify.Message{Kind: "truck.tomorrow", To: notify.Recipient{Audience: b.Audience, ID: b.ID, Name: "Juan", Language: "fil"},
			Push: &notify.Pushed{Title: errs.T("The truck"), Text: errs.T("{Name}, it comes " + strings.Repeat("very ", 200) + "soon"), Link: "/schedule/", Tag: "2026-11-28"}})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return added.Push
}

func (w phones) row(id uuid.UUID) notify.Entry {
	w.t.Helper()
	e, _, err := w.s.Read(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

func TestPush(t *testing.T) {
	eachPhones(t, func(t *testing.T, w phones) {
		if id := w.tell(w.juan); id != uuid.Nil {
			t.Error("a message to nobody's browser was written")
		}
		one, two, others := w.device(w.juan), w.device(w.juan), w.device(notify.Bell{Audience: notify.Staff, ID: w.juan.ID})
		id := w.tell(w.juan)
		if err := w.s.Deliver(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		for _, d := range []*testkit.PushDevice{one, two} {
			got := d.Messages()
			if len(got) != 1 || got[0].TTL != "259200" || got[0].Urgency != "normal" || len(got[0].Topic) != 32 {
				t.Fatalf("%+v", got)
			}
			var read struct{ Title, Text, Link, Tag, Lang string }
			if err := json.Unmarshal(got[0].Payload, &read); err != nil {
				t.Fatal(err)
			}
			if len([]rune(read.Text)) != 500 || !strings.HasPrefix(read.Text, "fil: Juan, it comes very") || !strings.HasSuffix(read.Text, "…") {
				t.Errorf("%q", read.Text)
			}
			read.Text = ""
			if diff := cmp.Diff(struct{ Title, Text, Link, Tag, Lang string }{"fil: The truck", "", "/schedule/", "2026-11-28", "fil"}, read); diff != "" {
				t.Error(diff)
			}
		}
		if len(others.Messages()) != 0 {
			t.Error("a member of staff with the same id was told")
		}
		e, said, err := w.s.Read(t.Context(), id)
		if err != nil || e.Status != notify.Sent || e.Channel != notify.Push || e.Provider != "127.0.0.1" || e.Address != "" || said.Link != "https://ekolek.example/schedule/" {
			t.Errorf("%+v, %+v, %v", e, said, err)
		}
		for _, d := range w.devices(w.juan) {
			if d.TookAt == nil || d.Failures != 0 || d.Service != "127.0.0.1" || d.UserAgent != "Mozilla/5.0" {
				t.Errorf("%+v", d)
			}
		}
	})
}

// A browser that does not take a message is tried again, and no other one with it.
func TestPushIsTriedAgainWhereItFailed(t *testing.T) {
	eachPhones(t, func(t *testing.T, w phones) {
		well, busy := w.device(w.juan), w.device(w.juan)
		busy.Answers(http.StatusTooManyRequests, "120")
		id := w.tell(w.juan)
		jobs := func() (n int) {
			if err := w.DB.QueryRowContext(t.Context(), `SELECT count(*) FROM river_job WHERE kind = 'notify.deliver' AND state = 'scheduled'`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := jobs()
		if err := w.s.Deliver(t.Context(), id); err != nil || jobs()-before != 1 {
			t.Fatalf("%v; %d jobs for later", err, jobs()-before)
		}
		if e := w.row(id); e.Status != notify.Queued || e.Reason != notify.Unavailable || e.Error != "127.0.0.1: 429: Too Many Requests" {
			t.Errorf("%+v", e)
		}
		busy.Answers(http.StatusServiceUnavailable, "")
		if err := w.s.Deliver(t.Context(), id); err == nil {
			t.Error("the queue was not told to come again")
		}
		busy.Answers(0, "")
		if err := w.s.Deliver(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if e := w.row(id); e.Status != notify.Sent || len(well.Messages()) != 1 || len(busy.Messages()) != 1 {
			t.Errorf("%+v; %d and %d messages", e, len(well.Messages()), len(busy.Messages()))
		}
		busy.Answers(http.StatusInternalServerError, "")
		id = w.tell(w.juan)
		for range 3 {
			_ = w.s.Deliver(t.Context(), id) // the last time the one that took it is enough
		}
		if e := w.row(id); e.Status != notify.Sent || len(well.Messages()) != 2 {
			t.Errorf("%+v", e)
		}
		if all := w.devices(w.juan); all[0].Failures != 0 || all[1].Failures != 3 || all[1].FailedAt == nil {
			t.Errorf("%+v", all)
		}
	})
}

// A browser that wants no more is forgotten; one that refuses a message is not.
func TestPushForgetsBrowsersThatAreGone(t *testing.T) {
	eachPhones(t, func(t *testing.T, w phones) {
		for status, want := range map[int]struct {
			left   int
			reason notify.Reason
		}{
			http.StatusGone: {0, notify.NoDevice}, http.StatusNotFound: {0, notify.NoDevice}, http.StatusRequestEntityTooLarge: {1, notify.Refused}, http.StatusForbidden: {1, notify.Refused},
		} {
			b := notify.Bell{Audience: notify.Resident, ID: db.NewID()}
			w.device(b).Answers(status, "")
			id := w.tell(b)
			if err := w.s.Deliver(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if e := w.row(id); e.Status != notify.Failed || e.Reason != want.reason || len(w.devices(b)) != want.left {
				t.Errorf("%d: %+v, %d left", status, e, len(w.devices(b)))
			}
		}
		b := notify.Bell{Audience: notify.Resident, ID: db.NewID()}
		well, gone := w.device(b), w.device(b)
		gone.Answers(http.StatusGone, "")
		id := w.tell(b)
		if err := w.s.Deliver(t.Context(), id); err != nil || w.row(id).Status != notify.Sent || len(well.Messages()) != 1 || len(w.devices(b)) != 1 {
			t.Errorf("%v, %+v", err, w.row(id))
		}
		id = w.tell(b)
		if err := w.s.RemoveDevice(t.Context(), actorOf(b), b, w.devices(b)[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := w.s.Deliver(t.Context(), id); err != nil || w.row(id).Reason != notify.NoDevice {
			t.Errorf("removed meanwhile: %v, %+v", err, w.row(id))
		}
		dead := w.device(b)
		dead.Answers(http.StatusForbidden, "")
		for range 5 {
			if err := w.s.Deliver(t.Context(), w.tell(b)); err != nil {
				t.Fatal(err)
			}
		}
		for _, left := range []int{1, 0} {
			if err := w.s.Purge(t.Context()); err != nil || len(w.devices(b)) != left {
				t.Errorf("%d left, %v; want %d", len(w.devices(b)), err, left)
			}
			w.Clock.Advance(31 * 24 * time.Hour)
		}
	})
}

// A browser shows one person's messages; and one person has so many of them.
func TestPushSubscriptions(t *testing.T) {
	eachPhones(t, func(t *testing.T, w phones) {
		ana := notify.Bell{Audience: notify.Resident, ID: db.NewID()}
		shared := w.service.Device()
		audited := func() (n int) {
			if err := w.DB.QueryRowContext(t.Context(), `SELECT count(*) FROM audit_event WHERE action = 'push.subscribe'`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { w.subscribe(w.juan, shared) })
		}
		wg.Wait()
		first := w.devices(w.juan)
		w.subscribe(w.juan, shared)
		if len(first) != 1 || !cmp.Equal(first[0].ID, w.devices(w.juan)[0].ID) {
			t.Errorf("%d browsers", len(first))
		}
		before := audited()
		if w.subscribe(w.juan, shared); audited() != before {
			t.Error("what changes nothing stands in the trail")
		}
		w.subscribe(ana, shared)
		if len(w.devices(w.juan)) != 0 || len(w.devices(ana)) != 1 {
			t.Error("a browser shows two people's messages")
		}
		is := func(b notify.Bell) bool {
			found, err := w.s.Subscribed(t.Context(), w.DB, b.ID)
			if err != nil {
				t.Error(err)
			}
			return found
		}
		if is(w.juan) || !is(ana) {
			t.Error("the wrong one is subscribed")
		}
		if err := w.s.RemoveDevice(t.Context(), actorOf(w.juan), w.juan, w.devices(ana)[0].ID); !errors.Is(err, notify.ErrDeviceNotFound) {
			t.Errorf("another's browser: %v", err)
		}
		for _, b := range []notify.Bell{w.juan, ana, ana} {
			if err := w.s.Unsubscribe(t.Context(), actorOf(b), b, shared.Endpoint); err != nil || is(ana) != (b == w.juan) {
				t.Errorf("%v, %v", err, is(ana))
			}
		}
		for range 12 {
			w.Clock.Advance(time.Minute)
			w.device(ana)
		}
		if all := w.devices(ana); len(all) != 10 {
			t.Errorf("%d browsers", len(all))
		}
		for _, bad := range []carrier.Browser{{}, {Endpoint: "http://127.0.0.1/", P256dh: shared.P256dh, Auth: shared.Auth}, {Endpoint: shared.Endpoint, P256dh: "x", Auth: shared.Auth}} {
			if err := w.s.Subscribe(t.Context(), actorOf(ana), ana, bad, ""); !errors.Is(err, notify.ErrDevice) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		var endpoint string
		if err := w.DB.QueryRowContext(t.Context(), `SELECT max(endpoint_hash) FROM notify_push`).Scan(&endpoint); err != nil || strings.Contains(endpoint, "127") {
			t.Errorf("%q, %v", endpoint, err)
		}
	})
}

func TestTryPush(t *testing.T) {
	eachPhones(t, func(t *testing.T, w phones) {
		to := notify.Recipient{Audience: notify.Resident, ID: w.juan.ID}
		if err := w.s.TryPush(t.Context(), to, "/me/push/"); !errors.Is(err, notify.ErrDeviceNotFound) {
			t.Errorf("without a browser: %v", err)
		}
		d := w.device(w.juan)
		if err := w.s.TryPush(t.Context(), to, "/me/push/"); err != nil {
			t.Fatal(err)
		}
		if err := w.s.SendWaiting(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := d.Messages(); len(got) != 1 || got[0].Urgency != "high" || got[0].TTL != "600" {
			t.Errorf("%+v", got)
		}
		off := newService(t, w.World, options())
		if _, err := off.PushKey(); !errors.Is(err, notify.ErrPushOff) {
			t.Error(err)
		}
		if err := off.Subscribe(t.Context(), actorOf(w.juan), w.juan, d.Browser, ""); !errors.Is(err, notify.ErrPushOff) {
			t.Error(err)
		}
		if err := off.TryPush(t.Context(), to, ""); err != nil {
			t.Fatal(err)
		}
		if err := off.SendWaiting(t.Context()); err != nil {
			t.Fatal(err)
		}
		page, err := off.Outbox(t.Context(), notify.Filter{Channel: notify.Push, Status: notify.Failed})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Reason != notify.NoProvider {
			t.Errorf("%+v, %v", page.Rows, err)
		}
	})
}

// A campaign goes to the browsers of those who have one, in one question for a whole step.
func TestCampaignByPush(t *testing.T) {
	eachPhones(t, func(t *testing.T, w phones) {
		juan, ana := w.Resident(t, w.Barangays[0]), w.Resident(t, w.Barangays[0])
		d := w.device(notify.Bell{Audience: notify.Resident, ID: juan.ID})
		draft := rice()
		draft.SMS, draft.Mail, draft.Push = false, false, true
		if p, err := w.s.Preview(t.Context(), draft); err != nil || p.ByPush != 1 || p.Residents != 2 {
			t.Errorf("%+v, %v", p, err)
		}
		c := city{World: w.World, t: t, s: w.s}
		campaign := c.start(draft)
		if !c.find(campaign.ID).Push {
			t.Error("it does not go that way")
		}
		c.run(campaign.ID)
		if err := w.s.SendWaiting(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := d.Messages()
		if len(got) != 1 || !strings.Contains(string(got[0].Payload), `"title":"New: rice","text":"Rice is here","link":"/rewards/"`) {
			t.Errorf("%+v", got)
		}
		for _, told := range c.recipients(campaign.ID, notify.RecipientFilter{}) {
			if want := map[uuid.UUID]notify.Status{juan.ID: notify.Sent, ana.ID: ""}[told.ID]; told.Push.Status != want {
				t.Errorf("%s: %+v", told.Name, told.Push)
			}
		}
	})
}
