package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// What every authenticator app assumes when nobody says otherwise (RFC 6238): SHA-1, six
// digits, half a minute. Apps that ignore other values are common, so there are none.
const (
	totpPeriod = 30 // seconds
	totpDigits = 6
	totpKeyLen = 20 // bytes: as long as SHA-1's output (RFC 4226, section 4)
)

// newTOTPKey makes a key for an authenticator app, in base32 as it is typed.
func newTOTPKey() string {
	key := make([]byte, totpKeyLen)
	_, _ = rand.Read(key)                         // crypto/rand never fails: it ends the program instead
	return base32.StdEncoding.EncodeToString(key) // 20 bytes need no padding
}

// totpCode is the code of a step: HOTP of RFC 4226 with the step as its counter.
func totpCode(key []byte, step int64) string {
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, step) // a hash takes everything
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, n%1_000_000)
}

// totpStep finds the step that a code belongs to: that of now, or one beside it, since
// phones' clocks go wrong. The newest one that fits counts.
func totpStep(key, code string, now time.Time) (step int64, ok bool) {
	raw, err := base32.StdEncoding.DecodeString(key)
	if err != nil {
		return 0, false
	}
	current := now.Unix() / totpPeriod
	for s := current - 1; s <= current+1; s++ {
		if subtle.ConstantTimeCompare([]byte(totpCode(raw, s)), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// totpURI is what the QR code says that an authenticator app reads.
func totpURI(issuer, username, key string) string {
	query := url.Values{"secret": {key}, "issuer": {issuer}}.Encode()
	query = strings.ReplaceAll(query, "+", "%20") // some apps show a plus as it stands
	return "otpauth://totp/" + url.PathEscape(issuer+":"+username) + "?" + query
}
