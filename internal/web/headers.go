package web

import "net/http"

// noPermissions turns off what a browser lets pages ask for; scanPermissions leaves the
// camera to our own page.
const (
	otherPermissions = ", accelerometer=(), autoplay=(), browsing-topics=(), display-capture=(), encrypted-media=(), fullscreen=(self), geolocation=(), gyroscope=()" +
		", hid=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(self), serial=(), usb=(), xr-spatial-tracking=()"
	noPermissions   = "camera=()" + otherPermissions
	scanPermissions = "camera=(self)" + otherPermissions
)

// setHeaders sets what every answer carries, whatever its status. Only Render loosens the
// content policy, for the page that it renders.
func setHeaders(h http.Header, debug, secure bool) {
	h.Set("Content-Security-Policy", closedPolicy)
	h.Set("Permissions-Policy", noPermissions)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-XSS-Protection", "0") // the filter that it once steered opened holes of its own
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if !debug && secure {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload")
	}
}
