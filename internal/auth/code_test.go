package auth_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/testkit"
)

const (
	phone = "+639170000001"
	asker = "192.0.2.1"
)

// texted is a sign-in code for a phone, asked for by a session.
func texted(phone, session string) auth.CodeOf {
	return auth.CodeOf{Purpose: auth.ForSignIn, Channel: notify.SMS, Session: session,
		To: notify.Recipient{Audience: notify.Resident, ID: uuid.Max, Name: "Juan", Phone: phone}}
}

func mailed(address, session string) auth.CodeOf {
	return auth.CodeOf{Purpose: auth.ForNewEmail, Channel: notify.Mail, Session: session,
		To: notify.Recipient{Audience: notify.Resident, ID: uuid.Max, Name: "Juan", Email: address}}
}

func send(t *testing.T, w *testkit.World, c auth.CodeOf) string {
	t.Helper()
	if err := w.Auth.SendCode(t.Context(), from(asker), c); err != nil {
		t.Fatal(err)
	}
	return w.Code(t, c.To.Phone+c.To.Email)
}

// nothing is what a code opens in tests of the code alone.
func nothing(context.Context, *db.Tx) error { return nil }

func take(t *testing.T, w *testkit.World, c auth.CodeOf, code string) error {
	t.Helper()
	return w.Auth.TakeCode(t.Context(), from(asker), c, code, nothing)
}

// wrong is a code that is not the right one.
func wrong(right string) string { return right[1:] + string(rune('0'+(right[0]-'0'+1)%10)) }

func another(right string, n int) string {
	for ; ; n++ {
		if code := fmt.Sprintf("%06d", n%1_000_000); code != right {
			return code
		}
	}
}

func wantWait(t *testing.T, what string, err error, want *errs.Error, wait time.Duration, number int) {
	t.Helper()
	wantErr(t, what, err, want)
	e, ok := errs.As(err)
	if !ok || e.RetryAfter != wait || e.Text.Args["Count"] != number {
		t.Errorf("%s: wait %v, said %v; want %v, %d", what, e.RetryAfter, e.Text.Args["Count"], wait, number)
	}
}

func TestCodeOpensOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		c := texted(phone, "s")
		code := send(t, w, c)
		opened := 0
		err := w.Auth.TakeCode(t.Context(), from(asker), c, " "+code[:3]+" "+code[3:]+"\n", func(context.Context, *db.Tx) error { opened++; return nil })
		if err != nil || opened != 1 {
			t.Fatalf("opened %d times, %v", opened, err)
		}
		wantErr(t, "the same code again", take(t, w, c, code), auth.ErrCodeWrong)
	})
}

// A code is worth nothing for another purpose, another address or another session.
func TestCodeIsBound(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		c := texted(phone, "s")
		code := send(t, w, c)
		purpose, session, address, channel := c, c, c, c
		purpose.Purpose = auth.ForReset
		session.Session = "another"
		address.To.Phone = "+639170000002"
		channel.Channel, channel.To.Email = notify.Mail, phone
		for name, other := range map[string]auth.CodeOf{"purpose": purpose, "session": session, "address": address, "channel": channel} {
			wantErr(t, "another "+name, take(t, w, other, code), auth.ErrCodeWrong)
		}
		if err := take(t, w, c, code); err != nil {
			t.Errorf("the code itself: %v", err)
		}
	})
}

// Whoever knows whom to ask about must not be able to lock them out by guessing at codes
// that nobody asked for, or that another session asked for.
func TestGuessAtNoCodeIsNotCounted(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		c, stranger := texted(phone, "s"), texted(phone, "another")
		for range 10 {
			wantErr(t, "a guess before the code", take(t, w, c, "123456"), auth.ErrCodeWrong)
		}
		code := send(t, w, c)
		for range 10 {
			wantErr(t, "a stranger's guess", take(t, w, stranger, code), auth.ErrCodeWrong)
		}
		if err := take(t, w, c, code); err != nil {
			t.Errorf("the code itself: %v", err)
		}
	})
}

func TestCodeEnds(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		c := texted(phone, "s")
		code := send(t, w, c)
		w.Clock.Advance(4 * time.Minute)
		wantErr(t, "a wrong one, which prolongs nothing", take(t, w, c, wrong(code)), auth.ErrCodeWrong)
		w.Clock.Advance(time.Minute)
		wantErr(t, "after five minutes", take(t, w, c, code), auth.ErrCodeWrong)

		c = texted("+639170000002", "s")
		code = send(t, w, c)
		w.Clock.Advance(5*time.Minute - time.Microsecond)
		if err := take(t, w, c, code); err != nil {
			t.Errorf("just before: %v", err)
		}
	})
}

func TestNewCodeVoidsTheOldOne(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		c := texted(phone, "s")
		first := send(t, w, c)
		w.Clock.Advance(time.Minute)
		second := send(t, w, c)
		wantErr(t, "the old one", take(t, w, c, first), auth.ErrCodeWrong)
		if err := take(t, w, c, second); err != nil {
			t.Errorf("the new one: %v", err)
		}
	})
}

// Three tries in a quarter of an hour, whatever is sent meanwhile.
func TestTriesOutliveTheCode(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		c := texted(phone, "s")
		code := send(t, w, c)
		wantErr(t, "first", take(t, w, c, wrong(code)), auth.ErrCodeWrong)
		for _, no := range []string{"", "12345", "1234567", "12345a", "١٢٣٤٥٦"} {
			wantErr(t, "not a code, so not a try", take(t, w, c, no), auth.ErrCodeWrong)
		}
		w.Clock.Advance(2 * time.Minute)
		code = send(t, w, c)
		wantErr(t, "second", take(t, w, c, wrong(code)), auth.ErrCodeWrong)
		wantErr(t, "third", take(t, w, c, wrong(code)), auth.ErrCodeWrong)
		wantWait(t, "the right one as fourth", take(t, w, c, code), auth.ErrCodeTries, 13*time.Minute, 13)
		w.Clock.Advance(time.Minute + time.Second)
		wantWait(t, "a send", w.Auth.SendCode(t.Context(), from(asker), c), auth.ErrCodeTries, 12*time.Minute-time.Second, 12)

		other := c
		other.Purpose = auth.ForReset
		if err := w.Auth.SendCode(t.Context(), from(asker), other); err != nil {
			t.Errorf("for another purpose: %v", err)
		}
		w.Clock.Advance(12*time.Minute - time.Second)
		w.Clock.Advance(45 * time.Minute) // the hour of three sends
		code = send(t, w, c)
		wantErr(t, "afterwards, first", take(t, w, c, wrong(code)), auth.ErrCodeWrong)
		wantErr(t, "second", take(t, w, c, wrong(code)), auth.ErrCodeWrong)
		if err := take(t, w, c, code); err != nil {
			t.Errorf("the third is judged: %v", err)
		}
	})
}

// A right code forgets the wrong ones before it.
func TestSuccessForgetsTries(t *testing.T) {
	w := testkit.NewEmptyWorld(t, testkit.DB(t))
	c := texted(phone, "s")
	for range 3 {
		code := send(t, w, c)
		wantErr(t, "first", take(t, w, c, wrong(code)), auth.ErrCodeWrong)
		wantErr(t, "second", take(t, w, c, wrong(code)), auth.ErrCodeWrong)
		if err := take(t, w, c, code); err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(time.Minute)
	}
}

// What a right code opens may be refused for another reason: the code is as good as
// before, and no wrong one was tried.
func TestRefusedActKeepsTheCode(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		c := texted(phone, "s")
		code := send(t, w, c)
		taken := errs.NewField("phone", "error.people.phone_taken")
		for range 5 {
			err := w.Auth.TakeCode(t.Context(), from(asker), c, code, func(context.Context, *db.Tx) error { return taken })
			if got := field(t, err, "phone"); got != "error.people.phone_taken" {
				t.Errorf("got %v", err)
			}
		}
		if err := take(t, w, c, code); err != nil {
			t.Errorf("mended: %v", err)
		}
	})
}

func TestSendCaps(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		ctx := t.Context()
		sends := []auth.CodeOf{texted(phone, "a"), texted(phone, "b"), texted(phone, "c")} // the cap is for all purposes
		sends[1].Purpose, sends[2].Purpose = auth.ForReset, auth.ForRegistration
		for i := range 6 {
			send(t, w, sends[i%3])
			wantWait(t, "at once again", w.Auth.SendCode(ctx, from(asker), sends[(i+1)%3]), auth.ErrCodeTooSoon, time.Minute, 60)
			w.Clock.Advance(time.Minute)
			if i == 2 {
				wantWait(t, "the fourth of an hour", w.Auth.SendCode(ctx, from(asker), sends[0]), auth.ErrCodeLimit, 57*time.Minute, 57)
				if err := w.Auth.SendCode(ctx, from(asker), texted("+639170000002", "s")); err != nil {
					t.Errorf("to another number: %v", err)
				}
				w.Clock.Advance(57 * time.Minute)
			}
		}
		w.Clock.Advance(2 * time.Hour)
		wantWait(t, "the seventh of a day", w.Auth.SendCode(ctx, from(asker), sends[0]), auth.ErrCodeLimit, 24*time.Hour-183*time.Minute, 1257)
		w.Clock.Advance(24*time.Hour - 183*time.Minute)
		send(t, w, sends[0])
	})
}

// Whoever needs nothing secret to ask leaves the last send to the owner.
func TestOpenSendsLeaveOneToTheOwner(t *testing.T) {
	w := testkit.NewEmptyWorld(t, testkit.DB(t))
	open := texted(phone, "stranger")
	open.Purpose, open.Open = auth.ForReset, true
	for range 2 {
		send(t, w, open)
		w.Clock.Advance(time.Minute)
	}
	wantWait(t, "the stranger's third", w.Auth.SendCode(t.Context(), from(asker), open), auth.ErrCodeLimit, 58*time.Minute, 58)
	send(t, w, texted(phone, "owner"))
}

// What did not leave the house burns no quota.
func TestFailedSendGivesQuotaBack(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		for _, status := range []notify.Status{notify.Failed, notify.Expired, notify.Cancelled, notify.Failed} {
			send(t, w, texted(phone, "s"))
			write(t, d, `UPDATE notify_message SET status = $1`, status)
		}
		for range 3 {
			send(t, w, texted(phone, "s"))
			w.Clock.Advance(time.Minute)
		}
		// A provider that says afterwards that it failed has taken the money all the same.
		write(t, d, `UPDATE notify_message SET status = 'failed', sent_at = $1`, db.At(w.Clock.Now()))
		wantErr(t, "the fourth", w.Auth.SendCode(t.Context(), from(asker), texted(phone, "s")), auth.ErrCodeLimit)
	})
}

func write(t *testing.T, d *db.DB, query string, args ...any) {
	t.Helper()
	err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// One network may ask for thirty codes an hour: a city hall does, a pump does more.
func TestNetworkCaps(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		ctx := t.Context()
		n := 0
		ask := func(ip string) error {
			n++
			return w.Auth.SendCode(ctx, from(ip), texted(fmt.Sprintf("+63917%07d", n), "s"))
		}
		for range 30 {
			if err := ask("2001:db8::1"); err != nil {
				t.Fatal(err)
			}
		}
		wantWait(t, "the same /64", ask("2001:db8::ffff:2"), auth.ErrCodeLimit, time.Hour, 60)
		if err := ask("2001:db8:0:1::1"); err != nil {
			t.Errorf("another /64: %v", err)
		}
		for range 2 {
			w.Clock.Advance(time.Hour)
			for range 30 {
				if err := ask("2001:db8::1"); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.Clock.Advance(time.Hour)
		for range 10 {
			if err := ask("2001:db8::1"); err != nil {
				t.Fatal(err)
			}
		}
		wantWait(t, "the 101st of a day", ask("2001:db8::1"), auth.ErrCodeLimit, 21*time.Hour, 21*60)
	})
}

func TestNetworkOf(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "": "", "x": "",
	} {
		if got := auth.NetworkOf(ip); got != want {
			t.Errorf("%q: %q, want %q", ip, got, want)
		}
	}
}

// Thirty wrong codes in a row, and only the office helps; another purpose's count is its own.
func TestThirtyWrongCodes(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	r := w.Resident(t, w.Barangays[0])
	c := texted(r.Phone, "s")
	c.Subject = r.ID
	tries := 0
	for tries < 30 {
		code := send(t, w, c)
		for range 3 {
			tries++
			wantErr(t, fmt.Sprint("try ", tries), take(t, w, c, wrong(code)), auth.ErrCodeWrong)
		}
		w.Clock.Advance(5 * time.Hour)
	}
	wantErr(t, "a send", w.Auth.SendCode(t.Context(), from(asker), c), auth.ErrCodesOff)
	if n := count(t, w.DB, `SELECT count(*) FROM audit_event WHERE action = 'auth.codes_off' AND target_id = $1`, r.ID); n != 1 {
		t.Errorf("%d lines in the audit trail", n)
	}
	reset := c
	reset.Purpose = auth.ForReset
	if err := w.Auth.SendCode(t.Context(), from(asker), reset); err != nil {
		t.Errorf("for another purpose: %v", err)
	}
	w.Clock.Advance(time.Minute)
	if err := w.Auth.SetResidentPassword(t.Context(), w.Actor(w.Manager), r.ID, "limang piso sa bulsa"); err != nil {
		t.Fatal(err)
	}
	if err := take(t, w, c, send(t, w, c)); err != nil {
		t.Errorf("after the office helped: %v", err)
	}
}

// An app that sends its request twice gets one answer twice; nobody else does.
func TestSameCodeByTheSameClient(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		c := texted(phone, "s")
		code := send(t, w, c)
		made := atomic.Int64{}
		ask := func(actor audit.Actor, code string) (uuid.UUID, bool, error) {
			return w.Auth.TakeCodeOrRepeat(t.Context(), actor, c, code, func(context.Context, *db.Tx) (uuid.UUID, error) {
				made.Add(1)
				return db.NewID(), nil
			})
		}
		var wg sync.WaitGroup
		var answers [2]uuid.UUID
		for i := range answers { // at once, as the app does
			wg.Go(func() {
				var err error
				if answers[i], _, err = ask(from(asker), code); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if answers[0] != answers[1] || answers[0] == uuid.Nil || made.Load() > 2 { // an act may run twice, and be committed once
			t.Errorf("answers %v", answers)
		}
		w.Clock.Advance(time.Minute - time.Microsecond)
		if got, again, err := ask(from(asker), code); got != answers[0] || !again || err != nil {
			t.Errorf("within a minute %v %v %v", got, again, err)
		}
		_, _, err := ask(from(asker), wrong(code))
		wantErr(t, "another code", err, auth.ErrCodeWrong)
		_, _, err = ask(from("192.0.2.2"), code)
		wantErr(t, "another address", err, auth.ErrCodeWrong)
		w.Clock.Advance(time.Microsecond)
		_, _, err = ask(from(asker), code)
		wantErr(t, "after a minute", err, auth.ErrCodeWrong)
	})
}

// insist is take by somebody who asks again while the node is too busy to answer.
func insist(t *testing.T, w *testkit.World, c auth.CodeOf, code string) error {
	for {
		if err := take(t, w, c, code); !errors.Is(err, db.ErrUnavailable) {
			return err
		}
	}
}

func TestThousandRightCodesAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		c := texted(phone, "s")
		code := send(t, w, c)
		var opened atomic.Int64
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() {
				err := insist(t, w, c, code)
				switch {
				case err == nil:
					opened.Add(1)
				case !errors.Is(err, auth.ErrCodeWrong) && !errors.Is(err, auth.ErrCodeTries):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if opened.Load() != 1 {
			t.Errorf("%d opened, want 1", opened.Load())
		}
	})
}

func TestThousandWrongCodesAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		c := texted(phone, "s")
		code := send(t, w, c)
		var judged, refused atomic.Int64
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Go(func() {
				err := insist(t, w, c, another(code, i))
				switch {
				case errors.Is(err, auth.ErrCodeWrong):
					judged.Add(1)
				case errors.Is(err, auth.ErrCodeTries):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if judged.Load() != 3 || refused.Load() != 997 {
			t.Errorf("%d judged and %d refused, want 3 and 997", judged.Load(), refused.Load())
		}
		wantErr(t, "the right one afterwards", take(t, w, c, code), auth.ErrCodeTries)
	})
}

// A hundred askers at once get one message to a number, and thirty from a network.
func TestSendsAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				_ = w.Auth.SendCode(t.Context(), from(asker), texted(phone, fmt.Sprint(i)))                              // most are refused
				_ = w.Auth.SendCode(t.Context(), from("192.0.2.9"), texted(fmt.Sprintf("+63918%07d", i), fmt.Sprint(i))) // from one network
			})
		}
		wg.Wait()
		if n := len(w.Told(t, phone)); n != 1 {
			t.Errorf("%d messages to one number, want 1", n)
		}
		if n := len(w.Outbox(t)) - 1; n != 30 {
			t.Errorf("%d messages for one network, want 30", n)
		}
	})
}

// Nothing that the database holds tells the code: the outbox is sealed, the rest is hashes.
func TestCodeIsNotReadableInTheDatabase(t *testing.T) {
	w := testkit.NewEmptyWorld(t, testkit.DB(t))
	code := send(t, w, texted(phone, "s"))
	for _, column := range []string{"notify_message.body", "notify_message.shown", "notify_message.address", "auth_code.code_hash", "auth_code.address_hash"} {
		table, name, _ := strings.Cut(column, ".")
		if n := count(t, w.DB, `SELECT count(*) FROM `+table+` WHERE `+name+` LIKE '%`+code+`%' OR `+name+` LIKE '%9170000001%'`); n != 0 {
			t.Errorf("%s is readable", column)
		}
	}
}

// gsm7 are the characters of a text message that is counted in 160.
var gsm7 = regexp.MustCompile("^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,\\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà]{1,160}$")

func TestCodeMessages(t *testing.T) {
	for _, language := range []string{"en", "fil"} {
		for i, p := range []auth.Purpose{auth.ForRegistration, auth.ForSignIn, auth.ForReset, auth.ForNewPhone, auth.ForNewEmail} {
			w := testkit.NewEmptyWorld(t, testkit.DB(t))
			c := texted(fmt.Sprintf("+63917%07d", i), "s")
			c.Purpose, c.To.Language = p, language
			code := send(t, w, c)
			m := w.Told(t, c.To.Phone)[0]
			if text := m.Lines[0]; !gsm7.MatchString(text) || !strings.Contains(text, code) || strings.Contains(text, "://") || !strings.Contains(text, "E-KOLEK") {
				t.Errorf("%s %s: %d characters, %q", p, language, len(text), text)
			}
			if m.Kind != "code."+string(p) {
				t.Errorf("kind %s", m.Kind)
			}
			c = mailed("juan@example.com", "s")
			c.Purpose, c.To.Language = p, language
			code = send(t, w, c)
			m = w.Told(t, c.To.Email)[0]
			if all := m.Subject + strings.Join(m.Lines, "\n"); m.Code != code || m.Subject == "" || strings.Contains(m.Subject, code) || strings.Contains(all, "auth.code") {
				t.Errorf("%s %s: %+v", p, language, m)
			}
		}
	}
}

func TestPurgeForgetsOldCodes(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		send(t, w, texted(phone, "s"))
		w.Clock.Advance(26 * time.Hour)
		send(t, w, texted(phone, "s"))
		if err := w.Auth.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, `SELECT count(*) FROM auth_code`); n != 1 {
			t.Errorf("%d codes left, want the new one", n)
		}
	})
}
