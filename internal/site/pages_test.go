package site_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
	"ekolek/internal/web/static"
)

func TestLandingOfAnEmptyCity(t *testing.T) {
	c := newTownOf(t, testkit.NewEmptyWorld(t, testkit.DB(t)))
	a := c.visitor().Get("/").Is(http.StatusOK).Sound("/")
	a.Has("h1", "Your recyclables buy rice").Has("#rates", "not set rates yet").Has(".deep-band", "collected for recycling 0 kg").Lacks(".deep-band", "Climate")
	if a.Find(".equation").Length() != 0 {
		t.Error("an equation without rates")
	}
	c.visitor().Get("/rates/").Is(http.StatusOK).Has("main", "not set rates yet")
	c.visitor().Get("/rewards/").Is(http.StatusOK).Has("main", "nothing to get yet")
}

func TestLandingTellsTheCitysFigures(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		pet := c.pet()
		c.rice()
		c.weigh(c.Resident(t, c.Barangays[0]), pet, 6400, "a")
		kept := c.Resident(t, c.Barangays[5])
		voided := c.weigh(kept, pet, 90_000, "b")
		_, err := c.collection.Void(t.Context(), c.Actor(c.Admin), people.City, voided.ID, "Weighed for the wrong resident")
		must(t, err)

		a := c.visitor().Get("/").Is(http.StatusOK)
		a.Has(".deep-band", "6 kg").Has(".deep-band", "families taking part 2").Has(".deep-band", "CO2e")
		a.Has(".equation", "12 kg PET bottles").Has(".equation", "60 points").Has(".equation", "1 kg Rice")
		a.Has(".rates", "PET bottles").Has(".rates", "12 kg = 1 kg Rice")

		c.weigh(kept, pet, 50_000, "c")
		c.visitor().Get("/").Has(".deep-band", "6 kg") // kept for a while, one sum for all visitors

		b := c.visitor()
		b.Lang = "fil"
		a = b.Get("/").Is(http.StatusOK).Has(".equation", "Boteng PET").Has(".equation", "Bigas").Has("h1", "Bigas ang katumbas")
		if lang := a.Find("html").AttrOr("lang", ""); lang != "fil" {
			t.Errorf("lang %q", lang)
		}
	})
}

func TestHome(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		pet := c.pet()
		c.rice()
		juan := c.Resident(t, c.Barangays[0])
		ana := c.Member(t, juan)
		empty := c.as(juan).Get("/home/").Is(http.StatusOK)
		empty.Has(".balance-num", "0").Has("main", "No points yet").Has("dl", "your rank of 2 in the family 1").Has("dl", "points together 0")
		if empty.Find(".balance-worth").Length() != 0 {
			t.Error("nothing buys something")
		}

		c.weigh(juan, pet, 26_500, "a") // 132.5 points
		c.Clock.Advance(time.Minute)
		c.weigh(ana, pet, 40_000, "b") // 200 points
		a := c.as(juan).Get("/home/").Has(".balance-num", "132.5").Has(".balance-worth", "Buys 2 kg Rice")
		a.Has("dl", "points together 332.5").Has("dl", "your rank of 2 in the family 2").Has("main", juan.FamilyCode).Has("main ul", ana.FullName)
		a.Has(".moves", "PET bottles").Has(".moves", "+132.5").Lacks(".moves", "+200") // a member's movements are their own
		card, err := c.People.CardOf(t.Context(), juan.ID)
		must(t, err)
		a.Has(".qr-code", card.Typed())
		if a.Find(".qr-tile svg path").AttrOr("d", "") == "" {
			t.Error("no QR is drawn")
		}
		c.give(juan, 8)
		if n := c.as(juan).Get("/home/").Find(".moves > li").Length(); n != 5 {
			t.Errorf("%d movements on the home page, want the last 5", n)
		}
	})
}

func TestCard(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	juan := c.Resident(t, c.Barangays[0])
	card, err := c.People.CardOf(t.Context(), juan.ID)
	must(t, err)
	a := c.as(juan).Get("/card/").Is(http.StatusOK)
	a.Has("h1", "My QR").Has("main", juan.FullName).Has("main", c.Barangays[0].Name).Has("main", juan.FamilyCode).Has(".qr-code", card.Typed()).Has("main", "Valid until")
	if strings.Contains(a.Text("body"), card.QR) {
		t.Error("the signed text of the card is written out")
	}
}

func TestPointsArePaged(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		juan, other := c.Resident(t, c.Barangays[0]), c.Resident(t, c.Barangays[0])
		c.give(juan, 45)
		c.give(other, 1)
		b := c.as(juan)
		var seen []string
		next, pages := "/points/", 0
		for ; next != "" && pages < 9; pages++ {
			a := b.Get(next).Is(http.StatusOK)
			next = ""
			a.Find(".moves > li .amt + .after p.num").Each(func(_ int, s *goquery.Selection) { seen = append(seen, s.Text()) })
			a.Find(`nav a[href*="after="]`).Each(func(_ int, s *goquery.Selection) { next = s.AttrOr("href", "") })
		}
		if pages != 3 || len(seen) != 45 || !strings.Contains(seen[0], "45") || !strings.Contains(seen[44], "1") {
			t.Errorf("%d pages with %d movements: %v", pages, len(seen), seen)
		}
		for _, bad := range []string{"x", "-4", "99999999999999999999999", "1;DROP"} {
			if n := b.Get("/points/?after=" + bad).Is(http.StatusOK).Find(".moves > li").Length(); n != 20 {
				t.Errorf("with the cursor %q the page shows %d movements", bad, n)
			}
		}
	})
}

func TestPointsOfSomeDays(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		juan := c.Resident(t, c.Barangays[0])
		first := db.Day(c.Clock.Now())
		c.adjust(juan, "one")
		c.Clock.Advance(48 * time.Hour)
		second := db.Day(c.Clock.Now())
		c.adjust(juan, "two")
		c.adjust(juan, "three")
		b := c.as(juan)
		for _, test := range []struct {
			query string
			want  int
		}{
			{"", 3}, {"?from=" + second, 2}, {"?to=" + first, 1}, {"?from=" + first + "&to=" + second, 3}, {"?from=2001-01-01&to=2001-02-01", 0}, {"?from=tomorrow", 3},
		} {
			a := b.Get("/points/" + test.query).Is(http.StatusOK)
			if n := a.Find(".moves > li").Length(); n != test.want {
				t.Errorf("%q shows %d movements, want %d", test.query, n, test.want)
			}
			if rows := len(readCSV(t, b.Get("/points.csv"+test.query))) - 1; rows != test.want {
				t.Errorf("%q exports %d movements, want %d", test.query, rows, test.want)
			}
		}
		b.Get("/points/?to="+first).Value("#to", first).Has("main", "You can use 3")
		b.Get("/points/?to=2001-01-01").Has("main", "No points in these days").Has("main", "Show all")
	})
}

func TestPointsCSV(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		juan := c.Resident(t, c.Barangays[0])
		c.weigh(juan, c.pet(), 6400, "a")
		c.adjust(juan, `=HYPERLINK("http://evil.example")`)
		a := c.as(juan).Get("/points.csv").Is(http.StatusOK)
		if kind, name := a.Header.Get("Content-Type"), a.Header.Get("Content-Disposition"); !strings.HasPrefix(kind, "text/csv") || !strings.Contains(name, "attachment") {
			t.Errorf("sent as %q, %q", kind, name)
		}
		rows := readCSV(t, a)
		if len(rows) != 3 {
			t.Fatalf("%d lines: %v", len(rows), rows)
		}
		adjusted, weighed := rows[1], rows[2] // newest first
		if adjusted[6] != `'=HYPERLINK("http://evil.example")` || adjusted[4] != "1" || adjusted[5] != "33" {
			t.Errorf("the adjustment is %q", adjusted)
		}
		if weighed[2] != "PET bottles" || weighed[3] != "6.4" || weighed[4] != "32" || weighed[5] != "32" {
			t.Errorf("the weigh-in is %q", weighed)
		}
		c.visitor().Get("/points.csv").LeadsTo("/login/?next=%2Fpoints.csv")
	})
}

// A former system's lines are shown beneath, and the balance does not know them.
func TestPriorEntriesAreShownNotCounted(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		juan, other := c.Resident(t, c.Barangays[0]), c.Resident(t, c.Barangays[0])
		c.give(juan, 21)
		c.prior(juan, ledger.PriorEntry{Kind: "earned", Points: 12050, Description: "Plastic 24.1 kg"}, ledger.PriorEntry{Kind: "redeemed", Points: -5000, Description: "Rice"})
		c.prior(other, ledger.PriorEntry{Kind: "earned", Points: 700, Description: "Not mine"})
		b := c.as(juan)
		first := b.Get("/points/").Lacks("main", "former system") // only after the last page
		last := b.Get(first.Find(`nav a[href*="after="]`).AttrOr("href", "")).Is(http.StatusOK)
		last.Has("main", "From the former system").Has("main", "Plastic 24.1 kg").Has("main", "+120.5").Has("main", "−50").Lacks("main", "Not mine")
		last.Has("main", "You can use 21")
		b.Get("/home/").Has(".balance-num", "21").Lacks("main", "Plastic 24.1 kg")
		if n := len(readCSV(t, b.Get("/points.csv"))); n != 22 {
			t.Errorf("the export has %d lines", n)
		}
	})
}

func TestRates(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	c.pet()
	c.visitor().Get("/rates/").Is(http.StatusOK).Has(".rates", "PET bottles").Has(".rates", "5")
	c.rice()
	c.visitor().Get("/rates/").Has(".rates", "12 kg = 1 kg Rice")
}

func TestOldAddresses(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	for old, to := range map[string]string{"/accounts/login/": "/login/", "/login/code/": "/login/", "/userdashboard/": "/home/",
		"/accounts/userdashboard/": "/home/", "/userdashboard": "/home/"} {
		c.visitor().Get(old).LeadsTo(to)
	}
	c.visitor().Get("/no-such-page/").Is(http.StatusNotFound).Sound("/no-such-page/")
}

// residentPages are all pages that a resident can ask for.
var residentPages = []string{"/", "/home/", "/card/", "/points/", "/rewards/", "/rewards/mine/", "/rates/", "/ledger/", "/notices/"}

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	pet := c.pet()
	c.rice()
	juan := c.Resident(t, c.Barangays[0])
	c.weigh(juan, pet, 6400, "a")
	for _, lang := range []string{"en", "fil"} {
		b, stranger := c.as(juan), c.visitor()
		b.Lang, stranger.Lang = lang, lang
		check := func(b *testkit.Browser, path string) {
			a := b.Get(path).Is(http.StatusOK).Sound(path)
			if got := a.Find("html").AttrOr("lang", ""); got != lang {
				t.Errorf("%s: lang %q, want %q", path, got, lang)
			}
			for word := range strings.FieldsSeq(a.Text("body")) {
				for _, area := range []string{"site.", "web.", "form.", "error."} {
					if strings.HasPrefix(word, area) {
						t.Errorf("%s shows the key %s", path, word)
					}
				}
			}
		}
		for _, path := range residentPages {
			check(b, path)
		}
		for _, path := range []string{"/", "/login/", "/rates/", "/rewards/"} {
			check(stranger, path)
		}
		stranger.Post("/login/", "username", "", "password", "").Refuses("username").Sound("/login/ refused")
	}
}

// A first visit must be cheap on prepaid data.
func TestFirstVisitIsSmall(t *testing.T) {
	const most = 100 * 1024
	c := newTown(t, testkit.DB(t))
	pet := c.pet()
	c.rice()
	juan := c.Resident(t, c.Barangays[0])
	c.weigh(juan, pet, 6400, "a")
	c.give(juan, 30)
	b := c.as(juan)
	font := static.URL("fonts/figtree-latin-wght-normal.woff2") // the one that both languages need
	for _, path := range residentPages {
		if n := b.FirstVisit(path, font); n > most {
			t.Errorf("a first visit of %s takes %d bytes", path, n)
		}
	}
	if n := c.visitor().FirstVisit("/login/", font); n > most {
		t.Errorf("a first visit of the sign-in takes %d bytes", n)
	}
}

// readCSV reads an export, without Excel's mark.
func readCSV(t *testing.T, a testkit.Answer) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.Is(http.StatusOK).Body, "\ufeff"))).ReadAll()
	must(t, err)
	return rows
}
