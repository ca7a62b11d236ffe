package site

import (
	"context"
	"net/http"
	"strconv"

	"ekolek/internal/auth"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

const remindersPath = "/me/reminders/"

// reminderRoutes are where a family says how it is reminded of the truck.
func (s *Site) reminderRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /me/reminders/", Need: auth.Resident, Handle: s.remindersPage},
		{Pattern: "POST /me/reminders/", Need: auth.Resident, Handle: s.setReminder},
		{Pattern: "POST /me/reminders/try/", Need: auth.Resident, Handle: s.tryReminder},
	}
}

type remindersView struct {
	web.Page
	Form     *form.Form
	Me       people.Resident
	Reminder schedule.Reminder
	Next     *schedule.Pickup // nil: none is planned
}

// GET /me/reminders/
func (s *Site) remindersPage(w http.ResponseWriter, r *http.Request) error {
	return s.showReminders(w, r, form.Empty())
}

// POST /me/reminders/
func (s *Site) setReminder(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := schedule.ReminderForm{Hour: f.Int("hour"), Way: schedule.Way(f.Text("way", 10))}
	if f.OK() {
		err := s.schedule.SetReminder(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Resident, in)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return s.showReminders(w, r, f)
	}
	done := "remind.page.saved"
	if in.Way == schedule.WayNone {
		done = "remind.page.off"
	}
	web.Flash(w, r, ui.Done, done)
	web.Redirect(w, r, remindersPath)
	return nil
}

// POST /me/reminders/try/
func (s *Site) tryReminder(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	if err := f.Take(s.schedule.TryReminder(r.Context(), web.PrincipalOf(r.Context()).Resident)); err != nil {
		return err
	}
	if !f.OK() {
		return s.showReminders(w, r, f)
	}
	web.Flash(w, r, ui.Done, "remind.page.tried")
	web.Redirect(w, r, remindersPath)
	return nil
}

func (s *Site) showReminders(w http.ResponseWriter, r *http.Request, f *form.Form) (err error) {
	ctx := r.Context()
	v := remindersView{Page: web.NewPage(r, "remind.page.title"), Form: f, Me: web.PrincipalOf(ctx).Resident}
	if v.Reminder, err = s.schedule.ReminderOf(ctx, v.Me.FamilyID); err != nil {
		return err
	}
	if v.Next, err = s.schedule.Next(ctx, v.Me.BarangayID); err != nil {
		return err
	}
	return web.RenderForm(w, r, f, remindersTempl(v))
}

// hourOptions are the hours of a day at which a family can be reminded.
func hourOptions() []ui.Option {
	var out []ui.Option
	for hour := schedule.FirstHour; hour <= schedule.LastHour; hour++ {
		out = append(out, ui.Option{Value: strconv.Itoa(hour), Text: schedule.Minutes(hour * 60).Clock()})
	}
	return out
}

// wayOptions are the ways, with the resident's own number and address.
func wayOptions(ctx context.Context, me people.Resident) []ui.Option {
	to := people.Recipient(me)
	mail, text := i18n.T(ctx, "remind.way.email"), i18n.T(ctx, "remind.way.sms")
	if to.Email != "" {
		mail = i18n.T(ctx, "remind.way.email_to", "Address", to.Email)
	}
	if to.Phone != "" {
		text = i18n.T(ctx, "remind.way.sms_to", "Number", people.LocalPhone(to.Phone))
	}
	return []ui.Option{
		{Value: string(schedule.WayAuto), Text: i18n.T(ctx, "remind.way.auto")},
		{Value: string(schedule.WayMail), Text: mail},
		{Value: string(schedule.WaySMS), Text: text},
		{Value: string(schedule.WayBell), Text: i18n.T(ctx, "remind.way.bell")},
		{Value: string(schedule.WayNone), Text: i18n.T(ctx, "remind.way.none")},
	}
}
