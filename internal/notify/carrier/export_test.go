package carrier

import "crypto/ecdh"

// EncryptWith seals a payload with a key and a salt of the test's, base64url.
func EncryptWith(to Browser, payload, private, salt string) ([]byte, error) {
	raw, err := fromBase64(private)
	if err != nil {
		return nil, err
	}
	key, err := ecdh.P256().NewPrivateKey(raw)
	if err != nil {
		return nil, err
	}
	s, err := fromBase64(salt)
	if err != nil {
		return nil, err
	}
	return encryptWith(to, []byte(payload), key, s, 0)
}
