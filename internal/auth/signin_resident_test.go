package auth_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// door is a resident in front of a browser.
type door struct {
	t  *testing.T
	w  *testkit.World
	r  people.Resident
	in auth.SignIn
}

func newDoor(t *testing.T, w *testkit.World) *door {
	t.Helper()
	r := w.Resident(t, w.Barangays[0])
	return &door{t: t, w: w, r: r, in: auth.SignIn{Username: r.Username, Password: testkit.Password}}
}

// knock gives the password, and keeps what the browser is told to keep.
func (d *door) knock() (auth.SignedIn, error) {
	d.t.Helper()
	out, err := d.w.Auth.SignInResident(d.t.Context(), from(asker), d.in)
	if out.Flow != "" {
		d.in.Flow = out.Flow
	}
	return out, err
}

func (d *door) knocked() auth.SignedIn {
	d.t.Helper()
	out, err := d.knock()
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

func (d *door) finish(code string, remember bool) (auth.SignedIn, error) {
	d.t.Helper()
	out, err := d.w.Auth.FinishSignIn(d.t.Context(), from(asker), d.in, code, remember)
	if out.Device != "" {
		d.in.Device = out.Device
	}
	return out, err
}

// enter signs in with a code.
func (d *door) enter(remember bool) auth.SignedIn {
	d.t.Helper()
	d.knocked()
	out, err := d.finish(d.w.Code(d.t, d.r.Phone), remember)
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

// history reads what became of somebody's attempts, the newest first.
func history(t *testing.T, w *testkit.World, r people.Resident) []string {
	t.Helper()
	page, err := w.Auth.Logins(t.Context(), r.ID, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, l := range page.Rows {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %v %s", l.Way, l.Success, l.Reason)))
	}
	return out
}

func wantHistory(t *testing.T, w *testkit.World, r people.Resident, want ...string) {
	t.Helper()
	if got := history(t, w, r); !slices.Equal(got, want) {
		t.Errorf("the history says %q, want %q", got, want)
	}
}

func TestPasswordAloneOpensNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		me := newDoor(t, w)
		out := me.knocked()
		if out.Token != "" || out.Flow == "" || count(t, d, `SELECT count(*) FROM auth_session`) != 0 {
			t.Fatalf("the password alone gives %+v", out)
		}
		wantHistory(t, w, me.r, "code false code_pending")
		wait, err := w.Auth.SignInWait(t.Context(), me.in.Flow)
		if err != nil || wait.Channel != notify.SMS || wait.To != "••• 001" || wait.AgainIn != time.Minute || wait.Other != "" {
			t.Errorf("waiting: %+v, %v", wait, err)
		}
		code := w.Code(t, me.r.Phone)
		_, err = me.finish(wrong(code), false)
		wantErr(t, "a wrong code", err, auth.ErrCodeWrong)
		wantHistory(t, w, me.r, "code false code_wrong")
		in, err := me.finish(code, false)
		if err != nil || in.Principal.ID != me.r.ID || in.Device != "" {
			t.Fatalf("with the code %+v, %v", in, err)
		}
		wantHistory(t, w, me.r, "code true")
		_, err = me.finish(code, false)
		wantErr(t, "once more", err, auth.ErrFlowOver)
		if r, err := w.People.ByID(t.Context(), d, me.r.ID); err != nil || r.PhoneVerifiedAt == nil || r.LastLoginAt == nil {
			t.Errorf("phone verified %v, last login %v, %v", r.PhoneVerifiedAt, r.LastLoginAt, err)
		}
	})
}

// A browser that knocks twice goes on waiting; another one is told to wait.
func TestKnockingTwiceSendsOneCode(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	me := newDoor(t, w)
	first := me.knocked()
	if again := me.knocked(); again.Flow != first.Flow || !again.Until.Equal(first.Until) {
		t.Errorf("%+v, then %+v", first, again)
	}
	elsewhere := *me
	elsewhere.in.Flow = ""
	_, err := elsewhere.knock()
	wantWait(t, "another browser", err, auth.ErrCodeTooSoon, time.Minute, 60)
	if n := len(w.Told(t, me.r.Phone)); n != 2 { // welcome, and one code
		t.Errorf("%d messages, want the welcome and one code", n)
	}
	wantHistory(t, w, me.r, "code false other", "code false code_pending")
	if _, err := me.finish(w.Code(t, me.r.Phone), false); err != nil {
		t.Errorf("the one that waits: %v", err)
	}
}

func TestAnotherSignInCode(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		me := newDoor(t, w)
		me.knocked()
		again := func(channel notify.Channel) error {
			return w.Auth.SendSignInCode(t.Context(), from(asker), me.in.Flow, channel)
		}
		wantWait(t, "at once", again(""), auth.ErrCodeTooSoon, time.Minute, 60)
		old := w.Code(t, me.r.Phone)
		w.Clock.Advance(time.Minute)
		if err := again(notify.Mail); err != nil { // there is no address, so the way stays
			t.Fatal(err)
		}
		_, err := me.finish(old, false)
		wantErr(t, "the old code", err, auth.ErrCodeWrong)
		write(t, d, `UPDATE people_resident SET email = $1, email_hash = 'x', email_verified_at = $2 WHERE id = $3`, w.Vault.Seal("people_resident.email", "juan@example.com"), db.At(w.Clock.Now()), me.r.ID)
		w.Clock.Advance(time.Minute)
		if wait, err := w.Auth.SignInWait(t.Context(), me.in.Flow); err != nil || wait.Other != notify.Mail || wait.AgainIn != 0 {
			t.Errorf("waiting: %+v, %v", wait, err)
		}
		if err := again(notify.Mail); err != nil {
			t.Fatal(err)
		}
		if wait, err := w.Auth.SignInWait(t.Context(), me.in.Flow); err != nil || wait.Channel != notify.Mail || wait.To != "ju•••@example.com" || wait.Other != notify.SMS {
			t.Errorf("waiting: %+v, %v", wait, err)
		}
		if _, err := me.finish(w.Code(t, "juan@example.com"), false); err != nil {
			t.Errorf("the code in the mail: %v", err)
		}
	})
}

// Old accounts have numbers that are none: a confirmed address helps, else the office.
func TestNoWayForACode(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	me := newDoor(t, w)
	write(t, w.DB, `UPDATE people_resident SET phone = $1, phone_hash = 'x' WHERE id = $2`, w.Vault.Seal("people_resident.phone", "12345"), me.r.ID)
	_, err := me.knock()
	wantErr(t, "no number", err, auth.ErrNoWay)
	wantHistory(t, w, me.r, "code false other")
	me.in.Password = "wrong"
	_, err = me.knock()
	wantErr(t, "and a wrong password, which is told nothing", err, auth.ErrBadCredentials)
	me.in.Password = testkit.Password
	write(t, w.DB, `UPDATE people_resident SET email = $1, email_hash = 'x', email_verified_at = $2 WHERE id = $3`, w.Vault.Seal("people_resident.email", "juan@example.com"), db.At(w.Clock.Now()), me.r.ID)
	me.knocked()
	if _, err := me.finish(w.Code(t, "juan@example.com"), false); err != nil {
		t.Errorf("by mail: %v", err)
	}
}

func TestWaitingSignInEnds(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		late, suspended, renewed := newDoor(t, w), newDoor(t, w), newDoor(t, w)
		for _, x := range []*door{suspended, renewed} {
			x.knocked()
		}
		if _, err := w.People.Suspend(ctx, w.Actor(w.Admin), people.City, suspended.r.ID, "x"); err != nil {
			t.Fatal(err)
		}
		_, err := suspended.finish(w.Code(t, suspended.r.Phone), false)
		wantErr(t, "suspended meanwhile", err, auth.ErrSuspended)
		code := w.Code(t, renewed.r.Phone)
		if err := w.Auth.SetResidentPassword(ctx, w.Actor(w.Admin), renewed.r.ID, "limang piso sa bulsa"); err != nil {
			t.Fatal(err)
		}
		_, err = renewed.finish(code, false)
		wantErr(t, "with the old password", err, auth.ErrFlowOver)
		late.knocked()
		w.Clock.Advance(15 * time.Minute)
		_, err = late.finish(w.Code(t, late.r.Phone), false)
		wantErr(t, "too late", err, auth.ErrFlowOver)
		if n := count(t, d, `SELECT count(*) FROM auth_session`); n != 0 {
			t.Errorf("%d sessions", n)
		}
	})
}

// A sign-in replaces the session that the browser came with, so that a planted one is
// worth nothing.
func TestSignInReplacesTheSession(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	me, other := newDoor(t, w), newDoor(t, w)
	planted := other.enter(false)
	me.in.Session = planted.Token
	mine := me.enter(false)
	_, err := w.Auth.PrincipalOf(t.Context(), auth.ResidentSurface, planted.Token)
	wantErr(t, "the session that was there", err, auth.ErrNoSession)
	if p, err := w.Auth.PrincipalOf(t.Context(), auth.ResidentSurface, mine.Token); err != nil || p.ID != me.r.ID {
		t.Errorf("the new one: %v, %v", p.ID, err)
	}
}

func TestRememberedBrowser(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		me := newDoor(t, w)
		in := me.enter(true)
		if in.Device == "" || !in.DeviceUntil.Equal(w.Clock.Now().Add(30*24*time.Hour)) {
			t.Fatalf("remembered %q until %v", in.Device, in.DeviceUntil)
		}
		if n := count(t, d, `SELECT count(*) FROM auth_device WHERE secret_hash = $1`, in.Device); n != 0 {
			t.Error("the secret is stored as it is")
		}
		w.Clock.Advance(30*24*time.Hour - time.Second)
		if out := me.knocked(); out.Token == "" || out.Principal.ID != me.r.ID {
			t.Fatalf("the browser is not remembered: %+v", out)
		}
		wantHistory(t, w, me.r, "device true", "code true")
		w.Clock.Advance(time.Second)
		if out := me.knocked(); out.Token != "" {
			t.Error("thirty days are over")
		}
	})
}

// Of a phone that two share each has their own; the secret is a new one each time.
func TestSharedBrowser(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		juan, ana := newDoor(t, w), newDoor(t, w)
		planted := juan.enter(true).Device
		ana.in.Device = planted
		if out := ana.knocked(); out.Token != "" {
			t.Fatal("juan's browser lets ana in without a code")
		}
		if _, err := ana.finish(w.Code(t, ana.r.Phone), true); err != nil {
			t.Fatal(err)
		}
		if ana.in.Device == planted {
			t.Error("the secret is as it was")
		}
		juan.in.Device = planted
		w.Clock.Advance(time.Minute)
		if out := juan.knocked(); out.Token != "" {
			t.Error("a copy of the old secret lets somebody in")
		}
		for _, who := range []*door{juan, ana} {
			who.in.Device = ana.in.Device
			if out := who.knocked(); out.Token == "" {
				t.Errorf("%s is asked for a code on the shared phone", who.r.Username)
			}
		}
	})
}

func TestForgettingABrowser(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	ctx := t.Context()
	me, other := newDoor(t, w), newDoor(t, w)
	me.enter(true)
	list, err := w.Auth.Browsers(ctx, me.r.ID, me.in.Device)
	if err != nil || len(list) != 1 || !list[0].Current || list[0].UserAgent != "a browser" {
		t.Fatalf("%+v, %v", list, err)
	}
	actor := w.Actor(auth.Principal{Surface: auth.ResidentSurface, ID: me.r.ID, Name: me.r.FullName})
	wantErr(t, "somebody else's", w.Auth.ForgetBrowser(ctx, actor, other.r.ID, list[0].ID), auth.ErrNoBrowser)
	if err := w.Auth.ForgetBrowser(ctx, actor, me.r.ID, list[0].ID); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(time.Minute)
	if out := me.knocked(); out.Token != "" {
		t.Error("a forgotten browser lets in without a code")
	}
}

// Whoever guesses elsewhere cannot lock the owner out of a remembered browser. It counts
// its own failures, and its owner coming in gives the guesser nothing.
func TestRememberedBrowserIsBeyondTheLock(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		me := newDoor(t, w)
		me.enter(true)
		for range 5 {
			wantErr(t, "the guesser", tryResident(t, w, asker, me.r.Username, "wrong"), auth.ErrBadCredentials)
		}
		for i := range 5 { // and locks the address, too
			_ = tryResident(t, w, asker, fmt.Sprint("guess", i), "wrong") // the last ones find it locked already
		}
		if out := me.knocked(); out.Token == "" {
			t.Fatal("the owner is locked out")
		}
		wantErr(t, "the guesser afterwards", tryResident(t, w, "192.0.2.77", me.r.Username, testkit.Password), auth.ErrLocked)

		me.in.Password = "wrong"
		for i := range 5 {
			_, err := me.knock()
			wantErr(t, fmt.Sprint("on the browser itself ", i+1), err, auth.ErrBadCredentials)
		}
		me.in.Password = testkit.Password
		_, err := me.knock()
		wantErr(t, "the sixth", err, auth.ErrLocked)
		w.Clock.Advance(30 * time.Minute)
		if out := me.knocked(); out.Token == "" {
			t.Error("the browser stays locked")
		}
	})
}

// The owner of a locked account is told, and their phone rings once a day.
func TestOwnerIsToldOfALock(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		me := newDoor(t, w)
		lock := func() {
			t.Helper()
			for range 5 {
				wantErr(t, "guess", tryResident(t, w, asker, me.r.Username, "wrong"), auth.ErrBadCredentials)
			}
			if err := w.Auth.TellLocked(t.Context(), me.r.ID); err != nil {
				t.Fatal(err)
			}
			w.Clock.Advance(31 * time.Minute)
		}
		told := func() (texts, notices int) {
			texts = count(t, d, `SELECT count(*) FROM notify_message WHERE kind = 'auth.locked' AND channel = 'sms'`)
			return texts, count(t, d, `SELECT count(*) FROM notify_notice WHERE subject_id = $1 AND link = '/me/security/'`, me.r.ID)
		}
		lock()
		if n := count(t, d, `SELECT count(*) FROM river_job WHERE kind = 'auth.tell_locked'`); n != 1 {
			t.Errorf("%d jobs, want 1", n)
		}
		lock()
		if texts, notices := told(); texts != 1 || notices != 2 {
			t.Errorf("%d text messages and %d notices, want 1 and 2", texts, notices)
		}
		w.Clock.Advance(24 * time.Hour)
		lock()
		if texts, notices := told(); texts != 2 || notices != 3 {
			t.Errorf("a day later %d text messages and %d notices, want 2 and 3", texts, notices)
		}
		// A name that nobody has is the same work, and tells nobody.
		for range 5 {
			wantErr(t, "nobody", tryResident(t, w, "192.0.2.99", "nobody", "wrong"), auth.ErrBadCredentials)
		}
		if n := count(t, d, `SELECT count(*) FROM river_job WHERE kind = 'auth.tell_locked'`); n != 4 {
			t.Errorf("%d jobs, want 4", n)
		}
	})
}

// Every attempt on every path stands in the history once, the typed name only as a hash.
func TestHistoryHasEveryAttemptOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		me, pending := newDoor(t, w), w.Applicant(t, w.Barangays[0])
		rows := func(where string, args ...any) int {
			return count(t, d, `SELECT count(*) FROM auth_login WHERE `+where, args...)
		}
		me.enter(false)
		wantErr(t, "pending", tryResident(t, w, asker, pending.Username, testkit.Password), auth.ErrPending)
		wantErr(t, "nobody", tryResident(t, w, asker, "sikreto ko ito", "wrong"), auth.ErrBadCredentials)
		for range 6 {
			_ = tryResident(t, w, asker, me.r.Username, "wrong") // five refused, one locked
		}
		staffToken(t, w, "admin")
		_, err := w.Auth.SignInStaff(t.Context(), from(asker), "admin", "wrong")
		wantErr(t, "staff", err, auth.ErrBadCredentials)
		for where, want := range map[string]int{
			`TRUE`: 11,
			`success AND way = 'code' AND reason = ''`:                         1,
			`reason = 'pending' AND NOT success`:                               1,
			`subject_id IS NULL AND reason = 'bad_credentials'`:                1,
			`surface = 'resident' AND reason = 'bad_credentials'`:              6,
			`reason = 'locked'`:                                                1,
			`surface = 'staff' AND success AND way = 'password'`:               1,
			`surface = 'staff' AND reason = 'bad_credentials' AND NOT success`: 1,
			`day = '2026-11-24' AND ip = '192.0.2.1'`:                          11,
			`name_hash LIKE '%sikreto%'`:                                       0,
		} {
			if got := rows(where); got != want {
				t.Errorf("%d attempts with %s, want %d", got, where, want)
			}
		}
		if same := count(t, d, `SELECT count(DISTINCT name_hash) FROM auth_login WHERE subject_id = $1`, me.r.ID); same != 1 {
			t.Errorf("%d hashes of one name", same)
		}
		w.Clock.Advance(366 * 24 * time.Hour)
		if err := w.Auth.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := rows(`TRUE`); n != 0 {
			t.Errorf("%d attempts left after a year", n)
		}
	})
}

// A password that waits too long to be hashed is told to come back, and not counted.
func TestBusy(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	me := newDoor(t, w)
	release := w.Auth.HoldHasher()
	started := time.Now()
	for range 2 {
		_, err := me.knock()
		wantErr(t, "while all are busy", err, auth.ErrBusy)
	}
	if took := time.Since(started); took < 4*time.Second || took > 8*time.Second {
		t.Errorf("two waited %v, want two seconds each", took)
	}
	release()
	if n := count(t, w.DB, `SELECT COALESCE(sum(n), 0) FROM auth_limit`); n != 0 {
		t.Errorf("%d failures are counted of a password that nobody looked at", n)
	}
	me.knocked()
}

// A card fills in its holder's username, and does no more.
func TestUsernameOfACard(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	ctx := t.Context()
	r, suspended := w.Resident(t, w.Barangays[0]), w.Resident(t, w.Barangays[0])
	card, err := w.People.CardOf(ctx, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.People.Suspend(ctx, w.Actor(w.Admin), people.City, suspended.ID, "x"); err != nil {
		t.Fatal(err)
	}
	before := len(w.Outbox(t))
	for name, text := range map[string]string{"card": card.QR, "typed code": card.Typed(), "family code": strings.ToLower(r.FamilyCode), "old card": r.ID.String()} {
		if got, err := w.Auth.UsernameOf(ctx, from(asker), text); err != nil || got != r.Username {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, text := range map[string]string{"a username": r.Username, "nobody": "NOBODYSCODE1", "empty": "", "of a suspended one": suspended.FamilyCode, "a forged card": "EK1.AAAA"} {
		got, err := w.Auth.UsernameOf(ctx, from("192.0.2.2"), text)
		if got != "" || !errors.Is(err, people.ErrUnknownCode) || err.Error() != people.ErrUnknownCode.Error() {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if n := len(w.Outbox(t)); n != before {
		t.Errorf("%d messages were sent", n-before)
	}
	for range 16 {
		if _, err := w.Auth.UsernameOf(ctx, from(asker), r.FamilyCode); err != nil {
			t.Fatal(err)
		}
	}
	_, err = w.Auth.UsernameOf(ctx, from(asker), r.FamilyCode)
	wantWait(t, "the 21st", err, auth.ErrCodeLimit, 15*time.Minute, 15)
}

func TestMasks(t *testing.T) {
	for in, want := range map[string]string{"+639171234567": "••• 567", "12": "12", "": ""} {
		if got := auth.MaskPhone(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"a@x.ph": "a•••@x.ph", "ana@x.ph": "an•••@x.ph", "ana.reyes@x.ph": "ana•••@x.ph", "ñoño.cruz@x.ph": "ñoñ•••@x.ph", "": "", "@": ""} {
		if got := auth.MaskEmail(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Imported attempts stay as they are, and are listed with our own.
func TestImportLogin(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	r := w.Resident(t, w.Barangays[0])
	old := auth.Login{ID: db.NewID(), Surface: auth.ResidentSurface, Subject: r.ID, Typed: r.Username, Success: true, Way: auth.WayPassword, At: w.Clock.Now().Add(-time.Hour)}
	for range 2 {
		err := w.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error { return w.Auth.ImportLogin(ctx, tx, old) })
		if err != nil {
			t.Fatal(err)
		}
	}
	w.SignIn(t, r.Username)
	wantHistory(t, w, r, "code true", "password true")
}
