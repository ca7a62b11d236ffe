package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type messagesView struct {
	web.Page
	Form   *form.Form // the filters
	Find   *form.Form // the address that is looked for
	Filter notify.Filter
	Since  string // the day that is shown from when nobody says
	Tabs   []ui.Tab
	Kinds  []ui.Option
	Stats  []ui.Stat
	Rows   []notify.Entry
	Next   string
}

// Filtered says whether more than a status narrows the list.
func (v messagesView) Filtered() bool {
	f := v.Filter
	return f.Channel != "" || f.Kind != "" || f.From != v.Since || f.To != "" || f.Mark != "" || f.Recipient != uuid.Nil
}

// GET /console/messages/?status=&channel=&kind=&from=&to=&mark=&recipient=&after=
func (c *Console) messages(w http.ResponseWriter, r *http.Request) error {
	return c.showMessages(w, r, form.Query(r), form.Empty())
}

// POST /console/messages/find/ — an address does not belong into the page's own, where
// logs and histories would keep it; its mark does.
func (c *Console) findMessages(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	typed := f.Required("address", 254)
	address, ok := people.CanonicalPhone(typed)
	if !ok {
		address, ok = people.CanonicalEmail(typed)
	}
	if f.OK() && !ok {
		f.Refuse("address", "console.messages.address_invalid")
	}
	if !f.OK() {
		return c.showMessages(w, r, form.Empty(), f)
	}
	web.Redirect(w, r, "/console/messages/?mark="+c.notify.Mark(address))
	return nil
}

func (c *Console) showMessages(w http.ResponseWriter, r *http.Request, f, find *form.Form) error {
	ctx, filter := r.Context(), c.messageFilter(f)
	page, err := c.notify.Outbox(ctx, filter)
	if err != nil {
		return err
	}
	counts, err := c.notify.Counts(ctx, filter)
	if err != nil {
		return err
	}
	v := messagesView{Page: web.NewPage(r, "console.messages.title"), Form: f, Find: find, Filter: filter, Since: c.messagesSince(), Rows: page.Rows, Next: page.Next}
	if v.Kinds, err = c.messageKindOptions(ctx); err != nil {
		return err
	}
	if v.Stats, err = c.messageStats(ctx); err != nil {
		return err
	}
	v.Tabs = v.tabs(ctx, counts)
	return web.RenderForm(w, r, find, messagesTempl(v))
}

// messageFilter reads the filters of the outbox from its address. Who asks for nothing in
// particular sees the last thirty days, and the form says so.
func (c *Console) messageFilter(f *form.Form) notify.Filter {
	if f.Raw("from")+f.Raw("to")+f.Raw("mark")+f.Raw("recipient") == "" {
		f.With("from", c.messagesSince())
	}
	filter := notify.Filter{Kind: f.Text("kind", 100), Mark: f.Text("mark", 200), Recipient: f.ID("recipient"),
		From: f.Day("from"), To: f.Day("to"), Cursor: f.Text("after", 200)}
	if s := notify.Status(f.Text("status", 20)); slices.Contains(notify.Statuses(), s) {
		filter.Status = s
	}
	if ch := notify.Channel(f.Text("channel", 10)); ch == notify.SMS || ch == notify.Mail || ch == notify.Push {
		filter.Channel = ch
	}
	return filter
}

// messagesSince is the first of the last thirty days.
func (c *Console) messagesSince() string { return i18n.DayStamp(c.now().AddDate(0, 0, -30)) }

// tabs are the statuses with how many messages are in each; those that hardly ever hold
// one are shown only while they do.
func (v messagesView) tabs(ctx context.Context, counts map[notify.Status]int) []ui.Tab {
	all, tabs := 0, []ui.Tab{{}}
	for _, s := range notify.Statuses() {
		all += counts[s]
		if (s == notify.Sending || s == notify.Delivered) && counts[s] == 0 && v.Filter.Status != s {
			continue
		}
		tabs = append(tabs, ui.Tab{Href: v.At("/console/messages/", "status", string(s)), Text: statusWords(ctx, s), Count: counts[s], Counted: true, Current: v.Filter.Status == s})
	}
	tabs[0] = ui.Tab{Href: v.At("/console/messages/", "status", ""), Text: i18n.T(ctx, "console.messages.all"), Count: all, Counted: true, Current: v.Filter.Status == ""}
	return tabs
}

func (c *Console) messageKindOptions(ctx context.Context) ([]ui.Option, error) {
	kinds, err := c.notify.Kinds(ctx)
	if err != nil {
		return nil, err
	}
	options := []ui.Option{{Text: i18n.T(ctx, "console.messages.all_kinds")}}
	for _, k := range kinds {
		options = append(options, ui.Option{Value: k, Text: messageWords(ctx, k)})
	}
	return options, nil
}

func channelOptions(ctx context.Context) []ui.Option {
	return []ui.Option{{Text: i18n.T(ctx, "console.messages.all_channels")},
		{Value: string(notify.SMS), Text: channelWords(ctx, notify.SMS)}, {Value: string(notify.Mail), Text: channelWords(ctx, notify.Mail)},
		{Value: string(notify.Push), Text: channelWords(ctx, notify.Push)}}
}

// messageStats are the figures over the list: what text messages cost, and what is not
// where it should be.
func (c *Console) messageStats(ctx context.Context) ([]ui.Stat, error) {
	spent, err := c.notify.Spending(ctx)
	if err != nil {
		return nil, err
	}
	backlog, err := c.notify.Backlog(ctx)
	if err != nil {
		return nil, err
	}
	unsent, err := c.notify.Unsent(ctx)
	if err != nil {
		return nil, err
	}
	month := ui.Stat{Number: i18n.Pesos(spent.Month), Text: i18n.T(ctx, "console.messages.cost_month")}
	today := ui.Stat{Number: i18n.Pesos(spent.Today), Text: i18n.T(ctx, "console.messages.cost_today")}
	if spent.DailyCap > 0 {
		today.Delta = i18n.T(ctx, "console.messages.cap_city", "Cap", i18n.Pesos(spent.DailyCap), "Percent", spent.Today*100/spent.DailyCap)
	}
	if spent.DailyNumberCap > 0 {
		month.Delta = i18n.T(ctx, "console.messages.cap_number", "Cap", i18n.Pesos(spent.DailyNumberCap))
	}
	waiting := ui.Stat{Number: i18n.Number(int64(backlog.Waiting)), Text: i18n.T(ctx, "console.messages.waiting"), Href: "/console/messages/?status=queued"}
	if backlog.Waiting > 0 {
		waiting.Delta = i18n.T(ctx, "console.messages.oldest", "Span", c.now().Sub(backlog.Oldest))
		if c.now().Sub(backlog.Oldest) > lateAfter {
			waiting.Trend = ui.Down
		}
	}
	failed := ui.Stat{Number: i18n.Number(int64(unsent)), Text: i18n.T(ctx, "console.messages.unsent"), Href: "/console/messages/?status=failed"}
	return []ui.Stat{month, today, waiting, failed}, nil
}

// lateAfter is how long a message may wait before the figure warns.
const lateAfter = 10 * time.Minute

// mayActOnMessages says whether somebody may send messages again and stop them.
func mayActOnMessages(p auth.Principal) bool { return p.May(auth.ManageSecurity) }

// messagePath is the page of a message.
func messagePath(id uuid.UUID) string { return "/console/messages/" + id.String() + "/" }
