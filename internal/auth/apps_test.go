package auth_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

func TestApps(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		w := newChain(t, d)
		stranger := w.Resident(t, w.Barangays[1])
		w.Clock.Advance(time.Hour)
		other, err := w.Auth.OpenTokens(ctx, handset, auth.ResidentSurface, w.resident.ID)
		must(t, err)
		w.Clock.Advance(time.Hour)
		w.refreshed(w.first.Refresh)
		list := func() []auth.App {
			t.Helper()
			apps, err := w.Auth.Apps(ctx, auth.ResidentSurface, w.resident.ID)
			must(t, err)
			return apps
		}
		apps := list()
		if len(apps) != 2 || !apps[0].CreatedAt.Equal(db.At(testkit.Start).Time) || !apps[0].SeenAt.Equal(db.At(w.Clock.Now()).Time) || apps[0].UserAgent != handset.UserAgent {
			t.Fatalf("%+v", apps)
		}
		if err := w.Auth.EndApp(ctx, handset, auth.ResidentSurface, stranger.ID, apps[0].ID); !errors.Is(err, auth.ErrSessionNotFound) {
			t.Errorf("somebody else ends it: %v", err)
		}
		must(t, w.Auth.EndApp(ctx, handset, auth.ResidentSurface, w.resident.ID, apps[0].ID))
		w.refused(w.first.Refresh, "after its sign-in was ended")
		if err := w.Auth.EndApp(ctx, handset, auth.ResidentSurface, w.resident.ID, apps[0].ID); !errors.Is(err, auth.ErrSessionNotFound) {
			t.Errorf("ended twice: %v", err)
		}
		if got := list(); len(got) != 1 || got[0].ID != apps[1].ID {
			t.Errorf("left: %+v", got)
		}
		n, err := w.Auth.EndSessions(ctx, handset, auth.ResidentSurface, w.resident.ID, uuid.Nil)
		if err != nil || n != 1 || len(list()) != 0 {
			t.Errorf("ended %d, %v", n, err)
		}
		if _, err := w.Auth.ResidentOfToken(ctx, other.Access); !errors.Is(err, auth.ErrTokenExpired) {
			t.Errorf("an access token after all were ended: %v", err)
		}
	})
}

func TestEndAllSignIns(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		w := newChain(t, d)
		resident, err := w.Enter(t, w.resident.Username, testkit.Password)
		must(t, err)
		staff, err := w.Auth.SignInStaff(ctx, handset, "manager", testkit.Password)
		must(t, err)
		w.Clock.Advance(2 * time.Second) // epochs count whole ones
		want, err := w.Auth.AllSignIns(ctx)
		if err != nil || want.Sessions != 2 || want.Apps != 1 {
			t.Fatalf("signed in: %+v, %v", want, err)
		}
		ended, err := w.Auth.EndAllSignIns(ctx, audit.Command("test"))
		if err != nil || ended != want {
			t.Errorf("ended %+v, want %+v: %v", ended, want, err)
		}
		for surface, token := range map[auth.Surface]string{auth.ResidentSurface: resident.Token, auth.StaffSurface: staff.Token} {
			if _, err := w.Auth.PrincipalOf(ctx, surface, token); !errors.Is(err, auth.ErrNoSession) {
				t.Errorf("a session of %s goes on: %v", surface, err)
			}
		}
		if _, err := w.Auth.ResidentOfToken(ctx, w.first.Access); !errors.Is(err, auth.ErrTokenExpired) {
			t.Errorf("an access token goes on: %v", err)
		}
		w.refused(w.first.Refresh, "after everybody was signed out")
		if left, err := w.Auth.AllSignIns(ctx); err != nil || left != (auth.SignIns{}) {
			t.Errorf("left: %+v, %v", left, err)
		}
		_, err = w.Auth.SignInStaff(ctx, handset, "manager", testkit.Password)
		must(t, err)
	})
}
