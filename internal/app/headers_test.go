package app_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/observatory"
)

// strict is the program's own tables behind the rules of production, with other handlers
// if change gives them.
func strict(t *testing.T, o *office, change func(*web.Mounted)) *web.Server {
	t.Helper()
	s := web.New(web.Options{Hosts: []string{"ekolek.example"}, Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, SecretKey: []byte("test"),
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: time.Now, PrincipalOf: o.app.Auth.PrincipalOf})
	// Development lets any origin call the API; production names none unless told.
	surfaces := map[*web.Surface]*web.Surface{}
	surface := func(f *web.Surface) *web.Surface {
		if f.API == nil {
			return f
		}
		if surfaces[f] == nil {
			closed, api := *f, *f.API
			api.Around = nil
			closed.API = &api
			surfaces[f] = &closed
		}
		return surfaces[f]
	}
	own := map[string]bool{}
	for _, route := range s.Routes() {
		own[route.Pattern] = true
	}
	for _, route := range o.app.Web().Routes() {
		if own[route.Pattern] {
			continue
		}
		if change != nil {
			change(&route)
		}
		s.Mount(surface(route.Surface), []web.Route{route.Route})
	}
	return s
}

// overHTTPS is a request as the city's proxy hands it on.
func overHTTPS(r *http.Request) *http.Request {
	r.Host, r.RemoteAddr = "ekolek.example", "192.0.2.1:1"
	r.Header.Set("X-Forwarded-Proto", "https")
	r.Header.Set("X-Forwarded-For", "203.0.113.9")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range r.Cookies() {
		r.AddCookie(&http.Cookie{Name: "__Host-" + c.Name, Value: c.Value})
	}
	return r
}

// judged holds an answer of production against the judges.
func judged(t *testing.T, what string, rec *httptest.ResponseRecorder, scans bool) {
	t.Helper()
	res := rec.Result()
	a := observatory.Answer{Header: res.Header, Cookies: res.Cookies()}
	if page := strings.Contains(res.Header.Get("Content-Security-Policy"), "script-src"); page {
		a.Compiles = scans && strings.Contains(res.Header.Get("Content-Security-Policy"), "wasm") // not what is said before the route is known
		doc, err := goquery.NewDocumentFromReader(rec.Body)
		must(t, err)
		a.Scripts, a.WithIntegrity = doc.Find("script").Length(), doc.Find(`script[src][integrity^="sha384-"][nonce]`).Length()
		if n := doc.Find("style, [style], link[rel=stylesheet]:not([nonce])").Length(); n > 0 {
			t.Errorf("%s: %d styles without the nonce", what, n)
		}
		doc.Find("*").Each(func(_ int, s *goquery.Selection) {
			for _, attr := range s.Nodes[0].Attr {
				value := strings.ToLower(strings.TrimSpace(attr.Val))
				foreign := (attr.Key == "src" || attr.Key == "action" || attr.Key == "formaction" || attr.Key == "data" || attr.Key == "href" && s.Nodes[0].Data != "a") &&
					(strings.Contains(value, "://") || strings.HasPrefix(value, "//"))
				if strings.HasPrefix(attr.Key, "on") || strings.HasPrefix(value, "javascript:") || foreign {
					t.Errorf("%s: <%s %s=%q>", what, s.Nodes[0].Data, attr.Key, attr.Val)
				}
			}
		})
	}
	if points, missing := observatory.Score(a); points < observatory.Best || len(missing) > 0 {
		t.Errorf("%s (%d): %d points, %q", what, rec.Code, points, missing)
	}
}

// The walk over every route × status: whatever a handler answers, and whatever is said
// before it runs, the headers are whole.
func TestEveryRouteAndStatusHasItsHeaders(t *testing.T) {
	o := newOffice(t)
	answers := []struct {
		status int
		err    error
	}{
		{200, nil}, {303, nil}, {400, form.ErrMalformed}, {401, auth.ErrBadCredentials}, {403, auth.ErrSuspended}, {404, errs.New(errs.NotFound, "X", "web.problem.not_found")},
		{409, errs.New(errs.Conflict, "X", "web.problem.conflict")}, {413, &http.MaxBytesError{Limit: 1}}, {422, errs.NewField("name", "form.required")},
		{429, auth.ErrLocked}, {500, io.ErrUnexpectedEOF}, {503, auth.ErrBusy},
	}
	now := 0
	s := strict(t, o, func(route *web.Mounted) {
		route.Need, route.Twin = auth.Anyone, ""
		route.Handle = func(w http.ResponseWriter, r *http.Request) error {
			switch a := answers[now]; {
			case a.err != nil:
				return a.err
			case a.status == http.StatusSeeOther:
				web.Flash(w, r, "done", "web.menu")
				web.Redirect(w, r, "/")
			case strings.HasSuffix(r.URL.Path, ".csv"):
				web.Attachment(w, "text/csv; charset=utf-8", "x.csv")
				_, err := io.WriteString(w, "a,b\n")
				return err
			default:
				return web.JSON(w, http.StatusOK, "x")
			}
			return nil
		}
	})
	server := s.Handler()
	seen, cameras := map[int]bool{}, map[string]bool{}
	for _, route := range s.Routes() {
		_, path, _ := strings.Cut(route.Pattern, " ")
		cameras[path] = cameras[path] || route.Camera
	}
	for _, route := range s.Routes() {
		method, path, _ := strings.Cut(wildcard.ReplaceAllString(route.Pattern, uuid.NewString()), " ")
		for n := range answers {
			now = n
			rec := httptest.NewRecorder()
			server.ServeHTTP(rec, overHTTPS(httptest.NewRequestWithContext(t.Context(), method, path, nil)))
			judged(t, route.Pattern, rec, route.Camera)
			seen[rec.Code] = true
		}
		for _, other := range []string{"PATCH", "OPTIONS", "TRACE", "HEAD"} {
			rec := httptest.NewRecorder()
			server.ServeHTTP(rec, overHTTPS(httptest.NewRequestWithContext(t.Context(), other, path, nil)))
			judged(t, other+" "+path, rec, cameras[path])
			seen[rec.Code] = true
		}
		for name, r := range map[string]*http.Request{
			"another host": func() *http.Request {
				r := overHTTPS(httptest.NewRequest(method, path, nil))
				r.Host = "evil.example"
				return r
			}(),
			"another site": func() *http.Request {
				r := overHTTPS(httptest.NewRequest(method, path, nil))
				r.Header.Set("Sec-Fetch-Site", "cross-site")
				return r
			}(),
		} {
			rec := httptest.NewRecorder()
			now = 0
			server.ServeHTTP(rec, r)
			judged(t, name+": "+route.Pattern, rec, route.Camera)
			seen[rec.Code] = true
		}
	}
	for _, status := range []int{200, 303, 400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503} {
		if !seen[status] {
			t.Errorf("no answer was %d", status)
		}
	}
}

// The pages as they are: every one that can be opened, by those who may, with nothing
// inline and nothing of anybody else's.
func TestEveryPageKeepsThePolicy(t *testing.T) {
	o := newOffice(t)
	admin := o.hire(t, "admin", auth.SuperAdmin)
	r := o.settle(t, o.barangays[0].ID)
	resident := o.signIn(t, "resident", r)
	left := o.serve(t, r)
	manager := principal(t, o, o.hire(t, "manager", auth.OperationsManager, o.barangays[0].ID), &web.Surface{SignIns: auth.StaffSurface})
	ids := map[string]uuid.UUID{"residents": r.ID, "families": r.FamilyID, "weigh-ins": left.weighIn, "redemptions": left.redemption, "rewards": left.item,
		"waste-types": o.pet, "barangays": o.barangays[0].ID, "staff": manager.ID, "messages": o.message(t), "terms": o.terms(t, "1")}
	s := strict(t, o, nil)
	server := s.Handler()
	pages := 0
	for _, route := range s.Routes() {
		method, pattern, _ := strings.Cut(route.Pattern, " ")
		if method != http.MethodGet || strings.Contains(pattern, "/logout") || route.Surface.API != nil {
			continue
		}
		for _, v := range []visitor{{}, admin, resident} {
			_, path := address(pattern, ids, ids["rewards"])
			rec := httptest.NewRecorder()
			server.ServeHTTP(rec, overHTTPS(v.request(t, method, path, "text/html").WithContext(context.WithoutCancel(t.Context()))))
			if rec.Code == http.StatusOK && strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") {
				pages++
			}
			judged(t, v.name+": "+path, rec, route.Camera)
			if v.token != "" && rec.Code == http.StatusOK && rec.Header().Get("Cache-Control") != "no-store" && !strings.HasPrefix(path, "/static/") {
				t.Errorf("%s for %s may be kept: %q", path, v.name, rec.Header().Get("Cache-Control"))
			}
		}
	}
	if pages < 50 {
		t.Errorf("only %d pages were opened", pages)
	}
}
