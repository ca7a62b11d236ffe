package web

import (
	"net/http"
	"testing"
	"time"

	"ekolek/internal/db"
)

// Whoever acts is shown what they did, for as long as a replica may lack it.
func TestOwnActsAreReadFresh(t *testing.T) {
	for name, c := range map[string]struct {
		freshFor time.Duration
		method   string
		cookie   bool
		set      int // MaxAge of the cookie that comes back; 0: none
		fresh    bool
	}{
		"no replica":        {0, "POST", true, 0, false},
		"a visitor":         {11 * time.Second, "GET", false, 0, false},
		"an act":            {11 * time.Second, "POST", false, 11, true},
		"a part of seconds": {1500 * time.Millisecond, "POST", false, 2, true},
		"a page after it":   {11 * time.Second, "GET", true, 0, true},
		"its second act":    {11 * time.Second, "POST", true, 11, true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, debug := range []bool{true, false} {
				s := &Server{opts: Options{Debug: debug, FreshFor: c.freshFor}}
				r := httpRequest(c.method)
				if c.cookie {
					r.AddCookie(&http.Cookie{Name: s.cookieName(freshCookie), Value: "1"})
				}
				w := discard{http.Header{}}
				got := s.fresh(w, r)
				if db.IsFresh(got.Context()) != c.fresh {
					t.Errorf("debug %v: fresh %v, want %v", debug, !c.fresh, c.fresh)
				}
				cookies := (&http.Response{Header: w.Header()}).Cookies()
				if (len(cookies) > 0) != (c.set > 0) || c.set > 0 && (cookies[0].MaxAge != c.set || !cookies[0].HttpOnly || cookies[0].Secure == debug) {
					t.Errorf("debug %v: %v, want one for %d seconds", debug, cookies, c.set)
				}
			}
		})
	}
}

func httpRequest(method string) *http.Request {
	r, err := http.NewRequest(method, "/points/", nil)
	if err != nil {
		panic(err) // both are constants
	}
	return r
}
