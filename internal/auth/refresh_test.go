package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// chainWorld is a resident who has just signed in on a phone.
type chainWorld struct {
	*testkit.World
	t        *testing.T
	resident people.Resident
	first    auth.Tokens
}

func newChain(t *testing.T, d *db.DB) *chainWorld {
	t.Helper()
	w := &chainWorld{World: testkit.NewWorld(t, d), t: t}
	w.resident = w.Resident(t, w.Barangays[0])
	var err error
	w.first, err = w.Auth.OpenTokens(t.Context(), handset, auth.ResidentSurface, w.resident.ID)
	must(t, err)
	return w
}

func (w *chainWorld) refresh(token string) (auth.Tokens, error) {
	return w.Auth.Refresh(w.t.Context(), handset, auth.ResidentSurface, token)
}

func (w *chainWorld) refreshed(token string) auth.Tokens {
	w.t.Helper()
	tokens, err := w.refresh(token)
	must(w.t, err)
	return tokens
}

func (w *chainWorld) refused(token, why string) {
	w.t.Helper()
	if tokens, err := w.refresh(token); !errors.Is(err, auth.ErrTokenExpired) {
		w.t.Errorf("%s: %v, %+v", why, err, tokens)
	}
}

// An app that stores what it gets moves along; a lost answer comes again, to the byte.
func TestRefreshRotates(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newChain(t, d)
		w.Clock.Advance(time.Hour)
		second := w.refreshed(w.first.Refresh)
		if second.Refresh == w.first.Refresh || second.Access == w.first.Access {
			t.Error("the pair is the old one")
		}
		if again := w.refreshed(w.first.Refresh); again != second {
			t.Error("a lost answer comes as another pair")
		}
		if _, err := w.Auth.ResidentOfToken(t.Context(), second.Access); err != nil {
			t.Errorf("new access token: %v", err)
		}
		if was, is := payload(t, w.first.Refresh)["exp"], payload(t, second.Refresh)["exp"]; was != is {
			t.Errorf("refreshing prolongs the sign-in: %v, then %v", was, is)
		}
		w.Clock.Advance(time.Hour)
		third := w.refreshed(second.Refresh)
		w.Clock.Advance(time.Hour)
		w.refreshed(third.Refresh)
		w.Clock.Advance(28 * 24 * time.Hour)
		w.refreshed(w.refreshed(w.refreshed(third.Refresh).Refresh).Refresh)
		w.Clock.Advance(2 * 24 * time.Hour)
		w.refused(third.Refresh, "after thirty days")
	})
}

// An app that never stores the new token works as it did: the old one gives fresh access
// for as long as it lives.
func TestRefreshForAnAppThatStoresNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newChain(t, d)
		for range 72 {
			w.Clock.Advance(10 * time.Hour)
			if w.Clock.Now().Sub(testkit.Start) >= 30*24*time.Hour {
				break
			}
			tokens := w.refreshed(w.first.Refresh)
			if _, err := w.Auth.ResidentOfToken(t.Context(), tokens.Access); err != nil {
				t.Fatalf("after %v: %v", w.Clock.Now().Sub(testkit.Start), err)
			}
		}
	})
}

// Two who use one chain are told apart ten minutes after the newer token's first use.
func TestReuseEndsTheChain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newChain(t, d)
		other, err := w.Auth.OpenTokens(t.Context(), handset, auth.ResidentSurface, w.resident.ID)
		must(t, err)
		w.Clock.Advance(time.Hour)
		second := w.refreshed(w.first.Refresh)
		w.Clock.Advance(time.Hour)
		third := w.refreshed(second.Refresh)
		w.Clock.Advance(10 * time.Minute)
		newest := w.refreshed(w.first.Refresh) // an answer that was lost on the way
		if newest.Refresh != third.Refresh {
			t.Error("within the grace an old token does not lead to the newest pair")
		}
		w.Clock.Advance(time.Microsecond)
		w.refused(w.first.Refresh, "after the grace")
		w.refused(third.Refresh, "the chain's newest, after that")
		w.refused(second.Refresh, "the one between, after that")
		w.refreshed(other.Refresh) // another phone's sign-in goes on

		notices, err := w.Notify.Notices(t.Context(), notify.Bell{Audience: notify.Resident, ID: w.resident.ID}, notify.NoticeFilter{Limit: 10})
		must(t, err)
		if len(notices.Rows) == 0 || !strings.Contains(notices.Rows[0].Message, "two places") {
			t.Errorf("the owner is told: %+v", notices.Rows)
		}
		if n := auditCount(t, w.World, "auth.token_reuse", w.resident.ID); n != 1 {
			t.Errorf("%d audit rows", n)
		}
	})
}

func TestLogoutEndsTheChain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newChain(t, d)
		ctx := t.Context()
		end := func(owner uuid.UUID, token string) error {
			return w.Auth.EndTokens(ctx, handset, auth.ResidentSurface, owner, token)
		}
		stranger := w.Resident(t, w.Barangays[1])
		if err := end(stranger.ID, w.first.Refresh); !errors.Is(err, auth.ErrTokenForeign) {
			t.Errorf("somebody else ends it: %v", err)
		}
		if err := end(w.resident.ID, w.first.Access); !errors.Is(err, auth.ErrTokenType) {
			t.Errorf("ended by an access token: %v", err)
		}
		second := w.refreshed(w.first.Refresh)
		must(t, end(w.resident.ID, w.first.Refresh))
		w.refused(second.Refresh, "the newest, after logging out with an older one")
		if err := end(w.resident.ID, second.Refresh); !errors.Is(err, auth.ErrTokenExpired) {
			t.Errorf("ended twice: %v", err)
		}
		if _, err := w.Auth.ResidentOfToken(ctx, second.Access); err != nil {
			t.Errorf("an access token lives to its end, as in the reference: %v", err)
		}
	})
}

// Phones that signed in to the former system go on with its tokens.
func TestOldRefreshTokens(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newChain(t, d)
		now := w.Clock.Now()
		issued := now.Add(-5 * 24 * time.Hour)
		sign := func(jti string) string {
			return w.Auth.SignToken(auth.RefreshToken, w.resident.ID, issued, issued.Add(30*24*time.Hour), jti)
		}
		old, ended, known := strings.Repeat("1a", 16), strings.Repeat("2b", 16), strings.Repeat("3c", 16)
		must(t, w.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			for _, o := range []auth.OldToken{{JTI: ended, Ended: &now}, {JTI: known}, {JTI: ended}} {
				o.Surface, o.Subject, o.Issued, o.Expires = auth.ResidentSurface, w.resident.ID, issued, issued.Add(30*24*time.Hour)
				if _, err := w.Auth.ImportToken(ctx, tx, o); err != nil {
					return err
				}
			}
			return nil
		}))
		w.refused(sign(ended), "one that the former system had ended")
		for _, jti := range []string{old, known} {
			pair := w.refreshed(sign(jti))
			if again := w.refreshed(sign(jti)); again != pair {
				t.Error("a lost answer comes as another pair")
			}
			next := w.refreshed(pair.Refresh)
			if got, want := payload(t, next.Refresh)["exp"], float64(issued.Add(30*24*time.Hour).Unix()); got != want {
				t.Errorf("its chain ends at %v, want %v", got, want)
			}
		}
		must(t, w.Auth.EndTokens(t.Context(), handset, auth.ResidentSurface, w.resident.ID, sign(strings.Repeat("4d", 16))))
		w.refused(sign(strings.Repeat("4d", 16)), "one that logged out before it was ever refreshed")
	})
}

// Many at once get one pair, and a chain that ends while it grows has ended.
func TestRefreshRaces(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newChain(t, d)
		w.Clock.Advance(time.Hour)
		const n = 16
		pairs := make([]auth.Tokens, n)
		failed := make([]error, n)
		together(n, func(i int) { pairs[i], failed[i] = w.refresh(w.first.Refresh) })
		for i := range n {
			if failed[i] != nil || pairs[i] != pairs[0] {
				t.Fatalf("%d: %v, same pair %v", i, failed[i], pairs[i] == pairs[0])
			}
		}

		old := w.Auth.SignToken(auth.RefreshToken, w.resident.ID, w.Clock.Now(), w.Clock.Now().Add(time.Hour), strings.Repeat("5e", 16))
		together(n, func(i int) { pairs[i], failed[i] = w.refresh(old) })
		for i := range n {
			if failed[i] != nil || pairs[i] != pairs[0] {
				t.Fatalf("old token, %d: %v, same pair %v", i, failed[i], pairs[i] == pairs[0])
			}
		}

		for range 8 {
			tokens, err := w.Auth.OpenTokens(t.Context(), handset, auth.ResidentSurface, w.resident.ID)
			must(t, err)
			together(n, func(i int) {
				if i == 0 {
					failed[i] = w.Auth.EndTokens(t.Context(), handset, auth.ResidentSurface, w.resident.ID, tokens.Refresh)
					return
				}
				pairs[i], failed[i] = w.refresh(tokens.Refresh)
			})
			must(t, failed[0])
			for i := 1; i < n; i++ {
				if failed[i] == nil {
					w.refused(pairs[i].Refresh, "a pair made while somebody logged out")
				} else if !errors.Is(failed[i], auth.ErrTokenExpired) {
					t.Error(failed[i])
				}
			}
		}
	})
}

// together runs n at the same time.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

// A refresh token that three processes use at the same moment has one successor.
func TestRefreshInThreeProcesses(t *testing.T) {
	url := testkit.PostgresURL(t)
	d, err := db.Open(t.Context(), db.Options{URL: url, MaxConns: 2})
	must(t, err)
	defer d.Close()
	w := newChain(t, d)
	for _, token := range []string{w.first.Refresh, // ours, and one of the former system
		w.Auth.SignToken(auth.RefreshToken, w.resident.ID, testkit.Start, testkit.Start.Add(time.Hour), strings.Repeat("6f", 16))} {
		job, err := json.Marshal(flowJob{URL: url, What: "refresh", Secret: token, Clock: time.Minute})
		must(t, err)
		if sum := inProcesses(t, 3, string(job)); sum.opened != 24 {
			t.Errorf("%+v", sum)
		}
	}
	if n := count(t, d, `SELECT count(*) FROM auth_token`); n != 4 {
		t.Errorf("%d tokens of two chains of two", n)
	}
}

func TestPurgeForgetsExpiredTokens(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newChain(t, d)
		w.Clock.Advance(24 * time.Hour)
		w.refreshed(w.first.Refresh)
		fresh, err := w.Auth.OpenTokens(t.Context(), handset, auth.ResidentSurface, w.resident.ID)
		must(t, err)
		w.Clock.Advance(29 * 24 * time.Hour)
		must(t, w.Auth.Purge(t.Context()))
		var n int
		must(t, d.QueryRowContext(t.Context(), `SELECT count(*) FROM auth_token`).Scan(&n))
		if n != 1 {
			t.Errorf("%d rows are left", n)
		}
		w.refreshed(fresh.Refresh)
	})
}

func auditCount(t *testing.T, w *testkit.World, action string, target uuid.UUID) int {
	t.Helper()
	var n int
	must(t, w.DB.QueryRowContext(t.Context(), `SELECT count(*) FROM audit_event WHERE action = $1 AND target_id = $2`, action, target).Scan(&n))
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
