package auth

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
)

func TestHashAndVerify(t *testing.T) {
	h := newHasher()
	ctx := t.Context()
	stored, err := h.hash(ctx, "tatlong itlog sa basket")
	if err != nil || !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("hash %q, %v", stored, err)
	}
	if again, _ := h.hash(ctx, "tatlong itlog sa basket"); again == stored {
		t.Error("two hashes of one password are equal: no salt")
	}
	cases := []struct {
		name, stored, password string
		ok, upgrade            bool
	}{
		{"right", stored, "tatlong itlog sa basket", true, false},
		{"wrong", stored, "tatlong itlog sa basker", false, false},
		{"empty", stored, "", false, false},
		{"weaker argon2id", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$" + "AAAAAAAAAAAAAAAAAAAAAA", "x", false, true},
		// Computed with Python's hashlib.pbkdf2_hmac, in the form that Django writes.
		{"Django", "pbkdf2_sha256$1000$abcDEF123456$vEKnbX2tKEQWEp4EbzT0JlVn/br0NCFHfVeMTCZ1ZJo=", "Basura-2026-malinis", true, true},
		{"Django, wrong", "pbkdf2_sha256$1000$abcDEF123456$vEKnbX2tKEQWEp4EbzT0JlVn/br0NCFHfVeMTCZ1ZJo=", "basura-2026-malinis", false, true},
		{"Django, not ASCII", "pbkdf2_sha256$1$s$mpLt0L/AOzmy9E8NiD9t6vu8ye7DXMeG85nr1ZX1GV4=", "ñandú ₱", true, true},
		{"Django, unusable", "!DpG0Vb0OUTL", "", false, false},
		{"plain text", "secret", "secret", false, false},
		{"nobody", "", "", false, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ok, upgrade, err := h.verify(ctx, c.stored, c.password)
			if ok != c.ok || upgrade != c.upgrade || err != nil {
				t.Errorf("got %v, %v, %v; want %v, %v", ok, upgrade, err, c.ok, c.upgrade)
			}
		})
	}
}

// Damaged hashes are errors, and none makes the server compute without bounds.
func TestVerifyDamaged(t *testing.T) {
	h := newHasher()
	for _, stored := range []string{
		"$argon2id$", "$argon2id$v=18$m=19456,t=2,p=1$AAAA$AAAA", "$argon2id$v=19$m=x$AAAA$AAAA",
		"$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=999,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=1,p=0$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=1,p=1$AAAA$", "pbkdf2_sha256$", "pbkdf2_sha256$0$s$AAAA", "pbkdf2_sha256$999999999$s$mpLt0L/AOzmy9E8NiD9t6vu8ye7DXMeG85nr1ZX1GV4=",
		"pbkdf2_sha256$1$s$AAAA", "pbkdf2_sha256$1$s$?",
	} {
		if ok, _, err := h.verify(t.Context(), stored, ""); ok || err == nil {
			t.Errorf("verify %q: %v, %v; want an error", stored, ok, err)
		}
	}
}

func TestHasherWaitsNoLongerThanItsCaller(t *testing.T) {
	h := newHasher()
	for range cap(h.slots) {
		h.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("hash: %v", err)
	}
	if _, _, err := h.verify(ctx, "", "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("verify: %v", err)
	}
}

func TestGateLetsOneThrough(t *testing.T) {
	g := newGate()
	var wg sync.WaitGroup
	inside := map[string]int{}
	var mu sync.Mutex
	for i := range 60 {
		name := []string{"a", "b", "c"}[i%3]
		wg.Go(func() {
			leave, err := g.enter(t.Context(), name)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			if inside[name]++; inside[name] > 1 {
				t.Errorf("%d inside %s", inside[name], name)
			}
			mu.Unlock()
			mu.Lock()
			inside[name]--
			mu.Unlock()
			leave()
		})
	}
	wg.Wait()
	if len(g.doors) != 0 {
		t.Errorf("%d doors left behind", len(g.doors))
	}
}

func TestGateForgetsWhoGaveUp(t *testing.T) {
	g := newGate()
	leave, err := g.enter(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.enter(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("second: %v", err)
	}
	leave()
	if len(g.doors) != 0 {
		t.Errorf("%d doors left behind", len(g.doors))
	}
}
