package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"ekolek/internal/errs"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// statuses is the one place where the kind of an error becomes a status.
var statuses = map[errs.Kind]int{
	errs.Internal:        http.StatusInternalServerError,
	errs.Invalid:         http.StatusUnprocessableEntity,
	errs.Unauthenticated: http.StatusUnauthorized,
	errs.Forbidden:       http.StatusForbidden,
	errs.NotFound:        http.StatusNotFound,
	errs.Conflict:        http.StatusConflict,
	errs.TooMany:         http.StatusTooManyRequests,
	errs.Unavailable:     http.StatusServiceUnavailable,
	errs.Full:            http.StatusInsufficientStorage,
}

// Refusals of the web itself.
var (
	errSignIn         = errs.New(errs.Unauthenticated, "SIGN_IN", "web.problem.sign_in")
	errForbidden      = errs.New(errs.Forbidden, "FORBIDDEN", "web.problem.forbidden")
	errNotFound       = errs.New(errs.NotFound, "NOT_FOUND", "web.problem.not_found")
	errUntrustedProxy = errs.New(errs.Forbidden, "UNTRUSTED_PROXY", "web.problem.untrusted_proxy")
	errCrossOrigin    = errs.New(errs.Forbidden, "CROSS_ORIGIN", "web.problem.cross_origin")
)

// statusError is a refusal that only HTTP knows: 400, 405, 413.
type statusError int

func (e statusError) Error() string { return strconv.Itoa(int(e)) + " " + http.StatusText(int(e)) }

// StatusOf is the status that an error is answered with.
func StatusOf(err error) int {
	var tooLarge *http.MaxBytesError
	var status statusError
	switch {
	case errors.As(err, &status):
		return int(status)
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, form.ErrMalformed):
		return http.StatusBadRequest
	default:
		return statuses[errs.KindOf(err)]
	}
}

// wording is what a problem's page says: a headline, and a text where the error brings
// none of its own. Both are catalogue keys.
type wording struct{ headline, text string }

var wordings = map[int]wording{
	http.StatusBadRequest:            {"web.problem.bad_request_title", "web.problem.bad_request"},
	http.StatusUnauthorized:          {"web.problem.sign_in_title", "web.problem.sign_in"},
	http.StatusForbidden:             {"web.problem.forbidden_title", "web.problem.forbidden"},
	http.StatusNotFound:              {"web.problem.not_found_title", "web.problem.not_found"},
	http.StatusMethodNotAllowed:      {"web.problem.method_title", "web.problem.method"},
	http.StatusConflict:              {"web.problem.conflict_title", "web.problem.conflict"},
	http.StatusRequestEntityTooLarge: {"web.problem.too_large_title", "web.problem.too_large"},
	http.StatusUnprocessableEntity:   {"web.problem.invalid_title", "web.problem.invalid"},
	http.StatusTooManyRequests:       {"web.problem.too_many_title", "web.problem.too_many"},
	http.StatusInternalServerError:   {"web.problem.internal_title", "web.problem.internal"},
	http.StatusServiceUnavailable:    {"web.problem.unavailable_title", "web.problem.unavailable"},
	http.StatusInsufficientStorage:   {"web.problem.unavailable_title", "error.files.full"},
}

// fail answers a request with what went wrong, as the surface shows it. The error itself
// is logged once, with the request's line.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	q := state(r.Context())
	q.err = err
	h := w.Header()
	h.Del("Content-Length")
	h.Del("Content-Disposition")
	h.Del("ETag")
	h.Set("Cache-Control", "no-store")
	if e, ok := errs.As(err); ok && e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(e.RetryAfter.Seconds()+0.999)))
	}
	if q.surface.API != nil {
		q.surface.API.Fail(w, r, err)
		return
	}
	if q.surface.JSON || WantsJSON(r) {
		s.failJSON(w, r, err)
		return
	}
	s.failPage(w, r, err)
}

// failPage shows a problem as a page; when even that cannot be rendered, as plain text.
func (s *Server) failPage(w http.ResponseWriter, r *http.Request, err error) {
	status := StatusOf(err)
	words := wordings[status]
	p := NewPage(r, words.headline)
	view := ui.Problem{Page: p, Status: status, Headline: p.Title, Text: message(r.Context(), err, status), Back: p.Frame.Home}
	if view.Back == "" {
		view.Back = "/"
	}
	if err := Render(w, r, status, ui.ProblemPage(view)); err != nil {
		s.log.ErrorContext(r.Context(), "error page", "request_id", p.RequestID, "error", err)
		http.Error(w, http.StatusText(status), status)
	}
}

// Answer is an error as JSON: {"code", "message", "fields", "request_id"}.
type Answer struct {
	Code      string            `json:"code"`
	Message   string            `json:"message"`
	Fields    map[string]string `json:"fields,omitempty"`
	RequestID string            `json:"request_id,omitempty"` // with errors of our own making
}

func (s *Server) failJSON(w http.ResponseWriter, r *http.Request, err error) {
	ctx, status := r.Context(), StatusOf(err)
	a := Answer{Code: "INTERNAL", Message: message(ctx, err, status)}
	if status >= http.StatusInternalServerError {
		a.RequestID = RequestID(ctx)
	} else {
		a.Code = http.StatusText(status)
	}
	if e, ok := errs.As(err); ok {
		a.Code = e.Code
		for name, t := range e.Fields {
			if a.Fields == nil {
				a.Fields = make(map[string]string, len(e.Fields))
			}
			a.Fields[name] = i18n.Say(ctx, t)
		}
	}
	if err := JSON(w, status, a); err != nil {
		s.log.ErrorContext(ctx, "error answer", "request_id", RequestID(ctx), "error", err)
	}
}

// message is what a person reads: the error's own sentence when it was made for people,
// else the status's.
func message(ctx context.Context, err error, status int) string {
	if e, ok := errs.As(err); ok && e.Text.Key != "" {
		return i18n.Say(ctx, e.Text)
	}
	return i18n.T(ctx, wordings[status].text)
}
