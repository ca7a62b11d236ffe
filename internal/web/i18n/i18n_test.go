package i18n

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ekolek/internal/errs"
	"ekolek/internal/ledger"
)

var (
	en  = With(context.Background(), English)
	fil = With(context.Background(), Filipino)
	at  = time.Date(2026, 11, 25, 23, 0, 0, 0, time.UTC) // Thursday 7 in the morning in Manila
)

func TestTimesAreManilasInWords(t *testing.T) {
	for want, got := range map[string]string{
		"Thu 26 Nov · 7:00 AM":            Time(en, at),
		"Huw, 26 Nob · 7:00 AM":           Time(fil, at),
		"Thursday, 26 November · 7:00 AM": TimeLong(en, at),
		"Huwebes, 26 Nobyembre · 7:00 AM": TimeLong(fil, at),
		"Thu 26 Nov":                      Date(en, at),
		"26 Nov 2026":                     DateYear(en, at),
		"26 Nob 2026":                     DateYear(fil, at),
		"12:30 PM":                        Clock(time.Date(2026, 1, 1, 4, 30, 0, 0, time.UTC)),
		"2026-11-26T07:00+08:00":          Stamp(at),
		"Thursday, 26 November":           Day(en, at),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for want, got := range map[string]string{
		"0": Number(0), "999": Number(999), "1,000": Number(1000), "28,406": Number(28406), "−1,234,567": Number(-1234567),
		"186.5": Points(18650), "34,905.5": Points(3490550), "50": Points(5000), "0.05": Points(5), "−1,000.25": Points(-100025),
		"+32": Signed(3200), "−50": Signed(-5000), "+0": Signed(0),
		"6.4 kg": Kilos(6400), "1,000 kg": Kilos(1_000_000), "0.001 kg": Kilos(1), "2.45": KilosNumber(2450), "−0.5 kg": Kilos(-500),
		"2.5": Rate(250), "10": Rate(1000),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestDurationsRoundUp(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Second: "1 minute", 61 * time.Second: "2 minutes", 30 * time.Minute: "30 minutes", time.Hour: "1 hour",
		25 * time.Hour: "2 days", 48 * time.Hour: "2 days",
	} {
		if got := Duration(en, d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	if got := Duration(fil, 5*time.Minute); got != "5 minuto" {
		t.Errorf("%q", got)
	}
}

func TestSentences(t *testing.T) {
	for want, got := range map[string]string{
		"Log in":                                   T(en, "web.sign_in"),
		"Mag-log in":                               T(fil, "web.sign_in"),
		"One thing needs your attention.":          T(en, "web.errors_title", "Count", 1),
		"1,200 things need your attention.":        T(en, "web.errors_title", "Count", 1200),
		"May 3 bagay na kailangang ayusin.":        T(fil, "web.errors_title", "Count", 3),
		"May 4 bagay na kailangang ayusin.":        T(fil, "web.errors_title", "Count", 4),
		"At most 1,500 characters.":                T(en, "form.too_long", "Limit", 1500),
		"At most <b> characters.":                  T(en, "form.too_long", "Limit", "<b>"), // pages escape
		"no.such.key":                              T(en, "no.such.key"),
		"At most 186.5 characters.":                Say(en, errs.T("form.too_long", "Limit", ledger.Points(18650))),
		"Hanggang Mag-log in titik lamang.":        Say(fil, errs.T("form.too_long", "Limit", errs.T("web.sign_in"))),
		"At most 30 minutes characters.":           T(en, "form.too_long", "Limit", 30*time.Minute),
		"At most Thu 26 Nov · 7:00 AM characters.": T(en, "form.too_long", "Limit", at),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if From(context.Background()) != English {
		t.Error("no language is English")
	}
}

func TestPlainSurvivesJSON(t *testing.T) {
	if Plain(en, 3) != 3 || Plain(en, ledger.Grams(6400)) != "6.4 kg" {
		t.Error("counts stay numbers, all else is written")
	}
	if got := T(en, "web.errors_title", "Count", float64(1)); got != "One thing needs your attention." {
		t.Errorf("a count that was in JSON: %q", got)
	}
}

func TestBrokenCataloguesDoNotStart(t *testing.T) {
	good := &fstest.MapFile{Data: []byte(`"a" = "A"`)}
	for name, fsys := range map[string]fstest.MapFS{
		"syntax": {"en/x.toml": {Data: []byte(`"a" = `)}, "fil/x.toml": good},
		"twice":  {"en/x.toml": good, "en/y.toml": good, "fil/x.toml": good},
	} {
		if _, err := load(fsys); err == nil || !strings.Contains(err.Error(), "en/") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestChoosing(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	if _, ok := Chosen(r); ok {
		t.Error("nobody chose")
	}
	r.AddCookie(Cookie(Filipino, true))
	if lang, ok := Chosen(r); !ok || lang != Filipino {
		t.Errorf("%q", lang)
	}
	c := Cookie(English, true)
	if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.MaxAge < 30_000_000 {
		t.Errorf("%+v", c)
	}
	if _, ok := Parse("de"); ok {
		t.Error("German")
	}
}

func BenchmarkPlainSentence(b *testing.B) {
	for b.Loop() {
		T(en, "web.sign_in")
	}
}

func BenchmarkFilledSentence(b *testing.B) {
	for b.Loop() {
		T(en, "form.too_long", "Limit", 1500)
	}
}
