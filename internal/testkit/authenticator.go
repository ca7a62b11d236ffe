package testkit

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"ekolek/internal/auth"
)

// Authenticator is the app on a member of staff's phone: it knows a key and the time.
type Authenticator struct {
	key []byte
	now func() time.Time
}

// NewAuthenticator types a key into the app, with whatever spaces it is shown.
func NewAuthenticator(t testing.TB, typed string, now func() time.Time) *Authenticator {
	t.Helper()
	key, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(typed, " ", ""))
	must(t, err)
	return &Authenticator{key, now}
}

// Code is what the app shows now; of a later half minute with after.
func (a *Authenticator) Code(after time.Duration) string {
	step := big.NewInt(a.now().Add(after).Unix() / 30)
	mac := hmac.New(sha1.New, a.key)
	mac.Write(step.FillBytes(make([]byte, 8)))
	sum := mac.Sum(nil)
	part := new(big.Int).SetBytes(sum[sum[19]&15:][:4])
	part.SetBit(part, 31, 0)
	return fmt.Sprintf("%06d", part.Mod(part, big.NewInt(1_000_000)))
}

// SecondFactor sets up a second factor for a member of staff who is signed in, and
// gives their app, their recovery codes and the session's new token. The clock moves on,
// so that the app's next code was not used yet.
func (w *World) SecondFactor(t testing.TB, p auth.Principal) (app *Authenticator, recovery []string, token string) {
	t.Helper()
	flow, _, err := w.Auth.BeginSecond(t.Context(), w.Actor(p), p, auth.Proof{Password: Password})
	must(t, err)
	key, err := w.Auth.NewSecond(t.Context(), p, flow)
	must(t, err)
	app = NewAuthenticator(t, key.Typed, w.Clock.Now)
	token, recovery, err = w.Auth.ConfirmSecond(t.Context(), w.Actor(p), p, flow, app.Code(0))
	must(t, err)
	w.Clock.Advance(30 * time.Second)
	return app, recovery, token
}
