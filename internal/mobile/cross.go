package mobile

import (
	"net/http"
	"strings"

	"github.com/jub0bs/cors"

	"ekolek/internal/web"
)

// crossOrigins lets web pages of other origins call the API. Credentials are allowed as
// the reference allows them, and mean nothing: no cookie counts here, so that neither an
// insecure origin nor a foreign page gets anything from a signed-in browser.
func crossOrigins(origins []string) func(http.Handler) http.Handler {
	if len(origins) == 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	any := len(origins) == 1 && origins[0] == "*"
	m, err := cors.NewMiddleware(cors.Config{
		Origins:                            origins,
		Credentialed:                       !any,
		DangerouslyTolerateInsecureOrigins: !any,
		Methods:                            []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
		RequestHeaders:                     []string{"Accept", "Authorization", "Cache-Control", "Content-Type", "Idempotency-Key", "Pragma", "X-CSRFToken", "X-Requested-With"},
		ResponseHeaders:                    []string{"Retry-After", "X-Request-Id"},
		MaxAgeInSeconds:                    86400,
	})
	if err != nil {
		panic("mobile: CORS_ALLOWED_ORIGINS: " + err.Error())
	}
	return m.Wrap
}

// around answers preflights, and refuses whoever reads no JSON.
func (m *Mobile) around(next http.Handler) http.Handler {
	cross := m.cross(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !readsJSON(r) {
			_ = web.JSON(w, http.StatusNotAcceptable, detail{"Could not satisfy the request Accept header."}) // a constant encodes
			return
		}
		next.ServeHTTP(w, r)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != "" {
			w.Header().Add("Vary", "Origin")
			w = preflight{w}
		}
		cross.ServeHTTP(w, r)
	})
}

// preflight answers 200 whatever the answer is, as the reference does: a browser reads
// it from the headers.
type preflight struct{ http.ResponseWriter }

func (w preflight) WriteHeader(int) { w.ResponseWriter.WriteHeader(http.StatusOK) }

// readsJSON says whether the Accept header has room for JSON.
func readsJSON(r *http.Request) bool {
	accept := strings.ToLower(strings.Join(r.Header.Values("Accept"), ","))
	return strings.TrimSpace(accept) == "" || strings.Contains(accept, "*/*") ||
		strings.Contains(accept, "application/*") || strings.Contains(accept, "application/json")
}
