// Package i18n says things in the reader's language: sentences from the catalogues
// (en/*.toml, fil/*.toml), numbers, weights, points, and Manila's dates and times in
// words. The language travels in the context.
package i18n

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"ekolek/internal/errs"
)

// Lang is a language of the product, as in <html lang>.
type Lang string

// The languages. English comes first: it answers where nothing was chosen.
const (
	English  Lang = "en"
	Filipino Lang = "fil"
)

// Langs are all languages, in the order of the switch.
var Langs = [...]Lang{English, Filipino}

//go:embed en fil
var catalogues embed.FS

var texts = mustLoad(catalogues)

// catalogue is the sentences of one language. Those without plural forms, nearly all, are
// kept in parts and need no template at run time.
type catalogue struct {
	plain     map[string]string // no placeholder either
	filled    map[string][]part
	localizer *i18n.Localizer
}

// part is a piece of a sentence: words, or the name of a value.
type part struct{ words, name string }

// mustLoad reads the embedded catalogues while the program starts; a broken one is a
// programmer's error.
func mustLoad(fsys fs.FS) map[Lang]*catalogue {
	all, err := load(fsys)
	if err != nil {
		panic(err)
	}
	return all
}

func load(fsys fs.FS) (map[Lang]*catalogue, error) {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	all := map[Lang]*catalogue{}
	for _, lang := range Langs {
		c, err := loadLang(bundle, fsys, lang)
		if err != nil {
			return nil, err
		}
		c.localizer = i18n.NewLocalizer(bundle, string(lang))
		all[lang] = c
	}
	return all, nil
}

// loadLang reads one language's files into the bundle and into a catalogue. A key that
// stands in two files is refused: one would silently win.
func loadLang(bundle *i18n.Bundle, fsys fs.FS, lang Lang) (*catalogue, error) {
	c, seen := &catalogue{plain: map[string]string{}, filled: map[string][]part{}}, map[string]string{}
	names, err := fs.Glob(fsys, string(lang)+"/*.toml")
	if err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", lang, err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", name, err)
		}
		// The parser takes the language from the name: "web.fil.toml".
		f, err := bundle.ParseMessageFileBytes(data, strings.TrimSuffix(path.Base(name), ".toml")+"."+string(lang)+".toml")
		if err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", name, err)
		}
		for _, m := range f.Messages {
			if first, ok := seen[m.ID]; ok {
				return nil, fmt.Errorf("catalogue %s: key %s already stands in %s", name, m.ID, first)
			}
			seen[m.ID] = name
			c.keep(m)
		}
	}
	return c, nil
}

// keep puts a message without plural forms where T finds it quickly.
func (c *catalogue) keep(m *i18n.Message) {
	switch {
	case m.One != "":
	case !strings.Contains(m.Other, "{{"):
		c.plain[m.ID] = m.Other
	default:
		c.filled[m.ID] = split(m.Other)
	}
}

var placeholder = regexp.MustCompile(`{{\s*\.(\w+)\s*}}`)

// split cuts a sentence at its placeholders.
func split(s string) []part {
	var parts []part
	rest := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(s, -1) {
		parts = append(parts, part{words: s[rest:at[0]], name: s[at[2]:at[3]]})
		rest = at[1]
	}
	return append(parts, part{words: s[rest:]})
}

type langKey struct{}

// With returns a context whose reader reads lang.
func With(ctx context.Context, lang Lang) context.Context {
	return context.WithValue(ctx, langKey{}, lang)
}

// From is the reader's language; English when nobody said.
func From(ctx context.Context) Lang {
	if lang, ok := ctx.Value(langKey{}).(Lang); ok {
		return lang
	}
	return English
}

// T is the sentence of a key in the reader's language. args are pairs of name and
// value, as in T(ctx, "points.left", "Left", points); values are written as Value says.
// A value named Count also chooses between the forms "one" and "other". A missing key
// answers itself; a test finds it before a person does.
func T(ctx context.Context, key string, args ...any) string {
	c := texts[From(ctx)]
	if s, ok := c.plain[key]; ok {
		return s
	}
	return c.fill(key, pairs(ctx, key, args))
}

// Say is T for a sentence that an error or a flash carries.
func Say(ctx context.Context, t errs.Text) string {
	c := texts[From(ctx)]
	if s, ok := c.plain[t.Key]; ok {
		return s
	}
	args := make([]any, 0, 2*len(t.Args))
	for name, v := range t.Args {
		args = append(args, name, v)
	}
	return c.fill(t.Key, pairs(ctx, t.Key, args))
}

// values is what a sentence names, written out, with the number that chooses its form.
type values struct {
	written map[string]string
	count   any
}

func pairs(ctx context.Context, key string, args []any) values {
	if len(args)%2 != 0 {
		panic("i18n: odd number of values for " + key)
	}
	v := values{written: make(map[string]string, len(args)/2)}
	for i := 0; i < len(args); i += 2 {
		name := args[i].(string)
		if name == "Count" {
			v.count = countOf(args[i+1])
		}
		v.written[name] = Value(ctx, args[i+1])
	}
	return v
}

// countOf turns a number into what the plural rules read.
func countOf(v any) any {
	switch n := v.(type) {
	case int, int64:
		return n
	case float64: // a number that has been through JSON, in a flash
		return int64(n)
	default:
		return nil
	}
}

func (c *catalogue) fill(key string, v values) string {
	if parts, ok := c.filled[key]; ok {
		var b strings.Builder
		for _, p := range parts {
			b.WriteString(p.words)
			b.WriteString(v.written[p.name])
		}
		return b.String()
	}
	cfg := &i18n.LocalizeConfig{MessageID: key, TemplateData: v.written, PluralCount: v.count}
	s, err := c.localizer.Localize(cfg)
	if err != nil {
		return key
	}
	return s
}

// In says a text in a language by its name, English for an unknown one: for messages,
// whose reader is not the one who asks.
func In(language string, t errs.Text) string {
	lang, ok := Parse(language)
	if !ok {
		lang = English
	}
	return Say(With(context.Background(), lang), t)
}

// Pick is a thing's name in the reader's language; the English one when it has no other.
func Pick(ctx context.Context, english, filipino string) string {
	if filipino != "" && From(ctx) == Filipino {
		return filipino
	}
	return english
}
