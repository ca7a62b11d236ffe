package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

var office = audit.Actor{Kind: audit.Staff, ID: uuid.Max, Name: "Ana Reyes"}

// city is a World whose residents can be told news.
type city struct {
	*testkit.World
	t       *testing.T
	s       *notify.Service
	gateway *gateway
	post    *post
}

func eachCity(t *testing.T, change func(*notify.Options), f func(t *testing.T, c city)) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := city{World: testkit.NewEmptyWorld(t, d), t: t, gateway: &gateway{name: "iprog"}, post: &post{name: "smtp"}}
		o := options(c.gateway)
		o.Mailers = []carrier.Carrier[carrier.Letter]{c.post}
		if change != nil {
			change(&o)
		}
		c.s = newService(t, c.World, o).Telling(c.People.Crowd())
		f(t, c)
	})
}

// rice is news for the whole city.
func rice() notify.Draft {
	return notify.Draft{
		RequestKey: "k1", Kind: "reward.new", Title: "Rice is here", Link: "/rewards/", SMS: true, Mail: true,
		Scripts: notify.Scripts{
			En:  notify.Script{Notice: "Rice is here", Subject: "New: rice", Lines: []string{"Come and get it.", ""}, Button: "See it", SMS: "E-KOLEK: rice is here"},
			Fil: notify.Script{Notice: "May bigas na", Subject: "Bago: bigas", Lines: []string{"Halina at kunin."}, Button: "Tingnan", SMS: "E-KOLEK: may bigas na"},
		},
	}
}

func (c city) start(d notify.Draft) notify.Campaign {
	c.t.Helper()
	out, err := c.s.StartCampaign(c.t.Context(), office, d)
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

// run does steps until the campaign does not run or waits.
func (c city) run(id uuid.UUID) notify.Campaign {
	c.t.Helper()
	for range 1000 {
		if err := c.s.Step(c.t.Context(), id); err != nil {
			c.t.Fatal(err)
		}
		if now := c.find(id); now.State != notify.Running || now.WaitsUntil != nil {
			return now
		}
	}
	c.t.Fatal("the campaign does not end")
	return notify.Campaign{}
}

func (c city) find(id uuid.UUID) notify.Campaign {
	c.t.Helper()
	out, err := c.s.CampaignByID(c.t.Context(), id)
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

func (c city) recipients(id uuid.UUID, f notify.RecipientFilter) []notify.Told {
	c.t.Helper()
	page, err := c.s.Recipients(c.t.Context(), id, f)
	if err != nil {
		c.t.Fatal(err)
	}
	return page.Rows
}

func (c city) count(query string, args ...any) (n int) {
	c.t.Helper()
	if err := c.DB.QueryRowContext(c.t.Context(), query, args...).Scan(&n); err != nil {
		c.t.Fatal(err)
	}
	return n
}

func (c city) speaks(r people.Resident, language string) {
	c.t.Helper()
	if err := c.People.SetLanguage(c.t.Context(), r.ID, language); err != nil {
		c.t.Fatal(err)
	}
}

func TestCampaign(t *testing.T) {
	eachCity(t, nil, func(t *testing.T, c city) {
		ctx := t.Context()
		juan, ana, no, far := c.Resident(t, c.Barangays[0]), c.Resident(t, c.Barangays[0]), c.Resident(t, c.Barangays[0]), c.Resident(t, c.Barangays[1])
		c.Applicant(t, c.Barangays[0]) // not approved: told nothing
		c.speaks(juan, "fil")
		if err := c.People.SetNews(ctx, audit.Command("test"), no.ID, false); err != nil {
			t.Fatal(err)
		}
		draft := rice()
		draft.Target.Barangays = []uuid.UUID{c.Barangays[0].ID}
		p, err := c.s.Preview(ctx, draft)
		if err != nil || p.Residents != 3 || p.Unwanted != 1 || p.Wanted() != 2 || p.ByText != 2 || p.Cost != 200 || p.Parts.En != 1 || p.Days() != 1 {
			t.Fatalf("preview %+v, %v", p, err)
		}
		before := c.count("SELECT count(*) FROM notify_message")
		campaign := c.run(c.start(draft).ID)
		if campaign.State != notify.Finished || campaign.Expected != 3 || campaign.Told != 2 || campaign.Unwanted != 1 || campaign.EndedAt == nil {
			t.Fatalf("%+v", campaign)
		}
		if err := c.s.SendWaiting(ctx); err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		for _, m := range c.gateway.took {
			if strings.Contains(m.Body, "rice") || strings.Contains(m.Body, "bigas") {
				texts[m.To] += m.Body
			}
		}
		want := map[string]string{juan.Phone: "E-KOLEK: may bigas na", ana.Phone: "E-KOLEK: rice is here"}
		if diff := cmp.Diff(want, texts); diff != "" {
			t.Error(diff)
		}
		for _, who := range []people.Resident{juan, ana, no, far} {
			page, err := c.s.Notices(ctx, notify.Bell{Audience: notify.Resident, ID: who.ID}, notify.NoticeFilter{})
			told := 0
			for _, n := range page.Rows {
				if n.Message == "Rice is here" && n.MessageFil == "May bigas na" && n.Link == "/rewards/" {
					told++
				}
			}
			if heard := who.ID == juan.ID || who.ID == ana.ID; err != nil || (told == 1) != heard || told > 1 {
				t.Errorf("%s has %d notices, %v", who.FullName, told, err)
			}
		}
		if n := c.count("SELECT count(*) FROM notify_message") - before; n != 2+mailsOf(juan, ana) {
			t.Errorf("%d messages", n)
		}
		all := c.recipients(campaign.ID, notify.RecipientFilter{})
		sent, unwanted := c.recipients(campaign.ID, notify.RecipientFilter{Outcome: notify.OutcomeSent}), c.recipients(campaign.ID, notify.RecipientFilter{Outcome: notify.OutcomeUnwanted})
		if len(all) != 3 || len(sent) != 2 || len(unwanted) != 1 || unwanted[0].ID != no.ID || unwanted[0].SMS.Status != "" || sent[0].SMS.Status != notify.Sent ||
			len(c.recipients(campaign.ID, notify.RecipientFilter{Outcome: notify.OutcomeWaiting})) != 0 {
			t.Errorf("recipients %+v, sent %+v, unwanted %+v", all, sent, unwanted)
		}
		seen := map[uuid.UUID]bool{}
		for cursor := ""; ; {
			page, err := c.s.Recipients(ctx, campaign.ID, notify.RecipientFilter{Limit: 2, Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Rows {
				seen[r.ID] = true
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if len(seen) != 3 {
			t.Errorf("pages show %d", len(seen))
		}
		counts, err := c.s.CampaignCounts(ctx, campaign.ID)
		if err != nil || len(counts) == 0 {
			t.Errorf("counts %+v, %v", counts, err)
		}
	})
}

func mailsOf(all ...people.Resident) (n int) {
	for _, r := range all {
		if r.Email != "" {
			n++
		}
	}
	return n
}

// A service notice begins in the act's transaction, and concerns those too who want no news.
func TestServiceCampaign(t *testing.T) {
	eachCity(t, nil, func(t *testing.T, c city) {
		ctx := t.Context()
		d := rice()
		d.SMS, d.Service = false, true
		d.Target.Barangays = []uuid.UUID{c.Barangays[0].ID}
		begin := func(err error) (out notify.Campaign, got error) {
			got = c.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
				var refused error
				if out, refused = c.s.BeginCampaign(ctx, tx, office, d); errors.Is(refused, notify.ErrNobody) {
					return audit.Record(ctx, tx, office, c.Clock.Now(), audit.Event{Action: "campaign.stop"}) // the act goes on
				} else if refused != nil {
					return refused
				}
				return err
			})
			return out, got
		}
		if out, err := begin(nil); err != nil || out.ID != uuid.Nil || c.count("SELECT count(*) FROM audit_event WHERE action = 'campaign.stop'") != 1 {
			t.Errorf("to nobody: %+v, %v", out, err)
		}
		no := c.Resident(t, c.Barangays[0])
		if err := c.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			return c.People.SetEmail(ctx, tx, office, no, "no@example.com")
		}); err != nil {
			t.Fatal(err)
		}
		if err := c.People.SetNews(ctx, audit.Command("test"), no.ID, false); err != nil {
			t.Fatal(err)
		}
		failed := errors.New("the act failed")
		if _, err := begin(failed); !errors.Is(err, failed) || c.count("SELECT count(*) FROM notify_campaign") != 0 {
			t.Errorf("an act that failed left a campaign, %v", err)
		}
		first, err := begin(nil)
		if err != nil || !first.Service || first.Expected != 1 {
			t.Fatalf("%+v, %v", first, err)
		}
		if again, err := begin(nil); err != nil || again.ID != first.ID {
			t.Errorf("again: %+v, %v", again, err)
		}
		if p, err := c.s.Preview(ctx, d); err != nil || p.Unwanted != 0 || p.Wanted() != 1 || p.ByMail != 1 {
			t.Errorf("%+v, %v", p, err)
		}
		if got := c.run(first.ID); got.Told != 1 || got.Unwanted != 0 {
			t.Errorf("%+v", got)
		}
		if err := c.s.SendWaiting(ctx); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(c.post.took, func(l carrier.Letter) bool { return l.Subject == d.Scripts.En.Subject })
		if i < 0 || c.post.took[i].Stop != "" {
			t.Errorf("no mail, or one that can be unsubscribed from: %+v", c.post.took)
		}
	})
}

// Whoever repeats a step, however many at once, nobody is told twice; what fails in the
// middle leaves nothing.
func TestCampaignStepsHappenOnce(t *testing.T) {
	eachCity(t, nil, func(t *testing.T, c city) {
		for range 5 {
			c.Resident(t, c.Barangays[0])
		}
		campaign := c.start(rice())
		crowd := c.People.Crowd()
		broken := crowd
		broken.Next = func(ctx context.Context, q db.Q, target notify.Target, after uuid.UUID, limit int) ([]notify.Reader, error) {
			batch, err := crowd.Next(ctx, q, target, after, 3)
			return append(batch, batch[0]), err // the last one had their turn: the constraint stops it
		}
		c.s.Telling(broken)
		if err := c.s.Step(t.Context(), campaign.ID); err == nil {
			t.Error("a second turn was given")
		}
		if n := c.count("SELECT count(*) FROM notify_campaign_recipient"); n != 0 || c.find(campaign.ID).Told != 0 {
			t.Errorf("a broken step left %d turns", n)
		}
		small := crowd
		small.Next = func(ctx context.Context, q db.Q, target notify.Target, after uuid.UUID, _ int) ([]notify.Reader, error) {
			return crowd.Next(ctx, q, target, after, 2)
		}
		c.s.Telling(small)
		for turn := range 5 {
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					if err := c.s.StepTurn(t.Context(), campaign.ID, turn); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		if got := c.find(campaign.ID); got.State != notify.Finished || got.Told != 5 {
			t.Errorf("%+v", got)
		}
		if n := c.count("SELECT count(*) FROM notify_notice WHERE message = 'Rice is here'"); n != 5 {
			t.Errorf("%d notices", n)
		}
		if n := c.count("SELECT count(*) FROM notify_message WHERE campaign_id = $1 AND channel = 'sms'", campaign.ID); n != 5 {
			t.Errorf("%d text messages", n)
		}
	})
}

func TestCampaignStartsOnce(t *testing.T) {
	eachCity(t, nil, func(t *testing.T, c city) {
		c.Resident(t, c.Barangays[0])
		d := rice()
		d.About = db.NewID()
		var mu sync.Mutex
		ids := map[uuid.UUID]int{}
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				out, err := c.s.StartCampaign(t.Context(), office, d)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				ids[out.ID]++
			})
		}
		wg.Wait()
		if len(ids) != 1 || c.count("SELECT count(*) FROM notify_campaign") != 1 {
			t.Errorf("%d campaigns of one key", len(ids))
		}
		other := d
		other.Title = "Another"
		if _, err := c.s.StartCampaign(t.Context(), office, other); !errors.Is(err, db.ErrKeyReused) {
			t.Errorf("the key with another draft: %v", err)
		}
		other.RequestKey = "k2"
		if _, err := c.s.StartCampaign(t.Context(), office, other); !errors.Is(err, notify.ErrCampaignRuns) {
			t.Errorf("a second one about the same: %v", err)
		}
		var first notify.Campaign
		for id := range ids {
			first = c.run(id)
		}
		if first.State != notify.Finished {
			t.Fatalf("%+v", first)
		}
		c.start(other) // the first one is over
		page, err := c.s.Campaigns(t.Context(), notify.CampaignFilter{About: d.About})
		if err != nil || len(page.Rows) != 2 {
			t.Errorf("%d campaigns about it, %v", len(page.Rows), err)
		}
	})
}

func TestCampaignStops(t *testing.T) {
	eachCity(t, nil, func(t *testing.T, c city) {
		for range 3 {
			c.Resident(t, c.Barangays[0])
		}
		crowd := c.People.Crowd()
		one := crowd
		one.Next = func(ctx context.Context, q db.Q, target notify.Target, after uuid.UUID, _ int) ([]notify.Reader, error) {
			return crowd.Next(ctx, q, target, after, 1)
		}
		c.s.Telling(one)
		id := c.start(rice()).ID
		for range 2 {
			if err := c.s.Step(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.s.StopCampaign(t.Context(), office, id); err != nil {
			t.Fatal(err)
		}
		if err := c.s.Step(t.Context(), id); err != nil { // its job comes all the same
			t.Fatal(err)
		}
		got := c.find(id)
		if got.State != notify.Stopped || got.Told != 2 || got.StoppedBy != office.Name {
			t.Errorf("%+v", got)
		}
		if n := c.count("SELECT count(*) FROM notify_message WHERE campaign_id = $1 AND status <> 'cancelled'", id); n != 0 {
			t.Errorf("%d messages go on", n)
		}
		if failed := c.recipients(id, notify.RecipientFilter{Outcome: notify.OutcomeFailed}); len(failed) != 2 || failed[0].SMS.Reason != notify.CancelledByUs {
			t.Errorf("%+v", failed)
		}
		if err := c.s.StopCampaign(t.Context(), office, id); !errors.Is(err, notify.ErrCampaignEnded) {
			t.Errorf("stopped twice: %v", err)
		}
		if err := c.s.StopCampaign(t.Context(), office, db.NewID()); !errors.Is(err, notify.ErrCampaignNotFound) {
			t.Errorf("stopped nothing: %v", err)
		}
	})
}

// A service notice is about tomorrow morning: it waits neither for the day nor for its money.
func TestServiceCampaignDoesNotWait(t *testing.T) {
	eachCity(t, func(o *notify.Options) { o.CityCap = 400 }, func(t *testing.T, c city) {
		for range 5 {
			c.Resident(t, c.Barangays[0])
		}
		c.Clock.Advance(untilHour(c.Clock.Now(), 23) + 24*time.Hour) // yesterday's messages cost nothing today
		d := rice()
		d.Mail, d.Service = false, true
		id := c.start(d).ID
		for range 2 { // with money for three, then until these are sent
			if err := c.s.Step(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.find(id); got.Told != 3 {
			t.Fatalf("by night: %+v", got)
		}
		if err := c.s.SendWaiting(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := c.run(id); got.State != notify.Finished || got.Told != 5 {
			t.Errorf("with the money spent: %+v", got)
		}
		if n := c.count("SELECT count(*) FROM notify_message WHERE campaign_id IS NOT NULL AND channel = 'sms'"); n != 3 {
			t.Errorf("%d text messages", n)
		}
	})
}

// Nobody is texted news by night, and the last quarter of the day's money stays for codes.
func TestCampaignKeepsHoursAndBudget(t *testing.T) {
	eachCity(t, func(o *notify.Options) { o.CityCap = 400 }, func(t *testing.T, c city) {
		for range 5 {
			c.Resident(t, c.Barangays[0])
		}
		tx := func(query string) {
			t.Helper()
			if err := c.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.ExecContext(ctx, query)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		tx("UPDATE notify_message SET status = 'cancelled'") // what the residents were told before
		tx("DELETE FROM notify_spend")
		c.Clock.Advance(untilHour(c.Clock.Now(), 23))
		d := rice()
		d.Mail = false
		p, err := c.s.Preview(t.Context(), d)
		if err != nil || p.Cost != 500 || p.DayBudget != 300 || p.LeftToday != 300 || p.Days() != 2 {
			t.Fatalf("%+v, %v", p, err)
		}
		id := c.start(d).ID
		if got := c.run(id); got.State != notify.Running || got.Told != 0 || got.WaitsUntil == nil || hourOf(*got.WaitsUntil) != 7 {
			t.Fatalf("by night: %+v", got)
		}
		c.Clock.Advance(9 * time.Hour)
		for range 2 { // at a batch of what is left, then until these are sent
			if err := c.s.Step(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.find(id); got.Told != 3 || got.WaitsUntil != nil {
			t.Fatalf("with money for three: %+v", got)
		}
		if err := c.s.SendWaiting(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := c.run(id)
		if got.Told != 3 || got.WaitsUntil == nil || !got.WaitsUntil.After(c.Clock.Now().Add(12*time.Hour)) {
			t.Fatalf("with the money spent: %+v", got)
		}
		c.Clock.Advance(24 * time.Hour)
		if got := c.run(id); got.State != notify.Finished || got.Told != 5 {
			t.Errorf("on the next day: %+v", got)
		}
	})
}

// untilHour is how long it is until an hour of the Manila clock.
func untilHour(now time.Time, hour int) time.Duration {
	t := now.In(db.Manila)
	return time.Duration((hour-t.Hour()+24)%24) * time.Hour
}

func hourOf(t time.Time) int { return t.In(db.Manila).Hour() }

// A campaign whose job was lost goes on by itself.
func TestCampaignResumes(t *testing.T) {
	eachCity(t, nil, func(t *testing.T, c city) {
		c.Resident(t, c.Barangays[0])
		id := c.start(rice()).ID
		jobs := func() int { return c.count("SELECT count(*) FROM river_job WHERE kind = 'notify.campaign'") }
		for _, want := range []int{1, 1} { // it is young
			if err := c.s.ResumeCampaigns(t.Context()); err != nil || jobs() != want {
				t.Fatalf("%d jobs, %v", jobs(), err)
			}
		}
		c.Clock.Advance(16 * time.Minute)
		for _, want := range []int{2, 2} {
			if err := c.s.ResumeCampaigns(t.Context()); err != nil || jobs() != want {
				t.Fatalf("%d jobs, %v; want %d", jobs(), err, want)
			}
		}
		if got := c.run(id); got.State != notify.Finished || got.Told != 1 {
			t.Errorf("%+v", got)
		}
	})
}

func TestCampaignDraftsAreChecked(t *testing.T) {
	eachCity(t, nil, func(t *testing.T, c city) {
		tests := map[string]struct {
			change func(*notify.Draft)
			field  string
		}{
			"no key":         {func(d *notify.Draft) { d.RequestKey = "" }, "request_key"},
			"no title":       {func(d *notify.Draft) { d.Title = " " }, "title"},
			"one language":   {func(d *notify.Draft) { d.Scripts.Fil.Notice = "" }, "notice_fil"},
			"no subject":     {func(d *notify.Draft) { d.Scripts.En.Subject = "" }, "subject_en"},
			"no mail":        {func(d *notify.Draft) { d.Scripts.Fil.Lines = []string{" "} }, "lines_fil"},
			"no text":        {func(d *notify.Draft) { d.Scripts.Fil.SMS = "" }, "sms_fil"},
			"a long text":    {func(d *notify.Draft) { d.Scripts.En.SMS = strings.Repeat("a", 307) }, "sms_en"},
			"a long notice":  {func(d *notify.Draft) { d.Scripts.En.Notice = strings.Repeat("a", 301) }, "notice_en"},
			"a foreign link": {func(d *notify.Draft) { d.Link = "//evil.example/" }, "link"},
		}
		for name, test := range tests {
			d := rice()
			test.change(&d)
			_, err := c.s.StartCampaign(t.Context(), office, d)
			e, ok := errs.As(err)
			if !ok || e.Kind != errs.Invalid || e.Fields[test.field].Key == "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := c.s.StartCampaign(t.Context(), office, rice()); !errors.Is(err, notify.ErrNobody) {
			t.Errorf("to nobody: %v", err)
		}
		if n := c.count("SELECT count(*) FROM notify_campaign"); n != 0 {
			t.Errorf("%d campaigns were left", n)
		}
	})
}

func TestStopLinks(t *testing.T) {
	eachCity(t, nil, func(t *testing.T, c city) {
		r := c.Resident(t, c.Barangays[0])
		path := c.s.StopPath(r.ID)
		token := strings.TrimSuffix(strings.TrimPrefix(path, "/news/stop/"), "/")
		if id, err := c.s.Stopper(token); err != nil || id != r.ID {
			t.Errorf("%v, %v", id, err)
		}
		if other := c.s.StopPath(db.NewID()); len(other) != len(path) {
			t.Errorf("%q and %q", path, other)
		}
		flipped := []byte(token)
		for i := range flipped {
			was := flipped[i]
			flipped[i] = map[bool]byte{true: 'B', false: 'A'}[was == 'A']
			if id, err := c.s.Stopper(string(flipped)); err == nil && (id != r.ID || string(flipped) != token) && id != r.ID {
				t.Errorf("a changed token at %d is %s", i, id)
			}
			flipped[i] = was
		}
		for _, bad := range []string{"", "x", token + "A", token[1:], strings.Repeat("A", len(token)), fmt.Sprint(token, "%00")} {
			if _, err := c.s.Stopper(bad); !errors.Is(err, notify.ErrStopLink) {
				t.Errorf("%q: %v", bad, err)
			}
		}
		if err := c.People.StopNews(t.Context(), audit.Actor{Kind: audit.Nobody}, token); err != nil {
			t.Fatal(err)
		}
		if got, err := c.People.ByID(t.Context(), c.DB, r.ID); err != nil || got.News {
			t.Errorf("news %v, %v", got.News, err)
		}
	})
}
