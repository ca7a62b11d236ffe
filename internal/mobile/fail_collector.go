package mobile

import (
	"errors"
	"net/http"
	"strings"

	"ekolek/internal/auth"
	"ekolek/internal/web"
)

// collectorEnvelope is how the collectors' API says no.
type collectorEnvelope struct {
	Success bool   `json:"success"`
	Error   string `json:"error"`
	Code    string `json:"error_code,omitempty"`
	Login   bool   `json:"requires_login,omitempty"`
}

// refuseCollector is a refusal in the collectors' envelope; code may be empty.
func refuseCollector(status int, code, message string) *refusal {
	return &refusal{status: status, body: collectorEnvelope{Error: message, Code: code}}
}

// collectorToken is the body of 401 on the collectors' routes.
func collectorToken(err error) any {
	switch {
	case errors.Is(err, auth.ErrNoToken):
		return collectorEnvelope{Error: "Authentication required. Please login again.", Code: "AUTH_REQUIRED", Login: true}
	case errors.Is(err, auth.ErrTokenHeader):
		return collectorEnvelope{Error: "Invalid authorization format. Please login again.", Code: "INVALID_AUTH_FORMAT", Login: true}
	case tokenAnswer(err) != nil:
		return collectorEnvelope{Error: "Your session has expired. Please login again.", Code: "TOKEN_EXPIRED", Login: true}
	}
	return nil
}

// failCollector answers on the collectors' routes.
func failCollector(w http.ResponseWriter, r *http.Request, err error) {
	if web.StatusOf(err) == http.StatusMethodNotAllowed && isPlain(r) {
		write(w, http.StatusMethodNotAllowed, struct {
			Error string `json:"error"`
		}{"Method not allowed"})
		return
	}
	if failCommon(w, r, err) {
		return
	}
	if body := collectorToken(err); body != nil {
		write(w, http.StatusUnauthorized, body)
		return
	}
	status, code, message := plain(r.Context(), err)
	if status == http.StatusForbidden && code == forbidden {
		code, message = "INSUFFICIENT_PERMISSIONS", "Access denied. Only super admins and operations managers can use this app."
	}
	write(w, status, collectorEnvelope{Error: message, Code: code})
}

// isPlain says whether an address was one without the framework that words the others'
// wrong methods.
func isPlain(r *http.Request) bool {
	path := strings.TrimSuffix(r.URL.Path, "/")
	return path == "/mobile/api/admin/health" || path == "/mobile/api/admin/login"
}
