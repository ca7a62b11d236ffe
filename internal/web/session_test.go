package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhoMayGoWhere(t *testing.T) {
	w := newWorld(t, nil)
	for name, c := range map[string]struct {
		target, cookie string
		lines          []string
		status         int
		location       string
	}{
		"nobody at home":               {"/home/?a=1", "", nil, 303, "/login/?next=%2Fhome%2F%3Fa%3D1"},
		"nobody in the console":        {"/console/rewards/", "", nil, 303, "/console/login/?next=%2Fconsole%2Frewards%2F"},
		"a script of nobody":           {"/home/", "", []string{"Accept: application/json"}, 401, ""},
		"resident at home":             {"/home/", ResidentCookie + "=resident", nil, 200, ""},
		"resident in the console":      {"/console/", ResidentCookie + "=resident", nil, 303, "/console/login/?next=%2Fconsole%2F"},
		"resident's token, staff name": {"/console/", StaffCookie + "=resident", nil, 303, "/console/login/?next=%2Fconsole%2F"},
		"a session that is over":       {"/home/", ResidentCookie + "=gone", nil, 303, "/login/?next=%2Fhome%2F"},
		"staff at home":                {"/home/", StaffCookie + "=admin", nil, 303, "/login/?next=%2Fhome%2F"},
		"admin":                        {"/console/rewards/", StaffCookie + "=admin", nil, 200, ""},
		"analyst where none may be":    {"/console/rewards/", StaffCookie + "=analyst", nil, 403, ""},
		"analyst in the console":       {"/console/", StaffCookie + "=analyst", nil, 200, ""},
		"newcomer is led":              {"/console/", StaffCookie + "=newcomer", nil, 303, "/console/password/"},
		"newcomer changes it":          {"/console/password/", StaffCookie + "=newcomer", nil, 200, ""},
		"a database that is away":      {"/home/", ResidentCookie + "=broken", nil, 500, ""},
		"both sign-ins at once":        {"/home/", ResidentCookie + "=resident; " + StaffCookie + "=admin", nil, 200, ""},
	} {
		res := w.ask(t, "GET", c.target, "", append(c.lines, "Cookie: "+c.cookie)...)
		if res.StatusCode != c.status || res.Header.Get("Location") != c.location {
			t.Errorf("%s: %d %s", name, res.StatusCode, res.Header.Get("Location"))
		}
		if c.status == 200 && res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: a signed-in page may be kept", name)
		}
	}
}

func TestSessionCookies(t *testing.T) {
	w := newWorld(t, production)
	res := w.ask(t, "POST", https+"/login/", "next=/home/?a=1", viaProxy...)
	if res.Header.Get("Location") != "/home/?a=1" {
		t.Errorf("next: %v", res.Header)
	}
	c := res.Cookies()[0]
	got := []any{c.Name, c.Value, c.HttpOnly, c.Secure, c.SameSite, c.Path, c.MaxAge, c.Domain}
	if diff := cmp.Diff([]any{"__Host-" + ResidentCookie, "resident", true, true, http.SameSiteLaxMode, "/", 3600, ""}, got); diff != "" {
		t.Error(diff)
	}
	res = w.ask(t, "POST", https+"/logout/", "", append(viaProxy, "Cookie: __Host-"+StaffCookie+"=admin", "Sec-Fetch-Site: same-origin")...)
	if set := res.Header.Values("Set-Cookie"); len(set) != 1 || !strings.HasPrefix(set[0], "__Host-"+ResidentCookie+"=; ") || !strings.Contains(set[0], "Max-Age=0") {
		t.Errorf("signing out: %v", set)
	}
	if res.Header.Get("Clear-Site-Data") != `"cache"` { // not "cookies": the office's sign-in stays
		t.Errorf("signing out leaves pages behind: %v", res.Header)
	}
	res = newWorld(t, nil).ask(t, "POST", "/login/", "next=//evil.example")
	if res.Header.Get("Location") != "/home/" || res.Cookies()[0].Secure {
		t.Errorf("development: %v", res.Header)
	}
}

func TestFlashSurvivesOneRedirect(t *testing.T) {
	w := newWorld(t, nil)
	sent := w.ask(t, "POST", "/send/", "to=/scan/").Cookies()
	if len(sent) != 1 || !sent[0].HttpOnly {
		t.Fatalf("cookies: %v", sent)
	}
	res := w.ask(t, "GET", "/scan/", "", "Cookie: "+sent[0].String())
	doc, _ := read(t, res)
	if got := strings.TrimSpace(doc.Find(".notice-leaf p").Text()); got != "At most 1,500 characters." {
		t.Errorf("flash: %q", got)
	}
	if gone := res.Cookies(); len(gone) != 1 || gone[0].Name != flashCookie || gone[0].MaxAge >= 0 {
		t.Errorf("the flash stays: %v", gone)
	}
	for name, value := range map[string]string{"unsigned": strings.Split(sent[0].Value, ".")[0], "altered": "x" + sent[0].Value, "empty": ""} {
		doc, _ := read(t, w.ask(t, "GET", "/scan/", "", "Cookie: "+flashCookie+"="+value))
		if doc.Find(".notice").Length() != 0 {
			t.Errorf("%s: somebody else's words are shown", name)
		}
	}
	two := w.ask(t, "POST", "/send/", "to=/scan/", "Cookie: "+sent[0].String()).Cookies()[0]
	doc, _ = read(t, w.ask(t, "GET", "/scan/", "", "Cookie: "+two.String()))
	if n := doc.Find(".notice-leaf").Length(); n != 2 {
		t.Errorf("two messages, %d shown", n)
	}
}

func TestLocal(t *testing.T) {
	for target, want := range map[string]string{
		"/": "/", "/home/?a=b#c": "/home/?a=b#c", "": "-", "home": "-", "//evil.example": "-", `/\evil.example`: "-", "https://evil.example": "-",
		"/\tevil": "-", "/x\n": "-", "javascript:alert(1)": "-", "/%zz": "-",
	} {
		if got := Local(target, "-"); got != want {
			t.Errorf("%q leads to %q, want %q", target, got, want)
		}
	}
}
