package carrier

import (
	"context"
	"crypto/ecdh"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/telemetry"
)

// Pushed is a push message on its way to one browser.
type Pushed struct {
	ID      uuid.UUID
	To      Browser
	Payload []byte        // at most MaxPayload
	Life    time.Duration // the push service keeps it so long for a browser that is away
	Urgency string        // very-low, low, normal, high (RFC 8030)
	Topic   string        // one that waits is replaced by a newer one of its topic; empty: none
}

// Browser is where push messages go, as its script told it (the Push API's subscription).
type Browser struct {
	Endpoint string
	P256dh   string // its public key, base64url
	Auth     string // the secret that it shares with us, base64url
}

// maxEndpoint bounds an address of a push service. Those of all browsers are shorter than
// half of it.
const maxEndpoint = 2000

// PushConfig is what Push needs.
type PushConfig struct {
	// Key gives the key that push services know us by. It is asked for when the first message
	// leaves or the first browser subscribes, and again after an error.
	Key     func() (VAPIDKey, error)
	Subject string         // mailto: or https: address where a push service finds us
	Local   bool           // development: this machine's own addresses too
	Roots   *x509.CertPool // nil: the machine's
	Now     func() time.Time
}

// Push hands messages to the push services of browsers: RFC 8030, encrypted by RFC 8291,
// signed by RFC 8292. Where they are is told by whoever subscribes, so that it speaks to
// public addresses only, whatever a name leads to, and follows no redirect.
type Push struct {
	cfg    PushConfig
	client *http.Client
}

// NewPush makes it. It goes past proxies of the environment: what they would connect to
// cannot be seen.
func NewPush(cfg PushConfig) *Push {
	client := newClient()
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	if !cfg.Local {
		dialer.Control = onlyPublic
	}
	client.Transport = telemetry.Transport(&http.Transport{
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        &tls.Config{RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        time.Minute,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxResponseHeaderBytes: 32 << 10,
	})
	return &Push{cfg: cfg, client: client}
}

// PublicKey is what a browser needs to subscribe: base64url of the point, uncompressed.
func (p *Push) PublicKey() (string, error) {
	key, err := p.cfg.Key()
	if err != nil {
		return "", fmt.Errorf("key of push messages: %w", err)
	}
	return key.Public(), nil
}

// Accepts says whether a browser's address and keys can be used. A name is looked up only
// when something is sent.
func (p *Push) Accepts(b Browser) bool {
	u, err := url.Parse(b.Endpoint)
	if err != nil || len(b.Endpoint) > maxEndpoint || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return false
	}
	if _, _, err := b.keys(); err != nil {
		return false
	}
	if p.cfg.Local {
		return true
	}
	if port := u.Port(); port != "" && port != "443" {
		return false
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		return public(ip)
	}
	return strings.Contains(u.Hostname(), ".") // else a name of the house's own net
}

// keys are what a browser's keys are, decoded.
func (b Browser) keys() (*ecdh.PublicKey, []byte, error) {
	point, err := fromBase64(b.P256dh)
	if err != nil {
		return nil, nil, err
	}
	key, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return nil, nil, err
	}
	auth, err := fromBase64(b.Auth)
	if err == nil && len(auth) != authLength {
		err = fmt.Errorf("a secret of %d bytes", len(auth))
	}
	return key, auth, err
}

// fromBase64 reads base64url, padded or not: browsers differ.
func fromBase64(s string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
}

// Service names the push service of a browser.
func (b Browser) Service() string {
	u, err := url.Parse(b.Endpoint)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

const pushTimeout = 10 * time.Second

// Send encrypts a message and hands it over. A *Failure with Gone says that the browser
// wants none any more.
func (p *Push) Send(ctx context.Context, m Pushed) (Receipt, error) {
	body, err := encrypt(m.To, m.Payload)
	if err != nil {
		return Receipt{}, &Failure{Outcome: Permanent, Words: "cannot be encrypted for this browser", cause: err}
	}
	key, err := p.cfg.Key()
	if err != nil {
		return Receipt{}, &Failure{Outcome: Temporary, Words: "there is no key for push messages", cause: err}
	}
	authorization, err := key.authorize(m.To.Endpoint, p.cfg.Subject, p.cfg.Now())
	if err != nil {
		return Receipt{}, &Failure{Outcome: Permanent, Words: "its address is not right", cause: err}
	}
	header := map[string]string{
		"Authorization": authorization, "Content-Encoding": "aes128gcm",
		"TTL": strconv.Itoa(max(0, int(m.Life.Seconds()))), "Urgency": m.Urgency,
	}
	if m.Topic != "" {
		header["Topic"] = m.Topic
	}
	a, failed := post(ctx, p.client, pushTimeout, m.To.Endpoint, "application/octet-stream", header, body)
	switch {
	case failed != nil:
		return Receipt{}, failed
	case !a.ok():
		return Receipt{}, a.pushRefusal(p.cfg.Now())
	}
	return Receipt{}, nil
}

// pushRefusal judges an answer without success. What push services say is left out: some
// repeat the address, which is a secret.
func (a answer) pushRefusal(now time.Time) *Failure {
	f := a.refusal("")
	switch a.status {
	case http.StatusNotFound, http.StatusGone:
		f = failure(Permanent, "%d: the browser wants no messages any more", a.status)
		f.Gone = true
	case http.StatusUnauthorized, http.StatusForbidden:
		f = failure(Permanent, "%d: does not accept our key", a.status)
	case http.StatusRequestEntityTooLarge:
		f = failure(Permanent, "%d: too long", a.status)
	}
	if f.Outcome != Permanent {
		f.After = retryAfter(a.header.Get("Retry-After"), now)
	}
	return f
}

// longestWait is the most that a push service may have us wait.
const longestWait = time.Hour

// retryAfter reads the header: seconds or a date; 0 is none.
func retryAfter(value string, now time.Time) time.Duration {
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(strings.TrimSpace(value)); err == nil {
		wait = time.Duration(min(max(seconds, 0), int(longestWait.Seconds()))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), longestWait)
}

// onlyPublic refuses a connection to an address that is not the public net's. It is asked
// for the address that a name led to.
func onlyPublic(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !public(to.Addr()) {
		return fmt.Errorf("%s is not a public address", to.Addr())
	}
	return nil
}

// notPublic are ranges of special use that net/netip has no word for (RFC 6890), and those
// of IPv6 that lead to IPv4 addresses.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
}

// globalV6 is what of IPv6 is given out; of it, these are not (RFC 6890, 9637).
var (
	globalV6    = netip.MustParsePrefix("2000::/3")
	notPublicV6 = []netip.Prefix{
		netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"),
	}
)

func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	ranges := notPublic
	if ip.Is6() {
		if !globalV6.Contains(ip.WithZone("")) {
			return false
		}
		ranges = notPublicV6
	}
	for _, r := range ranges {
		if r.Contains(ip) {
			return false
		}
	}
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && ip.Zone() == ""
}
