package people

import (
	"crypto/ed25519"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

var cardDay = time.Date(2026, 11, 24, 7, 55, 0, 0, time.UTC)

func cardForTest(t testing.TB) (token, ed25519.PublicKey, ed25519.PrivateKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return token{KeyID: 7, Issuer: CityPSGC, CardID: uuid.New(), Serial: 3, Issued: manilaDay(cardDay), Months: cardMonths}, public, private
}

// check is what a scanner without a network does.
func check(text string, key ed25519.PublicKey, now time.Time) (token, error) {
	t, raw, err := parseToken(text)
	if err != nil {
		return token{}, err
	}
	return t, t.verify(raw, key, now)
}

func TestSignedCardIsReadBack(t *testing.T) {
	want, public, private := cardForTest(t)
	text := want.sign(private)
	if len(text) != 160 || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567.1") != "" {
		t.Errorf("text %q has %d characters; want 160 of the QR alphanumeric set", text, len(text))
	}
	if again := want.sign(private); again != text {
		t.Error("signing twice gives two texts")
	}
	if got, err := check(text, public, cardDay); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestSignedCardIsRefused(t *testing.T) {
	good, public, private := cardForTest(t)
	foreign := good
	foreign.Issuer = 403426
	_, _, otherKey := cardForTest(t)
	last := time.Date(2031, 11, 23, 15, 59, 59, 0, time.UTC) // the last second of the last day in Manila
	cases := []struct {
		name string
		text string
		now  time.Time
		want error
	}{
		{"last moment", good.sign(private), last, nil},
		{"expired", good.sign(private), last.Add(time.Second), ErrCardExpired},
		{"made tomorrow, by a clock that is ahead", good.sign(private), cardDay.AddDate(0, 0, -1), nil},
		{"made in the future", good.sign(private), cardDay.AddDate(0, 0, -2), ErrCardEarly},
		{"another key", good.sign(otherKey), cardDay, ErrCardForged},
		{"another city", foreign.sign(private), cardDay, ErrCardForeign},
		{"lower case", strings.ToLower(good.sign(private)), cardDay, ErrCardForged},
		{"cut", good.sign(private)[:159], cardDay, ErrCardForged},
		{"longer", good.sign(private) + "A", cardDay, ErrCardForged},
		{"line break", good.sign(private)[:159] + "\n", cardDay, ErrCardForged},
		{"prefix only", "EK1.", cardDay, ErrCardForged},
		{"another version of the format", "EK2." + good.sign(private)[4:], cardDay, ErrCardForged},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := check(c.text, public, c.now); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// Bytes changed under the signature, and characters changed in the text, at random.
func TestNoChangedCardIsAccepted(t *testing.T) {
	good, public, private := cardForTest(t)
	text := good.sign(private)
	_, raw, err := parseToken(text)
	if err != nil {
		t.Fatal(err)
	}
	for range 5000 {
		b := []byte(text)
		for range 1 + rand.IntN(3) {
			b[rand.IntN(len(b))] ^= 1 << rand.IntN(8)
		}
		refuse(t, string(b), text, public)

		c := append([]byte(nil), raw...)
		for range 1 + rand.IntN(3) {
			c[rand.IntN(len(c))] ^= 1 << rand.IntN(8)
		}
		refuse(t, ek1Prefix+tokenEncoding.EncodeToString(c), text, public)
		refuse(t, text[:rand.IntN(len(text))], text, public)
	}
}

func refuse(t *testing.T, changed, text string, key ed25519.PublicKey) {
	t.Helper()
	if _, err := check(changed, key, cardDay); err == nil && changed != text {
		t.Fatalf("accepted %q", changed)
	}
}

func FuzzParseToken(f *testing.F) {
	good, public, private := cardForTest(f)
	text := good.sign(private)
	for _, seed := range []string{text, text[:100], "EK1.", "", "EK1." + strings.Repeat("A", 156), "EK1." + strings.Repeat("=", 156)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := check(s, public, cardDay); err == nil && s != text {
			t.Fatalf("accepted %q", s)
		}
		ParseTypedCode(s)
		parseLegacyCard(s)
	})
}

func TestLegacyCardSpellings(t *testing.T) {
	id := uuid.MustParse("0f6a3c1e-52d4-4c8e-9b53-0a1b2c3d4e5f")
	for _, s := range []string{
		"0f6a3c1e-52d4-4c8e-9b53-0a1b2c3d4e5f", "0F6A3C1E-52D4-4C8E-9B53-0A1B2C3D4E5F", "0f6a3c1e52d44c8e9b530a1b2c3d4e5f",
		"{0f6a3c1e-52d4-4c8e-9b53-0a1b2c3d4e5f}", "urn:uuid:0f6a3c1e-52d4-4c8e-9b53-0a1b2c3d4e5f",
		"URN:UUID:0F6A3C1E52D44C8E9B530A1B2C3D4E5F", "0f6a-3c1e-52d4-4c8e-9b53-0a1b-2c3d-4e5f",
	} {
		if got, ok := parseLegacyCard(s); !ok || got != id {
			t.Errorf("parse %q = %s, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "juan", "0f6a3c1e-52d4-4c8e-9b53-0a1b2c3d4e5", "0f6a3c1e-52d4-4c8e-9b53-0a1b2c3d4e5g"} {
		if got, ok := parseLegacyCard(s); ok {
			t.Errorf("parse %q = %s", s, got)
		}
	}
}

func TestManilaDay(t *testing.T) {
	midnight := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC) // in Manila
	if a, b := manilaDay(midnight.Add(-time.Second)), manilaDay(midnight); b != a+1 {
		t.Errorf("days %d and %d around Manila's midnight", a, b)
	}
}

func BenchmarkVerifyCard(b *testing.B) {
	good, public, private := cardForTest(b)
	text := good.sign(private)
	for b.Loop() {
		if _, err := check(text, public, cardDay); err != nil {
			b.Fatal(err)
		}
	}
}
