package mobile_test

import (
	"fmt"
	"testing"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// The recordings of the reference that are played, and those that wait for their rooms.
var (
	played = []string{"mobilelogin_auth", "mobilelogin_user", "biometric", "accounts_web", "ekoscan_auth", "ekoscan_ops", "mobilelogin_schedule", "notifications"}
	notYet = []string{"game", "learning"}
)

// TestContract plays what was recorded of the reference system against this one, in its
// order: status, keys, types and values are the same, or a change of docs/mobile-api.md
// says why not. An override that is not needed any more is an error too. Every answer is
// one that /api/openapi.json describes.
func TestContract(t *testing.T) {
	exchanges, waiting := recordings(t, played), recordings(t, notYet)
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		r := newReplay(t, d)
		overrides := map[int]override{}
		for _, part := range []map[int]override{residentOverrides, collectorOverrides} {
			for seq, o := range part {
				overrides[seq] = o
			}
		}
		passed, overridden, failed := 0, 0, 0
		for _, e := range exchanges {
			problems := r.play(e)
			for _, p := range r.undescribed(e) {
				t.Errorf("%s %d %q is not as /api/openapi.json says: %s", e.file, e.Seq, e.Name, p)
			}
			o, changed := overrides[e.Seq]
			delete(overrides, e.Seq)
			switch {
			case !changed && len(problems) == 0:
				passed++
				continue
			case changed && len(problems) == 0:
				problems = []string{fmt.Sprintf("its override (change %d) is not needed", o.change)}
			case changed:
				problems = o.check(e, r.last)
				if len(problems) == 0 {
					overridden++
					continue
				}
			}
			failed++
			t.Errorf("%s %d %q: %s %s", e.file, e.Seq, e.Name, e.Method, e.Path)
			for _, p := range problems {
				t.Errorf("      %s", p)
			}
			t.Logf("      we answer %d %.1500s", r.last.Code, r.last.Body)
		}
		for seq := range overrides {
			t.Errorf("override of %d, which is not played", seq)
		}
		t.Logf("%d passed, %d overridden, %d failed; %d not yet", passed, overridden, failed, len(waiting))
	})
}

// A phone that signed in to the recorded system goes on here with the token that it got
// there, letter for letter.
func TestContractOldToken(t *testing.T) {
	var token string
	for _, e := range recordings(t, []string{"mobilelogin_auth"}) {
		if answer, ok := parse(e.Raw).(map[string]any); ok && token == "" {
			token, _ = answer["refresh_token"].(string)
		}
	}
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		r := newReplay(t, d)
		r.Clock.Advance(time.Hour)
		pair, err := r.Auth.Refresh(t.Context(), audit.Actor{}, auth.ResidentSurface, token)
		must(t, err)
		who, err := r.Auth.ResidentOfToken(t.Context(), pair.Access)
		must(t, err)
		if who.Username != "juan" || pair.Refresh == token {
			t.Errorf("%s, the same token: %v", who.Username, pair.Refresh == token)
		}
		r.Clock.Advance(time.Hour)
		_, err = r.Auth.Refresh(t.Context(), audit.Actor{}, auth.ResidentSurface, token) // a phone that did not store the new one
		must(t, err)
	})
}
