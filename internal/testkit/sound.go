package testkit

import (
	"io"
	"net/http"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// Sound checks what is true of every page: a language, a title, one main heading, a name
// for every field, and nothing that the content security policy would stop (styles or
// scripts in the page, other hosts).
func (a Answer) Sound(path string) Answer {
	a.t.Helper()
	if kind := a.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") {
		a.t.Errorf("%s is %s, no page", path, kind)
		return a
	}
	if a.Find("html").AttrOr("lang", "") == "" || strings.TrimSpace(a.Find("head title").Text()) == "" {
		a.t.Errorf("%s has no language or no title", path)
	}
	if n := a.Find("h1").Length(); n != 1 {
		a.t.Errorf("%s has %d main headings, want 1", path, n)
	}
	a.Find("input, select, textarea").Each(func(_ int, field *goquery.Selection) {
		if !a.named(field) {
			a.t.Errorf("%s: nothing names the field %q", path, field.AttrOr("name", field.AttrOr("id", "")))
		}
	})
	if n := a.Find("style, script:not([src])").Length(); n > 0 {
		a.t.Errorf("%s has %d styles or scripts of its own", path, n)
	}
	a.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, attr := range s.Nodes[0].Attr {
			if why := unsound(attr.Key, attr.Val); why != "" {
				a.t.Errorf("%s: <%s %s=%q>: %s", path, s.Nodes[0].Data, attr.Key, attr.Val, why)
			}
		}
	})
	return a
}

// named tells whether a person with a screen reader hears what a field is.
func (a Answer) named(field *goquery.Selection) bool {
	switch field.AttrOr("type", "") {
	case "hidden", "submit", "button":
		return true
	}
	if field.AttrOr("aria-label", "")+field.AttrOr("aria-labelledby", "") != "" || field.Closest("label").Length() > 0 {
		return true
	}
	id := field.AttrOr("id", "")
	return id != "" && a.Find(`label[for="`+id+`"]`).Length() > 0
}

// unsound says why a page must not carry an attribute; "" when it may.
func unsound(key, value string) string {
	switch {
	case key == "style":
		return "styles belong in the style sheet"
	case strings.HasPrefix(key, "on"):
		return "scripts belong in app.js"
	case key == "href" && strings.HasPrefix(value, "webcal://"):
		return "" // hands our own address to the phone's calendar; the page loads nothing
	case key == "href" || key == "src" || key == "action":
		if strings.Contains(value, "://") || strings.HasPrefix(value, "//") || strings.HasPrefix(value, "javascript:") {
			return "the pages need no other host"
		}
	}
	return ""
}

// FirstVisit is what a browser with an empty cache takes over the wire for a page: the
// document and what it loads at once, compressed, in bytes.
func (b *Browser) FirstVisit(path string, fonts ...string) int {
	b.t.Helper()
	page := b.Get(path).Is(http.StatusOK)
	seen := map[string]bool{path: true}
	total := b.weigh(path)
	load := func(address string) {
		address, _, _ = strings.Cut(address, "#") // a drawing of the sprite
		if address == "" || seen[address] {
			return
		}
		seen[address] = true
		total += b.weigh(address)
	}
	page.Find("script[src], img[src]").Each(func(_ int, s *goquery.Selection) { load(s.AttrOr("src", "")) })
	page.Find(`link[rel="stylesheet"], link[rel="preload"], link[rel="modulepreload"], link[rel="icon"], use`).Each(func(_ int, s *goquery.Selection) {
		load(s.AttrOr("href", ""))
	})
	for _, font := range fonts {
		load(font)
	}
	return total
}

// weigh is how many bytes an address answers with, compressed where the program does.
func (b *Browser) weigh(path string) int {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.url+path, nil)
	must(b.t, err)
	req.Header.Set("Accept-Encoding", "br, gzip")
	res, err := b.client.Do(req)
	must(b.t, err)
	defer func() { _ = res.Body.Close() }() // counted below
	n, err := io.Copy(io.Discard, res.Body)
	must(b.t, err)
	if res.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: status %d", path, res.StatusCode)
	}
	return int(n)
}
