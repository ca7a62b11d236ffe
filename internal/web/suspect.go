package web

import (
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"ekolek/internal/telemetry"
)

// What looks like an attempt to inject something is told to the security log, and never
// refused: statements have parameters and pages escape, so that honest text, "O'Brien --
// Jr" among it, stays what it is. The log has a score, where it stood and under which
// name; never the text, which may be somebody's password.

// suspectFrom is the score from which a request is told of.
const suspectFrom = 4

// sign is something that injections have in them, and how much it says by itself.
type sign struct {
	kind   string
	score  int
	looks  *regexp.Regexp
	needle string // a part in lower case that each of them holds, to look quickly
}

// signs are looked for in lower case, with escapes of addresses taken off and what
// databases take for spaces made one.
var signs = []sign{
	{"sql", 5, regexp.MustCompile(`\bunion\s+(all\s+|distinct\s+)?\(*\s*select\b`), "union"},
	{"sql", 5, regexp.MustCompile(`['"\d)] *(or|and|\|\||&&) +['"(]*[\w%]*['")]* *(=|<|>|like\b|is\b|in\b|between\b)`), ""},
	{"sql", 5, regexp.MustCompile(`;\s*((drop|create|alter|truncate)\s+(table|database|index|view|user|schema)|delete\s+from|insert\s+into|update\s+\w+\s+set|exec(ute)?\s|shutdown\b|declare\s+@|copy\s+\w+\s+(from|to)|attach\s+database|grant\s+\w+\s+(on|to))`), ";"},
	{"sql", 4, regexp.MustCompile(`\b(sleep|benchmark|pg_sleep|load_file|extractvalue|updatexml|randomblob|load_extension|dbms_pipe\.receive_message) *\(`), "("},
	{"sql", 4, regexp.MustCompile(`\b(xp_cmdshell|sp_executesql|information_schema|sqlite_master|pg_catalog|pg_shadow|waitfor delay|into (out|dump)file)\b`), ""},
	{"sql", 4, regexp.MustCompile(`\bselect\b.{1,80}\bfrom\b.{1,60}(\bwhere\b|--|;|$)`), "select"},
	{"sql", 3, regexp.MustCompile(`['")] *(--|#|/\*)`), ""},
	{"sql", 2, regexp.MustCompile(`['"] *; *--`), ";"},
	{"sql", 1, regexp.MustCompile(`--|/\*|\*/`), ""},
	{"sql", 1, regexp.MustCompile(`'`), "'"},
	{"script", 5, regexp.MustCompile(`<\s*/?\s*(script|iframe|object|embed|svg|math|base|meta|link|style|form|template)\b`), "<"},
	{"script", 5, regexp.MustCompile(`(<[^>]*[\s/"']|["']\s*)on[a-z]{3,24}\s*=`), "on"},
	{"script", 4, regexp.MustCompile(`<\s*(img|video|audio|body|input|details|marquee|a)\b[^>]*(src|href|=)`), "<"},
	{"script", 4, regexp.MustCompile(`(javascript|vbscript|livescript)\s*:|data:text/html|srcdoc\s*=|document\.(cookie|location|write)|\bexpression\s*\(`), ""},
	{"script", 4, regexp.MustCompile(`&#x?0*(6a|106|3c|60);?`), "&#"},
	{"path", 5, regexp.MustCompile(`(^|[/\\])\.\.[/\\]|\.\.[/\\]\.\.|\.\.;/|\.\.%|%2e%2e|%c0%af`), ".."},
	{"path", 5, regexp.MustCompile(`/etc/(passwd|shadow|hosts)|/proc/self|c:[/\\]+win|boot\.ini|file:///|\.git/(config|head)|/\.env\b|wp-(login|admin|config)|\.(php|aspx?|jsp)\b`), ""},
	{"path", 4, regexp.MustCompile(`\x00`), "\x00"},
	{"header", 5, regexp.MustCompile(`[\r\n]\s*(set-cookie|location|content-(type|length)|transfer-encoding|x-[a-z-]+|bcc|cc|to|from|subject|http/1)\s*[:/.]`), ""},
	{"header", 4, regexp.MustCompile(`%0d%0a|%0a%0d|\x{560d}\x{560a}|%e5%98%8a`), ""},
	{"command", 5, regexp.MustCompile(`\$\{jndi:|\(\) *\{ *:|\$\( *[a-z/]|[;|&\x60] *(cat|ls|id|whoami|wget|curl|nc|bash|sh|ping|powershell|cmd|rm)\b`), ""},
	{"template", 4, regexp.MustCompile(`\{\{.{0,40}\}\}|\$\{.{0,40}\}|<%=?|#\{.{0,40}\}|\{%`), ""},
	{"document", 5, regexp.MustCompile(`<!(entity|doctype|\[cdata)|<\?xml`), "<"},
	{"query", 4, regexp.MustCompile(`["'{ ]?\$(where|ne|gt|regex|function)\b`), "$"},
}

// telling are the characters without which no sign stands: most values have none of them.
const telling = "'\"<>;%\\$\x00\r\n()/{}#&|`=*:." + "\x60"

// suspicion is what a request looks like so far.
type suspicion struct {
	score  int // of its worst value
	where  string
	name   string
	kinds  []string
	values int // that look like something
}

// note judges one value.
func (s *suspicion) note(where, name, value string) {
	score, kinds := judge(value)
	if score < suspectFrom {
		return
	}
	s.values++
	for _, k := range kinds {
		if !slices.Contains(s.kinds, k) {
			s.kinds = append(s.kinds, k)
		}
	}
	if score > s.score {
		s.score, s.where, s.name = score, where, plainName(name)
	}
}

// judgedBytes of a value are looked at.
const judgedBytes = 4096

// judge scores a text. Each kind counts its strongest sign in full and one more for each
// other, so that a lone apostrophe or two hyphens say nothing.
func judge(value string) (score int, kinds []string) {
	value = clip(value, judgedBytes)
	if !strings.ContainsAny(value, telling) && !strings.Contains(value, "union") {
		return 0, nil
	}
	best, more := map[string]int{}, map[string]int{}
	for _, form := range forms(value) {
		for _, g := range signs {
			if g.needle != "" && !strings.Contains(form, g.needle) || !g.looks.MatchString(form) {
				continue
			}
			more[g.kind]++
			best[g.kind] = max(best[g.kind], g.score)
		}
		if len(best) > 0 && strongest(best) >= suspectFrom {
			break
		}
	}
	for kind, b := range best {
		if n := b + min(more[kind]-1, 2); n >= suspectFrom && b >= 3 {
			kinds = append(kinds, kind)
			score = max(score, n)
		} else {
			score = max(score, min(n, suspectFrom-1))
		}
	}
	slices.Sort(kinds)
	return score, kinds
}

func strongest(best map[string]int) int {
	n := 0
	for _, b := range best {
		n = max(n, b)
	}
	return n
}

var comments = regexp.MustCompile(`/\*.*?\*/|[\t\v\f+\x{00a0}]+`)

// forms are the spellings of a value that are looked at: as it came, and with one and two
// layers of an address's escapes taken off.
func forms(value string) []string {
	out := []string{strings.ToLower(value)}
	if spaced := comments.ReplaceAllString(out[0], " "); spaced != out[0] {
		out = append(out, spaced)
	}
	for range 2 {
		plain, err := url.PathUnescape(value)
		if err != nil || plain == value {
			break
		}
		value = plain
		out = append(out, comments.ReplaceAllString(strings.ToLower(value), " "))
	}
	return out
}

var fieldName = regexp.MustCompile(`^[A-Za-z0-9_.\[\]-]{1,40}$`)

// plainName is a parameter's name when it is one: a stranger chose it.
func plainName(name string) string {
	if fieldName.MatchString(name) {
		return name
	}
	return "?"
}

// inspectAddress looks at a request's path and query.
func (q *request) inspectAddress(r *http.Request) {
	q.suspicion.note("path", "", r.URL.Path)
	if r.URL.RawPath != "" {
		q.suspicion.note("path", "", r.URL.RawPath)
	}
	if r.URL.RawQuery != "" {
		q.inspectValues("query", r.URL.Query())
	}
}

// inspectForm looks at what a handler has read of a form. It reads nothing itself, and a
// password, which the form has taken out, is not there to be looked at.
func (q *request) inspectForm(r *http.Request) { q.inspectValues("form", r.PostForm) }

func (q *request) inspectValues(where string, values url.Values) {
	for name, all := range values {
		q.suspicion.note(where, name, name)
		if strings.Contains(strings.ToLower(name), "password") {
			continue
		}
		for _, v := range all {
			q.suspicion.note(where, name, v)
		}
	}
}

// Inspect looks at a body in JSON that a surface has read: strings, lists and objects.
func Inspect(r *http.Request, body map[string]any) {
	q := state(r.Context())
	for name, v := range body {
		q.suspicion.note("json", name, name)
		if !strings.Contains(strings.ToLower(name), "password") {
			q.inspectJSON(name, v)
		}
	}
}

func (q *request) inspectJSON(name string, v any) {
	switch v := v.(type) {
	case string:
		q.suspicion.note("json", name, v)
	case []any:
		for _, x := range v {
			q.inspectJSON(name, x)
		}
	case map[string]any:
		for key, x := range v {
			q.suspicion.note("json", name, key)
			q.inspectJSON(name, x)
		}
	}
}

// tellSuspicion writes what a request looked like, if like anything.
func (s *Server) tellSuspicion(r *http.Request, q *request, status int) {
	if q.suspicion.values == 0 {
		return
	}
	s.security(r, slog.LevelWarn, telemetry.Suspicious, slog.Int("score", q.suspicion.score), slog.String("kinds", strings.Join(q.suspicion.kinds, ",")),
		slog.String("where", q.suspicion.where), slog.String("name", q.suspicion.name), slog.Int("values", q.suspicion.values),
		slog.String("method", r.Method), slog.Int("status", status))
}
