package auth_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/testkit"
)

// atHome is a resident with a session on a remembered browser.
func atHome(t *testing.T, w *testkit.World) (*door, auth.Principal) {
	t.Helper()
	me := newDoor(t, w)
	in := me.enter(true)
	return me, in.Principal
}

func startContact(t *testing.T, w *testkit.World, p auth.Principal, c notify.Channel, typed, password string) (string, error) {
	t.Helper()
	secret, _, err := w.Auth.StartContact(t.Context(), w.Actor(p), p, c, typed, password)
	return secret, err
}

func TestNewPhone(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		me, p := atHome(t, w)
		confirmEmail(t, w, me.r, "juan@example.com")
		other := w.Resident(t, w.Barangays[0])
		w.Clock.Advance(time.Minute)
		elsewhere := *me
		elsewhere.in.Device, elsewhere.in.Flow = "", ""
		second := elsewhere.enter(true)

		_, err := startContact(t, w, p, notify.SMS, "0918 000 0001", "wrong")
		if got := field(t, err, "current_password"); got != "error.auth.password_wrong" {
			t.Errorf("a wrong password: %q", got)
		}
		_, err = startContact(t, w, p, notify.SMS, other.Phone, testkit.Password)
		if got := field(t, err, "phone"); got != "error.people.phone_taken" {
			t.Errorf("a number of somebody else: %q", got)
		}
		secret, err := startContact(t, w, p, notify.SMS, "0918 000 0001", testkit.Password)
		if err != nil {
			t.Fatal(err)
		}
		if wait, err := w.Auth.ContactWait(ctx, p, secret); err != nil || wait.To != "0918 000 0001" || wait.AgainIn != time.Minute {
			t.Errorf("%+v, %v", wait, err)
		}
		_, err = w.Auth.ContactWait(ctx, second.Principal, secret)
		if err != nil {
			t.Errorf("the same resident elsewhere: %v", err)
		}
		code := w.Code(t, "+639180000001")
		stranger := newDoor(t, w).enter(false).Principal
		wantErr(t, "somebody else's flow", w.Auth.FinishContact(ctx, w.Actor(stranger), stranger, secret, "", code), auth.ErrFlowOver)
		wantErr(t, "a wrong code", w.Auth.FinishContact(ctx, w.Actor(p), p, secret, me.in.Device, wrong(code)), auth.ErrCodeWrong)
		if err := w.Auth.FinishContact(ctx, w.Actor(p), p, secret, me.in.Device, code); err != nil {
			t.Fatal(err)
		}
		r, err := w.People.ByID(ctx, d, me.r.ID)
		if err != nil || r.Phone != "+639180000001" || r.PhoneVerifiedAt == nil || !r.PhoneVerifiedAt.Equal(w.Clock.Now()) {
			t.Errorf("on record %q, %v, %v", r.Phone, r.PhoneVerifiedAt, err)
		}
		for _, old := range []string{me.r.Phone, "juan@example.com"} {
			told := w.Told(t, old)
			if last := told[len(told)-1]; last.Kind != "auth.phone_changed" || strings.Contains(strings.Join(last.Lines, ""), "0001") {
				t.Errorf("%s is told %+v", old, last)
			}
		}
		if _, err := w.Auth.PrincipalOf(ctx, auth.ResidentSurface, second.Token); err == nil {
			t.Error("the other session goes on")
		}
		if list, err := w.Auth.Browsers(ctx, me.r.ID, me.in.Device); err != nil || len(list) != 1 || !list[0].Current {
			t.Errorf("browsers %+v, %v; want the present one alone", list, err)
		}
		if list, err := w.Auth.Sessions(ctx, auth.ResidentSurface, me.r.ID, p.SessionID); err != nil || len(list) != 1 || !list[0].Current {
			t.Errorf("sessions %+v, %v; want the present one alone", list, err)
		}
		if at, err := auth.EpochOf(ctx, d, me.r.ID); err != nil || at.IsZero() {
			t.Errorf("epoch %v, %v", at, err)
		}
		wantErr(t, "the code once more", w.Auth.FinishContact(ctx, w.Actor(p), p, secret, me.in.Device, code), auth.ErrFlowOver)
		if n := count(t, d, `SELECT count(*) FROM audit_event WHERE action = 'resident.contact' AND target_id = $1 AND actor_id = $2 AND details LIKE '%phone%' AND details NOT LIKE '%0001%'`, me.r.ID, me.r.ID); n != 1 {
			t.Errorf("%d lines in the audit trail", n)
		}
	})
}

// An address that is on record, and not confirmed yet, is confirmed the same way.
func TestConfirmEmail(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	ctx := t.Context()
	me, p := atHome(t, w)
	confirmEmail(t, w, me.r, "juan@example.com")
	write(t, w.DB, `UPDATE people_resident SET email_verified_at = NULL WHERE id = $1`, me.r.ID)
	var err error
	if p.Resident, err = w.People.ByID(ctx, w.DB, me.r.ID); err != nil {
		t.Fatal(err)
	}
	secret, err := startContact(t, w, p, notify.Mail, "Juan@example.com", testkit.Password)
	if err != nil {
		t.Fatal(err)
	}
	wantWait(t, "another code at once", w.Auth.SendContactCode(ctx, w.Actor(p), p, secret), auth.ErrCodeTooSoon, time.Minute, 60)
	w.Clock.Advance(time.Minute)
	if err := w.Auth.SendContactCode(ctx, w.Actor(p), p, secret); err != nil {
		t.Fatal(err)
	}
	if err := w.Auth.FinishContact(ctx, w.Actor(p), p, secret, "", w.Code(t, "juan@example.com")); err != nil {
		t.Fatal(err)
	}
	if r, err := w.People.ByID(ctx, w.DB, me.r.ID); err != nil || r.Email != "juan@example.com" || r.EmailVerifiedAt == nil {
		t.Errorf("%q, %v, %v", r.Email, r.EmailVerifiedAt, err)
	}
}

// Two who take one number at the same moment: one gets it, the other a word beside the field.
func TestOneNumberForTwo(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		const number = "+639180000009"
		var secrets, codes [2]string
		var principals [2]auth.Principal
		for i := range principals {
			_, principals[i] = atHome(t, w)
			var err error
			if secrets[i], err = startContact(t, w, principals[i], notify.SMS, number, testkit.Password); err != nil {
				t.Fatal(err)
			}
			codes[i] = w.Code(t, number)
			w.Clock.Advance(time.Minute)
		}
		write(t, d, `UPDATE auth_code SET voided_at = NULL`) // the second send voided the first: as if it had not
		var won, taken atomic.Int64
		var wg sync.WaitGroup
		for i := range principals {
			wg.Go(func() {
				err := w.Auth.FinishContact(t.Context(), w.Actor(principals[i]), principals[i], secrets[i], "", codes[i])
				e, refused := errs.As(err)
				switch {
				case err == nil:
					won.Add(1)
				case refused && e.Fields["phone"].Key == "error.people.phone_taken":
					taken.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || taken.Load() != 1 {
			t.Errorf("%d have it, %d are told", won.Load(), taken.Load())
		}
	})
}
