package carrier_test

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/notify/carrier"
	"ekolek/internal/testkit"
)

// The example of RFC 8291, section 5 and appendix A.
func TestPushIsEncryptedAsTheStandardSays(t *testing.T) {
	to := carrier.Browser{
		P256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", Auth: "BTBZMqHH6r4Tts7J_aSIgg",
	}
	got, err := carrier.EncryptWith(to, "When I grow up, I want to be a watermelon", "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", "DGv6ra1nlYgDCS1FRnbzlw")
	want := "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	if err != nil || base64.RawURLEncoding.EncodeToString(got) != want {
		t.Errorf("%s, %v", base64.RawURLEncoding.EncodeToString(got), err)
	}
}

func vapid(t *testing.T) func() (carrier.VAPIDKey, error) {
	t.Helper()
	text, err := carrier.NewVAPIDKey()
	if err != nil {
		t.Fatal(err)
	}
	return func() (carrier.VAPIDKey, error) { return carrier.ParseVAPIDKey(text) }
}

func TestPushSpeaksTheProtocol(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 28, 4, 0, 0, 0, time.UTC) }
	service := testkit.NewPushService(t, now)
	p := carrier.NewPush(carrier.PushConfig{Key: vapid(t), Subject: "mailto:cenro@example.gov.ph", Local: true, Roots: service.Roots(), Now: now})
	device := service.Device()
	send := func(payload string) *carrier.Failure {
		t.Helper()
		_, err := p.Send(t.Context(), carrier.Pushed{ID: db.NewID(), To: device.Browser, Payload: []byte(payload), Life: time.Hour, Urgency: "high", Topic: "abc"})
		if err == nil {
			return nil
		}
		f := carrier.FailureOf(err)
		if strings.Contains(f.Words, device.Endpoint) {
			t.Errorf("the address is told: %s", f.Words)
		}
		return f
	}
	for _, payload := range []string{"", `{"title":"Basura"}`, strings.Repeat("x", 255), strings.Repeat("x", 256), strings.Repeat("ñ", carrier.MaxPayload/2)} {
		if f := send(payload); f != nil {
			t.Fatalf("%d bytes: %v", len(payload), f)
		}
		got := device.Messages()
		if m := got[len(got)-1]; string(m.Payload) != payload || m.TTL != "3600" || m.Urgency != "high" || m.Topic != "abc" || m.Subject != "mailto:cenro@example.gov.ph" {
			t.Errorf("%+v", m)
		}
	}
	if f := send(strings.Repeat("x", carrier.MaxPayload+1)); f == nil || f.Outcome != carrier.Permanent {
		t.Errorf("too long: %v", f)
	}
	for _, test := range []struct {
		status  int
		after   string
		outcome carrier.Outcome
		gone    bool
		wait    time.Duration
	}{
		{http.StatusNotFound, "", carrier.Permanent, true, 0},
		{http.StatusGone, "", carrier.Permanent, true, 0},
		{http.StatusBadRequest, "", carrier.Permanent, false, 0},
		{http.StatusForbidden, "", carrier.Permanent, false, 0},
		{http.StatusRequestEntityTooLarge, "9", carrier.Permanent, false, 0},
		{http.StatusTooManyRequests, "120", carrier.Temporary, false, 2 * time.Minute},
		{http.StatusTooManyRequests, "9999999", carrier.Temporary, false, time.Hour},
		{http.StatusTooManyRequests, "-1", carrier.Temporary, false, 0},
		{http.StatusServiceUnavailable, now().Add(time.Minute).Format(http.TimeFormat), carrier.Temporary, false, time.Minute},
		{http.StatusInternalServerError, "soon", carrier.Temporary, false, 0},
		{http.StatusTemporaryRedirect, "", carrier.Temporary, false, 0},
	} {
		device.Answers(test.status, test.after)
		f := send("x")
		if f == nil || f.Outcome != test.outcome || f.Gone != test.gone || f.After != test.wait {
			t.Errorf("%d, Retry-After %q: %+v", test.status, test.after, f)
		}
	}
}

// Whoever subscribes names the address that we will speak to.
func TestPushSpeaksToPublicAddressesOnly(t *testing.T) {
	public := carrier.NewPush(carrier.PushConfig{Key: vapid(t), Now: time.Now})
	good := testkit.NewPushService(t, time.Now).Device().Browser
	for endpoint, want := range map[string]bool{
		"https://fcm.googleapis.com/fcm/send/abc:def": true, "https://updates.push.services.mozilla.com:443/wpush/v2/x": true,
		"https://[2606:4700::1111]/x": true, "https://203.0.114.1/x": true,
		"http://fcm.googleapis.com/x": false, "https://fcm.googleapis.com:8443/x": false, "https://user@fcm.googleapis.com/x": false,
		"https://localhost/x": false, "https://postgres/x": false, "https://127.0.0.1/x": false, "https://10.0.0.1/x": false, "https://169.254.169.254/x": false,
		"https://[::1]/x": false, "https://[fe80::1%25eth0]/x": false, "https://[::ffff:192.168.0.1]/x": false, "https://[64:ff9b::a00:1]/x": false,
		"https://[2002:a00:1::]/x": false, "https://100.64.0.1/x": false, "https://0.0.0.0/x": false, "https://[fd00::1]/x": false,
		"": false, "https://": false, "javascript:alert(1)": false, "https://a.example/#b": false, "https://a.example/" + strings.Repeat("x", 2000): false,
	} {
		b := good
		b.Endpoint = endpoint
		if got := public.Accepts(b); got != want {
			t.Errorf("%s: %v", endpoint, got)
		}
	}
	for _, b := range []carrier.Browser{
		{Endpoint: "https://a.example/", Auth: good.Auth}, {Endpoint: "https://a.example/", P256dh: good.P256dh, Auth: "AAAA"},
		{Endpoint: "https://a.example/", P256dh: good.P256dh[1:], Auth: good.Auth}, {Endpoint: "https://a.example/", P256dh: strings.Repeat("A", 87), Auth: good.Auth},
	} {
		if public.Accepts(b) {
			t.Errorf("keys %+v", b)
		}
	}
	b := good // the service on this machine, and a name that leads there
	for _, host := range []string{"127.0.0.1", "localhost"} {
		_, port, _ := net.SplitHostPort(strings.TrimPrefix(strings.SplitN(good.Endpoint, "/push", 2)[0], "https://"))
		b.Endpoint = "https://" + net.JoinHostPort(host, port) + "/push/x"
		_, err := public.Send(t.Context(), carrier.Pushed{To: b, Payload: []byte("x")})
		f := carrier.FailureOf(err)
		if err == nil || f.Outcome != carrier.Temporary || !strings.Contains(errors.Unwrap(f).Error(), "is not a public address") {
			t.Errorf("%s: %v, %v", host, err, errors.Unwrap(f))
		}
	}
}

func TestVAPIDKeyIsMadeOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "var", "vapid.key")
	keys := make([]string, 16)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			key, err := carrier.KeptVAPIDKey(file)
			if err != nil {
				t.Error(err)
			}
			keys[i] = key.Public()
		})
	}
	wg.Wait()
	for _, key := range keys {
		if key != keys[0] || len(key) != 87 {
			t.Errorf("%q and %q", key, keys[0])
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if left, _ := fs.Glob(os.DirFS(filepath.Dir(file)), "*"); len(left) != 1 {
		t.Errorf("%q", left)
	}
	for _, bad := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("_", 43), strings.Repeat("A", 44)} {
		if _, err := carrier.ParseVAPIDKey(bad); err == nil {
			t.Errorf("%q is a key", bad)
		}
	}
	if err := os.WriteFile(file, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := carrier.KeptVAPIDKey(file); err == nil {
		t.Error("a broken file was replaced")
	}
}
