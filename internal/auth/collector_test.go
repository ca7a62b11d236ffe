package auth_test

import (
	"errors"
	"testing"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// The tries that are left, and the lock's end, are told truly at every step, for names
// that nobody has as for others.
func TestStaffTries(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		somebody := audit.Actor{Kind: audit.Nobody, IP: "192.0.2.7"}
		for _, username := range []string{"manager", "nobody"} {
			tries := func(wantLeft int, wantLock time.Duration) {
				t.Helper()
				left, until, err := w.Auth.StaffTries(t.Context(), username)
				lock := time.Duration(0)
				if !until.IsZero() {
					lock = until.Sub(w.Clock.Now())
				}
				if err != nil || left != wantLeft || lock != wantLock {
					t.Errorf("%s: %d tries, locked for %v, %v; want %d, %v", username, left, lock, err, wantLeft, wantLock)
				}
			}
			wrong := func(want error) {
				t.Helper()
				if _, _, err := w.Auth.SignInCollector(t.Context(), somebody, username, "x"); !errors.Is(err, want) {
					t.Errorf("%s: %v, want %v", username, err, want)
				}
			}
			tries(5, 0)
			for left := 4; left > 0; left-- {
				wrong(auth.ErrBadCredentials)
				tries(left, 0)
			}
			wrong(auth.ErrBadCredentials)
			tries(0, 30*time.Minute)
			wrong(auth.ErrLocked)
			w.Clock.Advance(10 * time.Minute)
			tries(0, 20*time.Minute)
			w.Clock.Advance(20 * time.Minute)
			tries(5, 0)
			wrong(auth.ErrBadCredentials)
			w.Clock.Advance(30 * time.Minute) // a failure that old is forgotten
			tries(5, 0)
		}
	})
}

// Whom the app is not for is told so by the right password alone, gets no tokens, and
// leaves no failed attempt behind.
func TestCollectorAppIsForCollectors(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		somebody := audit.Actor{Kind: audit.Nobody, IP: "192.0.2.7"}
		temporary, err := w.Auth.ResetStaffPassword(t.Context(), w.Actor(w.Admin), w.Manager.ID)
		if err != nil {
			t.Fatal(err)
		}
		for username, c := range map[string]struct {
			password string
			want     error
		}{
			"content": {testkit.Password, auth.ErrNotCollector},
			"analyst": {testkit.Password, auth.ErrNotCollector},
			"manager": {temporary, auth.ErrPasswordDue},
			"admin":   {testkit.Password, nil},
		} {
			st, tokens, err := w.Auth.SignInCollector(t.Context(), somebody, username, c.password)
			if !errors.Is(err, c.want) || (err == nil) != (tokens.Access != "") || (err == nil) != (st.Username == username) {
				t.Errorf("%s: %q, tokens %v, %v; want %v", username, st.Username, tokens.Access != "", err, c.want)
			}
			who, err := w.Auth.Logins(t.Context(), map[string]auth.Principal{"content": w.Content, "analyst": w.Analyst, "manager": w.Manager, "admin": w.Admin}[username].ID, "", 1)
			if err != nil || len(who.Rows) != 1 || who.Rows[0].Success != (c.want == nil) || (who.Rows[0].Reason == "") != (c.want == nil) {
				t.Errorf("%s in the history: %+v, %v", username, who.Rows, err)
			}
			if left, _, err := w.Auth.StaffTries(t.Context(), username); err != nil || left != 5 {
				t.Errorf("%s has %d tries left, %v", username, left, err)
			}
		}
	})
}
