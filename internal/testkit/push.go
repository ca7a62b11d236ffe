package testkit

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"ekolek/internal/notify/carrier"
)

// PushService is a push service on this machine, and the browsers that subscribe there. It
// takes what RFC 8030, 8291 and 8292 allow, and answers 400 to everything else.
type PushService struct {
	server *httptest.Server
	t      testing.TB

	mu      sync.Mutex
	now     func() time.Time
	devices map[string]*PushDevice
}

// PushDevice is a browser of somebody. Answer is what its next messages get: 0 takes them.
type PushDevice struct {
	carrier.Browser
	service *PushService
	key     *ecdh.PrivateKey
	auth    []byte

	mu     sync.Mutex
	answer int
	after  string
	Got    []PushGot
}

// PushGot is a message as the browser's worker would read it.
type PushGot struct {
	Payload []byte
	TTL     string
	Urgency string
	Topic   string
	Subject string // of the sender
}

// pushers sends to public addresses, as production does, under a key that is for tests.
func pushers(now func() time.Time) *carrier.Push {
	return carrier.NewPush(carrier.PushConfig{Subject: "mailto:cenro@example.gov.ph", Now: now,
		Key: func() (carrier.VAPIDKey, error) {
			return carrier.ParseVAPIDKey("q9VDRfVnQXBnEKGYauXes74iFkVg5IUP7WEUw9N_82E")
		}})
}

// NewPushService starts one. now is what it judges signatures by.
func NewPushService(t testing.TB, now func() time.Time) *PushService {
	s := &PushService{t: t, now: now, devices: map[string]*PushDevice{}}
	s.server = httptest.NewTLSServer(http.HandlerFunc(s.push))
	t.Cleanup(s.server.Close)
	return s
}

// Roots is whom a client has to trust.
func (s *PushService) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.server.Certificate())
	return pool
}

// Device is one more browser that subscribed.
func (s *PushService) Device() *PushDevice {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	must(s.t, err)
	d := &PushDevice{service: s, key: key, auth: []byte(rand.Text()[:16])}
	d.Endpoint = s.server.URL + "/push/" + rand.Text()
	d.P256dh = base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes())
	d.Auth = base64.RawURLEncoding.EncodeToString(d.auth)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.devices[strings.TrimPrefix(d.Endpoint, s.server.URL)] = d
	return d
}

// Answers has the service answer so from now on; 0 takes messages again.
func (d *PushDevice) Answers(status int, retryAfter string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer, d.after = status, retryAfter
}

// Messages are what it got so far.
func (d *PushDevice) Messages() []PushGot {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]PushGot(nil), d.Got...)
}

func (s *PushService) push(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	d := s.devices[r.URL.Path]
	s.mu.Unlock()
	if d == nil {
		http.Error(w, "no such subscription", http.StatusNotFound)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	got, err := s.read(d, r)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case d.answer != 0:
		if d.after != "" {
			w.Header().Set("Retry-After", d.after)
		}
		if d.answer == http.StatusTemporaryRedirect {
			w.Header().Set("Location", s.server.URL+"/push/elsewhere")
		}
		w.WriteHeader(d.answer)
	default:
		d.Got = append(d.Got, got)
		w.Header().Set("Location", s.server.URL+"/message/"+rand.Text())
		w.WriteHeader(http.StatusCreated)
	}
}

func (s *PushService) read(d *PushDevice, r *http.Request) (got PushGot, err error) {
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		return got, err
	case r.Method != http.MethodPost || r.Header.Get("Content-Encoding") != "aes128gcm" || r.Header.Get("TTL") == "" || len(body) > 4096:
		return got, fmt.Errorf("not a message: %s %v, %d bytes", r.Method, r.Header, len(body))
	}
	if got.Subject, err = s.sender(r.Header.Get("Authorization")); err != nil {
		return got, err
	}
	got.TTL, got.Urgency, got.Topic = r.Header.Get("TTL"), r.Header.Get("Urgency"), r.Header.Get("Topic")
	got.Payload, err = d.open(body)
	return got, err
}

// sender verifies who sends (RFC 8292).
func (s *PushService) sender(authorization string) (subject string, err error) {
	token, key, ok := strings.Cut(strings.TrimPrefix(authorization, "vapid t="), ", k=")
	parts := strings.Split(token, ".")
	if !ok || len(parts) != 3 {
		return "", errors.New("no VAPID")
	}
	point, err1 := base64.RawURLEncoding.DecodeString(key)
	public, err2 := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	signature, err3 := base64.RawURLEncoding.DecodeString(parts[2])
	claims, err4 := base64.RawURLEncoding.DecodeString(parts[1])
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return "", err
	}
	hash := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if len(signature) != 64 || !ecdsa.Verify(public, hash[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return "", errors.New("the signature is not right")
	}
	var c struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(claims, &c); err != nil {
		return "", err
	}
	if left := time.Unix(c.Exp, 0).Sub(s.now()); c.Aud != s.server.URL || left <= 0 || left > 24*time.Hour {
		return "", fmt.Errorf("a token for %s, for %s", c.Aud, left)
	}
	return c.Sub, nil
}

// open decrypts a message with the browser's keys (RFC 8291).
func (d *PushDevice) open(body []byte) ([]byte, error) {
	if len(body) < 16+4+1+65 || body[20] != 65 {
		return nil, errors.New("no header")
	}
	salt, point := body[:16], body[21:86]
	theirs, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return nil, err
	}
	shared, err := d.key.ECDH(theirs)
	if err != nil {
		return nil, err
	}
	secret, err1 := hkdf.Key(sha256.New, shared, d.auth, "WebPush: info\x00"+string(d.key.PublicKey().Bytes())+string(point), 32)
	key, err2 := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: aes128gcm\x00", 16)
	nonce, err3 := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: nonce\x00", 12)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nonce, body[86:], nil)
	if err != nil {
		return nil, err
	}
	text := strings.TrimRight(string(plain), "\x00")
	if !strings.HasSuffix(text, "\x02") {
		return nil, errors.New("not the last record")
	}
	return []byte(text[:len(text)-1]), nil
}
