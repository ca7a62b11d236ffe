package web

import (
	"crypto/rand"
	"net/http"
)

// Content policies. What is no page loads nothing. A page of production runs only the
// scripts and uses only the styles that carry the nonce of this one answer, and what
// those scripts import; nothing inline, nothing evaluated, no string becomes markup.
// Development lets a browser's tools inject styles and scripts.
const (
	closedPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

	pageRest = "; connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	reports  = "; report-uri " + reportPath + "; report-to csp"

	permissiveScripts = "default-src 'self'; script-src 'self' 'unsafe-inline'"
	permissiveRest    = "; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https:; connect-src 'self' ws: wss:; font-src 'self'" +
		"; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"

	// A page that scans compiles a decoder where the browser has none.
	compiles = " 'wasm-unsafe-eval'"

	// A page that starts our worker may name its address, by one policy that knows no other.
	noTypes     = "; require-trusted-types-for 'script'; trusted-types 'none'"
	workerTypes = "; worker-src 'self'; require-trusted-types-for 'script'; trusted-types worker"
)

// newNonce has 130 random bits.
func newNonce() string { return rand.Text() }

// pagePolicy is the policy of one page of production.
func pagePolicy(nonce string, scans, works bool) string {
	scripts := "default-src 'none'; script-src 'nonce-" + nonce + "' 'strict-dynamic'"
	if scans {
		scripts += compiles
	}
	types := noTypes
	if works {
		types = workerTypes
	}
	return scripts + "; style-src 'nonce-" + nonce + "'; img-src 'self' data:" + pageRest + types + reports
}

// permissivePolicy is the policy of a page of development.
func permissivePolicy(scans bool) string {
	if scans {
		return permissiveScripts + compiles + permissiveRest
	}
	return permissiveScripts + permissiveRest
}

// openForPage lets a page load what it is made of, and gives the nonce that its scripts
// and styles carry.
func (q *request) openForPage(h http.Header) (nonce string) {
	nonce = newNonce()
	if q.scans {
		h.Set("Permissions-Policy", scanPermissions)
	}
	if q.server != nil && q.server.opts.Debug {
		h.Set("Content-Security-Policy", permissivePolicy(q.scans))
		return nonce
	}
	h.Set("Content-Security-Policy", pagePolicy(nonce, q.scans, q.works))
	h.Set("Reporting-Endpoints", `csp="`+reportPath+`"`)
	return nonce
}
