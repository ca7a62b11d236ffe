package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// campaignRoutes are the bulk notices: what was begun, how far it is, whom it reached.
func (c *Console) campaignRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /console/campaigns/", Need: auth.ManageRewards, Handle: c.campaigns},
		{Pattern: "GET /console/campaigns/{id}/", Need: auth.ManageRewards, Handle: c.campaign},
		{Pattern: "GET /console/campaigns/{id}/recipients.csv", Need: auth.ManageRewards, Handle: c.exportRecipients},
		{Pattern: "GET /console/campaigns/{id}/recipients.xlsx", Need: auth.ManageRewards, Handle: c.exportRecipients},
		{Pattern: "GET /console/campaigns/{id}/stop/", Need: auth.ManageRewards, Handle: c.stopCampaignPage},
		{Pattern: "POST /console/campaigns/{id}/stop/", Need: auth.ManageRewards, Handle: c.stopCampaign},
		{Pattern: "GET /console/rewards/{id}/announce/", Need: auth.ManageRewards, Handle: c.announcePage},
		{Pattern: "POST /console/rewards/{id}/announce/", Need: auth.ManageRewards, Handle: c.announce},
	}
}

type campaignsView struct {
	web.Page
	Rows []notify.Campaign
	Next string
}

// GET /console/campaigns/?after=
func (c *Console) campaigns(w http.ResponseWriter, r *http.Request) error {
	page, err := c.notify.Campaigns(r.Context(), notify.CampaignFilter{Cursor: r.URL.Query().Get("after")})
	if err != nil {
		return err
	}
	v := campaignsView{Page: web.NewPage(r, "console.campaigns.title"), Rows: page.Rows, Next: page.Next}
	return web.Render(w, r, http.StatusOK, campaignsTempl(v))
}

type campaignView struct {
	web.Page
	Campaign  notify.Campaign
	Barangays []people.Barangay // to name its target
	Outcome   notify.Outcome
	Tabs      []ui.Tab
	Ways      []wayCount
	Waiting   int64 // messages that have not left
	Rows      []notify.Told
	Next      string
}

// Live says that the figures still change, and that something is left to keep back.
func (v campaignView) Live() bool { return v.Campaign.State == notify.Running || v.Waiting > 0 }

// wayCount is how the messages of one channel stand.
type wayCount struct {
	Channel                    notify.Channel
	Waiting, Sent, Failed, All int64
}

// GET /console/campaigns/{id}/?outcome=&after=
func (c *Console) campaign(w http.ResponseWriter, r *http.Request) error {
	campaign, err := c.campaignOf(r)
	if err != nil {
		return err
	}
	ctx, f := r.Context(), form.Query(r)
	v := campaignView{Page: web.NewPage(r, "console.campaign.title", "Title", campaign.Title), Campaign: campaign, Outcome: readOutcome(f)}
	if v.Barangays, err = c.people.Barangays(ctx); err != nil {
		return err
	}
	counts, err := c.notify.CampaignCounts(ctx, campaign.ID)
	if err != nil {
		return err
	}
	v.Ways, v.Waiting = waysOf(counts)
	page, err := c.notify.Recipients(ctx, campaign.ID, notify.RecipientFilter{Outcome: v.Outcome, Cursor: f.Text("after", 50)})
	if err != nil {
		return err
	}
	v.Rows, v.Next, v.Tabs = page.Rows, page.Next, v.tabs(ctx)
	return web.Render(w, r, http.StatusOK, campaignTempl(v))
}

// readOutcome narrows the recipients; anything else is all of them.
func readOutcome(f *form.Form) notify.Outcome {
	if o := notify.Outcome(f.Text("outcome", 20)); slices.Contains(notify.Outcomes(), o) {
		return o
	}
	return ""
}

func (c *Console) campaignOf(r *http.Request) (notify.Campaign, error) {
	id, err := web.PathID(r, "id")
	if err != nil {
		return notify.Campaign{}, err
	}
	return c.notify.CampaignByID(r.Context(), id)
}

// waysOf sums what the outbox counts to what the office asks: has it left?
func waysOf(counts []notify.Count) (ways []wayCount, waiting int64) {
	for _, channel := range []notify.Channel{notify.Push, notify.Mail, notify.SMS} {
		way := wayCount{Channel: channel}
		for _, n := range counts {
			if n.Channel != channel {
				continue
			}
			way.All += n.N
			switch n.Status {
			case notify.Queued, notify.Sending:
				way.Waiting += n.N
			case notify.Sent, notify.Delivered:
				way.Sent += n.N
			default:
				way.Failed += n.N
			}
		}
		if way.All > 0 {
			ways, waiting = append(ways, way), waiting+way.Waiting
		}
	}
	return ways, waiting
}

func (v campaignView) tabs(ctx context.Context) []ui.Tab {
	tabs := []ui.Tab{{Href: v.Query("outcome", ""), Text: i18n.T(ctx, "console.campaign.everybody"), Current: v.Outcome == ""}}
	for _, o := range notify.Outcomes() {
		tabs = append(tabs, ui.Tab{Href: v.Query("outcome", string(o)), Text: outcomeWords(ctx, o), Current: v.Outcome == o})
	}
	return tabs
}

type stopCampaignView struct {
	web.Page
	Form     *form.Form
	Campaign notify.Campaign
	Effects  []string
}

// GET /console/campaigns/{id}/stop/
func (c *Console) stopCampaignPage(w http.ResponseWriter, r *http.Request) error {
	campaign, err := c.campaignOf(r)
	if err != nil {
		return err
	}
	return c.showStopCampaign(w, r, campaign, form.Empty())
}

// POST /console/campaigns/{id}/stop/
func (c *Console) stopCampaign(w http.ResponseWriter, r *http.Request) error {
	campaign, err := c.campaignOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	if err := f.Take(c.notify.StopCampaign(r.Context(), web.ActorOf(r), campaign.ID)); err != nil {
		return err
	}
	if !f.OK() {
		return c.showStopCampaign(w, r, campaign, f)
	}
	web.Flash(w, r, ui.Done, "console.campaign.stopped")
	web.Redirect(w, r, campaignPath(campaign.ID))
	return nil
}

func (c *Console) showStopCampaign(w http.ResponseWriter, r *http.Request, campaign notify.Campaign, f *form.Form) error {
	counts, err := c.notify.CampaignCounts(r.Context(), campaign.ID)
	if err != nil {
		return err
	}
	ctx := r.Context()
	_, waiting := waysOf(counts)
	v := stopCampaignView{Page: web.NewPage(r, "console.campaign.stop_question"), Form: f, Campaign: campaign, Effects: []string{
		i18n.T(ctx, "console.campaign.stop_told", "Count", campaign.Told),
		i18n.T(ctx, "console.campaign.stop_rest", "Count", max(0, campaign.Expected-campaign.Turns())),
		i18n.T(ctx, "console.campaign.stop_waiting", "Count", waiting),
	}}
	return web.RenderForm(w, r, f, stopCampaignTempl(v))
}

// campaignPath is the page of a bulk notice.
func campaignPath(id uuid.UUID) string { return "/console/campaigns/" + id.String() + "/" }

func outcomeWords(ctx context.Context, o notify.Outcome) string {
	switch o {
	case notify.OutcomeWaiting:
		return i18n.T(ctx, "console.campaign.outcome.waiting")
	case notify.OutcomeSent:
		return i18n.T(ctx, "console.campaign.outcome.sent")
	case notify.OutcomeFailed:
		return i18n.T(ctx, "console.campaign.outcome.failed")
	default:
		return i18n.T(ctx, "console.campaign.outcome.unwanted")
	}
}

// campaignLook is what a state says, its colour and its sign.
func campaignLook(ctx context.Context, c notify.Campaign) (tone, icon, text string) {
	switch {
	case c.State == notify.Stopped:
		return "", "ban", i18n.T(ctx, "console.campaign.state.stopped")
	case c.State == notify.Finished:
		return "leaf", "check", i18n.T(ctx, "console.campaign.state.done")
	case c.WaitsUntil != nil:
		return "sun", "clock", i18n.T(ctx, "console.campaign.state.waits")
	default:
		return "sea", "refresh-cw", i18n.T(ctx, "console.campaign.state.running")
	}
}

// campaignBar is how far a bulk notice is: who had their turn, of how many. Residents may
// have joined since it began.
func campaignBar(c notify.Campaign) (value, most int) {
	most = max(c.Expected, c.Turns(), 1)
	if c.State == notify.Finished {
		return most, most
	}
	return c.Turns(), most
}
