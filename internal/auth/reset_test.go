package auth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

const freshPassword = "limang piso sa bulsa"

// startReset asks for a new password, and lets the job do its work.
func startReset(t *testing.T, w *testkit.World, typed string, channel notify.Channel) string {
	t.Helper()
	secret, until, err := w.Auth.StartReset(t.Context(), from(asker), typed, channel)
	if err != nil || !until.Equal(w.Clock.Now().Add(30*time.Minute)) {
		t.Fatalf("until %v, %v", until, err)
	}
	w.SendResets(t)
	return secret
}

func verify(t *testing.T, w *testkit.World, secret, code string) error {
	t.Helper()
	return w.Auth.VerifyReset(t.Context(), from(asker), secret, code)
}

// confirmEmail gives a resident an address that they have answered from.
func confirmEmail(t *testing.T, w *testkit.World, r people.Resident, email string) {
	t.Helper()
	err := w.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return w.People.SetEmail(ctx, tx, w.Actor(w.Admin), r, email)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestForgottenPassword(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		me := newDoor(t, w)
		confirmEmail(t, w, me.r, "juan@example.com")
		session := me.enter(true)
		w.Clock.Advance(time.Minute)

		for _, way := range []struct {
			typed   string
			channel notify.Channel
			to      string
		}{
			{strings.ToUpper(me.r.Username), notify.SMS, me.r.Phone},
			{"0917 000 0001", notify.Mail, "juan@example.com"},
			{"JUAN@example.com", notify.Mail, "juan@example.com"},
		} {
			secret := startReset(t, w, way.typed, way.channel)
			wantErr(t, "before the code", w.Auth.ResetVerified(ctx, secret), auth.ErrFlowOver)
			wantErr(t, "a password before the code", w.Auth.FinishReset(ctx, from(asker), secret, freshPassword), auth.ErrFlowOver)
			if err := verify(t, w, secret, w.Code(t, way.to)); err != nil {
				t.Fatalf("%s by %s: %v", way.typed, way.channel, err)
			}
			if err := w.Auth.ResetVerified(ctx, secret); err != nil {
				t.Errorf("after the code: %v", err)
			}
			if got := field(t, w.Auth.FinishReset(ctx, from(asker), secret, "short"), "password"); got != "error.auth.password_short" {
				t.Errorf("a short password: %q", got)
			}
			w.Clock.Advance(time.Minute)
		}
		w.Clock.Advance(time.Hour)
		staff := staffToken(t, w, "admin")
		secret := startReset(t, w, me.r.Username, notify.SMS)
		if err := verify(t, w, secret, w.Code(t, me.r.Phone)); err != nil {
			t.Fatal(err)
		}
		if err := w.Auth.FinishReset(ctx, from(asker), secret, freshPassword); err != nil {
			t.Fatal(err)
		}
		wantErr(t, "the reset once more", w.Auth.FinishReset(ctx, from(asker), secret, "another one entirely"), auth.ErrFlowOver)

		_, err := w.Auth.PrincipalOf(ctx, auth.ResidentSurface, session.Token)
		wantErr(t, "the old session", err, auth.ErrNoSession)
		if _, err := w.Auth.PrincipalOf(ctx, auth.StaffSurface, staff); err != nil {
			t.Errorf("the staff sign-in beside it: %v", err)
		}
		if list, err := w.Auth.Browsers(ctx, me.r.ID, me.in.Device); err != nil || len(list) != 0 {
			t.Errorf("browsers %v, %v", list, err)
		}
		if at, err := auth.EpochOf(ctx, d, me.r.ID); err != nil || !at.Equal(w.Clock.Now()) {
			t.Errorf("epoch %v, %v", at, err)
		}
		for _, address := range []string{me.r.Phone, "juan@example.com"} {
			told := w.Told(t, address)
			if last := told[len(told)-1]; last.Kind != "auth.password_changed" || !strings.Contains(strings.Join(last.Lines, " "), "changed") {
				t.Errorf("%s is told %+v", address, last)
			}
		}
		wantErr(t, "the old password", tryResident(t, w, asker, me.r.Username, testkit.Password), auth.ErrBadCredentials)
		if err := tryResident(t, w, asker, me.r.Username, freshPassword); err != nil {
			t.Errorf("the new password: %v", err)
		}
		if n := count(t, d, `SELECT count(*) FROM audit_event WHERE action = 'resident.password' AND actor_id = $1 AND target_id = $2`, me.r.ID, me.r.ID); n != 1 {
			t.Errorf("%d lines in the audit trail", n)
		}
	})
}

// Who is unknown, suspended, rejected, or cannot be reached on that way, gets nothing; and
// the page answers as it does anybody.
func TestForgottenPasswordTellsNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		known, suspended, rejected, unreached := w.Resident(t, w.Barangays[0]), w.Resident(t, w.Barangays[0]), w.Applicant(t, w.Barangays[0]), w.Resident(t, w.Barangays[0])
		if _, err := w.People.Suspend(ctx, w.Actor(w.Admin), people.City, suspended.ID, "x"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.People.Reject(ctx, w.Actor(w.Admin), people.City, rejected.ID, "Lives elsewhere"); err != nil {
			t.Fatal(err)
		}
		codes := func() int {
			return count(t, d, `SELECT count(*) FROM auth_code`)
		}
		for name, typed := range map[string]struct {
			who     string
			channel notify.Channel
		}{
			"nobody": {"nobody", notify.SMS}, "suspended": {suspended.Username, notify.SMS}, "rejected": {rejected.Username, notify.SMS},
			"without an address": {unreached.Username, notify.Mail}, "broken": {"a\x00\xff", notify.SMS}, "empty": {"", notify.SMS},
		} {
			before := codes()
			secret := startReset(t, w, typed.who, typed.channel)
			if n := codes(); n != before {
				t.Errorf("%s: %d codes were sent", name, n-before)
			}
			w.Clock.Advance(time.Second)
			if said, want := answers(t, w, secret, "123456"), strings.Repeat("CODE_WRONG ", 3)+"CODE_TRIES CODE_TRIES "; said != want {
				t.Errorf("%s is answered %s, want %s", name, said, want)
			}
		}
		// A known one, with the same wrong codes: the same words.
		secret := startReset(t, w, known.Username, notify.SMS)
		if said, want := answers(t, w, secret, wrong(w.Code(t, known.Phone))), strings.Repeat("CODE_WRONG ", 3)+"CODE_TRIES CODE_TRIES "; said != want {
			t.Errorf("a known one is answered %s, want %s", said, want)
		}
		// And whose codes of the hour are used up: three new flows, the last without a code.
		for i := range 3 {
			w.Clock.Advance(16 * time.Minute)
			secret := startReset(t, w, known.Username, notify.SMS)
			if said, want := answers(t, w, secret, "000000"), strings.Repeat("CODE_WRONG ", 3)+"CODE_TRIES CODE_TRIES "; said != want {
				t.Errorf("flow %d is answered %s, want %s", i, said, want)
			}
		}
	})
}

// answers are what five guesses at a reset are told.
func answers(t *testing.T, w *testkit.World, secret, code string) string {
	t.Helper()
	var said strings.Builder
	for range 5 {
		e, ok := errs.As(verify(t, w, secret, code))
		if !ok {
			t.Fatal("a guess is right")
		}
		said.WriteString(e.Code + " ")
	}
	return said.String()
}

func TestAnotherResetCode(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		r := w.Resident(t, w.Barangays[0])
		confirmEmail(t, w, r, "juan@example.com")
		for _, typed := range []string{r.Username, "nobody"} {
			secret := startReset(t, w, typed, notify.SMS)
			w.Clock.Advance(20 * time.Second)
			wantWait(t, typed, w.Auth.SendResetCode(ctx, secret, ""), auth.ErrCodeTooSoon, 40*time.Second, 40)
			w.Clock.Advance(40 * time.Second)
			if err := w.Auth.SendResetCode(ctx, secret, notify.Mail); err != nil {
				t.Fatal(err)
			}
			w.SendResets(t)
			if wait, err := w.Auth.ResetWait(ctx, secret); err != nil || wait.Channel != notify.Mail || wait.To != "" || wait.AgainIn != time.Minute || wait.Other != notify.SMS {
				t.Errorf("%s waits %+v, %v", typed, wait, err)
			}
		}
		startReset(t, w, r.Username, notify.Mail)
		secret := startReset(t, w, r.Username, notify.Mail) // too soon after the last, which nobody is told
		if n := len(w.Told(t, "juan@example.com")); n != 2 {
			t.Errorf("%d mails, want 2", n)
		}
		w.Clock.Advance(30 * time.Minute)
		_, err := w.Auth.ResetWait(ctx, secret)
		wantErr(t, "after half an hour", err, auth.ErrFlowOver)
	})
}

// Of many who finish one reset at once, one wins.
func TestResetIsFinishedOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		secret := startReset(t, w, r.Username, notify.SMS)
		if err := verify(t, w, secret, w.Code(t, r.Phone)); err != nil {
			t.Fatal(err)
		}
		var won atomic.Int64
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				err := w.Auth.FinishReset(t.Context(), from(asker), secret, fmt.Sprint("isang password na mahaba ", i))
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, auth.ErrFlowOver):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d won", won.Load())
		}
	})
}

// A network asks for thirty resets an hour, whoever they are for.
func TestResetsOfANetwork(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	for i := range 30 {
		if _, _, err := w.Auth.StartReset(t.Context(), from(asker), fmt.Sprint("guess", i), notify.SMS); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := w.Auth.StartReset(t.Context(), from(asker), "guess", notify.SMS)
	wantWait(t, "the 31st", err, auth.ErrCodeLimit, time.Hour, 60)
	if _, _, err := w.Auth.StartReset(t.Context(), from("192.0.2.2"), "guess", notify.SMS); err != nil {
		t.Errorf("another network: %v", err)
	}
}
