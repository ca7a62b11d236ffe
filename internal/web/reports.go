package web

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"

	"ekolek/internal/auth"
	"ekolek/internal/telemetry"
)

// Browsers report here what a page's policy stopped. A report is written by whoever wants
// to: it is bounded, and only names that we know ourselves reach the log.
const (
	reportPath  = "/csp-report"
	reportBody  = 16 << 10
	reportsEach = 10 // of one request
)

// reportSurface has no pages and no cookies: a report brings nobody's authority.
func reportSurface() *Surface {
	return &Surface{Prefix: reportPath, JSON: true, API: &API{
		Identify: func(*http.Request) (auth.Principal, error) { return auth.Principal{}, nil },
		Fail:     func(w http.ResponseWriter, _ *http.Request, err error) { w.WriteHeader(StatusOf(err)) },
		Options:  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
	}}
}

func (s *Server) reportRoutes() []Route {
	return []Route{{Pattern: "POST " + reportPath, Need: auth.Anyone, Handle: s.report, Body: reportBody}}
}

// violation is what the two shapes of a report have in common.
type violation struct{ Page, Directive, Blocked string }

// POST /csp-report
func (s *Server) report(w http.ResponseWriter, r *http.Request) error {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	found := violations(data)
	for _, v := range found[:min(len(found), reportsEach)] {
		s.security(r, slog.LevelWarn, telemetry.PolicyBroken,
			slog.String("page", s.patternAt(v.Page)), slog.String("directive", directiveName(v.Directive)), slog.String("blocked", originOf(v.Blocked)))
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// violations reads a report of report-uri, or a list of those of report-to; nothing of
// anything else.
func violations(data []byte) (found []violation) {
	var one struct {
		Report struct {
			Page      string `json:"document-uri"`
			Directive string `json:"violated-directive"`
			Blocked   string `json:"blocked-uri"`
		} `json:"csp-report"`
	}
	if err := json.Unmarshal(data, &one); err == nil {
		if one.Report.Directive != "" {
			found = append(found, violation(one.Report))
		}
		return found
	}
	var list []struct {
		Kind string `json:"type"`
		Body struct {
			Page      string `json:"documentURL"`
			Directive string `json:"effectiveDirective"`
			Blocked   string `json:"blockedURL"`
		} `json:"body"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return nil
	}
	for _, r := range list {
		if r.Kind == "csp-violation" {
			found = append(found, violation(r.Body))
		}
	}
	return found
}

// patternAt is the route of an address, never the address: it may hold what is private.
func (s *Server) patternAt(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Path == "" {
		return ""
	}
	_, pattern := s.mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: u.Path}})
	return pattern
}

// directiveName is a directive's name, and nothing that stands behind it.
func directiveName(s string) string {
	for i, c := range s {
		if c != '-' && (c < 'a' || c > 'z') || i == 40 {
			return s[:i]
		}
	}
	return s
}

// originOf is where something came from: its origin, or a word such as "inline".
func originOf(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return ""
	case u.Host != "":
		return clip(u.Scheme+"://"+u.Host, 200)
	default:
		return directiveName(address)
	}
}
