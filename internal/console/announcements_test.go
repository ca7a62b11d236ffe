package console_test

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// written is an announcement as the form sends it, with other values for some fields.
func written(other ...string) []string {
	return with([]string{"request_key", "k", "to", "all", "title", "Fiesta", "link", "/rewards/",
		"notice_en", "No office on Friday.", "subject_en", "Fiesta", "lines_en", "The office is closed.\n\nCome on Monday.", "sms_en", "Closed on Friday.",
		"notice_fil", "Walang opisina sa Biyernes.", "subject_fil", "Pista", "lines_fil", "Sarado ang opisina.", "sms_fil", "Sarado sa Biyernes."}, other...)
}

// with gives pairs of field and value other values for some fields.
func with(pairs []string, other ...string) []string {
	for i := 0; i < len(pairs); i += 2 {
		if j := slices.Index(other, pairs[i]); j < 0 || j%2 == 1 {
			other = append(other, pairs[i], pairs[i+1])
		}
	}
	return other
}

func TestAnAnnouncementIsWrittenLookedAtAndSent(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		here, there := o.Resident(t, o.Barangays[0]), o.Resident(t, o.Barangays[1])
		no := o.Resident(t, o.Barangays[0])
		must(t, o.People.SetNews(t.Context(), audit.Command("test"), no.ID, false))
		b := o.as("content")
		b.Get("/console/campaigns/").Has("main a[href='/console/announcements/']", "Write an announcement")
		b.Get("/console/announcements/").Is(http.StatusOK).Has("#ways", "This reaches 2 residents").Has("#parts-en", "0 messages")

		// Looked at: nothing is sent.
		look := b.Post("/console/announcements/", written("do", "preview", "to", "some", "barangays", o.Barangays[0].ID.String(), "sms", "on")...).Is(http.StatusOK)
		look.Has("h1", "Send “Fiesta”?").Has(".facts", o.Barangays[0].Name).Lacks(".facts", o.Barangays[1].Name).Has("form", "This reaches 1 resident").Has(".facts", "A text message to 1")
		look.Has("main", "Walang opisina sa Biyernes.").Lacks("main", "Come on Monday.") // no mail was asked for
		if n := o.countOf("SELECT count(*) FROM notify_campaign"); n != 0 {
			t.Fatalf("%d campaigns after a look", n)
		}
		var fields []string
		for _, in := range look.Find("main form input").EachIter() {
			fields = append(fields, in.AttrOr("name", ""), in.AttrOr("value", ""))
		}

		// Back to the form: all of it is there.
		edit := b.Post("/console/announcements/", with(fields, "do", "edit")...).Is(http.StatusOK)
		edit.Value("#title", "Fiesta").Value("#subject_fil", "Pista").Has("#lines_en", "Come on Monday.").Has("#parts-en", "17 characters, 1 message")
		if n := edit.Find("[name=barangays][checked]").Length(); n != 1 {
			t.Errorf("%d barangays are ticked", n)
		}

		// Sent, twice by the same tap.
		page := b.Post("/console/announcements/", with(fields, "do", "send")...).Is(http.StatusSeeOther).Header.Get("Location")
		b.Post("/console/announcements/", with(fields, "do", "send")...).LeadsTo(page)
		again := b.Post("/console/announcements/", with(fields, "notice_en", "Another", "do", "send")...)
		again.Is(http.StatusUnprocessableEntity).Has("#errors", "sent before").Has("#notice_en", "Another")
		if key := again.Find("[name=request_key]").AttrOr("value", ""); key == "k" || key == "" {
			t.Errorf("a key that was used stays: %q", key)
		}

		o.tellAll()
		b.Get(page).Has("#progress", "2 of 2").Has("#progress", o.Barangays[0].Name).Has(".dtable", here.FullName).Lacks(".dtable", there.FullName)
		b.Get("/console/campaigns/").Has(".dtable", "Fiesta").Has(".dtable", "Announcement")

		rows := o.csv(b.Get(page + "recipients.csv").Is(http.StatusOK).Body)
		if len(rows) != 3 || !strings.Contains(strings.Join(rows[1], "|")+strings.Join(rows[2], "|"), here.FullName) || strings.Contains(strings.Join(rows[1], "|"), here.Phone) {
			t.Errorf("the file says %q", rows)
		}
		if rows := o.csv(b.Get(page + "recipients.csv?outcome=unwanted").Body); len(rows) != 2 || rows[1][0] != no.FullName || rows[1][1] != "Want no news" {
			t.Errorf("of those who want no news it says %q", rows)
		}
		b.Get(page + "recipients.xlsx?outcome=waiting").Is(http.StatusOK)
	})
}

func (o *office) csv(body string) [][]string {
	o.t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
	must(o.t, err)
	return rows
}

func TestAnAnnouncementIsRefused(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	o.Resident(t, o.Barangays[0])
	b := o.as("content")
	const path = "/console/announcements/"
	a := b.Post(path, written("do", "preview", "mail", "on", "sms", "on", "title", "", "notice_en", "", "subject_fil", "", "sms_en", strings.Repeat("long ", 99))...)
	a.Refuses("title", "notice_en", "subject_fil", "sms_en").Value("#title", "").Value("#subject_en", "Fiesta").Has("#lines_en", "Come on Monday.")
	b.Post(path, written("do", "preview", "mail", "", "sms", "", "subject_en", "", "sms_fil", "")...).Is(http.StatusOK).Has("h1", "Send")
	b.Post(path, written("do", "preview", "to", "some")...).Refuses("barangays")
	b.Post(path, written("do", "preview", "to", "some", "barangays", o.Admin.ID.String())...).Refuses("barangays")
	b.Post(path, written("do", "send", "to", "some")...).Refuses("barangays")
	b.Post(path, written("do", "preview", "link", "https://elsewhere.test/")...).Refuses("link")
	b.Post(path, written("do", "send", "to", "some", "barangays", o.Barangays[5].ID.String())...).Is(http.StatusUnprocessableEntity).Has("#errors", "reach nobody")

	// While one writes, nothing is a mistake yet.
	b.Post(path, "do", "count", "to", "some").Is(http.StatusOK).Has("#ways", "This reaches 1 resident")
	b.Post(path, "do", "count", "to", "some", "barangays", o.Barangays[5].ID.String()).Is(http.StatusOK).Has("#ways", "This reaches 0 residents")
	b.Post(path, "do", "count", "sms_fil", strings.Repeat("a", 161)).Is(http.StatusOK).Has("#parts-fil", "161 characters, 2 messages")
	if n := o.countOf("SELECT count(*) FROM notify_campaign"); n != 0 {
		t.Errorf("%d campaigns were begun", n)
	}
	o.as("manager").Get(path).Is(http.StatusForbidden)
}
