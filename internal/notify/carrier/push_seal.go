package carrier

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Lengths of RFC 8188 and 8291.
const (
	authLength = 16
	saltLength = 16
	recordSize = 4096

	// MaxPayload is what one push message may hold: a body of 4096 bytes, which every push
	// service takes, without the header, the mark of the last record and the tag.
	MaxPayload = recordSize - (saltLength + 4 + 1 + 65) - 1 - 16

	// Texts of about the same length look alike from outside.
	paddedTo = 256
)

// encrypt seals a payload so that only this browser reads it: one record of aes128gcm.
func encrypt(to Browser, payload []byte) ([]byte, error) {
	ours, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, saltLength)
	rand.Read(salt) //nolint:errcheck // crypto/rand never fails: it ends the program
	padding := min((paddedTo-len(payload)%paddedTo)%paddedTo, max(0, MaxPayload-len(payload)))
	return encryptWith(to, payload, ours, salt, padding)
}

func encryptWith(to Browser, payload []byte, ours *ecdh.PrivateKey, salt []byte, padding int) ([]byte, error) {
	if len(payload) > MaxPayload {
		return nil, fmt.Errorf("a payload of %d bytes", len(payload))
	}
	theirs, auth, err := to.keys()
	if err != nil {
		return nil, err
	}
	shared, err := ours.ECDH(theirs)
	if err != nil {
		return nil, err
	}
	public := ours.PublicKey().Bytes()
	info := "WebPush: info\x00" + string(theirs.Bytes()) + string(public)
	secret, err := hkdf.Key(sha256.New, shared, auth, info, 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
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
	var out bytes.Buffer
	out.Write(salt)
	out.Write(binary.BigEndian.AppendUint32(nil, recordSize))
	out.WriteByte(byte(len(public)))
	out.Write(public)
	plain := append(bytes.Clone(payload), 2) // the last record
	plain = append(plain, make([]byte, padding)...)
	return gcm.Seal(out.Bytes(), nonce, plain, nil), nil
}
