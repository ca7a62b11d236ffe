package console

import (
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/notify"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

type announceView struct {
	web.Page
	Form    *form.Form
	Item    rewards.Item
	Reach   audience
	Draft   notify.Draft
	Preview notify.Preview // of every way at once
	Before  []notify.Campaign
}

// earlierShown is how many earlier bulk notices about the same are shown.
const earlierShown = 5

// GET /console/rewards/{id}/announce/
func (c *Console) announcePage(w http.ResponseWriter, r *http.Request) error {
	f := form.Empty("to", toEverybody, "push", "on", "mail", "on", "request_key", uuid.NewString())
	reach, err := c.readAudience(r, f)
	if err != nil {
		return err
	}
	return c.showAnnounce(w, r, f, reach)
}

// POST /console/rewards/{id}/announce/; do=count only counts whom it would reach.
func (c *Console) announce(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	reach, err := c.readAudience(r, f)
	if err != nil {
		return err
	}
	counting := f.Raw("do") == "count"
	if counting {
		f.Forgive()
	}
	if counting || !f.OK() {
		return c.showAnnounce(w, r, f, reach)
	}
	begun, err := c.rewards.Announce(r.Context(), web.ActorOf(r), rewards.Announcement{
		RequestKey: f.Text("request_key", 100), Item: id, Barangays: reach.Chosen, Push: f.Bool("push"), SMS: f.Bool("sms"), Mail: f.Bool("mail")})
	if err := f.Take(err); err != nil {
		return err
	}
	if !f.OK() {
		return c.showAnnounce(w, r, f, reach)
	}
	web.Flash(w, r, ui.Done, "console.campaign.started")
	web.Redirect(w, r, campaignPath(begun.ID))
	return nil
}

func (c *Console) showAnnounce(w http.ResponseWriter, r *http.Request, f *form.Form, reach audience) error {
	ctx := r.Context()
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	item, err := c.rewards.ItemByID(ctx, id)
	if err != nil {
		return err
	}
	draft, err := c.rewards.AnnouncementOf(ctx, rewards.Announcement{Item: id, Barangays: reach.Chosen, Push: true, SMS: true, Mail: true})
	if err != nil {
		return err
	}
	v := announceView{Page: web.NewPage(r, "console.announce.title", "Reward", item.Name), Form: f, Item: item, Reach: reach, Draft: draft}
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
