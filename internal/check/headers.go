package check

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"ekolek/internal/web/observatory"
)

// headers are the checks of what every answer carries, whatever its status.
func headers() []Check {
	return []Check{
		{ID: "EK.E001", Class: Error, Deploy: true, Django: "security.W001", Title: "Every answer carries the security headers.",
			Mend: "Nothing may answer outside of web.Server.Handler; serve this binary as it is.", judge: bare},
		{ID: "EK.E002", Class: Error, Deploy: true, Django: "security.W002, security.W019", Title: "No other site shows ours in a frame.",
			Mend: "Let X-Frame-Options: DENY and frame-ancestors 'none' through; a proxy must not change them.", judge: framing},
		{ID: "EK.E003", Class: Error, Deploy: true, Django: "security.W003", Title: "Another site's page can do nothing here.",
			Mend: "The route has to stand in a surface's table, whose unsafe methods are guarded.", judge: forgery},
		{ID: "EK.E004", Class: Error, Deploy: true, Django: "security.W004", Title: "Browsers are told to come by HTTPS for a year.",
			Mend: "Strict-Transport-Security has to reach the browser with max-age 31536000 or more.", judge: hsts},
		{ID: "EK.E005", Class: Error, Deploy: true, Django: "security.W005", Title: "… and to the names below ours.",
			Mend: "Strict-Transport-Security needs includeSubDomains.", judge: hstsNames},
		{ID: "EK.E006", Class: Error, Deploy: true, Django: "security.W006", Title: "Browsers do not guess what a file is.",
			Mend: "X-Content-Type-Options: nosniff has to be on every answer.", judge: sniffing},
		{ID: "EK.I007", Class: Info, Deploy: true, Django: "security.W007", Title: "The old filter of browsers is off.",
			Mend: "X-XSS-Protection should be absent or 0: the filter itself was a hole.", judge: filter},
		{ID: "EK.W021", Class: Warning, Deploy: true, Django: "security.W021", Title: "The site may enter the browsers' HTTPS list.",
			Mend: "Strict-Transport-Security needs preload.", judge: preload},
		{ID: "EK.E022", Class: Error, Deploy: true, Django: "security.W022", Title: "Other sites do not learn which page somebody comes from.",
			Mend: "Referrer-Policy has to be on every answer.", judge: referrer},
		{ID: "EK.E023", Class: Error, Deploy: true, Django: "security.E023", Title: "… by a policy that browsers know.",
			Mend: "Use one of the eight values, such as strict-origin-when-cross-origin.", judge: referrerValue},
		{ID: "EK.E024", Class: Error, Deploy: true, Django: "security.E024", Title: "A window that opens ours cannot reach into it.",
			Mend: "Cross-Origin-Opener-Policy has to be same-origin, same-origin-allow-popups or unsafe-none.", judge: opener},
	}
}

// secured are the headers of which an answer has at least one, if it went through us.
var secured = []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy"}

// isBare says that none is there: then EK.E001 tells, and no other check.
func (a Answer) isBare() bool {
	return !slices.ContainsFunc(secured, func(name string) bool { return a.Header.Get(name) != "" })
}

func bare(f *Facts, v *verdict) {
	if !f.need(v, "Answers", f.Answers != nil) {
		return
	}
	for _, a := range f.all() {
		if a.isBare() {
			v.fail("no security header at all: %s", a)
		}
	}
}

// all are the answers to strangers and those to whoever is signed in.
func (f *Facts) all() []Answer { return slices.Concat(f.Answers, f.Inside) }

// each judges every answer that has headers.
func (f *Facts) each(v *verdict, judge func(Answer)) {
	if !f.need(v, "Answers", f.Answers != nil) {
		return
	}
	for _, a := range f.all() {
		if !a.isBare() {
			judge(a)
		}
	}
}

func framing(f *Facts, v *verdict) {
	f.each(v, func(a Answer) {
		policy := a.Header.Get("Content-Security-Policy")
		parsed, _ := observatory.Parse(policy) // EK.E026 tells what is wrong with it
		if a.Header.Get("X-Frame-Options") != "DENY" || policy != "" && !slices.Equal(parsed["frame-ancestors"], []string{"'none'"}) {
			v.fail("may be shown in a frame: %s", a)
		}
	})
}

func forgery(f *Facts, v *verdict) {
	if !f.need(v, "Answers", f.Answers != nil) {
		return
	}
	for _, a := range f.Answers {
		if a.Kind == crossSite && a.Status != http.StatusForbidden {
			v.fail("another site's page is not refused: %s", a)
		}
	}
}

// eachHSTS judges the policy of every answer over HTTPS that has one.
func (f *Facts) eachHSTS(v *verdict, judge func(a Answer, parts []string)) {
	f.each(v, func(a Answer) {
		if header := a.Header.Get("Strict-Transport-Security"); a.Secure && header != "" {
			var parts []string
			for part := range strings.SplitSeq(header, ";") {
				parts = append(parts, strings.ToLower(strings.TrimSpace(part)))
			}
			judge(a, parts)
		}
	})
}

// aYear is the least that the browsers' HTTPS list takes, in seconds.
const aYear = 31_536_000

func hsts(f *Facts, v *verdict) {
	f.each(v, func(a Answer) {
		if a.Secure && a.Header.Get("Strict-Transport-Security") == "" {
			v.fail("no Strict-Transport-Security: %s", a)
		}
	})
	f.eachHSTS(v, func(a Answer, parts []string) {
		for _, p := range parts {
			if age, ok := strings.CutPrefix(p, "max-age="); ok {
				if n, err := strconv.Atoi(strings.Trim(age, `"`)); err == nil && n >= aYear {
					return
				}
			}
		}
		v.fail("Strict-Transport-Security is shorter than a year: %s", a)
	})
}

func hstsNames(f *Facts, v *verdict) {
	f.eachHSTS(v, func(a Answer, parts []string) {
		if !slices.Contains(parts, "includesubdomains") {
			v.fail("Strict-Transport-Security without includeSubDomains: %s", a)
		}
	})
}

func preload(f *Facts, v *verdict) {
	f.eachHSTS(v, func(a Answer, parts []string) {
		if !slices.Contains(parts, "preload") {
			v.fail("Strict-Transport-Security without preload: %s", a)
		}
	})
}

func sniffing(f *Facts, v *verdict) {
	f.each(v, func(a Answer) {
		if a.Header.Get("X-Content-Type-Options") != "nosniff" {
			v.fail("X-Content-Type-Options is not nosniff: %s", a)
		}
	})
}

func filter(f *Facts, v *verdict) {
	f.each(v, func(a Answer) {
		if got := a.Header.Get("X-XSS-Protection"); got != "" && got != "0" {
			v.fail("X-XSS-Protection is %q: %s", got, a)
		}
	})
}

// referrerPolicies are the eight values (Referrer Policy, 3).
var referrerPolicies = []string{"no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin",
	"same-origin", "strict-origin", "strict-origin-when-cross-origin", "unsafe-url"}

func referrer(f *Facts, v *verdict) {
	f.each(v, func(a Answer) {
		if a.Header.Get("Referrer-Policy") == "" {
			v.fail("no Referrer-Policy: %s", a)
		}
	})
}

func referrerValue(f *Facts, v *verdict) {
	f.each(v, func(a Answer) {
		policy := a.Header.Get("Referrer-Policy")
		for value := range strings.SplitSeq(policy, ",") {
			if policy != "" && !slices.Contains(referrerPolicies, strings.TrimSpace(value)) {
				v.fail("Referrer-Policy %q is not known: %s", value, a)
			}
		}
	})
}

func opener(f *Facts, v *verdict) {
	f.each(v, func(a Answer) {
		got := a.Header.Get("Cross-Origin-Opener-Policy")
		if !slices.Contains([]string{"same-origin", "same-origin-allow-popups", "unsafe-none"}, got) {
			v.fail("Cross-Origin-Opener-Policy is %q: %s", got, a)
		}
	})
}
