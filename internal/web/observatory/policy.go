package observatory

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Policy is a parsed header: sources by directive, both in lower case but for nonces.
type Policy map[string][]string

// Parse reads one header. Errors are what a browser would skip or misread.
func Parse(header string) (Policy, []string) {
	p, wrong := Policy{}, []string{}
	for part := range strings.SplitSeq(header, ";") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		name := strings.ToLower(words[0])
		switch {
		case !slices.Contains(directives, name):
			wrong = append(wrong, "unknown directive "+name)
		case p[name] != nil:
			wrong = append(wrong, name+" stands there twice")
		default:
			p[name] = append([]string{}, words[1:]...)
		}
	}
	return p, wrong
}

// directives are those in force; browsers have dropped others.
var directives = []string{"default-src", "script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem", "style-src-attr",
	"img-src", "font-src", "connect-src", "media-src", "object-src", "frame-src", "child-src", "worker-src", "manifest-src",
	"base-uri", "form-action", "frame-ancestors", "sandbox", "report-uri", "report-to", "upgrade-insecure-requests",
	"require-trusted-types-for", "trusted-types"}

// keywords stand in quotes.
var keywords = []string{"none", "self", "unsafe-inline", "unsafe-eval", "unsafe-hashes", "wasm-unsafe-eval", "strict-dynamic", "report-sample", "inline-speculation-rules"}

// sources are what a directive allows: its own, else those of default-src; nil: all.
func (p Policy) sources(directive string) []string {
	if s, ok := p[directive]; ok {
		return s
	}
	return p["default-src"]
}

// Findings lists what is wrong with a policy; none is the best. wasm says that the page
// has a reason to compile WebAssembly.
func Findings(header string, wasm bool) []string {
	p, found := Parse(header)
	for name, sources := range p {
		for _, s := range sources {
			if what := misspelt(name, s); what != "" {
				found = append(found, name+": "+what)
			}
		}
	}
	for _, name := range []string{"script-src", "object-src", "style-src", "img-src", "connect-src", "font-src", "frame-src", "worker-src"} {
		if _, ok := p[name]; !ok && p["default-src"] == nil {
			found = append(found, name+" is missing")
		}
	}
	for _, name := range []string{"base-uri", "form-action", "frame-ancestors"} {
		if p[name] == nil {
			found = append(found, name+" is missing: default-src does not stand for it")
		}
	}
	found = append(found, p.script(wasm)...)
	found = append(found, p.wide()...)
	slices.Sort(found)
	return found
}

// script says what lets a script of somebody else run.
func (p Policy) script(wasm bool) (found []string) {
	sources := p.sources("script-src")
	nonced := false
	for _, s := range sources {
		low := strings.ToLower(s)
		switch {
		case low == "'unsafe-inline'", low == "'unsafe-eval'", low == "'unsafe-hashes'", low == "'wasm-unsafe-eval'" && !wasm:
			found = append(found, "script-src allows "+low)
		case strings.HasPrefix(low, "'nonce-"):
			nonced = true
			if len(s) < len("'nonce-'")+22 || !nonce.MatchString(s) {
				found = append(found, "a nonce has less than 128 bits")
			}
		}
	}
	switch {
	case slices.Equal(sources, []string{"'none'"}):
	case !nonced:
		found = append(found, "script-src has no nonce")
	default:
		if !slices.Contains(sources, "'strict-dynamic'") {
			found = append(found, "script-src lacks 'strict-dynamic'")
		}
		if !slices.Contains(p["require-trusted-types-for"], "'script'") {
			found = append(found, "strings may become markup: require-trusted-types-for is missing")
		}
		if p["report-uri"] == nil && p["report-to"] == nil {
			found = append(found, "nobody hears of violations")
		}
	}
	return found
}

// wide says what allows more than a site's own.
func (p Policy) wide() (found []string) {
	for _, name := range []string{"default-src", "script-src", "style-src", "object-src", "base-uri", "connect-src", "img-src", "font-src", "frame-src", "form-action", "frame-ancestors"} {
		for _, s := range p[name] {
			low := strings.ToLower(s)
			host := strings.TrimPrefix(strings.TrimPrefix(low, "https://"), "http://")
			_, noIP := netip.ParseAddr(host)
			switch {
			case low == "*" || low == "http:" || low == "https:" || low == "data:" && name != "img-src" || low == "blob:" && name == "script-src":
				found = append(found, name+" allows "+low)
			case strings.HasPrefix(low, "http://"):
				found = append(found, name+" allows plain HTTP")
			case noIP == nil:
				found = append(found, name+" names an address")
			case name == "style-src" && low == "'unsafe-inline'":
				found = append(found, "style-src allows 'unsafe-inline'")
			case (name == "script-src" || name == "object-src") && !strings.HasPrefix(s, "'"):
				found = append(found, fmt.Sprintf("%s allows a whole host: %s", name, s))
			}
		}
	}
	if o := p.sources("object-src"); !slices.Equal(o, []string{"'none'"}) {
		found = append(found, "object-src is not 'none'")
	}
	return found
}

var nonce = regexp.MustCompile(`^'nonce-[A-Za-z0-9+/_-]+={0,2}'$`)

// misspelt says how a browser would not understand a source.
func misspelt(directive, source string) string {
	bare := strings.Trim(strings.ToLower(source), "'")
	quoted := strings.HasPrefix(source, "'") && strings.HasSuffix(source, "'")
	switch {
	case directive == "report-to" || directive == "report-uri" || directive == "sandbox":
		return ""
	case slices.Contains(directives, bare):
		return "a semicolon is missing before " + source
	case !quoted && (slices.Contains(keywords, bare) || strings.HasPrefix(bare, "nonce-") || strings.HasPrefix(bare, "sha256-")):
		return source + " lacks its quotes"
	case quoted && directive == "require-trusted-types-for" && bare == "script":
		return ""
	case quoted && !slices.Contains(keywords, bare) && !strings.HasPrefix(bare, "nonce-") && !strings.HasPrefix(bare, "sha"):
		return "unknown keyword " + source
	}
	return ""
}
