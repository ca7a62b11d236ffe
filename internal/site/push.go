package site

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/static"
	"ekolek/internal/web/ui"
)

const pushPath = "/me/push/"

// pushBody bounds what a browser tells of itself.
const pushBody = 8 << 10

// pushRoutes are the push messages of residents: the page, what its script tells, and the
// worker that shows them.
func (s *Site) pushRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /sw.js", Need: auth.Anyone, Handle: s.worker},
		{Pattern: "GET /push/key.json", Need: auth.Anyone, Handle: s.pushKey},
		{Pattern: "GET " + pushPath, Need: auth.Resident, Handle: s.pushPage, Worker: true},
		{Pattern: "POST " + pushPath, Need: auth.Resident, Handle: s.subscribe, Body: pushBody},
		{Pattern: "POST /me/push/end/", Need: auth.Resident, Handle: s.unsubscribe, Body: pushBody},
		{Pattern: "POST /me/push/try/", Need: auth.Resident, Handle: s.tryPush},
		{Pattern: "POST /me/push/{id}/end/", Need: auth.Resident, Handle: s.endPush},
	}
}

// workerPolicy is the worker's own: it loads nothing, and speaks to this site alone.
const workerPolicy = "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// GET /sw.js
func (s *Site) worker(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Security-Policy", workerPolicy)
	static.ServeFile(w, r, "sw.js")
	return nil
}

// GET /push/key.json
func (s *Site) pushKey(w http.ResponseWriter, _ *http.Request) error {
	key, err := s.notify.PushKey()
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store") // a new key counts at once
	return web.JSON(w, http.StatusOK, struct {
		Key string `json:"key"`
	}{key})
}

type pushView struct {
	web.Page
	Devices []notify.Device
}

// GET /me/push/
func (s *Site) pushPage(w http.ResponseWriter, r *http.Request) error {
	devices, err := s.notify.Devices(r.Context(), myBell(r))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, pushTempl(pushView{web.NewPage(r, "site.push.title"), devices}))
}

// pushMark lets a browser find itself in the list.
func pushMark(d notify.Device) string {
	sum := sha256.Sum256([]byte(d.Endpoint()))
	return hex.EncodeToString(sum[:8])
}

// subscription is what a browser's Push API says of itself.
type subscription struct {
	Endpoint string `json:"endpoint"`
	Keys     struct {
		P256dh string `json:"p256dh"`
		Auth   string `json:"auth"`
	} `json:"keys"`
}

func readSubscription(r *http.Request) (in subscription, err error) {
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return in, notify.ErrDevice.Because(err)
	}
	return in, nil
}

type pushAnswer struct {
	OK bool `json:"ok"`
}

// POST /me/push/
func (s *Site) subscribe(w http.ResponseWriter, r *http.Request) error {
	in, err := readSubscription(r)
	if err != nil {
		return err
	}
	browser := notify.Browser{Endpoint: in.Endpoint, P256dh: in.Keys.P256dh, Auth: in.Keys.Auth}
	if err := s.notify.Subscribe(r.Context(), web.ActorOf(r), myBell(r), browser, r.UserAgent()); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, pushAnswer{true})
}

// POST /me/push/end/
func (s *Site) unsubscribe(w http.ResponseWriter, r *http.Request) error {
	in, err := readSubscription(r)
	if err != nil {
		return err
	}
	if err := s.notify.Unsubscribe(r.Context(), web.ActorOf(r), myBell(r), in.Endpoint); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, pushAnswer{true})
}

// POST /me/push/try/
func (s *Site) tryPush(w http.ResponseWriter, r *http.Request) error {
	err := s.notify.TryPush(r.Context(), people.Recipient(web.PrincipalOf(r.Context()).Resident), pushPath)
	if e, ok := errs.As(err); ok && e.Kind == errs.NotFound {
		web.Redirect(w, r, pushPath) // the list says that there is none
		return nil
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.Done, "site.push.tried")
	web.Redirect(w, r, pushPath)
	return nil
}

// POST /me/push/{id}/end/
func (s *Site) endPush(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	if err := s.notify.RemoveDevice(r.Context(), web.ActorOf(r), myBell(r), id); err != nil {
		return err
	}
	web.Flash(w, r, ui.Done, "site.push.ended")
	web.Redirect(w, r, pushPath)
	return nil
}
