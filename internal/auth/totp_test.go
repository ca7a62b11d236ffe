package auth

import (
	"encoding/base32"
	"net/url"
	"testing"
	"time"
)

// The SHA-1 vectors of RFC 6238, appendix B, cut to six digits as its section 1.2 allows.
func TestTOTPVectors(t *testing.T) {
	key := []byte("12345678901234567890")
	for _, v := range []struct {
		at   int64
		want string
	}{
		{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
	} {
		if got := totpCode(key, v.at/totpPeriod); got != v.want {
			t.Errorf("at %d the code is %s, want %s", v.at, got, v.want)
		}
	}
}

func TestTOTPStep(t *testing.T) {
	key := newTOTPKey()
	raw, err := base32.StdEncoding.DecodeString(key)
	if err != nil || len(raw) != totpKeyLen {
		t.Fatalf("the key %q has %d bytes (%v)", key, len(raw), err)
	}
	if key == newTOTPKey() {
		t.Fatal("two keys are the same")
	}
	now := time.Date(2026, 12, 1, 8, 0, 10, 0, time.UTC)
	current := now.Unix() / totpPeriod
	for _, c := range []struct {
		name string
		code string
		step int64
		ok   bool
	}{
		{"now", totpCode(raw, current), current, true},
		{"half a minute ago", totpCode(raw, current-1), current - 1, true},
		{"of half a minute later", totpCode(raw, current+1), current + 1, true},
		{"a minute ago", totpCode(raw, current-2), 0, false},
		{"of a minute later", totpCode(raw, current+2), 0, false},
		{"nothing", "", 0, false},
		{"cut", totpCode(raw, current)[:5], 0, false},
	} {
		if step, ok := totpStep(key, c.code, now); ok != c.ok || step != c.step {
			t.Errorf("%s: step %d, %v; want %d, %v", c.name, step, ok, c.step, c.ok)
		}
	}
	if _, ok := totpStep("not base32!", totpCode(raw, current), now); ok {
		t.Error("a damaged key fits")
	}
}

func TestTOTPURI(t *testing.T) {
	u, err := url.Parse(totpURI("E-KOLEK San Pedro City", "liza.reyes", "ABCD"))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/E-KOLEK San Pedro City:liza.reyes" ||
		q.Get("secret") != "ABCD" || q.Get("issuer") != "E-KOLEK San Pedro City" || u.RawQuery != "issuer=E-KOLEK%20San%20Pedro%20City&secret=ABCD" {
		t.Errorf("the app reads %s", u)
	}
}

func TestPlainCode(t *testing.T) {
	for typed, want := range map[string]string{
		" 123 456 ": "123456", "123-456": "123456", "080108": "080108",
		"abcde-fgh23": "ABCDEFGH23", "ABCDE FGH23": "ABCDEFGH23", "a8cde-f0h1j": "ABCDEFOHIJ", "": "",
	} {
		if got := plainCode(typed); got != want {
			t.Errorf("%q is read as %q, want %q", typed, got, want)
		}
	}
}
