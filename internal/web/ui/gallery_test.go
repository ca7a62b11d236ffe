package ui

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
)

var at = time.Date(2026, 11, 23, 1, 20, 0, 0, time.UTC)

// gallery is every part, on the layouts that carry them.
func gallery(lang i18n.Lang) map[string]templ.Component {
	return map[string]templ.Component{
		"home":      within(Site(page(lang, resident, site)), homeParts()),
		"landing":   within(Open(page(lang, auth.Principal{}, site), templ.NopComponent), landingParts()),
		"login":     within(Gate(page(lang, auth.Principal{}, site)), loginParts()),
		"problem":   ProblemPage(Problem{Page: page(lang, auth.Principal{}, site), Status: 500, Headline: "That is our fault", Text: "Nothing was saved.", Back: "/"}),
		"dashboard": within(Console(page(lang, manager, console)), dashboardParts()),
		"residents": within(Console(page(lang, manager, console)), listParts(page(lang, manager, console))),
		"station":   within(Station(page(lang, manager, console)), templ.Raw(`<section class="station"><div class="station-bar"><a class="tap" href="#side-menu" aria-label="Menu">=</a></div></section>`)),
	}
}

var (
	resident = auth.Principal{Surface: auth.ResidentSurface, Name: "Nena Magsalin", Resident: people.Resident{}}
	manager  = auth.Principal{Surface: auth.StaffSurface, Name: "Amihan T.", Role: auth.SuperAdmin}
	site     = &Frame{Name: "web.site", Home: "/", SignIn: "/login/", SignOut: "/logout/", Menu: []Group{{Items: []Item{
		{Href: "/home/", Icon: "house", Text: "web.menu", Need: auth.Resident},
		{Href: "/points/", Icon: "wallet", Text: "web.main_menu", Need: auth.Resident},
		{Href: "/rewards/", Icon: "gift", Text: "web.language", Need: auth.Resident},
		{Href: "/learn/", Icon: "graduation-cap", Text: "web.find", Need: auth.Resident},
		{Href: "/me/", Icon: "user", Text: "web.sign_in", Need: auth.Resident},
	}}}}
	console = &Frame{Name: "web.console", Home: "/console/", SignIn: "/console/login/", SignOut: "/console/logout/",
		Password: "/console/password/", Search: "/console/residents/", Menu: []Group{
			{Text: "web.menu", Items: []Item{
				{Href: "/home/", Icon: "layout-dashboard", Text: "web.main_menu", Need: auth.AnyStaff},
				{Href: "/console/residents/", Icon: "users", Text: "web.find", Need: auth.ManageResidents, Counts: "pending"},
				{Href: "/console/station/", Icon: "scan-line", Text: "web.show", Need: auth.UseStation, Prefix: true},
			}},
			{Text: "web.language", Items: []Item{{Href: "/console/settings/", Icon: "settings", Text: "web.theme", Need: auth.ManageSettings}}},
		}}
)

func page(lang i18n.Lang, who auth.Principal, f *Frame) Page {
	return Page{Title: "Gallery", Address: "/home/?after=x&status=pending", Lang: lang, Principal: who, Frame: f,
		Counts: map[string]int{"pending": 12}, RequestID: "ABC",
		Flashes: []Flash{{Kind: Done, Text: errs.T("web.go_on")}, {Kind: Failed, Text: errs.T("error.invalid")}}}
}

func within(layout, content templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return layout.Render(templ.WithChildren(ctx, content), w)
	})
}

func all(parts ...templ.Component) templ.Component { return templ.Join(parts...) }

func homeParts() templ.Component {
	return all(Balance(BalanceCard{Name: "Nena Magsalin", Title: "Balance", Label: "Points you can spend", Points: "186.5", Worth: "Buys 3 kg of rice",
		Held: "50 more held for your reservation", QR: "EK1.7K3M9QXD.abcdefghijklmnopqrstuv", Code: "7K3M 9QXD", CardHref: "/card/",
		Acts: []Act{{"/card/", "qr-code", "My QR"}, {"/rewards/", "gift", "Use points"}}}),
		within(section("panel px-4 py-2 mt-4"), Moves([]Move{
			{Icon: "scale", Text: "PET bottles", Figure: "6.4 kg", At: at, Amount: "+32"},
			{Icon: "gift", Text: "Rice 1 kg, claimed", At: at, Amount: "−50", Out: true, Balance: "136.5", Note: "voided", Href: "/x/"},
			{Icon: "scale", Text: "Before E-KOLEK", When: "2025", Amount: "+3"},
		})),
		Rewards([]RewardCard{{Art: "rice", Name: "Rice, 1 kg", Price: "50", Unit: "points", Stock: "38 left", Act: "Reserve", Label: "Reserve Rice", Href: "/r/"}}),
		RewardRows([]RewardCard{{Art: "umbrella", Name: "Umbrella", Price: "260", Unit: "points", Have: 186, Need: 260, Reach: "186.5 of 260", More: "73.5 more"}}))
}

func section(class string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, `<section class="`+class+`">`)
		err := templ.GetChildren(ctx).Render(templ.ClearChildren(ctx), w)
		_, _ = io.WriteString(w, `</section>`)
		return err
	})
}

func landingParts() templ.Component {
	return all(Rates([]RateRow{{Art: "pet", Name: "PET bottles", Text: "10 kg = 1 kg rice", Rate: "5"}}),
		within(section("deep-band"), CityStats([]Stat{{Number: "412,380", Unit: "kg", Text: "collected"}})))
}

func loginParts() templ.Component {
	f := form.Empty("username", "juan", "agree", "on", "color", "b")
	f.Refuse("username", "form.required")
	f.Refuse("other", "form.choose")
	return within(section("panel p-6 grid gap-4"), all(
		ErrorSummary(f, "username", "Username"),
		Input(Field{Form: f, Name: "username", Label: "Username", Help: "As on your card", Autocomplete: "username", Max: 80}),
		Input(Field{Form: f, Name: "password", Type: "password", Label: "Password", Value: "never shown"}),
		Input(Field{Form: f, Name: "kilos", Label: "Kilos", Inputmode: "decimal", Optional: true}),
		TextArea(Field{Form: f, Name: "note", Label: "Note", Rows: 2}),
		Select(Field{Form: f, Name: "color", Label: "Color", Options: []Option{{"a", "A"}, {"b", "B"}}}),
		Radios(Field{Form: f, Name: "size", Label: "Size", Value: "s", Options: []Option{{"s", "Small"}, {"l", "Large"}}}),
		Checkbox(Field{Form: f, Name: "agree", Label: "I agree"})))
}

func dashboardParts() templ.Component {
	var bars []Bar
	for i, v := range []int64{980, 1498, 1010, 1290, 1130, 1640, 390, 1022, 1610, 940, 1390, 1204, 1786, 460} {
		bars = append(bars, Bar{Label: []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}[i%7], Full: "day", Value: v, Text: i18n.Number(v), Pale: i < 7})
	}
	return all(Todo("Queues", []Work{{Count: 12, What: "residents wait", Why: "The oldest waits since Fri.", Act: "Review", Href: "/r/", Urgent: true}, {Count: 3, What: "rewards run low", Why: "Rice", Act: "Add stock", Href: "/s/"}}),
		Stats([]Stat{{Number: "8,412", Unit: "kg", Text: "collected", Delta: "6% more", Trend: Up}, {Number: "1,318", Text: "families", Href: "/f/"}, {Number: "3", Text: "voided", Delta: "2 more", Trend: Down}, {Number: "412", Unit: "kg", Text: "rice", Delta: "11 kg less", Trend: Less}}),
		Bars(BarChart{ID: "c1", Title: "Saturday stays the strongest day", Note: "Kilos a day.", Unit: "kg", Head: "Day", Bars: bars}),
		HBars("Maharlika collects the most", "Kilos", []HBar{{Name: "Maharlika", Value: 638, Text: "63.8", Label: "Maharlika: 63.8"}, {Name: "Pacita 2", Value: 430, Text: "43", Label: "Pacita 2: 43"}}))
}

func listParts(p Page) templ.Component {
	return all(Tabs("Status", []Tab{{Href: "#", Text: "Waiting", Count: 12, Counted: true, Current: true}, {Href: "#", Text: "Approved"}}),
		within(Filters("Filter", "/console/residents/"), Input(Field{Name: "q", Type: "search", Label: "Name", Optional: true})),
		within(List("Residents"), templ.Raw(`<table class="dtable"><thead><tr><th scope="col">Who</th><th scope="col">Where</th></tr></thead><tbody><tr><th scope="row">Luntian</th><td data-label="Where">Pacita 1</td></tr></tbody></table>`)),
		Pager(p, "next"), Empty("users", "Nobody waits", "Good."), Chip("clay", "clock", "3 days"),
		DialogActs("/back/", "btn-error", "Reject 2"))
}

func render(t *testing.T, lang i18n.Lang, c templ.Component) (string, *goquery.Document) {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(i18n.With(context.Background(), lang), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), doc
}

// Every part keeps the rules of the house: nothing inline, every control named, every
// reference leading somewhere. EKOLEK_GALLERY=dir keeps the pages for a look.
func TestPartsKeepTheRules(t *testing.T) {
	for _, lang := range i18n.Langs {
		for name, c := range gallery(lang) {
			t.Run(name+"."+string(lang), func(t *testing.T) {
				html, doc := render(t, lang, c)
				if dir := os.Getenv("EKOLEK_GALLERY"); dir != "" {
					if err := os.WriteFile(filepath.Join(dir, name+"."+string(lang)+".html"), []byte(html), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				checkRules(t, doc)
			})
		}
	}
}

func checkRules(t *testing.T, doc *goquery.Document) {
	t.Helper()
	doc.Find("[style], style, script:not([src]), [onclick], [onsubmit]").Each(func(_ int, s *goquery.Selection) {
		t.Errorf("inline style or script: %s", goquery.NodeName(s))
	})
	seen := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if seen[id] {
			t.Errorf("id %q stands twice", id)
		}
		seen[id] = true
	})
	for _, attr := range []string{"aria-labelledby", "aria-describedby", "for"} {
		doc.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
			for _, id := range strings.Fields(s.AttrOr(attr, "")) {
				if !seen[id] {
					t.Errorf("%s=%q leads nowhere", attr, id)
				}
			}
		})
	}
	doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if doc.Find(`label[for="`+id+`"]`).Length() == 0 && s.Closest("label").Length() == 0 {
			t.Errorf("field %q has no label", s.AttrOr("name", ""))
		}
	})
	if doc.Find("main#main").Length() != 1 || doc.Find("a.skip").Length() != 1 {
		t.Error("a page has one main part and a way to skip to it")
	}
}
