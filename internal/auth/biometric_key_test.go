package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
)

// signer is a phone's key pair as apps write it.
type signer struct {
	keys map[string]string                   // the public key, by spelling
	sign func(text string) map[string]string // signatures, by spelling
}

func spellings(t testing.TB, public any) map[string]string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	text := base64.StdEncoding.EncodeToString(der)
	return map[string]string{
		"PEM":               string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		"base64":            text,
		"base64 in lines":   text[:40] + "\n" + text[40:] + "\n",
		"base64url, no pad": base64.RawURLEncoding.EncodeToString(der),
	}
}

func encodings(sig []byte) map[string]string {
	return map[string]string{"base64": base64.StdEncoding.EncodeToString(sig), "base64url": base64.RawURLEncoding.EncodeToString(sig)}
}

func jwk(t testing.TB, members map[string]string) string {
	t.Helper()
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func signers(t testing.TB) map[string]signer {
	t.Helper()
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	edPublic, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	es := signer{spellings(t, &ec.PublicKey), func(text string) map[string]string {
		digest := sha256.Sum256([]byte(text))
		der, err := ecdsa.SignASN1(rand.Reader, ec, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		out := encodings(der)
		r, s, err := ecdsa.Sign(rand.Reader, ec, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		raw := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		out["raw"] = base64.StdEncoding.EncodeToString(raw)
		return out
	}}
	point, err := ec.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	es.keys["JWK"] = jwk(t, map[string]string{"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:]), "use": "sig"})
	rsas := signer{spellings(t, &rs.PublicKey), func(text string) map[string]string {
		digest := sha256.Sum256([]byte(text))
		sig, err := rsa.SignPKCS1v15(rand.Reader, rs, crypto.SHA256, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		return encodings(sig)
	}}
	rsas.keys["JWK"] = jwk(t, map[string]string{"kty": "RSA", "n": b64(rs.N.Bytes()), "e": b64(big.NewInt(int64(rs.E)).Bytes())})
	eds := signer{spellings(t, edPublic), func(text string) map[string]string { return encodings(ed25519.Sign(ed, []byte(text))) }}
	eds.keys["JWK"] = jwk(t, map[string]string{"kty": "OKP", "crv": "Ed25519", "x": b64(edPublic)})
	return map[string]signer{"ES256": es, "RS256": rsas, "Ed25519": eds}
}

func TestBiometricSignatures(t *testing.T) {
	const text = "F-RWq0hA5v0Wg9TQp0Z3oSgYc1nD8xk7Jm2Lb4VtEsY"
	all := signers(t)
	for kind, s := range all {
		for spelling, key := range s.keys {
			for form, sig := range s.sign(text) {
				if ok, err := verifyBiometric(key, text, sig); err != nil || !ok {
					t.Errorf("%s, key as %s, signature as %s: %v, %v", kind, spelling, form, ok, err)
				}
				if ok, err := verifyBiometric(key, text+"x", sig); err != nil || ok {
					t.Errorf("%s %s: another text's signature is taken: %v", kind, form, err)
				}
			}
			for other, o := range all {
				for _, sig := range o.sign(text) {
					if ok, _ := verifyBiometric(key, text, sig); ok && other != kind {
						t.Errorf("%s takes a signature of %s", kind, other)
					}
				}
			}
			for _, sig := range []string{"", "not-a-signature", "abc", "////", strings.Repeat("A", 88), strings.Repeat("A", 4000), "\x00", "MAYCAQACAQA="} {
				if ok, err := verifyBiometric(key, text, sig); err != nil || ok {
					t.Errorf("%s takes %.20q: %v, %v", kind, sig, ok, err)
				}
			}
		}
	}
}

func TestBiometricKeysThatAreNone(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]string{
		"empty": "", "the recorded app's": "PUBKEY", "garbage": "####", "JSON": "{}", "broken JSON": "{", "null": "null",
		"RSA, 1024 bits": spellings(t, &small.PublicKey)["base64"], "P-384": spellings(t, &p384.PublicKey)["PEM"],
		"not on the curve": `{"kty":"EC","crv":"P-256","x":"` + b64(make([]byte, 32)) + `","y":"` + b64(make([]byte, 32)) + `"}`,
		"symmetric":        `{"kty":"oct","k":"AAAA"}`, "a private key's PEM": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"RSA, exponent 1": `{"kty":"RSA","n":"` + b64(small.N.Bytes()) + `","e":"AQ"}`, "endless": strings.Repeat("A", 5000),
	} {
		if ok, err := verifyBiometric(key, "text", "AAAA"); ok || !errors.Is(err, errKey) {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
}

// No key and no signature makes the verifier panic, and none that was not made with the
// key is taken.
func FuzzBiometric(f *testing.F) {
	for _, s := range signers(f) {
		for _, key := range s.keys {
			for _, sig := range s.sign("challenge") {
				f.Add(key, sig)
			}
		}
	}
	f.Add("PUBKEY", "not-a-signature")
	f.Add(`{"kty":"RSA","n":"","e":""}`, "")
	f.Add(`{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}`, "AA")
	f.Fuzz(func(t *testing.T, key, sig string) {
		ok, _ := verifyBiometric(key, "another challenge", sig)
		if ok {
			t.Errorf("%q is taken for a signature by %q", sig, key)
		}
		_, _ = verifyBiometric(key, "challenge", sig)
	})
}
