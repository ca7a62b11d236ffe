package console

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// accountPath is the page about one's own sign-ins.
const accountPath = "/console/account/"

// accountRoutes are what a member of staff sees and does about their own sign-ins.
func (c *Console) accountRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET " + accountPath, Need: auth.AnyStaff, Handle: c.account},
		{Pattern: "POST " + accountPath + "sessions/end/", Need: auth.AnyStaff, Handle: c.endOtherSessions},
		{Pattern: "POST " + accountPath + "sessions/{id}/end/", Need: auth.AnyStaff, Handle: c.endOwnSession},
	}
}

// loginsShown is how many of the last attempts to sign in the page shows.
const loginsShown = 10

type accountView struct {
	web.Page
	Second   auth.Second
	Sessions []auth.Session
	Logins   []auth.Login
}

// others is true when the reader is signed in elsewhere too.
func (v accountView) others() bool { return len(v.Sessions) > 1 }

// GET /console/account/
func (c *Console) account(w http.ResponseWriter, r *http.Request) error {
	ctx, p := r.Context(), web.PrincipalOf(r.Context())
	v := accountView{Page: web.NewPage(r, "web.own_security")}
	var err error
	if v.Second, err = c.ownSecond(r); err != nil {
		return err
	}
	if v.Sessions, err = c.auth.Sessions(ctx, auth.StaffSurface, p.ID, p.SessionID); err != nil {
		return err
	}
	logins, err := c.auth.Logins(ctx, p.ID, "", loginsShown)
	if err != nil {
		return err
	}
	v.Logins = logins.Rows
	return web.Render(w, r, http.StatusOK, accountTempl(v))
}

// POST /console/account/sessions/end/
func (c *Console) endOtherSessions(w http.ResponseWriter, r *http.Request) error {
	p := web.PrincipalOf(r.Context())
	n, err := c.auth.EndSessions(r.Context(), web.ActorOf(r), auth.StaffSurface, p.ID, p.SessionID)
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Done, "account.sessions.ended", "Count", n)
	web.Redirect(w, r, accountPath)
	return nil
}

// POST /console/account/sessions/{id}/end/
func (c *Console) endOwnSession(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	p := web.PrincipalOf(r.Context())
	if id == p.SessionID {
		return c.signOut(w, r)
	}
	if err := c.auth.EndSession(r.Context(), web.ActorOf(r), auth.StaffSurface, p.ID, id); err != nil {
		return err
	}
	web.Flash(w, r, ui.Done, "account.sessions.ended", "Count", 1)
	web.Redirect(w, r, accountPath)
	return nil
}

// sessionEnd is where one of the reader's sessions is ended.
func sessionEnd(id uuid.UUID) string { return accountPath + "sessions/" + id.String() + "/end/" }

// secondState is how a second factor stands, in words.
func secondState(ctx context.Context, s auth.Second) string {
	switch {
	case s.On:
		return i18n.T(ctx, "second.since", "Since", i18n.DateYear(ctx, s.Since))
	case s.Required:
		return i18n.T(ctx, "second.missing")
	default:
		return i18n.T(ctx, "second.none")
	}
}

// loginText is what became of an attempt to sign in.
func loginText(ctx context.Context, l auth.Login) string {
	switch {
	case l.Success:
		return i18n.T(ctx, "account.login.in")
	case l.Reason == auth.BadCredentials:
		return i18n.T(ctx, "account.login.bad_password")
	case l.Reason == auth.CodeWrong:
		return i18n.T(ctx, "account.login.bad_code")
	case l.Reason == auth.CodePending:
		return i18n.T(ctx, "account.login.no_code")
	case l.Reason == auth.Locked:
		return i18n.T(ctx, "account.login.locked")
	default:
		return i18n.T(ctx, "account.login.refused")
	}
}

// loginTone is the colour that goes with it.
func loginTone(l auth.Login) string {
	if l.Success {
		return "leaf"
	}
	return "clay"
}
