package auth_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/testkit"
)

// Of two hundred tries at the same time no more than the limit come to be judged, at every
// door; another network is let in, and after a quarter of an hour so is the first.
func TestDoorsLetInNoMoreThanTheirLimit(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		for _, door := range auth.Doors() {
			most := auth.DoorLimit(door)
			if most < 5 || most > 150 {
				t.Fatalf("%s lets %d in", door, most)
			}
			var in atomic.Int32
			var all sync.WaitGroup
			for n := range 200 {
				all.Go(func() {
					_, err := w.Auth.Knock(t.Context(), door, fmt.Sprintf("2001:db8:1:2::%x", n), "") // one home's addresses
					switch e, _ := errs.As(err); {
					case err == nil:
						in.Add(1)
					case !errors.Is(err, auth.ErrLocked) || e.RetryAfter <= 0 || e.RetryAfter > 15*time.Minute:
						t.Errorf("%s: %v", door, err)
					}
				})
			}
			all.Wait()
			if int(in.Load()) != most {
				t.Errorf("%s: %d of 200 were let in, the limit is %d", door, in.Load(), most)
			}
			if _, err := w.Auth.Knock(t.Context(), door, "2001:db8:1:3::1", ""); err != nil {
				t.Errorf("%s, from next door: %v", door, err)
			}
		}
		w.Clock.Advance(15*time.Minute + time.Second)
		for _, door := range auth.Doors() {
			if _, err := w.Auth.Knock(t.Context(), door, "2001:db8:1:2::1", ""); err != nil {
				t.Errorf("%s stays closed: %v", door, err)
			}
		}
	})
}

func TestWhatSucceedsIsNotCounted(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	for n := range 2 * auth.DoorLimit(auth.SetupDoor) {
		k, err := w.Auth.Knock(t.Context(), auth.SetupDoor, "192.0.2.1", "")
		if err != nil {
			t.Fatalf("try %d: %v", n, err)
		}
		if err := k.Opened(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// Whoever guesses from the same network cannot keep a remembered browser out; a browser
// that is not remembered gets nothing from saying that it is.
func TestARememberedBrowserIsLetIn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		me := newDoor(t, w)
		in := me.enter(true)
		for range auth.DoorLimit(auth.PasswordDoor) {
			if _, err := w.Auth.Knock(t.Context(), auth.PasswordDoor, "192.0.2.1", ""); err != nil {
				t.Fatal(err)
			}
		}
		for device, want := range map[string]error{"": auth.ErrLocked, "made up": auth.ErrLocked, in.Device: nil} {
			if _, err := w.Auth.Knock(t.Context(), auth.PasswordDoor, "192.0.2.1", device); !errors.Is(err, want) {
				t.Errorf("device %.6q: %v, want %v", device, err, want)
			}
		}
		let := 1 // above
		for range 2 * auth.DoorLimit(auth.PasswordDoor) {
			if _, err := w.Auth.Knock(t.Context(), auth.PasswordDoor, "192.0.2.1", in.Device); err == nil {
				let++
			}
		}
		if let != auth.DoorLimit(auth.PasswordDoor) {
			t.Errorf("the browser itself had %d tries", let)
		}
	})
}

// One try at each of a thousand accounts, from a thousand places: no account and no
// network has reached a limit. The city has, once, and its super administrators hear it.
func TestTheCityHearsOfGuessingEverywhere(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		fail := func(n int) (alarms int) {
			for i := range n {
				ip := fmt.Sprintf("198.18.%d.%d", i/250, i%250)
				k, err := w.Auth.Knock(t.Context(), auth.CodeDoor, ip, "")
				if err != nil {
					t.Fatal(err)
				}
				alarm, err := k.Failed(t.Context(), audit.Actor{Kind: audit.Nobody, IP: ip})
				if err != nil {
					t.Fatal(err)
				}
				if alarm {
					alarms++
				}
			}
			return alarms
		}
		if n := fail(499); n != 0 {
			t.Errorf("%d alarms before there is a reason", n)
		}
		if n := fail(101); n != 1 {
			t.Errorf("%d alarms where more fail than one of two hundred residents", n)
		}
		notices := count(t, d, `SELECT count(*) FROM notify_notice WHERE audience = 'staff' AND subject_id = $1`, w.Admin.ID)
		events := count(t, d, `SELECT count(*) FROM audit_event WHERE action = 'auth.alarm'`)
		if notices != 1 || events != 1 {
			t.Errorf("%d notices, %d events", notices, events)
		}
		if n := fail(200); n != 0 {
			t.Errorf("%d more alarms within the hour", n)
		}
		w.Clock.Advance(time.Hour + time.Second)
		if n := fail(600); n != 1 {
			t.Errorf("%d alarms in the next hour", n)
		}
	})
}
