package notify_test

import (
	"strings"
	"testing"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/testkit"
)

// An address is found by its mark, which does not tell it.
func TestMarkFindsAnAddress(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		s, ctx := newService(t, w, notify.Options{Words: words}), t.Context()
		other := maria
		other.Phone, other.Email = "+639990000000", "other@example.com"
		for _, to := range []notify.Recipient{maria, other} {
			add(t, d, s, notify.Message{Kind: "a", To: to, SMS: text("x"), Mail: &notify.Letter{Subject: *text("y")}})
		}
		for _, address := range []string{maria.Phone, maria.Email} {
			mark := s.Mark(address)
			page, err := s.Outbox(ctx, notify.Filter{Mark: mark})
			if err != nil || len(page.Rows) != 1 || page.Rows[0].Address != address {
				t.Errorf("%s: %+v, %v", address, page.Rows, err)
			}
			if strings.Contains(mark, "917") || strings.Contains(mark, "maria") {
				t.Errorf("the mark %q tells the address", mark)
			}
		}
		if page, err := s.Outbox(ctx, notify.Filter{Mark: s.Mark("+639170000001")}); err != nil || len(page.Rows) != 0 {
			t.Errorf("an address that nobody wrote to: %+v, %v", page.Rows, err)
		}
	})
}

func TestUnsentAreWorkUntilTheyAreSentAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		s, ctx := newService(t, w, notify.Options{Words: words}), t.Context()
		unsent := func(want int) {
			t.Helper()
			if n, err := s.Unsent(ctx); err != nil || n != want {
				t.Errorf("%d unsent, %v; want %d", n, err, want)
			}
		}
		failed := add(t, d, s, notify.Message{Kind: "a", To: maria, SMS: text("x")}).SMS
		code := add(t, d, s, notify.Message{Kind: "code.a", To: maria, SMS: text("{Code}"), Code: "123456"}).SMS
		sent := add(t, d, s, notify.Message{Kind: "a", To: maria, SMS: text("x")}).SMS
		fate(t, d, failed, notify.Failed)
		fate(t, d, code, notify.Failed)
		fate(t, d, sent, notify.Sent)
		unsent(1)
		again, err := s.Resend(ctx, audit.Command("test"), failed)
		if err != nil {
			t.Fatal(err)
		}
		unsent(0)
		page, err := s.Outbox(ctx, notify.Filter{ResendOf: failed})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].ID != again {
			t.Errorf("sent again: %+v, %v", page.Rows, err)
		}
		fate(t, d, again, notify.Failed)
		unsent(1)
		w.Clock.Advance(8 * 24 * time.Hour)
		unsent(0)
	})
}
