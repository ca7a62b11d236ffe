// Package observatory judges the headers of an answer from outside, as reviewers of sites
// do: a content policy after the checks of Google's CSP Evaluator, the whole after the
// points of Mozilla's Observatory. It knows nothing of what this program means to send.
package observatory

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Best is the most points that a site has which is not in browsers' preload lists.
const Best = 160

// Answer is what is judged.
type Answer struct {
	Header  http.Header
	Cookies []*http.Cookie
	// Scripts are of a page: how many it loads, and how many of them say their bytes.
	Scripts, WithIntegrity int
	// Compiles says that the page has a reason for WebAssembly, and for the camera.
	Compiles bool
}

// Score gives the points and every reason why they are not Best. Points beyond a hundred
// count once the rest is nearly whole, as Mozilla has it.
func Score(a Answer) (points int, missing []string) {
	base, extra := 100, 0
	judge := func(ok bool, malus, bonus int, what string) {
		if ok {
			extra += bonus
			return
		}
		base -= malus
		missing = append(missing, what)
	}
	h := a.Header
	policy := h.Get("Content-Security-Policy")
	found := Findings(policy, a.Compiles)
	missing = append(missing, found...)
	parsed, _ := Parse(policy)
	judge(len(found) == 0 && slices.Equal(parsed["default-src"], []string{"'none'"}), 25, 10, "Content-Security-Policy: "+policy)
	judge(h.Get("Content-Security-Policy-Report-Only") == "", 0, 0, "the policy only reports")
	for _, c := range a.Cookies {
		judge(c.Secure && c.HttpOnly && (c.SameSite == http.SameSiteLaxMode || c.SameSite == http.SameSiteStrictMode), 40, 0, "cookie "+c.Name)
	}
	extra += 5 // every cookie that is set is judged above
	judge(h.Get("Access-Control-Allow-Origin") == "", 50, 0, "any origin may read this")
	judge(h.Get("Referrer-Policy") != "" && slices.Contains([]string{"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}, h.Get("Referrer-Policy")), 5, 5, "Referrer-Policy: "+h.Get("Referrer-Policy"))
	judge(longHSTS(h.Get("Strict-Transport-Security")), 20, 0, "Strict-Transport-Security: "+h.Get("Strict-Transport-Security"))
	judge(a.Scripts == a.WithIntegrity, 0, 5, "scripts without integrity")
	judge(h.Get("X-Content-Type-Options") == "nosniff", 5, 0, "X-Content-Type-Options: "+h.Get("X-Content-Type-Options"))
	judge(h.Get("X-Frame-Options") == "DENY" && slices.Equal(parsed["frame-ancestors"], []string{"'none'"}), 20, 5, "X-Frame-Options: "+h.Get("X-Frame-Options"))
	for name, want := range map[string]string{"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "same-origin"} {
		judge(h.Get(name) == want, 0, 10, name+": "+h.Get(name))
	}
	missing = append(missing, beyond(a)...)
	if base < 90 {
		extra = 0
	}
	return max(0, base+extra), missing
}

// beyond is what the points do not speak of.
func beyond(a Answer) (missing []string) {
	h := a.Header
	if h.Get("X-XSS-Protection") != "0" {
		missing = append(missing, "X-XSS-Protection: "+h.Get("X-XSS-Protection"))
	}
	for _, tells := range []string{"Server", "X-Powered-By", "X-AspNet-Version"} {
		if h.Get(tells) != "" {
			missing = append(missing, tells+" tells what runs here")
		}
	}
	permissions := h.Get("Permissions-Policy")
	for _, off := range []string{"geolocation=()", "microphone=()", "payment=()", "usb=()"} {
		if !strings.Contains(permissions, off) {
			missing = append(missing, "Permissions-Policy lacks "+off)
		}
	}
	if camera := strings.Contains(permissions, "camera=(self)"); camera != a.Compiles || !camera && !strings.Contains(permissions, "camera=()") {
		missing = append(missing, "Permissions-Policy: "+permissions)
	}
	kind := h.Get("Content-Type")
	text := strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "application/json") || strings.HasPrefix(kind, "image/svg+xml")
	if text && !strings.Contains(strings.ToLower(kind), "charset=utf-8") {
		missing = append(missing, "Content-Type without charset: "+kind)
	}
	return missing
}

// longHSTS wants a year, subdomains and preload.
func longHSTS(value string) bool {
	seconds, year := 0, 365*24*3600
	words := map[string]bool{}
	for part := range strings.SplitSeq(value, ";") {
		name, n, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), "=")
		words[name] = true
		if name == "max-age" {
			seconds, _ = strconv.Atoi(n) // no number is no time at all
		}
	}
	return seconds >= year && words["includesubdomains"] && words["preload"]
}
