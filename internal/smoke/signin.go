package smoke

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// signIn tries the account that was given, and signs it out again. Where a code is asked
// for next, the password was right, which is what can be seen without the phone.
func signIn(ctx context.Context, s *site) (string, error) {
	if s.o.Sign == nil {
		return "", errLeftOut("no --user was given")
	}
	page, home, out := "/login/", "/home/", "/logout/"
	if s.o.Sign.Staff {
		page, home, out = "/console/login/", "/console/", "/console/logout/"
	}
	form := url.Values{"username": {s.o.Sign.User}, "password": {s.o.Sign.Password}}
	a, err := s.post(ctx, page, form)
	if err != nil {
		return "", err
	}
	to, err := a.Location()
	if err != nil || a.StatusCode != http.StatusSeeOther {
		return "", fmt.Errorf("%s answers %d: are name and password right?", page, a.StatusCode)
	}
	if to.Path != home {
		return "the password is right; next is " + to.Path, nil
	}
	session := cookieHeader(a)
	if a, err = s.get(ctx, home, session); err != nil {
		return "", err
	}
	next := leads(a)
	if a.StatusCode != http.StatusOK && (next == "" || next == page) {
		return "", fmt.Errorf("%s answers %d after the sign-in", home, a.StatusCode)
	}
	if _, err := s.post(ctx, out, nil, session); err != nil {
		return "", err
	}
	if a, err = s.get(ctx, home, session); err != nil {
		return "", err
	}
	if leads(a) != page {
		return "", fmt.Errorf("%s does not sign out", out)
	}
	return "in, " + cmp.Or(next, home) + ", and out", nil
}

// leads is where an answer sends the browser; "" when it shows something.
func leads(a answer) string {
	if to, err := a.Location(); err == nil {
		return to.Path
	}
	return ""
}

func (s *site) post(ctx context.Context, path string, form url.Values, header ...string) (answer, error) {
	header = append(header, "Content-Type: application/x-www-form-urlencoded", "Origin: "+s.base.String())
	return s.ask(ctx, http.MethodPost, s.base.String()+path, strings.NewReader(form.Encode()), header...)
}

func cookieHeader(a answer) string {
	var pairs []string
	for _, c := range a.Cookies() {
		pairs = append(pairs, c.Name+"="+c.Value)
	}
	return "Cookie: " + strings.Join(pairs, "; ")
}
