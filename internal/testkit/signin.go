package testkit

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/people"
)

// SignIn signs a resident in with the World's password and gives the session's token.
func (w *World) SignIn(t testing.TB, username string) string {
	t.Helper()
	out, err := w.Enter(t, username, Password)
	must(t, err)
	return out.Token
}

// Enter signs a resident in as they would: by the code that was sent the first time, on
// the browser that was remembered then ever after.
func (w *World) Enter(t testing.TB, username, password string) (auth.SignedIn, error) {
	t.Helper()
	ctx, actor := t.Context(), audit.Actor{Kind: audit.Nobody, IP: "192.0.2.1", UserAgent: "a browser"}
	in := auth.SignIn{Username: username, Password: password, Device: w.device(t, username)}
	out, err := w.Auth.SignInResident(ctx, actor, in)
	if err != nil || out.Token != "" {
		return out, err
	}
	in.Flow = out.Flow
	out, err = w.Auth.FinishSignIn(ctx, actor, in, w.CodeFor(t, username), true)
	if err == nil {
		w.devices.Store(out.Principal.ID, out.Device)
	}
	return out, err
}

// CodeFor is the newest one-time code sent to a resident's phone.
func (w *World) CodeFor(t testing.TB, username string) string {
	t.Helper()
	r, err := w.People.ByUsername(t.Context(), w.DB, username)
	must(t, err)
	return w.Code(t, r.Phone)
}

// device is the secret of the browser that a resident had remembered, "" before.
func (w *World) device(t testing.TB, username string) string {
	t.Helper()
	r, err := w.People.ByUsername(t.Context(), w.DB, username)
	if errors.Is(err, people.ErrResidentNotFound) {
		return ""
	}
	must(t, err)
	secret, _ := w.devices.Load(r.ID)
	text, _ := secret.(string)
	return text
}

// SendResets does the waiting work of forgotten passwords: the queue of a World stands.
func (w *World) SendResets(t testing.TB) {
	t.Helper()
	scan := func(row db.Row) (id uuid.UUID, err error) {
		err = row.Scan(&id)
		return id, err
	}
	flows, err := db.Collect(t.Context(), w.DB, scan, `SELECT id FROM auth_flow WHERE kind = 'reset' ORDER BY created_at, id`)
	must(t, err)
	for _, id := range flows {
		must(t, w.Auth.SendReset(t.Context(), id))
	}
}

// Browser opens a browser without any cookie, which can read the World's outbox.
func (w *World) Browser(t testing.TB, address string) *Browser {
	t.Helper()
	b := NewBrowser(t, address)
	b.world = w
	return b
}

// SignIn signs in at a surface's page with the World's password, and with the code where
// one is asked for. That needs a World's Browser.
func (b *Browser) SignIn(page, username string) *Browser {
	b.t.Helper()
	if page == "/login/" && b.world != nil {
		if secret := b.world.device(b.t, username); secret != "" {
			b.keep("ekolek_device", secret)
		}
	}
	a := b.Post(page, "username", username, "password", Password).Is(http.StatusSeeOther)
	if next := a.Header.Get("Location"); strings.HasPrefix(next, "/login/code/") {
		b.Post(next, "code", b.world.CodeFor(b.t, username), "remember", "on").Is(http.StatusSeeOther)
		r, err := b.world.People.ByUsername(b.t.Context(), b.world.DB, username)
		must(b.t, err)
		b.world.devices.Store(r.ID, b.Cookie("ekolek_device"))
	}
	return b
}

// keep puts a cookie into the browser.
func (b *Browser) keep(name, value string) {
	b.t.Helper()
	u, err := url.Parse(b.url)
	must(b.t, err)
	b.client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// Cookie is the value of a cookie that the browser holds, "" of one that it does not.
func (b *Browser) Cookie(name string) string {
	b.t.Helper()
	u, err := url.Parse(b.url)
	must(b.t, err)
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}
