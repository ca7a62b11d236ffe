package notify_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/notify/carrier"
	"ekolek/internal/testkit"
	"ekolek/internal/web/i18n"
)

// mailed sends one mail and gives what left.
func mailed(t *testing.T, m notify.Message, say func(string, errs.Text) string) carrier.Letter {
	t.Helper()
	w := testkit.NewEmptyWorld(t, testkit.DB(t))
	var p post
	s := newService(t, w, notify.Options{City: "San Pedro City", SiteURL: "https://ekolek.example", Words: say, Mailers: []carrier.Carrier[carrier.Letter]{&p}})
	m.Kind = "a"
	id := add(t, w.DB, s, m).Mail
	if err := s.Deliver(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	return p.took[0]
}

func TestMailSaysTheSameTwice(t *testing.T) {
	for _, language := range []string{"en", "fil"} {
		to := maria
		to.Language = language
		l := mailed(t, notify.Message{To: to, Code: "271828", Mail: &notify.Letter{
			Subject: errs.T("error.notify.not_found"),
			Lines:   []errs.Text{errs.T("error.notify.begun"), errs.T("error.notify.secret")},
			Link:    "/login/?next=%2Fpoints%2F&x=1", Button: errs.T("error.notify.waiting"),
		}}, i18n.In)
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(l.HTML))
		if err != nil {
			t.Fatal(err)
		}
		say := func(key string, args ...any) string { return i18n.In(language, errs.T(key, args...)) }
		code := doc.Find(".code")
		if code.Length() != 1 || code.Text() != "271828" || doc.Find("html").AttrOr("lang", "") != language || doc.Find("title").Text() != say("error.notify.not_found") {
			t.Errorf("%s: code %q, title %q", language, code.Text(), doc.Find("title").Text())
		}
		button := doc.Find("a.button")
		if button.AttrOr("href", "") != "https://ekolek.example/login/?next=%2Fpoints%2F&x=1" || button.Text() != say("error.notify.waiting") {
			t.Errorf("%s: button %q to %q", language, button.Text(), button.AttrOr("href", ""))
		}
		visible := doc.Find("body").Text()
		for _, want := range []string{
			say("error.notify.begun"), "271828", say("error.notify.secret"), say("error.notify.waiting"),
			say("notify.mail.office", "City", "San Pedro City"), say("notify.mail.why"),
		} {
			if !strings.Contains(visible, want) || !strings.Contains(l.Text, want) {
				t.Errorf("%s: %q is missing in\n%s\nor in\n%s", language, want, visible, l.Text)
			}
		}
		if i, j := strings.Index(l.Text, say("error.notify.begun")), strings.Index(l.Text, "271828"); i > j || j > strings.Index(l.Text, say("error.notify.secret")) {
			t.Errorf("%s: the code does not stand after the first paragraph:\n%s", language, l.Text)
		}
		if n := doc.Find("img, script, link, iframe, form, object, [style], [onclick]").Length(); n != 0 || strings.Contains(l.HTML, "url(") || strings.Contains(l.HTML, "@import") {
			t.Errorf("%s: the mail asks for %d things from outside", language, n)
		}
		if !strings.Contains(l.Text, "https://ekolek.example/login/?next=%2Fpoints%2F&x=1") {
			t.Errorf("%s: the text has no link:\n%s", language, l.Text)
		}
	}
}

// What a person typed stays text, in the mail and in its head.
func TestMailEscapes(t *testing.T) {
	to := maria
	to.Name = `<script>alert(1)</script>"><img src=x> {{.Code}}` + "\r\nBcc: x@example.com"
	l := mailed(t, notify.Message{To: to, Code: "271828", Mail: &notify.Letter{
		Subject: errs.T("Hello {Name}"), Lines: []errs.Text{errs.T("Dear {Name}"), errs.T("x {Name}")}, Link: "/x/", Button: errs.T("{Name}"),
	}}, words)
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(l.HTML))
	if err != nil {
		t.Fatal(err)
	}
	if n := doc.Find("script, img").Length(); n != 0 {
		t.Errorf("%d elements came from a name:\n%s", n, l.HTML)
	}
	if got := doc.Find(".body p").First().Text(); !strings.Contains(got, `<script>alert(1)</script>"><img src=x> {{.Code}}`) {
		t.Errorf("the name is shown as %q", got)
	}
	if strings.ContainsAny(l.Subject, "\r\n") {
		t.Errorf("subject %q", l.Subject)
	}
}

func TestAMailWithoutCodeAndButton(t *testing.T) {
	l := mailed(t, notify.Message{To: maria, Mail: &notify.Letter{Subject: errs.T("s"), Lines: []errs.Text{errs.T("only this")}}}, words)
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(l.HTML))
	if err != nil || doc.Find(".code, .button").Length() != 0 || doc.Find(".body p").Length() != 1 {
		t.Errorf("%v\n%s", err, l.HTML)
	}
	if !strings.HasPrefix(l.Text, "fil: only this\n\n-- \n") {
		t.Errorf("%q", l.Text)
	}
}

// There a reward's picture was blocked by the readers of mail, or hung below it as a file.
func TestINC48MailsHaveNoPictures(t *testing.T) {
	l := mailed(t, notify.Message{To: maria, Code: "271828", Mail: &notify.Letter{
		Subject: errs.T("error.notify.not_found"), Lines: []errs.Text{errs.T("error.notify.begun")},
		Link: "/login/", Button: errs.T("error.notify.waiting"),
	}}, i18n.In)
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(l.HTML))
	if err != nil {
		t.Fatal(err)
	}
	if n := doc.Find("img, picture, svg, object, iframe, link, script, [src], [background]").Length(); n != 0 || strings.Contains(l.HTML, "url(") || strings.Contains(l.HTML, "@import") {
		t.Errorf("a mail loads %d things from elsewhere: %s", n, l.HTML)
	}
	if !strings.Contains(l.HTML, "<style") && !strings.Contains(l.HTML, "style=") {
		t.Error("nothing of the mail's looks was looked at")
	}
}
