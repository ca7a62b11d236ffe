package console_test

import (
	"context"
	"encoding/csv"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// write puts one message of each channel into the outbox.
func (o *office) write(r people.Resident, kind, code string) notify.Added {
	o.t.Helper()
	var out notify.Added
	must(o.t, o.DB.InTx(o.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		text := errs.T("auth.code.sign_in.sms", "Life", "5 minutes")
		if code == "" {
			text = errs.T("notify.reason.unclear")
		}
		out, err = o.Notify.Add(ctx, tx, notify.Message{Kind: kind, Code: code, SMS: &text,
			To:   notify.Recipient{Audience: notify.Resident, ID: r.ID, Name: r.FullName, Phone: r.Phone, Email: "maria.santos@example.com", Language: "en"},
			Mail: &notify.Letter{Subject: errs.T("notify.reason.refused"), Lines: []errs.Text{text}, Link: "/points/", Button: errs.T("web.show")}})
		return err
	}))
	return out
}

func (o *office) fate(id uuid.UUID, status notify.Status, reason notify.Reason, words string) {
	o.t.Helper()
	o.change("UPDATE notify_message SET status = $1, reason = $2, error = $3, attempts = 2, provider = 'iprog', cost = 50 WHERE id = $4", status, reason, words, id)
}

func messagePath(id uuid.UUID) string { return "/console/messages/" + id.String() + "/" }

func TestMessagesAreWatched(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("analyst")
		b.Get("/console/messages/").Is(http.StatusOK).Has(".empty", "No messages in the last thirty days")
		r := o.Resident(t, o.Barangays[0])
		o.change("DELETE FROM notify_message")
		failed := o.write(r, "resident.approved", "")
		o.fate(failed.SMS, notify.Failed, notify.Refused, "Insufficient load credits")
		o.fate(failed.Mail, notify.Sent, "", "")

		a := b.Get("/console/messages/").Is(http.StatusOK).Has(".dtable", r.FullName).Has(".dtable", "Registration approved").Has(".dtable", "mar***@example.com")
		a.Has(".dtable", "********"+r.Phone[len(r.Phone)-3:]).Lacks(".dtable", r.Phone[3:10]).Lacks("body", "maria.santos@")
		a.Has(".tabs-line a[aria-current]", "All 2").Has(".tabs-line", "Failed 1").Has(".stat-band", "failed this week 1").Has(".dtable", "₱0.50")
		a.Has(".dtable", "The provider refuses").Has(".dtable", "Insufficient load credits")
		for filter, rows := range map[string]int{
			"status=failed": 1, "status=queued": 0, "status=lost": 2, "channel=sms": 1, "channel=pigeon": 2, "kind=resident.approved": 2, "kind=x": 0,
			"from=2099-01-01": 0, "from=" + db.Day(o.Clock.Now()): 2, "recipient=" + r.ID.String(): 2, "recipient=" + o.Admin.ID.String(): 0,
		} {
			if got := b.Get("/console/messages/?" + filter).Is(http.StatusOK).Find(".dtable tbody tr").Length(); got != rows {
				t.Errorf("%s shows %d rows, want %d", filter, got, rows)
			}
		}
		b.Get("/console/messages/?status=queued").Has(".empty", "No message has this status")
		b.Get("/console/messages/?after=nonsense").Is(http.StatusUnprocessableEntity)
		o.as("manager").Get("/console/messages/").Is(http.StatusForbidden)
		o.as("admin").Get("/console/").Is(http.StatusOK).Has(".todo", "message failed")
		o.as("manager").Get("/console/").Is(http.StatusOK).Lacks("main", "message failed")
	})
}

// An address is found without standing in the page's own.
func TestMessagesToOneAddress(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("analyst")
	r, other := o.Resident(t, o.Barangays[0]), o.Resident(t, o.Barangays[0])
	o.change("DELETE FROM notify_message")
	o.write(r, "resident.approved", "")
	o.write(other, "resident.rejected", "")
	for _, c := range []struct {
		typed string
		rows  int
	}{{"0" + r.Phone[3:], 1}, {" " + r.Phone + " ", 1}, {"Maria.Santos@Example.com", 2}, {"0917 000 0000", 0}} {
		to := b.Post("/console/messages/find/", "address", c.typed).Is(http.StatusSeeOther).Header.Get("Location")
		if strings.Contains(to, r.Phone[4:]) || strings.Contains(strings.ToLower(to), "maria") {
			t.Errorf("%q stands in the address %s", c.typed, to)
		}
		if got := b.Get(to).Is(http.StatusOK).Has("main", "Only one phone number or e-mail address").Find(".dtable tbody tr").Length(); got != c.rows {
			t.Errorf("%q finds %d messages, want %d", c.typed, got, c.rows)
		}
	}
	for _, typed := range []string{"", "Maria", "123"} {
		b.Post("/console/messages/find/", "address", typed).Refuses("address")
	}
}

func TestReadAMessage(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("analyst")
	r := o.Resident(t, o.Barangays[0])
	code := o.write(r, "code.sign_in", "491827")
	for _, id := range []uuid.UUID{code.SMS, code.Mail} {
		b.Get(messagePath(id)).Is(http.StatusOK).Has("h1", "Code for signing in").Has("main", "••••••").Lacks("body", "491827").
			Has("main", "Stop message").Lacks("main", "Send again").Lacks("body", "maria.santos@")
	}
	o.fate(code.SMS, notify.Expired, notify.TooLate, "")
	b.Get(messagePath(code.SMS)).Has(".trail", "Too late").Has(".trail", "Its time ran out").Lacks("main", "Send again")
	b.Get(messagePath(code.Mail)).Has("main", "http://localhost/points/")
	o.change("UPDATE notify_message SET shown = '', name = '', address = '' WHERE id = $1", code.SMS)
	b.Get(messagePath(code.SMS)).Is(http.StatusOK).Has("main", "no longer kept").Has("main", "Name no longer kept")
	b.Get(messagePath(uuid.New())).Is(http.StatusNotFound)
	if o.as("admin").Get(messagePath(code.Mail)).Find(`a[href="/console/residents/`+r.ID.String()+`/"]`).Length() != 1 {
		t.Error("no way to the resident")
	}
	if b.Get(messagePath(code.Mail)).Find(`a[href^="/console/residents/"]`).Length() != 0 {
		t.Error("an analyst is led to a page that is not for them")
	}
}

func TestMessagesAreSentAgainAndStopped(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("admin")
		r := o.Resident(t, o.Barangays[0])
		m := o.write(r, "resident.approved", "")
		page := messagePath(m.SMS)
		b.Post(page+"resend/").Is(http.StatusUnprocessableEntity).Has("#errors", "still on its way")
		b.Get(page+"cancel/").Is(http.StatusOK).Has("h1", "Stop this message?").Has("form", r.FullName)
		b.Post(page + "cancel/").LeadsTo(page)
		b.Get(page).Has(".notice", "was stopped").Has(".trail", "Stopped")
		b.Post(page + "cancel/").Is(http.StatusUnprocessableEntity)

		b.Get(page+"resend/").Is(http.StatusOK).Has("form", "********").Has("form", "costs again")
		again := b.Post(page + "resend/").Is(http.StatusSeeOther).Header.Get("Location")
		if again == page || !strings.HasPrefix(again, "/console/messages/") {
			t.Fatalf("leads to %s", again)
		}
		b.Get(again).Is(http.StatusOK).Has(".notice", "on its way again").Has(".trail", "Repeats an earlier message")
		b.Get(page).Has(".trail", "Sent again")
		b.Get("/console/audit/?action=message.resend").Has(".dtable", r.FullName)

		code := o.write(r, "code.sign_in", "491827")
		o.fate(code.SMS, notify.Failed, notify.Refused, "")
		b.Post(messagePath(code.SMS) + "resend/").Is(http.StatusUnprocessableEntity)
		for _, act := range []string{"resend/", "cancel/"} {
			o.as("manager").Post(page + act).Is(http.StatusForbidden)
		}
	})
}

func TestMessagesAsAFile(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("analyst")
	r := o.Resident(t, o.Barangays[0])
	o.change("DELETE FROM notify_message")
	for range 3 {
		o.fate(o.write(r, "resident.approved", "").SMS, notify.Failed, notify.Refused, "=cmd()")
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.Get("/console/messages.csv?channel=sms").Is(http.StatusOK).Body, "\ufeff"))).ReadAll()
	must(t, err)
	if len(rows) != 4 || len(rows[0]) != len(rows[1]) {
		t.Fatalf("%d lines: %v", len(rows), rows)
	}
	line := strings.Join(rows[1], "|")
	for _, want := range []string{r.FullName, "********", "Text message", "Registration approved", "Failed", "'=cmd()", "0.50", "iprog"} {
		if !strings.Contains(line, want) {
			t.Errorf("%s has no %q", line, want)
		}
	}
	if strings.Contains(line, r.Phone[3:10]) {
		t.Errorf("%s tells the number", line)
	}
	b.Lang = "fil"
	if body := b.Get("/console/messages.csv").Is(http.StatusOK).Body; !strings.Contains(body, "Pumalya") {
		t.Errorf("in Tagalog: %.200s", body)
	}
	b.Get("/console/messages.xlsx").Is(http.StatusOK)
}
