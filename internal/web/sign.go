package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
)

// Sign vouches for a text that goes to the browser and comes back in an address or a form.
// A signature for one purpose is worth nothing for another.
func Sign(r *http.Request, purpose, text string) string {
	return state(r.Context()).server.sign(purpose, text)
}

// IsSigned says whether a signature is ours.
func IsSigned(r *http.Request, purpose, text, signature string) bool {
	return hmac.Equal([]byte(signature), []byte(Sign(r, purpose, text)))
}

func (s *Server) sign(purpose, text string) string {
	mac := hmac.New(sha256.New, s.opts.SecretKey)
	mac.Write([]byte(purpose + "\x00" + text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
