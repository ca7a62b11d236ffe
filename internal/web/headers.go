package web

import "net/http"

// The content policies. Production allows nothing inline and nothing evaluated; pages are
// written for it. Development lets a browser's tools inject styles and scripts.
const (
	policyRest = "; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; frame-src 'none'" +
		"; font-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; manifest-src 'self'"
	strictPolicy     = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'" + policyRest
	permissivePolicy = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https:; connect-src 'self' ws: wss:" + policyRest

	// A page that scans compiles a decoder where the browser has none.
	strictScanPolicy     = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'" + policyRest
	permissiveScanPolicy = "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https:; connect-src 'self' ws: wss:" + policyRest
)

const (
	noPermissions   = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"
	scanPermissions = "accelerometer=(), camera=(self), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"
)

// setHeaders sets what every answer carries, whatever its status.
func setHeaders(h http.Header, debug, secure bool) {
	h.Set("Content-Security-Policy", strictPolicy)
	if debug {
		h.Set("Content-Security-Policy", permissivePolicy)
	}
	h.Set("Permissions-Policy", noPermissions)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if !debug && secure {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload")
	}
}

// allowCamera loosens two headers for a route that scans.
func allowCamera(h http.Header, debug bool) {
	h.Set("Content-Security-Policy", strictScanPolicy)
	if debug {
		h.Set("Content-Security-Policy", permissiveScanPolicy)
	}
	h.Set("Permissions-Policy", scanPermissions)
}
