package auth_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// A page that asks by itself does not keep its session from ending for being idle, and
// LiveSessions judges sessions as PrincipalOf does, in one statement for all.
func TestLiveSessions(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		family, barred := w.Resident(t, w.Barangays[0]), w.Resident(t, w.Barangays[0])
		tokens := []struct {
			name    string
			surface auth.Surface
			token   string
		}{
			{"admin", auth.StaffSurface, staffToken(t, w, "admin")},
			{"suspended", auth.StaffSurface, staffToken(t, w, "manager")},
			{"resident", auth.ResidentSurface, residentToken(t, w, family.Username)},
			{"barred", auth.ResidentSurface, residentToken(t, w, barred.Username)},
			{"signed out", auth.StaffSurface, staffToken(t, w, "analyst")},
		}
		ids := make([]uuid.UUID, len(tokens))
		for i, s := range tokens {
			p, err := w.Auth.PrincipalOf(t.Context(), s.surface, s.token)
			if err != nil {
				t.Fatal(err)
			}
			ids[i] = p.SessionID
		}
		agree := func(ctx context.Context, want int) {
			t.Helper()
			counted, n := db.CountQueries(t.Context())
			live, err := w.Auth.LiveSessions(counted, ids)
			if err != nil || len(live) != want || n.Load() != 1 {
				t.Errorf("%d live sessions by %d statements, %v; want %d by one", len(live), n.Load(), err, want)
			}
			for i, s := range tokens {
				if _, err := w.Auth.PrincipalOf(ctx, s.surface, s.token); (err == nil) != live[ids[i]] {
					t.Errorf("%s: PrincipalOf says %v, LiveSessions says %v", s.name, err, live[ids[i]])
				}
			}
		}
		agree(t.Context(), 5)
		if _, err := w.Auth.SuspendStaff(t.Context(), w.Actor(w.Admin), w.Manager.ID, "x"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.People.Suspend(t.Context(), w.Actor(w.Admin), people.City, barred.ID, "x"); err != nil {
			t.Fatal(err)
		}
		if err := w.Auth.SignOut(t.Context(), w.Actor(w.Analyst), auth.StaffSurface, tokens[4].token); err != nil {
			t.Fatal(err)
		}
		agree(t.Context(), 2)
		quietly := auth.Quietly(t.Context())
		for range 60 { // a page that stands open for hours while nobody is there
			w.Clock.Advance(10 * time.Minute)
			if _, err := w.Auth.PrincipalOf(quietly, auth.StaffSurface, tokens[0].token); err != nil {
				break
			}
		}
		if _, err := w.Auth.PrincipalOf(quietly, auth.StaffSurface, tokens[0].token); err == nil {
			t.Error("an open page kept its session going")
		}
		agree(quietly, 1) // residents may be away for longer
	})
}
