package console

import (
	"errors"
	"net/http"

	"ekolek/internal/auth"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// secondRoutes are the second step of a sign-in, and what somebody does about their own.
func (c *Console) secondRoutes() []web.Route {
	const at = "/console/second-factor/"
	return []web.Route{
		{Pattern: "GET /console/login/code/", Need: auth.Anyone, Handle: c.codePage},
		{Pattern: "POST /console/login/code/", Need: auth.Anyone, Handle: c.signInCode, Door: auth.SecondDoor},
		{Pattern: "GET " + at + "set-up/", Need: auth.SetUpSecondFactor, Handle: c.secondPage},
		{Pattern: "POST " + at + "set-up/", Need: auth.SetUpSecondFactor, Handle: c.beginSecond, Door: auth.SecondDoor},
		{Pattern: "GET " + at + "confirm/", Need: auth.SetUpSecondFactor, Handle: c.confirmSecondPage},
		{Pattern: "POST " + at + "confirm/", Need: auth.SetUpSecondFactor, Handle: c.confirmSecond, Door: auth.SecondDoor},
		{Pattern: "GET " + at + "codes/", Need: auth.AnyStaff, Handle: c.newCodesPage},
		{Pattern: "POST " + at + "codes/", Need: auth.AnyStaff, Handle: c.newCodes, Door: auth.SecondDoor},
		{Pattern: "GET " + at + "off/", Need: auth.AnyStaff, Handle: c.secondOffPage},
		{Pattern: "POST " + at + "off/", Need: auth.AnyStaff, Handle: c.turnOffSecond, Door: auth.SecondDoor},
	}
}

// proofView is a page that asks for the password, and for a code where there is a factor.
type proofView struct {
	web.Page
	Form   *form.Form
	Second auth.Second
}

// GET /console/second-factor/set-up/
func (c *Console) secondPage(w http.ResponseWriter, r *http.Request) error {
	second, err := c.ownSecond(r)
	if err != nil {
		return err
	}
	return showSecond(w, r, second, form.Empty())
}

// POST /console/second-factor/set-up/
func (c *Console) beginSecond(w http.ResponseWriter, r *http.Request) error {
	f, second, proof, err := c.readProof(r)
	if err != nil {
		return err
	}
	if !f.OK() {
		return showSecond(w, r, second, f)
	}
	flow, until, err := c.auth.BeginSecond(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()), proof)
	if err := f.Keep(err); err != nil {
		return err
	}
	if !f.OK() {
		return showSecond(w, r, second, f)
	}
	web.KeepFlow(w, r, auth.FlowSecondSetUp, flow, until)
	web.Redirect(w, r, "/console/second-factor/confirm/")
	return nil
}

func showSecond(w http.ResponseWriter, r *http.Request, second auth.Second, f *form.Form) error {
	title := "second.title"
	if second.On {
		title = "second.move"
	}
	return web.RenderForm(w, r, f, secondTempl(proofView{web.NewPage(r, title), f, second}))
}

// ownSecond is how the reader's second factor stands.
func (c *Console) ownSecond(r *http.Request) (auth.Second, error) {
	p := web.PrincipalOf(r.Context())
	return c.auth.SecondOf(r.Context(), p.ID, p.Role)
}

// readProof reads what was typed again before something that matters.
func (c *Console) readProof(r *http.Request) (*form.Form, auth.Second, auth.Proof, error) {
	second, err := c.ownSecond(r)
	if err != nil {
		return nil, second, auth.Proof{}, err
	}
	f, err := form.Read(r)
	if err != nil {
		return nil, second, auth.Proof{}, err
	}
	proof := auth.Proof{Password: f.RequiredSecret("password")}
	if second.On {
		proof.Code = f.RequiredSecret("code")
	}
	return f, second, proof, nil
}

type secondKeyView struct {
	web.Page
	Form *form.Form
	Key  auth.SecondKey
}

// GET /console/second-factor/confirm/
func (c *Console) confirmSecondPage(w http.ResponseWriter, r *http.Request) error {
	return c.showSecondKey(w, r, form.Empty())
}

// POST /console/second-factor/confirm/ answers with the recovery codes, on that page
// alone.
func (c *Console) confirmSecond(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	code := f.RequiredSecret("code")
	if !f.OK() {
		return c.showSecondKey(w, r, f)
	}
	p := web.PrincipalOf(r.Context())
	token, codes, err := c.auth.ConfirmSecond(r.Context(), web.ActorOf(r), p, web.FlowSecret(r, auth.FlowSecondSetUp), code)
	if errors.Is(err, auth.ErrFlowOver) {
		return setUpAnew(w, r)
	}
	if err := f.Take(err); err != nil {
		return err
	}
	if !f.OK() {
		return c.showSecondKey(w, r, f)
	}
	web.DropFlow(w, r, auth.FlowSecondSetUp)
	web.KeepSession(w, r, token, p.ExpiresAt)
	return showRecovery(w, r, "second.on", codes)
}

func (c *Console) showSecondKey(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	key, err := c.auth.NewSecond(r.Context(), web.PrincipalOf(r.Context()), web.FlowSecret(r, auth.FlowSecondSetUp))
	if errors.Is(err, auth.ErrFlowOver) {
		return setUpAnew(w, r)
	}
	if err != nil {
		return err
	}
	return web.RenderForm(w, r, f, secondKeyTempl(secondKeyView{web.NewPage(r, "second.confirm.title"), f, key}))
}

// setUpAnew leads to the beginning when a set-up is over.
func setUpAnew(w http.ResponseWriter, r *http.Request) error {
	web.DropFlow(w, r, auth.FlowSecondSetUp)
	web.Flash(w, r, ui.Warning, "error.auth.flow_over")
	web.Redirect(w, r, "/console/second-factor/set-up/")
	return nil
}

type recoveryView struct {
	web.Page
	Done  string // what has just happened
	Codes []string
}

// showRecovery is the only page that ever shows recovery codes. It is the answer to the
// form itself: a redirect would have to carry them in a cookie.
func showRecovery(w http.ResponseWriter, r *http.Request, done string, codes []string) error {
	page := web.NewPage(r, "second.codes")
	return web.Render(w, r, http.StatusOK, recoveryTempl(recoveryView{page, i18n.T(r.Context(), done), codes}))
}

// GET /console/second-factor/codes/
func (c *Console) newCodesPage(w http.ResponseWriter, r *http.Request) error {
	second, err := c.ownSecond(r)
	if err != nil {
		return err
	}
	return showNewCodes(w, r, second, form.Empty())
}

// POST /console/second-factor/codes/ answers with the new codes, on that page alone.
func (c *Console) newCodes(w http.ResponseWriter, r *http.Request) error {
	f, second, proof, err := c.readProof(r)
	if err != nil {
		return err
	}
	if !f.OK() {
		return showNewCodes(w, r, second, f)
	}
	codes, err := c.auth.NewRecoveryCodes(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()), proof)
	if err := f.Keep(err); err != nil {
		return err
	}
	if !f.OK() {
		return showNewCodes(w, r, second, f)
	}
	return showRecovery(w, r, "second.codes.done", codes)
}

func showNewCodes(w http.ResponseWriter, r *http.Request, second auth.Second, f *form.Form) error {
	return web.RenderForm(w, r, f, newCodesTempl(proofView{web.NewPage(r, "second.codes.new"), f, second}))
}

// GET /console/second-factor/off/
func (c *Console) secondOffPage(w http.ResponseWriter, r *http.Request) error {
	second, err := c.ownSecond(r)
	if err != nil {
		return err
	}
	return showSecondOff(w, r, second, form.Empty())
}

// POST /console/second-factor/off/
func (c *Console) turnOffSecond(w http.ResponseWriter, r *http.Request) error {
	f, second, proof, err := c.readProof(r)
	if err != nil {
		return err
	}
	if f.OK() {
		err := c.auth.TurnOffSecond(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()), proof)
		if err := f.Keep(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return showSecondOff(w, r, second, f)
	}
	web.Flash(w, r, ui.Done, "second.off.done")
	web.Redirect(w, r, accountPath)
	return nil
}

func showSecondOff(w http.ResponseWriter, r *http.Request, second auth.Second, f *form.Form) error {
	return web.RenderForm(w, r, f, secondOffTempl(proofView{web.NewPage(r, "second.off.title"), f, second}))
}
