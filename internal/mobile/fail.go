package mobile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
)

// refusal is an answer that is not a success, exactly as an app expects it.
type refusal struct {
	status int
	body   any
	after  time.Duration // Retry-After; zero: none
	cause  error         // for the log
}

func (e *refusal) Error() string { return fmt.Sprintf("%d %+v: %v", e.status, e.body, e.cause) }
func (e *refusal) Unwrap() error { return e.cause }

// because keeps the cause for the log.
func (e *refusal) because(cause error) *refusal {
	c := *e
	c.cause = cause
	if known, ok := errs.As(cause); ok {
		c.after = known.RetryAfter
	}
	return &c
}

// envelope is how the residents' API says no.
type envelope struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
	Code    string `json:"error_code"`
}

// refuse is a refusal in the residents' envelope.
func refuse(status int, code, message string) *refusal {
	return &refusal{status: status, body: envelope{Message: message, Code: code}}
}

// detail is how the framework under the reference says no.
type detail struct {
	Detail string `json:"detail"`
}

// tokenDetail is its answer to a token that is worth nothing.
type tokenDetail struct {
	Detail   string         `json:"detail"`
	Code     string         `json:"code"`
	Messages []tokenMessage `json:"messages,omitempty"`
}

type tokenMessage struct {
	Class   string `json:"token_class"`
	Type    string `json:"token_type"`
	Message string `json:"message"`
}

func notValid(message string) tokenDetail {
	return tokenDetail{"Given token not valid for any token type", "token_not_valid", []tokenMessage{{"AccessToken", auth.AccessToken, message}}}
}

// tokenAnswers are the bodies of 401 on the residents' routes.
func tokenAnswer(err error) any {
	switch {
	case errors.Is(err, auth.ErrNoToken):
		return detail{"Authentication credentials were not provided."}
	case errors.Is(err, auth.ErrTokenHeader):
		return tokenDetail{Detail: "Authorization header must contain two space-delimited values", Code: "bad_authorization_header"}
	case errors.Is(err, auth.ErrTokenForeign):
		return tokenDetail{Detail: "Token contained no recognizable user identification", Code: "token_not_valid"}
	case errors.Is(err, auth.ErrTokenNobody):
		return tokenDetail{Detail: "User not found", Code: "user_not_found"}
	case errors.Is(err, auth.ErrTokenInactive):
		return tokenDetail{Detail: "User is inactive", Code: "user_inactive"}
	case errors.Is(err, auth.ErrTokenInvalid):
		return notValid("Token is invalid")
	case errors.Is(err, auth.ErrTokenExpired):
		return notValid("Token is expired")
	case errors.Is(err, auth.ErrTokenType):
		return notValid("Token has wrong type")
	}
	return nil
}

// failResident answers on the residents' routes.
func failResident(w http.ResponseWriter, r *http.Request, err error) {
	if failPublic(w, r, err) || failCommon(w, r, err) {
		return
	}
	if body := tokenAnswer(err); body != nil {
		w.Header().Set("WWW-Authenticate", `Bearer realm="api"`)
		write(w, http.StatusUnauthorized, body)
		return
	}
	status, code, message := plain(r.Context(), err)
	if status == http.StatusForbidden && code == forbidden {
		code, message = "ACCESS_REVOKED", "Account access has been revoked"
	}
	write(w, status, envelope{Message: message, Code: code})
}

// failCommon answers what both apps read alike; false: it was something else.
func failCommon(w http.ResponseWriter, r *http.Request, err error) bool {
	var made *refusal
	if errors.As(err, &made) {
		if made.after > 0 {
			w.Header().Set("Retry-After", seconds(made.after))
		}
		write(w, made.status, made.body)
		return true
	}
	switch status := web.StatusOf(err); status {
	case http.StatusMethodNotAllowed:
		write(w, status, detail{`Method "` + r.Method + `" not allowed.`})
		return true
	case http.StatusNotFound:
		if e, ok := errs.As(err); ok && e.Code == "NOT_FOUND" { // no such address
			write(w, status, detail{"Not found."})
			return true
		}
	}
	return false
}

// forbidden is the web's code for a permission that is lacking.
const forbidden = "FORBIDDEN"

// plain is any other error in the words of an app: what was made for people is told, and
// nothing else.
func plain(ctx context.Context, err error) (status int, code, message string) {
	status = web.StatusOf(err)
	if e, ok := errs.As(err); ok && status < http.StatusInternalServerError {
		text := e.Text
		if names := slices.Sorted(maps.Keys(e.Fields)); len(names) > 0 {
			text = e.Fields[names[0]] // the app shows one sentence
		}
		if status == http.StatusUnprocessableEntity {
			status = http.StatusBadRequest
		}
		return status, e.Code, i18n.Say(ctx, text)
	}
	switch {
	case errors.Is(err, errMalformed):
		return http.StatusBadRequest, "INVALID_REQUEST", "Malformed request"
	case errors.Is(err, errMediaType):
		return http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type"
	case status < http.StatusInternalServerError:
		return status, "INVALID_REQUEST", http.StatusText(status)
	default:
		return status, "INTERNAL_ERROR", "Internal error"
	}
}

// write answers; what is written here always encodes.
func write(w http.ResponseWriter, status int, body any) {
	if err := web.JSON(w, status, body); err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// describe answers OPTIONS.
func describe(w http.ResponseWriter, r *http.Request) {
	write(w, http.StatusOK, map[string]any{
		"name": strings.Trim(r.URL.Path, "/"), "description": "", "renders": []string{"application/json"},
		"parses": []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data"},
	})
}

func seconds(d time.Duration) string { return fmt.Sprint(int((d + time.Second - 1) / time.Second)) }
