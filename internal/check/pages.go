package check

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"ekolek/internal/web/observatory"
)

// pages are the checks of what a browser runs and loads.
func pages() []Check {
	return []Check{
		{ID: "EK.E026", Class: Error, Deploy: true, Django: "security.E026", Title: "The content security policy lets nothing in that we did not write.",
			Mend: "Serve the policy of this program, enforced, not report-only; a proxy must not change it.", judge: contentPolicy},
		{ID: "EK.E027", Class: Error, Deploy: true, Django: "security.W027", Title: "No page has a script or style that its policy forbids.",
			Mend: "Move it to a file, or give it the answer's nonce.", judge: inline},
		{ID: "EK.E059", Class: Error, Deploy: true, Title: "No answer tells which programs, versions or lines of code are at work.",
			Mend: "Remove the header at the proxy; let errors pass through web.Server, which tells people a request number only.", judge: talking},
		{ID: "EK.E066", Class: Error, Deploy: true, Title: "Pages load nothing from anybody else.",
			Mend: "Keep the file with the program: internal/web/static.", judge: thirdParties},
	}
}

func contentPolicy(f *Facts, v *verdict) {
	nonces := map[string]string{}
	f.each(v, func(a Answer) {
		header := a.Header.Get("Content-Security-Policy")
		if header == "" {
			v.fail("no Content-Security-Policy that is enforced: %s", a)
			return
		}
		for _, fault := range observatory.Findings(header, a.Camera) {
			if !strings.HasPrefix(fault, "frame-ancestors") { // EK.E002's
				v.fail("%s: %s", fault, a)
			}
		}
		for _, nonce := range noncesOf(header) {
			if before, twice := nonces[nonce]; twice {
				v.fail("the nonce of %s comes again: %s", before, a)
			}
			nonces[nonce] = a.String()
		}
	})
}

// noncesOf are the nonces of a policy, for scripts and styles, each once.
func noncesOf(header string) []string {
	var out []string
	parsed, _ := observatory.Parse(header) // what is wrong with it is told elsewhere
	for _, sources := range parsed {
		for _, source := range sources {
			nonce, ok := strings.CutPrefix(source, "'nonce-")
			if nonce = strings.TrimSuffix(nonce, "'"); ok && !slices.Contains(out, nonce) {
				out = append(out, nonce)
			}
		}
	}
	return out
}

// element is one start tag of a page.
type element struct {
	name string
	attr map[string]string
}

// elements reads the start tags of a page.
func elements(body string) []element {
	var out []element
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return out // the end, or what a browser would not understand either
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			e := element{name: t.Data, attr: map[string]string{}}
			for _, at := range t.Attr {
				e.attr[at.Key] = at.Val
			}
			out = append(out, e)
		}
	}
}

// eachPage judges the elements of every page.
func (f *Facts) eachPage(v *verdict, judge func(Answer, element)) {
	if !f.need(v, "Answers", f.Answers != nil) {
		return
	}
	f.need(v, "Inside", f.Inside != nil)
	for _, a := range f.all() {
		if a.html() {
			for _, e := range elements(a.Body) {
				judge(a, e)
			}
		}
	}
}

func inline(f *Facts, v *verdict) {
	f.eachPage(v, func(a Answer, e element) {
		nonces := noncesOf(a.Header.Get("Content-Security-Policy"))
		if code := inlineCode(e); code != "" && !slices.Contains(nonces, e.attr["nonce"]) {
			v.fail("%s in %s", code, a)
		}
		for name, value := range e.attr {
			switch {
			case name == "style":
				v.fail("a style attribute of <%s> in %s", e.name, a)
			case len(name) > 2 && strings.HasPrefix(name, "on"):
				v.fail("an %s attribute of <%s> in %s", name, e.name, a)
			case (name == "href" || name == "src" || name == "action") && strings.HasPrefix(strings.ToLower(strings.TrimSpace(value)), "javascript:"):
				v.fail("a javascript: address of <%s> in %s", e.name, a)
			}
		}
	})
}

// inlineCode names an element whose content a browser would run.
func inlineCode(e element) string {
	_, file := e.attr["src"]
	kind := strings.ToLower(e.attr["type"])
	switch {
	case e.name == "style":
		return "an inline <style>"
	case e.name == "script" && !file && slices.Contains([]string{"", "module", "text/javascript", "application/javascript", "importmap"}, kind):
		return "an inline <script>"
	}
	return ""
}

// loaded are the elements and attributes by which a page fetches something by itself, or
// sends what somebody typed.
var loaded = map[string][]string{
	"script": {"src"}, "link": {"href"}, "img": {"src", "srcset"}, "iframe": {"src"}, "source": {"src", "srcset"}, "video": {"src", "poster"},
	"audio": {"src"}, "object": {"data"}, "embed": {"src"}, "form": {"action"}, "use": {"href"}, "image": {"href"}, "base": {"href"},
}

func thirdParties(f *Facts, v *verdict) {
	own, _ := url.Parse(f.Config.SiteURL) // it was checked when it was read
	f.eachPage(v, func(a Answer, e element) {
		if e.name == "link" && !slices.Contains([]string{"stylesheet", "icon", "preload", "modulepreload", "manifest", "preconnect", "dns-prefetch", "apple-touch-icon"}, e.attr["rel"]) {
			return
		}
		for _, name := range loaded[e.name] {
			u, err := url.Parse(strings.TrimSpace(e.attr[name]))
			if err == nil && u.Host != "" && (own == nil || u.Host != own.Host) {
				v.fail("<%s> of %s is loaded in %s", e.name, u.Host, a)
			}
		}
	})
}

var (
	tellingHeaders = []string{"Server", "X-Powered-By", "X-AspNet-Version", "X-Runtime", "X-Version", "Via"}
	versions       = regexp.MustCompile(`(?i)\b(go|ekolek|django|python|nginx|caddy|gunicorn)[/ ]v?\d`)
	traces         = regexp.MustCompile(`goroutine \d+ \[|[a-z_]+\.go:\d+|\bpanic:|runtime error|SQLSTATE|\bsqlite\b|Traceback|no such table|syntax error at`)
)

// freely are headers that may hold such words without telling anything of ours.
var freely = []string{"Location", "Set-Cookie", "Content-Security-Policy", "X-Request-Id", "Etag", "Link"}

func talking(f *Facts, v *verdict) {
	if !f.need(v, "Answers", f.Answers != nil) {
		return
	}
	for _, a := range f.all() {
		for name, values := range a.Header {
			switch {
			case slices.Contains(tellingHeaders, name):
				v.fail("the header %s is sent: %s", name, a)
			case !slices.Contains(freely, name) && versions.MatchString(strings.Join(values, " ")):
				v.fail("the header %s names a version: %s", name, a)
			}
		}
		switch {
		case a.Status >= 400 && traces.MatchString(a.Body):
			v.fail("an error shows the inside of the program: %s", a)
		case a.Kind == broken && a.Status == 500:
			v.fail("what cannot be read is an internal error: %s", a)
		}
	}
}
