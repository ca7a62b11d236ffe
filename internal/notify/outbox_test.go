package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/testkit"
)

// words says texts that no catalogue holds: the key, with the values in braces.
func words(language string, t errs.Text) string {
	s := t.Key
	for name, v := range t.Args {
		s = strings.ReplaceAll(s, "{"+name+"}", fmt.Sprint(v))
	}
	return language + ": " + s
}

func text(s string, args ...any) *errs.Text { t := errs.T(s, args...); return &t }

var maria = notify.Recipient{
	Audience: notify.Resident, ID: uuid.MustParse("019ab000-0000-7000-8000-00000000000a"), Name: "Maria Santos",
	Phone: "+639171234567", Email: "maria@example.com", Language: "fil",
}

// add writes a message in a transaction of its own.
func add(t testing.TB, d *db.DB, s *notify.Service, m notify.Message) notify.Added {
	t.Helper()
	var out notify.Added
	err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = s.Add(ctx, tx, m)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// fate sets what became of a message, as the worker does.
func fate(t testing.TB, d *db.DB, id uuid.UUID, status notify.Status) {
	t.Helper()
	err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		n, err := db.Exec(ctx, tx, "UPDATE notify_message SET status = $1, body = '' WHERE id = $2", status, id)
		if err == nil && n != 1 {
			err = errors.New("no such message")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOutboxListsAndFilters(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		s, ctx := w.Notify, t.Context()
		juan := notify.Recipient{Audience: notify.Staff, ID: db.NewID(), Name: "Juan", Phone: "+639181112222", Email: "juan@example.com"}
		first := add(t, d, s, notify.Message{Kind: "a.one", To: maria, SMS: text("hello"), Mail: &notify.Letter{Subject: errs.T("subject")}})
		w.Clock.Advance(24 * time.Hour)
		second := add(t, d, s, notify.Message{Kind: "b.two", To: juan, SMS: text("hello"), Code: "123456"})
		fate(t, d, second.SMS, notify.Failed)
		for name, c := range map[string]struct {
			filter notify.Filter
			want   []uuid.UUID
		}{
			"everything, newest first": {notify.Filter{}, []uuid.UUID{second.SMS, first.Mail, first.SMS}},
			"a status":                 {notify.Filter{Status: notify.Failed}, []uuid.UUID{second.SMS}},
			"a channel":                {notify.Filter{Channel: notify.Mail}, []uuid.UUID{first.Mail}},
			"a kind":                   {notify.Filter{Kind: "a.one"}, []uuid.UUID{first.Mail, first.SMS}},
			"a phone number":           {notify.Filter{Address: "+639171234567"}, []uuid.UUID{first.SMS}},
			"an e-mail address":        {notify.Filter{Address: "maria@example.com"}, []uuid.UUID{first.Mail}},
			"part of an address":       {notify.Filter{Address: "maria@"}, nil},
			"a recipient":              {notify.Filter{Recipient: juan.ID}, []uuid.UUID{second.SMS}},
			"the first day":            {notify.Filter{From: "2026-11-24", To: "2026-11-24"}, []uuid.UUID{first.Mail, first.SMS}},
			"from the next day":        {notify.Filter{From: "2026-11-25"}, []uuid.UUID{second.SMS}},
		} {
			page, err := s.Outbox(ctx, c.filter)
			if err != nil {
				t.Fatal(name, err)
			}
			if diff := cmp.Diff(c.want, ids(page.Rows)); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
		}
		var paged []uuid.UUID
		for cursor, more := "", true; more; more = cursor != "" {
			page, err := s.Outbox(ctx, notify.Filter{Limit: 1, Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			paged, cursor = append(paged, ids(page.Rows)...), page.Next
		}
		if diff := cmp.Diff([]uuid.UUID{second.SMS, first.Mail, first.SMS}, paged); diff != "" {
			t.Errorf("page by page:\n%s", diff)
		}
		counts, err := s.Counts(ctx, notify.Filter{Channel: notify.SMS})
		if diff := cmp.Diff(map[notify.Status]int{notify.Queued: 1, notify.Failed: 1}, counts); err != nil || diff != "" {
			t.Errorf("counts, %v:\n%s", err, diff)
		}
		found, err := s.Kinds(ctx)
		if err != nil || !slices.Equal(found, []string{"a.one", "b.two"}) {
			t.Errorf("kinds %v, %v", found, err)
		}
		b, err := s.Backlog(ctx)
		if err != nil || b.Waiting != 2 || !b.Oldest.Equal(testkit.Start) {
			t.Errorf("backlog %+v, %v", b, err)
		}
	})
}

func ids(rows []notify.Entry) []uuid.UUID {
	var out []uuid.UUID
	for _, e := range rows {
		out = append(out, e.ID)
	}
	return out
}

func TestReadHidesTheCode(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		a := add(t, d, newService(t, w, notify.Options{Words: words, City: "San Pedro City", SiteURL: "https://ekolek.example"}), notify.Message{
			Kind: "code.sign_in", To: maria, Code: "271828", SMS: text("{Code} for {City}"),
			Mail: &notify.Letter{Subject: errs.T("hello\r\nBcc: x@example.com"), Lines: []errs.Text{errs.T("Dear {Name}"), errs.T("again {Code}")}, Link: "/login/", Button: errs.T("go")},
		})
		_, sms, err := w.Notify.Read(t.Context(), a.SMS)
		if diff := cmp.Diff(notify.Content{Lines: []string{"fil: •••••• for San Pedro City"}}, sms); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		e, mail, err := w.Notify.Read(t.Context(), a.Mail)
		want := notify.Content{Subject: "fil: hello Bcc: x@example.com", Lines: []string{"fil: Dear Maria Santos", "fil: again ••••••"},
			Link: "https://ekolek.example/login/", Button: "fil: go"}
		if diff := cmp.Diff(want, mail); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		if e.Address != "maria@example.com" || !e.Secret || e.Status != notify.Queued || e.Recipient != maria.ID || e.Name != "Maria Santos" {
			t.Errorf("%+v", e)
		}
		if _, _, err := w.Notify.Read(t.Context(), db.NewID()); !errors.Is(err, notify.ErrNotFound) {
			t.Errorf("a message that is not there: %v", err)
		}
		// Nor does the database show it to whoever can read its rows.
		rows, err := db.Collect(t.Context(), d, func(r db.Row) (s string, err error) { return s, r.Scan(&s) }, `SELECT body || shown || address FROM notify_message`)
		if err != nil || len(rows) != 2 {
			t.Fatal(rows, err)
		}
		for _, row := range rows {
			for _, secret := range []string{"271828", "maria@", "+63"} {
				if strings.Contains(row, secret) {
					t.Errorf("%s lies readable in %s", secret, row)
				}
			}
		}
	})
}

func TestResendAndCancel(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		s, ctx, actor := w.Notify, t.Context(), audit.Actor{Kind: audit.Staff, ID: db.NewID(), Name: "Amihan"}
		plain := add(t, d, s, notify.Message{Kind: "resident.approved", To: maria, SMS: text("welcome")}).SMS
		code := add(t, d, s, notify.Message{Kind: "code.sign_in", To: maria, SMS: text("code"), Code: "123456"}).SMS
		if _, err := s.Resend(ctx, actor, plain); !errors.Is(err, notify.ErrWaiting) {
			t.Errorf("of a waiting one: %v", err)
		}
		fate(t, d, plain, notify.Failed)
		fate(t, d, code, notify.Expired)
		if _, err := s.Resend(ctx, actor, code); !errors.Is(err, notify.ErrSecret) {
			t.Errorf("of a code: %v", err)
		}
		again, err := s.Resend(ctx, actor, plain)
		if err != nil {
			t.Fatal(err)
		}
		e, content, err := s.Read(ctx, again)
		if err != nil || e.ResendOf != plain || e.Status != notify.Queued || e.Address != maria.Phone || content.Lines[0] != "welcome" {
			t.Errorf("%+v says %q, %v", e, content.Lines, err)
		}
		if _, err := s.Resend(ctx, actor, plain); !errors.Is(err, notify.ErrWaiting) {
			t.Errorf("twice: %v", err)
		}
		if err := s.Cancel(ctx, actor, again); err != nil {
			t.Fatal(err)
		}
		if e, _, err = s.Read(ctx, again); err != nil || e.Status != notify.Cancelled || e.Reason != notify.CancelledByUs {
			t.Errorf("after the cancel: %+v, %v", e, err)
		}
		if err := s.Cancel(ctx, actor, plain); !errors.Is(err, notify.ErrBegun) {
			t.Errorf("cancel of a failed one: %v", err)
		}
		trail, err := audit.List(ctx, d, audit.Filter{Action: "message."})
		if err != nil || len(trail.Rows) != 2 || strings.Contains(trail.Rows[0].Details+trail.Rows[1].Details, "63917") {
			t.Errorf("audit trail: %+v, %v", trail.Rows, err)
		}
	})
}

func TestPurge(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		s, ctx := newService(t, w, notify.Options{Words: words, Keep: 30 * 24 * time.Hour}), t.Context()
		old := add(t, d, s, notify.Message{Kind: "a", To: maria, SMS: text("old"), Notice: &notify.Notice{Type: "other", Text: errs.T("old")}}).SMS
		waits := add(t, d, s, notify.Message{Kind: "a", To: maria, SMS: text("waits")}).SMS
		fate(t, d, old, notify.Sent)
		w.Clock.Advance(31 * 24 * time.Hour)
		fresh := add(t, d, s, notify.Message{Kind: "a", To: maria, SMS: text("new"), Notice: &notify.Notice{Type: "other", Text: errs.T("new")}}).SMS
		fate(t, d, fresh, notify.Sent)
		purge := func() {
			t.Helper()
			if err := s.Purge(ctx); err != nil {
				t.Fatal(err)
			}
		}
		purge()
		for id, known := range map[uuid.UUID]bool{old: false, waits: true, fresh: true} {
			e, content, err := s.Read(ctx, id)
			if err != nil || (e.Address != "") != known || (e.Name != "") != known || (len(content.Lines) > 0) != known {
				t.Errorf("%s: %+v says %q, %v; want known: %v", id, e, content.Lines, err, known)
			}
		}
		if page, err := s.Outbox(ctx, notify.Filter{Address: maria.Phone}); err != nil || len(page.Rows) != 2 {
			t.Errorf("found by address: %d, %v", len(page.Rows), err)
		}
		if _, err := s.Resend(ctx, audit.Command("test"), old); !errors.Is(err, notify.ErrForgotten) {
			t.Errorf("resend of a forgotten one: %v", err)
		}
		bell := notify.Bell{Audience: notify.Resident, ID: maria.ID}
		for _, c := range []struct {
			after time.Duration
			want  int
		}{{0, 2}, {335 * 24 * time.Hour, 1}, {31 * 24 * time.Hour, 0}} {
			w.Clock.Advance(c.after)
			purge()
			if n, err := s.Unread(ctx, bell); err != nil || n != c.want {
				t.Errorf("%v later %d notices are left, %v; want %d", c.after, n, err, c.want)
			}
		}
	})
}
