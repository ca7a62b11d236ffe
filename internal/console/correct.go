package console

import (
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

// The two ways of a correction.
const (
	givePoints = "give"
	takePoints = "take"
)

type correctView struct {
	web.Page
	Form     *form.Form
	Resident people.Resident
	Balance  ledger.Balance
	Change   ledger.Points // signed; 0: still to be typed
	Waits    bool          // a second person will have to agree
	Key      string        // of the request, made with the form
}

// asks is true on the second step: the figures are known, and are to be confirmed.
func (v correctView) asks() bool { return v.Change != 0 }

// GET /console/residents/{id}/points/
func (c *Console) correctPage(w http.ResponseWriter, r *http.Request) error {
	who, err := c.residentOf(r)
	if err != nil {
		return err
	}
	return c.showCorrect(w, r, form.Empty("way", givePoints), who, 0)
}

// POST /console/residents/{id}/points/: first to see what would happen, then to do it.
func (c *Console) correctPoints(w http.ResponseWriter, r *http.Request) error {
	who, err := c.residentOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	way, points, reason := f.Choice("way", givePoints, takePoints), f.Points("points"), f.Reason("reason")
	if f.OK() && points <= 0 {
		f.Refuse("points", "error.people.correct_points", "Max", people.MaxCorrection.String())
	}
	if way == takePoints {
		points = -points
	}
	if !f.OK() {
		return c.showCorrect(w, r, f, who, 0)
	}
	if !f.Bool("sure") {
		return c.showCorrect(w, r, f, who, points)
	}
	ctx := r.Context()
	done, err := c.people.CorrectPoints(ctx, web.ActorOf(r), web.PrincipalOf(ctx).Scope,
		people.Correction{RequestKey: f.Text("key", 100), Resident: who.ID, Points: points, Reason: reason})
	if err := f.Take(err); err != nil {
		return err
	}
	if !f.OK() {
		return c.showCorrect(w, r, f, who, 0)
	}
	if done.Waiting {
		web.Flash(w, r, ui.Done, "approval.asked")
	} else {
		web.Flash(w, r, ui.Done, "correct.done", "Name", who.FullName, "Balance", done.Balance.String())
	}
	web.Redirect(w, r, residentPath(who.ID))
	return nil
}

func (c *Console) showCorrect(w http.ResponseWriter, r *http.Request, f *form.Form, who people.Resident, change ledger.Points) error {
	balance, err := c.report.Balance(r.Context(), who.ID)
	if err != nil {
		return err
	}
	if have := balance.Available(); have+change < 0 {
		f.Refuse("points", "error.insufficient_points", "Needed", (-change).String(), "Available", have.String())
		change = 0
	}
	waits, err := c.people.NeedsSecond(r.Context(), web.ActorOf(r), who.ID, change)
	if err != nil {
		return err
	}
	v := correctView{Page: web.NewPage(r, "correct.title", "Name", who.FullName), Form: f, Resident: who, Balance: balance,
		Change: change, Waits: waits, Key: uuid.NewString()}
	return web.RenderForm(w, r, f, correctTempl(v))
}

type pinView struct {
	web.Page
	Form     *form.Form
	Resident people.Resident
	PIN      people.PIN
}

// GET /console/residents/{id}/pin/
func (c *Console) pinPage(w http.ResponseWriter, r *http.Request) error {
	who, err := c.residentOf(r)
	if err != nil {
		return err
	}
	return c.showPIN(w, r, form.Empty(), who)
}

// POST /console/residents/{id}/pin/: the resident types it.
func (c *Console) setPIN(w http.ResponseWriter, r *http.Request) error {
	who, err := c.residentOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	pin, again := f.RequiredSecret("pin"), f.RequiredSecret("again")
	if f.OK() {
		err := c.people.SetPINAtCounter(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, who.ID, pin, again)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showPIN(w, r, f, who)
	}
	web.Flash(w, r, ui.Done, "pin.done_counter", "Name", who.FullName)
	web.Redirect(w, r, residentPath(who.ID))
	return nil
}

func (c *Console) showPIN(w http.ResponseWriter, r *http.Request, f *form.Form, who people.Resident) error {
	pin, err := c.people.PINOf(r.Context(), who.ID)
	if err != nil {
		return err
	}
	return web.RenderForm(w, r, f, pinTempl(pinView{Page: web.NewPage(r, "pin.title_counter", "Name", who.FullName), Form: f, Resident: who, PIN: pin}))
}
