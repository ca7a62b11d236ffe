package console

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/notify"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type announceView struct {
	web.Page
	Form    *form.Form
	Item    rewards.Item
	Draft   notify.Draft
	Preview notify.Preview // of every way at once
	Before  []notify.Campaign
}

// smsHint tells when the text messages leave, and that their last ones may not leave today.
func (v announceView) smsHint(ctx context.Context) string {
	if v.Preview.Days() > 1 {
		return i18n.T(ctx, "console.announce.sms_days", "Days", v.Preview.Days(), "Budget", i18n.Pesos(v.Preview.DayBudget))
	}
	return i18n.T(ctx, "console.announce.sms_hint")
}

// earlierShown is how many earlier bulk notices about the same are shown.
const earlierShown = 5

// GET /console/rewards/{id}/announce/
func (c *Console) announcePage(w http.ResponseWriter, r *http.Request) error {
	return c.showAnnounce(w, r, form.Empty("mail", "on", "request_key", uuid.NewString()))
}

// POST /console/rewards/{id}/announce/
func (c *Console) announce(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	begun, err := c.rewards.Announce(r.Context(), web.ActorOf(r), rewards.Announcement{
		RequestKey: f.Text("request_key", 100), Item: id, SMS: f.Bool("sms"), Mail: f.Bool("mail")})
	if err := f.Take(err); err != nil {
		return err
	}
	if !f.OK() {
		return c.showAnnounce(w, r, f)
	}
	web.Flash(w, r, ui.Done, "console.campaign.started")
	web.Redirect(w, r, campaignPath(begun.ID))
	return nil
}

func (c *Console) showAnnounce(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	ctx := r.Context()
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	item, err := c.rewards.ItemByID(ctx, id)
	if err != nil {
		return err
	}
	draft, err := c.rewards.AnnouncementOf(ctx, rewards.Announcement{Item: id, SMS: true, Mail: true})
	if err != nil {
		return err
	}
	v := announceView{Page: web.NewPage(r, "console.announce.title", "Reward", item.Name), Form: f, Item: item, Draft: draft}
	if v.Preview, err = c.notify.Preview(ctx, draft); err != nil {
		return err
	}
	before, err := c.notify.Campaigns(ctx, notify.CampaignFilter{About: id, Limit: earlierShown})
	if err != nil {
		return err
	}
	v.Before = before.Rows
	return web.RenderForm(w, r, f, announceTempl(v))
}
