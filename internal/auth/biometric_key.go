package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
)

// Limits of what a phone registers. RSA below 2048 bits can be factored, and above 8192
// costs too much to verify.
const (
	maxKeyText = 4096
	maxSigText = 2048
	minRSA     = 2048
	maxRSA     = 8192
)

// errKey says that a stored key is of no kind that we know.
var errKey = errors.New("unknown kind of public key")

// verifyBiometric says whether a signature over a text was made with the private half of
// a key: ECDSA on P-256 or RSA PKCS #1 v1.5, both over SHA-256, or Ed25519. errKey: the
// stored key is none of these.
func verifyBiometric(key, text, signature string) (bool, error) {
	public, err := parseBiometricKey(key)
	if err != nil {
		return false, err
	}
	sig, ok := anyBase64(signature)
	if !ok || len(signature) > maxSigText {
		return false, nil
	}
	digest := sha256.Sum256([]byte(text))
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(k, digest[:], sig) || verifyRaw(k, digest[:], sig), nil
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(k, crypto.SHA256, digest[:], sig) == nil, nil
	case ed25519.PublicKey:
		return ed25519.Verify(k, []byte(text), sig), nil
	default:
		return false, errKey
	}
}

// verifyRaw reads a signature as r and s, 32 bytes each (IEEE P1363).
func verifyRaw(k *ecdsa.PublicKey, digest, sig []byte) bool {
	if len(sig) != 64 {
		return false
	}
	return ecdsa.Verify(k, digest, new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
}

// parseBiometricKey reads a public key as apps write it: SPKI in PEM or in base64, or a
// JSON Web Key.
func parseBiometricKey(text string) (crypto.PublicKey, error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxKeyText {
		return nil, errKey
	}
	var public crypto.PublicKey
	switch {
	case text[0] == '{':
		var err error
		if public, err = parseJWK(text); err != nil {
			return nil, err
		}
	default:
		der, ok := spki(text)
		if !ok {
			return nil, errKey
		}
		var err error
		if public, err = x509.ParsePKIXPublicKey(der); err != nil {
			return nil, errKey
		}
	}
	return acceptable(public)
}

func spki(text string) ([]byte, bool) {
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return block.Bytes, block.Type == "PUBLIC KEY"
	}
	return anyBase64(text)
}

// acceptable refuses curves and sizes that we do not verify.
func acceptable(public crypto.PublicKey) (crypto.PublicKey, error) {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return nil, errKey
		}
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < minRSA || bits > maxRSA || k.E < 3 || k.E%2 == 0 {
			return nil, errKey
		}
	case ed25519.PublicKey:
	default:
		return nil, errKey
	}
	return public, nil
}

// parseJWK reads the public members of a JSON Web Key (RFC 7517, 7518, 8037).
func parseJWK(text string) (crypto.PublicKey, error) {
	var k struct{ Kty, Crv, X, Y, N, E string }
	if err := json.Unmarshal([]byte(text), &k); err != nil {
		return nil, errKey
	}
	x, okX := anyBase64(k.X)
	y, okY := anyBase64(k.Y)
	switch {
	case k.Kty == "EC" && k.Crv == "P-256" && okX && okY && len(x) == 32 && len(y) == 32:
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
		if err != nil {
			return nil, errKey // not a point of the curve
		}
		return public, nil
	case k.Kty == "OKP" && k.Crv == "Ed25519" && okX && len(x) == ed25519.PublicKeySize:
		return ed25519.PublicKey(x), nil
	case k.Kty == "RSA":
		n, okN := anyBase64(k.N)
		e, okE := anyBase64(k.E)
		if exponent := new(big.Int).SetBytes(e); okN && okE && exponent.IsInt64() && exponent.Int64() < 1<<31 {
			return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}, nil
		}
	}
	return nil, errKey
}

// anyBase64 reads both alphabets, with and without padding and line breaks.
func anyBase64(s string) ([]byte, bool) {
	s = strings.NewReplacer("-", "+", "_", "/", "=", "", "\n", "", "\r", "", " ", "").Replace(s)
	b, err := base64.RawStdEncoding.DecodeString(s)
	return b, err == nil && len(b) > 0
}
