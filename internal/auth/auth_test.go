package auth_test

import (
	"errors"
	"testing"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/testkit"
)

// from is somebody who is not signed in, at an address.
func from(ip string) audit.Actor { return auth.Principal{}.Actor(ip, "a browser", "request") }

func wantErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func field(t *testing.T, err error, name string) string {
	t.Helper()
	e, ok := errs.As(err)
	if !ok || e.Kind != errs.Invalid {
		t.Fatalf("got %v, want a refused form", err)
	}
	return e.Fields[name].Key
}

func count(t *testing.T, d *db.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := d.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func staffToken(t *testing.T, w *testkit.World, username string) string {
	t.Helper()
	in, err := w.Auth.SignInStaff(t.Context(), from("192.0.2.1"), username, testkit.Password)
	if err != nil {
		t.Fatal(err)
	}
	return in.Token
}

func residentToken(t *testing.T, w *testkit.World, username string) string {
	t.Helper()
	return w.SignIn(t, username)
}

// tryResident tries a resident's password on a browser that nobody remembers. nil means
// that it was right: a code is asked for, or was a moment ago.
func tryResident(t *testing.T, w *testkit.World, ip, username, password string) error {
	t.Helper()
	_, err := w.Auth.SignInResident(t.Context(), from(ip), auth.SignIn{Username: username, Password: password})
	if errors.Is(err, auth.ErrCodeTooSoon) || errors.Is(err, auth.ErrCodeLimit) {
		return nil
	}
	return err
}
