package web

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// guard refuses unknown hosts and methods, sees that production is reached by HTTPS, and
// sets the headers of every answer.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := state(r.Context())
		setHeaders(w.Header(), s.opts.Debug, q.secure)
		if err := framed(w, r); err != nil {
			s.fail(w, r, err)
			return
		}
		switch {
		case !methods[r.Method]:
			w.Header().Set("Allow", "GET, HEAD, OPTIONS, POST")
			w.WriteHeader(http.StatusMethodNotAllowed) // TRACE would send a request's secrets back
		case forMachines[r.URL.Path]:
			next.ServeHTTP(w, r)
		case s.hostNamed(r.Host) == "":
			s.fail(w, r, fmt.Errorf("host %q is not in ALLOWED_HOSTS: %w", clip(r.Host, 100), statusError(http.StatusBadRequest)))
		case !s.opts.Debug && !q.secure:
			s.insecure(w, r, q)
		default:
			if err := s.flooded(r, q); err != nil {
				s.fail(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		}
	})
}

// methods are all that any route may have, and those of every route.
var methods = map[string]bool{http.MethodGet: true, http.MethodHead: true, http.MethodOptions: true,
	http.MethodPost: true, http.MethodPut: true, http.MethodPatch: true, http.MethodDelete: true}

// forMachines are addresses that the machine next door asks, by its number and in plain HTTP.
var forMachines = map[string]bool{"/healthz": true, "/readyz": true, "/metrics": true}

// insecure answers plain HTTP in production. Pages lead to HTTPS. A program is refused: it
// has sent its secrets in the clear already, and must be mended, not helped on. Whoever
// says that they came by HTTPS through a proxy that is not trusted would come back in the
// same way for ever.
func (s *Server) insecure(w http.ResponseWriter, r *http.Request, q *request) {
	claimed := strings.EqualFold(lastOf(r.Header.Values("X-Forwarded-Proto")), "https")
	switch {
	case q.surface.API != nil || q.surface.JSON || fromProgram(r) || s.forProgram(r):
		w.Header().Set("Cache-Control", "no-store")
		if err := JSON(w, http.StatusForbidden, Answer{Code: "HTTPS_ONLY", Message: "HTTPS only."}); err != nil {
			s.log.ErrorContext(r.Context(), "error answer", "request_id", q.id, "error", err)
		}
	case claimed:
		s.fail(w, r, fmt.Errorf("X-Forwarded-Proto from %s, which is not in TRUSTED_PROXIES: %w", r.RemoteAddr, errUntrustedProxy))
	default:
		http.Redirect(w, r, "https://"+s.publicHost(r.Host)+r.URL.RequestURI(), http.StatusPermanentRedirect)
	}
}

// forProgram says that the address is an API's, which may lie outside of its prefix.
func (s *Server) forProgram(r *http.Request) bool {
	m, ok := s.mountedFor(r, r.Method)
	return ok && m.Surface.API != nil
}

// publicHost is where the site is found under an allowed name: SITE_URL's host and port
// for its own name, the bare name for another.
func (s *Server) publicHost(host string) string {
	name := s.hostNamed(host)
	switch {
	case s.opts.Site != nil && (name == "*" || name == strings.ToLower(s.opts.Site.Hostname())):
		return s.opts.Site.Host
	case strings.Contains(name, ":"):
		return "[" + name + "]"
	default:
		return name
	}
}

// hostNamed compares with ALLOWED_HOSTS as the reference's framework does: exact names,
// ".name" for the name and all below it, "*" for any; ports do not count. It gives the
// name, in one spelling, "*" when any may ask, and "" when this one may not.
func (s *Server) hostNamed(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if host == "" {
		return ""
	}
	for _, allowed := range s.opts.Hosts {
		allowed = strings.ToLower(strings.Trim(allowed, "[]"))
		switch {
		case allowed == "*":
			return "*"
		case allowed == host:
			return host
		case strings.HasPrefix(allowed, ".") && isName(host) && (host == allowed[1:] || strings.HasSuffix(host, allowed)):
			return host
		}
	}
	return ""
}

// isName says whether a host is made of what names are made of: whoever sends it chose it.
func isName(host string) bool {
	for _, c := range host {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return !strings.HasPrefix(host, ".") && !strings.Contains(host, "..")
}

// clientOf is the address of whoever asks and whether they came by HTTPS. What a proxy
// adds counts only when the proxy is trusted: the address is the rightmost in
// X-Forwarded-For that no trusted proxy has.
func (s *Server) clientOf(r *http.Request) (netip.Addr, bool) {
	secure := r.TLS != nil
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, secure
	}
	ip := peer.Addr().Unmap()
	if !s.trusted(ip) {
		return ip, secure
	}
	proto := r.Header.Values("X-Forwarded-Proto")
	if len(proto) > 0 {
		secure = strings.EqualFold(lastOf(proto), "https")
	}
	return s.forwardedFor(r, ip), secure
}

func (s *Server) forwardedFor(r *http.Request, ip netip.Addr) netip.Addr {
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return ip
		}
		if ip = hop.Unmap(); !s.trusted(ip) {
			return ip
		}
	}
	return ip
}

// lastOf is the value that the nearest proxy wrote.
func lastOf(values []string) string {
	parts := strings.Split(strings.Join(values, ","), ",")
	return strings.TrimSpace(parts[len(parts)-1])
}

func (s *Server) trusted(ip netip.Addr) bool {
	for _, p := range s.opts.Proxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}
