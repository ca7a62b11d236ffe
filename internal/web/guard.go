package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// guard refuses unknown hosts, sends plain HTTP to HTTPS in production, and sets the
// headers of every answer.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := state(r.Context())
		setHeaders(w.Header(), s.opts.Debug, q.secure)
		health := r.URL.Path == "/healthz" // asked by the machine next door, by address
		switch {
		case health:
			next.ServeHTTP(w, r)
		case !s.hostAllowed(r.Host):
			s.fail(w, r, statusError(http.StatusBadRequest))
		case !s.opts.Debug && !q.secure:
			http.Redirect(w, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusPermanentRedirect)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// hostAllowed compares with ALLOWED_HOSTS as the reference's framework does: exact names,
// ".name" for the name and all below it, "*" for any; ports do not count.
func (s *Server) hostAllowed(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if host == "" {
		return false
	}
	for _, allowed := range s.opts.Hosts {
		allowed = strings.ToLower(strings.Trim(allowed, "[]"))
		switch {
		case allowed == "*" || allowed == host:
			return true
		case strings.HasPrefix(allowed, ".") && (host == allowed[1:] || strings.HasSuffix(host, allowed)):
			return true
		}
	}
	return false
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

// crossOrigin refuses unsafe requests that another site's page makes. Requests with a
// bearer token bring no cookie's authority and pass.
func (s *Server) crossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
			next.ServeHTTP(w, r)
			return
		}
		if err := s.cross.Check(r); err != nil {
			s.fail(w, r, errCrossOrigin.Because(err))
			return
		}
		next.ServeHTTP(w, r)
	})
}
