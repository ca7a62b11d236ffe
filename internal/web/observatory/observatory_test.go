package observatory

import (
	"net/http"
	"strings"
	"testing"
)

func fine() Answer {
	h := http.Header{}
	for name, value := range map[string]string{
		"Content-Security-Policy": good, "Referrer-Policy": "strict-origin-when-cross-origin", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		"Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "same-origin", "X-XSS-Protection": "0",
		"Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()", "Content-Type": "text/html; charset=utf-8",
	} {
		h.Set(name, value)
	}
	return Answer{Header: h, Scripts: 2, WithIntegrity: 2, Cookies: []*http.Cookie{{Name: "a", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}}}
}

func TestTheBestAnswerHasAllPoints(t *testing.T) {
	if points, missing := Score(fine()); points != Best || len(missing) > 0 {
		t.Errorf("%d points: %v", points, missing)
	}
}

func TestEveryLackIsTold(t *testing.T) {
	for header, value := range map[string]string{
		"Content-Security-Policy": "", "Referrer-Policy": "unsafe-url", "X-Content-Type-Options": "", "X-Frame-Options": "SAMEORIGIN",
		"Strict-Transport-Security": "max-age=31536000; preload", "Cross-Origin-Opener-Policy": "unsafe-none", "Cross-Origin-Embedder-Policy": "",
		"Cross-Origin-Resource-Policy": "cross-origin", "X-XSS-Protection": "1; mode=block", "Permissions-Policy": "camera=(self)",
		"Content-Type": "text/html", "Server": "Go 1.25", "Access-Control-Allow-Origin": "*",
	} {
		a := fine()
		a.Header.Set(header, value)
		if _, missing := Score(a); len(missing) == 0 {
			t.Errorf("%s: %q is not noticed", header, value)
		}
	}
	bare := fine()
	bare.Cookies[0].HttpOnly = false
	if points, missing := Score(bare); points >= 90 || !strings.Contains(strings.Join(missing, ""), "cookie a") {
		t.Errorf("a cookie that scripts read: %d, %v", points, missing)
	}
	bare = fine()
	bare.WithIntegrity = 1
	if points, missing := Score(bare); points != Best-5 || len(missing) != 1 {
		t.Errorf("a script without integrity: %d, %v", points, missing)
	}
}
