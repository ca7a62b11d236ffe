package console

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

const (
	announcementsPath = "/console/announcements/"
	announcedKind     = "announcement" // of the campaigns that are written here
)

// announcementRoutes are for what the office tells residents in words of its own.
func (c *Console) announcementRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /console/announcements/", Need: auth.ManageRewards, Handle: c.announcementPage},
		{Pattern: "POST /console/announcements/", Need: auth.ManageRewards, Handle: c.announcement},
	}
}

// announcementView is the form with what it would do; when Sure, what is going to be sent.
type announcementView struct {
	web.Page
	Form    *form.Form
	Reach   audience
	Draft   notify.Draft
	Preview notify.Preview
	Sure    bool
}

// kept are the fields that the look at what is going to be sent carries along, beside the
// ticked barangays.
func (announcementView) kept() []string {
	return []string{"request_key", "to", "push", "mail", "sms", "title", "link",
		"notice_en", "subject_en", "lines_en", "sms_en", "notice_fil", "subject_fil", "lines_fil", "sms_fil"}
}

// announcementLink is a page that a notice may lead to, and what the mail's button says.
type announcementLink struct{ Path, Name, Button string }

func announcementLinks() []announcementLink {
	return []announcementLink{
		{"", "console.announcements.link.none", ""},
		{"/schedule/", "console.announcements.link.schedule", "console.announcements.button.schedule"},
		{"/rewards/", "console.announcements.link.rewards", "console.announcements.button.rewards"},
		{"/home/", "console.announcements.link.home", "console.announcements.button.home"},
	}
}

// GET /console/announcements/
func (c *Console) announcementPage(w http.ResponseWriter, r *http.Request) error {
	f := form.Empty("request_key", newRequestKey(), "to", toEverybody)
	v, err := c.readAnnouncement(r, f)
	if err != nil {
		return err
	}
	f.Forgive()
	return c.showAnnouncement(w, r, v)
}

// POST /console/announcements/: do=preview shows what would be sent, do=send sends it,
// do=edit goes back to the form; do=count is the form with its figures, while one writes.
func (c *Console) announcement(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	v, err := c.readAnnouncement(r, f)
	if err != nil {
		return err
	}
	switch f.Raw("do") {
	case "count", "edit":
		f.Forgive() // what is not written yet is nobody's mistake
		return c.showAnnouncement(w, r, v)
	case "send":
		return c.sendAnnouncement(w, r, v)
	}
	if err := f.Take(c.notify.CheckDraft(v.Draft)); err != nil {
		return err
	}
	v.Sure = f.OK()
	return c.showAnnouncement(w, r, v)
}

func (c *Console) sendAnnouncement(w http.ResponseWriter, r *http.Request, v announcementView) error {
	if v.Form.OK() {
		begun, err := c.notify.StartCampaign(r.Context(), web.ActorOf(r), v.Draft)
		if err == nil {
			web.Flash(w, r, ui.Done, "console.campaign.started")
			web.Redirect(w, r, campaignPath(begun.ID))
			return nil
		}
		if isKeyReused(err) {
			err = errs.New(errs.Conflict, "ALREADY_SENT", "console.announcements.already")
			v.Form.With("request_key", newRequestKey()) // sending again is then meant
		}
		if err := v.Form.Take(err); err != nil {
			return err
		}
	}
	return c.showAnnouncement(w, r, v)
}

// readAnnouncement reads the form into a draft; what is missing in it notify says.
func (c *Console) readAnnouncement(r *http.Request, f *form.Form) (announcementView, error) {
	reach, err := c.readAudience(r, f)
	if err != nil {
		return announcementView{}, err
	}
	v := announcementView{Form: f, Reach: reach, Draft: notify.Draft{
		RequestKey: f.Text("request_key", 100), Kind: announcedKind, Title: f.Text("title", 250), Target: reach.target(), Link: f.Raw("link"),
		Push: f.Bool("push"), Mail: f.Bool("mail"), SMS: f.Bool("sms"),
	}}
	for _, l := range announcementLinks() {
		if l.Path == v.Draft.Link {
			v.Draft.Scripts = notify.Scripts{En: readScript(f, "en", l), Fil: readScript(f, "fil", l)}
			return v, nil
		}
	}
	f.Refuse("link", "form.choose")
	return v, nil
}

// readScript reads what is said in one language. A blank line begins a paragraph.
func readScript(f *form.Form, language string, l announcementLink) notify.Script {
	s := notify.Script{Notice: f.Text("notice_"+language, 300), Subject: f.Text("subject_"+language, 250),
		Lines: strings.Split(f.Note("lines_"+language, 2000), "\n\n"), SMS: f.Text("sms_"+language, 500)}
	if l.Button != "" {
		s.Button = i18n.In(language, errs.T(l.Button))
	}
	return s
}

// showAnnouncement counts every way, so that a form tells what each would cost; when sure,
// those that were chosen.
func (c *Console) showAnnouncement(w http.ResponseWriter, r *http.Request, v announcementView) (err error) {
	counted := v.Draft
	if !v.Sure {
		counted.Push, counted.Mail, counted.SMS = true, true, true
	}
	if v.Preview, err = c.notify.Preview(r.Context(), counted); err != nil {
		return err
	}
	v.Page = web.NewPage(r, "console.announcements.title")
	return web.RenderForm(w, r, v.Form, announcementTempl(v))
}

// smsHint tells when text messages leave, and that their last ones may not leave today.
func smsHint(ctx context.Context, p notify.Preview) string {
	if p.Days() > 1 {
		return i18n.T(ctx, "console.announce.sms_days", "Days", p.Days(), "Budget", i18n.Pesos(p.DayBudget))
	}
	return i18n.T(ctx, "console.announce.sms_hint")
}

// partsWords says how long a text message is, as it is paid.
func partsWords(ctx context.Context, text string, parts int) string {
	return i18n.T(ctx, "console.announcements.parts", "Characters", utf8.RuneCountInString(text), "Count", parts)
}

func linkOptions(ctx context.Context) (options []ui.Option) {
	for _, l := range announcementLinks() {
		options = append(options, ui.Option{Value: l.Path, Text: i18n.T(ctx, l.Name)})
	}
	return options
}

// linkName says where a notice leads; the address itself for one that is not offered.
func linkName(ctx context.Context, path string) string {
	for _, l := range announcementLinks() {
		if l.Path == path {
			return i18n.T(ctx, l.Name)
		}
	}
	return path
}

// describedBy ties a group of fields to its error, when there is one.
func describedBy(field string, refused bool) templ.Attributes {
	if !refused {
		return nil
	}
	return templ.Attributes{"aria-describedby": errorID(field)}
}
