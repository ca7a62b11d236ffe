package notify

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"

	"github.com/google/uuid"

	"ekolek/internal/errs"
)

// ErrStopLink says that an address to stop news by is none of ours.
var ErrStopLink = errs.New(errs.NotFound, "STOP_LINK_UNKNOWN", "error.notify.stop_link")

// stopMark is how many bytes of the keyed hash an address carries: nobody guesses them,
// and the address stays short.
const stopMark = 16

// StopPath is the local address by which a resident stops news without signing in. It
// stands in mails, and keeps its worth as long as the hash key does.
func (s *Service) StopPath(resident uuid.UUID) string {
	return "/news/stop/" + base64.RawURLEncoding.EncodeToString(append(resident[:], s.stopMark(resident)...)) + "/"
}

// Stopper reads the token of such an address: ErrStopLink.
func (s *Service) Stopper(token string) (uuid.UUID, error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != len(uuid.UUID{})+stopMark {
		return uuid.Nil, ErrStopLink
	}
	id := uuid.UUID(raw[:16])
	if !hmac.Equal(raw[16:], s.stopMark(id)) {
		return uuid.Nil, ErrStopLink
	}
	return id, nil
}

func (s *Service) stopMark(resident uuid.UUID) []byte {
	mark, err := hex.DecodeString(s.vault.Hash("notify.stop", resident.String()))
	if err != nil {
		panic("notify: the vault's hash is not hexadecimal: " + err.Error())
	}
	return mark[:stopMark]
}
