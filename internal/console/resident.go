package console

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type residentView struct {
	web.Page
	Resident people.Resident
	Family   people.Family
	Balance  ledger.Balance
	Card     people.Card
	Moves    []ui.Move
	Consents []people.Consent
	Waiting  []approval.Request // corrections that wait for a second person
	Now      time.Time
}

// verified tells which of the resident's addresses have answered a code.
func (v residentView) verified(ctx context.Context) string {
	switch r := v.Resident; {
	case r.PhoneVerifiedAt != nil && r.EmailVerifiedAt != nil:
		return i18n.T(ctx, "resident.verified_both")
	case r.PhoneVerifiedAt != nil:
		return i18n.T(ctx, "resident.verified_phone")
	case r.EmailVerifiedAt != nil:
		return i18n.T(ctx, "resident.verified_email")
	default:
		return ""
	}
}

// accepted tells which terms the resident accepted last.
func (v residentView) accepted(ctx context.Context) string {
	if len(v.Consents) == 0 {
		return ""
	}
	c := v.Consents[0]
	if c.RecordedBy.Valid {
		return i18n.T(ctx, "resident.consent_paper", "Version", c.Version, "Date", i18n.DateYear(ctx, c.AcceptedAt))
	}
	return i18n.T(ctx, "resident.consent", "Version", c.Version, "Date", i18n.DateYear(ctx, c.AcceptedAt))
}

// GET /console/residents/{id}/
func (c *Console) resident(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who, err := c.residentOf(r)
	if err != nil {
		return err
	}
	family, _, err := c.people.FamilyByID(ctx, web.PrincipalOf(ctx).Scope, who.FamilyID)
	if err != nil {
		return err
	}
	card, err := c.people.CardOf(ctx, who.ID)
	if err != nil {
		return err
	}
	statement, err := c.report.Statement(ctx, who.ID, report.StatementFilter{Limit: 10})
	if err != nil {
		return err
	}
	consents, err := c.people.Consents(ctx, who.ID)
	if err != nil {
		return err
	}
	waiting, err := c.waitingFor(ctx, who.ID)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, residentTempl(residentView{
		Page: web.NewPage(r, "console.resident.title", "Name", who.FullName), Resident: who, Family: family,
		Balance: statement.Balance, Card: card, Moves: ui.MovesOf(ctx, statement.Rows), Consents: consents, Waiting: waiting, Now: c.now(),
	}))
}

// residentOf is the resident that the address names, within the reader's reach.
func (c *Console) residentOf(r *http.Request) (people.Resident, error) {
	id, err := web.PathID(r, "id")
	if err != nil {
		return people.Resident{}, err
	}
	return c.people.ResidentByID(r.Context(), web.PrincipalOf(r.Context()).Scope, id)
}

// residentAct is something that the office decides about a resident, on a page of its own.
type residentAct struct {
	name   string // in the address
	reason bool   // asks for one
	danger bool
	apply  func(c *Console, r *http.Request, id uuid.UUID, reason string) error
}

// residentActs are all of them; each has a GET that asks and a POST that does.
var residentActs = []residentAct{
	{name: "approve", apply: func(c *Console, r *http.Request, id uuid.UUID, _ string) error {
		_, err := c.people.Approve(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, id)
		return err
	}},
	{name: "reject", reason: true, danger: true, apply: func(c *Console, r *http.Request, id uuid.UUID, reason string) error {
		_, err := c.people.Reject(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, id, reason)
		return err
	}},
	{name: "suspend", reason: true, danger: true, apply: func(c *Console, r *http.Request, id uuid.UUID, reason string) error {
		_, err := c.people.Suspend(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, id, reason)
		return err
	}},
	{name: "restore", reason: true, apply: func(c *Console, r *http.Request, id uuid.UUID, reason string) error {
		_, err := c.people.Restore(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, id, reason)
		return err
	}},
	{name: "card", apply: func(c *Console, r *http.Request, id uuid.UUID, _ string) error {
		_, err := c.people.Reissue(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, id)
		return err
	}},
}

// words are what an act's page says: its question, what will happen, its button, and what
// the flash tells afterwards.
func (a residentAct) words(ctx context.Context, v actView) actWords {
	name := v.Resident.FullName
	switch a.name {
	case "approve":
		w := actWords{Question: i18n.T(ctx, "console.approve.question", "Name", name), Button: i18n.T(ctx, "console.approve"), Done: "console.approve.done",
			Effects: []string{i18n.T(ctx, "console.approve.effect_points")}}
		if v.Resident.ReferredByCode != "" && v.Resident.ReferralPaidAt == nil {
			w.Effects = append(w.Effects, i18n.T(ctx, "resident.effect_referral", "Code", v.Resident.ReferredByCode, "New", v.Referral.New, "Referrer", v.Referral.Referrer))
		}
		if v.Family.Status != people.Approved {
			w.Effects = append(w.Effects, i18n.T(ctx, "console.approve.effect_family", "Family", v.Family.Name, "Code", v.Family.Code))
		}
		return w
	case "reject":
		w := actWords{Question: i18n.T(ctx, "console.reject.question", "Name", name), Button: i18n.T(ctx, "console.reject"), Done: "console.reject.done",
			Effects: []string{i18n.T(ctx, "console.reject.effect_kept")}}
		switch {
		case !v.Resident.Representative || v.Family.Status != people.Pending:
		case v.PendingOthers == 0:
			w.Effects = append(w.Effects, i18n.T(ctx, "console.reject.effect_family_alone", "Family", v.Family.Name))
		default:
			w.Effects = append(w.Effects, i18n.T(ctx, "console.reject.effect_family", "Family", v.Family.Name, "Count", v.PendingOthers))
		}
		return w
	case "suspend":
		return actWords{Question: i18n.T(ctx, "console.suspend.question", "Name", name), Button: i18n.T(ctx, "console.suspend"), Done: "console.suspend.done",
			Effects: []string{i18n.T(ctx, "console.suspend.effect"), i18n.T(ctx, "console.suspend.effect_points", "Points", v.Balance.Posted)}}
	case "restore":
		return actWords{Question: i18n.T(ctx, "console.restore.question", "Name", name), Button: i18n.T(ctx, "console.restore"), Done: "console.restore.done",
			Effects: []string{i18n.T(ctx, "console.restore.effect")}}
	default:
		return actWords{Question: i18n.T(ctx, "console.card.question", "Name", name), Button: i18n.T(ctx, "console.card.issue"), Done: "console.card.done",
			Effects: []string{i18n.T(ctx, "console.card.effect")}}
	}
}

type actWords struct {
	Question string
	Effects  []string
	Button   string
	Done     string // catalogue key of the flash
}

type actView struct {
	web.Page
	Form          *form.Form
	Act           residentAct
	Words         actWords
	Resident      people.Resident
	Family        people.Family
	PendingOthers int
	Balance       ledger.Balance
	Referral      people.Referral
}

// GET /console/residents/{id}/approve/, …/reject/, …/suspend/, …/restore/, …/card/
func (c *Console) actPage(a residentAct) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := c.residentOf(r)
		if err != nil {
			return err
		}
		return c.showAct(w, r, a, who, form.Empty())
	}
}

// POST to the same addresses.
func (c *Console) act(a residentAct) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := c.residentOf(r)
		if err != nil {
			return err
		}
		f, err := form.Read(r)
		if err != nil {
			return err
		}
		var reason string
		if a.reason {
			reason = f.Reason("reason")
		}
		if f.OK() {
			if err := f.Take(a.apply(c, r, who.ID, reason)); err != nil {
				return err
			}
		}
		if !f.OK() {
			return c.showAct(w, r, a, who, f)
		}
		web.Flash(w, r, ui.Done, a.words(r.Context(), actView{Resident: who}).Done, "Name", who.FullName)
		web.Redirect(w, r, a.next(who))
		return nil
	}
}

// next is where an act leads: after a decision to the others who wait.
func (a residentAct) next(who people.Resident) string {
	if a.name == "approve" || a.name == "reject" {
		return "/console/residents/?status=pending"
	}
	return residentPath(who.ID)
}

func (c *Console) showAct(w http.ResponseWriter, r *http.Request, a residentAct, who people.Resident, f *form.Form) error {
	ctx := r.Context()
	family, members, err := c.people.FamilyByID(ctx, web.PrincipalOf(ctx).Scope, who.FamilyID)
	if err != nil {
		return err
	}
	balance, err := c.report.Balance(ctx, who.ID)
	if err != nil {
		return err
	}
	v := actView{Form: f, Act: a, Resident: who, Family: family, Balance: balance, Referral: c.people.Referral()}
	for _, m := range members {
		if m.ID != who.ID && m.Status == people.Pending {
			v.PendingOthers++
		}
	}
	v.Words = a.words(ctx, v)
	v.Page = web.NewPage(r, "console.act.title", "Act", v.Words.Button, "Name", who.FullName)
	return web.RenderForm(w, r, f, actTempl(v))
}

type editResidentView struct {
	web.Page
	Form     *form.Form
	Resident people.Resident
}

// GET /console/residents/{id}/edit/
func (c *Console) editResidentPage(w http.ResponseWriter, r *http.Request) error {
	who, err := c.residentOf(r)
	if err != nil {
		return err
	}
	return c.showEditResident(w, r, who, form.Empty("first_name", who.FirstName, "last_name", who.LastName, "username", who.Username,
		"phone", people.LocalPhone(who.Phone), "email", who.Email, "birth_date", who.BirthDate, "gender", who.Gender))
}

// POST /console/residents/{id}/edit/
func (c *Console) editResident(w http.ResponseWriter, r *http.Request) error {
	who, err := c.residentOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := people.ResidentEdit{
		FirstName: f.Required("first_name", 50), LastName: f.Required("last_name", 50), Username: f.Required("username", 100),
		Phone: f.Text("phone", 30), Email: f.Text("email", 254), BirthDate: f.Day("birth_date"), Gender: f.Text("gender", 10),
	}
	if f.OK() {
		_, err := c.people.EditResident(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, who.ID, in)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showEditResident(w, r, who, f)
	}
	web.Flash(w, r, ui.Done, "console.saved")
	web.Redirect(w, r, residentPath(who.ID))
	return nil
}

func (c *Console) showEditResident(w http.ResponseWriter, r *http.Request, who people.Resident, f *form.Form) error {
	v := editResidentView{Page: web.NewPage(r, "console.resident.edit_title", "Name", who.FullName), Form: f, Resident: who}
	return web.RenderForm(w, r, f, editResidentTempl(v))
}

func genderOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Text: i18n.T(ctx, "console.gender.none")}}
	for _, g := range []string{"female", "male", "other"} {
		options = append(options, ui.Option{Value: g, Text: genderText(ctx, g)})
	}
	return options
}
