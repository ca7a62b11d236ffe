package notify_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/testkit"
)

func TestGSM7(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "Señor Ñuñez": 11, "@£$\n": 4, "€": 2, "[a]": 5, "é à ü": 5, strings.Repeat("x", 161): 161} {
		if n, ok := notify.GSM7(text); !ok || n != want {
			t.Errorf("%q: %d septets, %v; want %d", text, n, ok, want)
		}
	}
	for _, text := range []string{"₱", "á", "’", "–", "…", "😀", "`", "ọ", "\t"} {
		if _, ok := notify.GSM7(text); ok {
			t.Errorf("%q is not in the alphabet", text)
		}
	}
}

func TestSegments(t *testing.T) {
	for text, want := range map[string]int{
		"": 1, strings.Repeat("x", 160): 1, strings.Repeat("x", 161): 2, strings.Repeat("x", 306): 2, strings.Repeat("x", 307): 3,
		strings.Repeat("[", 80): 1, strings.Repeat("[", 81): 2, strings.Repeat("₱", 70): 1, strings.Repeat("₱", 71): 2, strings.Repeat("😀", 36): 2,
	} {
		if got := notify.Segments(text); got != want {
			t.Errorf("%d characters %.5q: %d messages, want %d", utf8.RuneCountInString(text), text, got, want)
		}
	}
}

func TestToGSM7(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "Ñuñez": "Ñuñez", "José Ámado": "José Amado", "it’s “so” – yes…": `it's "so" - yes...`, "₱5": "P5",
		"Nguyễn": "Nguyen", "an\u0303o": "año", "😀!": "?!", "bell\a": "bell", "•": "-",
	} {
		got := notify.ToGSM7(in)
		if got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
		if _, ok := notify.GSM7(got); !ok {
			t.Errorf("%q is not GSM-7", got)
		}
	}
}

func TestLongNamesAreShortenedNotTheMessage(t *testing.T) {
	s := newService(t, testkit.NewEmptyWorld(t, testkit.DB(t)), notify.Options{City: "San Pedro City", Words: words})
	long := strings.Repeat("Maria Concepción ", 12)
	to := notify.Recipient{Name: long}
	end := " may sign in with {Code} at {City}. Family {Family}. Do not tell anybody, whoever asks."
	got := s.Fit(to, "271828", errs.T("{Name}"+end, "Family", strings.Repeat("Dela Cruz ", 9)))
	n, ok := notify.GSM7(got)
	if !ok || n > 160 || n < 140 {
		t.Errorf("%d septets: %s", n, got)
	}
	if !strings.HasPrefix(got, "en: Maria Conc") || !strings.Contains(got, " may sign in with 271828 at San Pedro City. Family Dela Cruz") || !strings.HasSuffix(got, ". Do not tell anybody, whoever asks.") {
		t.Errorf("the message suffered: %s", got)
	}
	if got := s.Fit(to, "", errs.T(strings.Repeat("x", 200)+"{Name}")); !strings.Contains(got, strings.Repeat("x", 200)) {
		t.Errorf("a long sentence was cut: %s", got)
	}
	got = s.Fit(notify.Recipient{Name: "Ma.Cristina"}, "", errs.T("{Name} owes {Points}: {Reason} {City}", "Points", "1,234.5", "Reason", "see HTTPS://evil.example.com/x or www.evil.ph"))
	if want := "en: Ma. Cristina owes 1,234.5: see evil. example. com/x or www. evil. ph San Pedro City"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := s.Fit(notify.Recipient{Name: "Ana\r\n{Code}: call +63 917"}, "271828", errs.T("Hi {Name}")); strings.ContainsAny(got, "\r\n") {
		t.Errorf("a name added a line: %q", got)
	}
}

// Every text message of the catalogues fits into one, however long its values are, says
// its whole sentence, and holds no link: the telephone companies block those.
func TestEveryTextMessageFits(t *testing.T) {
	found, judge := 0, newTextJudge(t)
	for _, language := range []string{"en", "fil"} {
		files, err := filepath.Glob("../web/i18n/" + language + "/*.toml")
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var all map[string]any
			if err := toml.Unmarshal(data, &all); err != nil {
				t.Fatal(file, err)
			}
			for key, v := range all {
				if !strings.HasSuffix(key, ".sms") {
					continue
				}
				found++
				for _, sentence := range forms(v) {
					for _, wrong := range judge.faults(sentence) {
						t.Errorf("%s, %s: %s\n%s", language, key, wrong, sentence)
					}
				}
			}
		}
	}
	if found < 2 {
		t.Errorf("%d text messages were found", found)
	}
}

// forms are the sentences of a key: one, or one for each plural.
func forms(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case map[string]any:
		var out []string
		for _, form := range v {
			out = append(out, form.(string))
		}
		return out
	}
	return nil
}

var placeholder = regexp.MustCompile(`{{\s*\.(\w+)\s*}}`)

// textJudge fits sentences that stand in no catalogue of the program.
type textJudge struct {
	s        *notify.Service
	sentence string
}

func newTextJudge(t *testing.T) *textJudge {
	j := &textJudge{}
	j.s = newService(t, testkit.NewEmptyWorld(t, testkit.DB(t)), notify.Options{City: "City of San Pedro, Laguna", Words: j.fill})
	return j
}

func (j *textJudge) fill(_ string, t errs.Text) string {
	return placeholder.ReplaceAllStringFunc(j.sentence, func(p string) string {
		return t.Args[placeholder.FindStringSubmatch(p)[1]].(string)
	})
}

// faults says what is wrong with a text message, filled in with long values.
func (j *textJudge) faults(sentence string) []string {
	j.sentence = sentence
	var out []string
	if _, ok := notify.GSM7(placeholder.ReplaceAllString(sentence, "")); !ok {
		out = append(out, "it holds a character outside of GSM-7")
	}
	if regexp.MustCompile(`(?i)https?:|www\.|\b[a-z0-9-]+\.(com|ph|net|org|gov)\b`).MatchString(sentence) {
		out = append(out, "it holds a link")
	}
	args := map[string]any{}
	for _, m := range placeholder.FindAllStringSubmatch(sentence, -1) {
		args[m[1]] = strings.Repeat("Bartolomé-Villanueva ", 6)
	}
	for name, v := range map[string]any{"Code": "271828", "City": "City of San Pedro, Laguna", "Count": "60", "Minutes": "60", "Hours": "24", "Points": "1,234,567.89"} {
		if _, ok := args[name]; ok {
			args[name] = v
		}
	}
	delete(args, "Name")
	got := j.s.Fit(notify.Recipient{Name: strings.Repeat("Bartolomé-Villanueva ", 6)}, "271828", errs.Text{Args: args})
	if n, ok := notify.GSM7(got); !ok || n > 160 {
		out = append(out, "it does not fit: "+got)
	}
	return out
}

// The check above must be able to fail.
func TestFaultsAreFound(t *testing.T) {
	judge := newTextJudge(t)
	for sentence, want := range map[string]string{
		"Good day {{.Name}}":                              "",
		strings.Repeat("x", 150) + " {{.Name}} {{.Code}}": "does not fit",
		"Pay ₱5 {{.Name}}":                                "outside of GSM-7",
		"See https://x/ {{.City}}":                        "a link",
		"See ekolek.gov":                                  "a link",
	} {
		got := strings.Join(judge.faults(sentence), "; ")
		if !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%q: %q, want %q", sentence, got, want)
		}
	}
}
