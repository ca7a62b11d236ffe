package people

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// A live code changes every thirty seconds and shows that its resident is there: a
// photograph of it is worth nothing a minute later. It says no more than whose card it
// is of, and a keyed hash that only the city can make. 51 characters of the QR
// alphanumeric set: version 3 at level M, as the former system's cards.
//
//	version 1 | card id 16 | step 4 | mac 8
const (
	ek2Prefix  = "EK2."
	ek2Version = 1
	ek2Payload = 21
	ek2MAC     = 8
	ek2Bytes   = ek2Payload + ek2MAC
)

// LiveStep is how long a live code is shown. The one before and the one after are taken
// too: clocks differ, and somebody reads slowly.
const LiveStep = 30 * time.Second

// liveDigits is the length of a live code that is read out.
const liveDigits = 6

// Live is a resident's live code of this moment.
type Live struct {
	Digits string    // to read out: six figures
	QR     string    // to scan
	Until  time.Time // then the next one is shown
}

// LiveOf gives a resident's live code. Errors: ErrCardUnknown, ErrCardRevoked, ErrCardExpired.
func (s *Service) LiveOf(ctx context.Context, resident uuid.UUID) (Live, error) {
	card, err := cardOf(ctx, s.db, resident)
	if err == nil {
		err = card.valid(s.now())
	}
	if err != nil {
		return Live{}, fmt.Errorf("live code of %s: %w", resident, err)
	}
	step := liveStep(s.now())
	return Live{Digits: s.liveCode(card, step), QR: s.liveQR(card, step), Until: time.Unix(int64(step+1)*stepSeconds, 0).UTC()}, nil
}

// valid says whether a card still stands for anybody.
func (c Card) valid(now time.Time) error {
	if c.RevokedAt != nil {
		return ErrCardRevoked
	}
	if !now.Before(c.ExpiresAt) {
		return ErrCardExpired
	}
	return nil
}

const stepSeconds = int64(LiveStep / time.Second)

func liveStep(t time.Time) uint32 { return uint32(t.Unix() / stepSeconds) }

// liveSteps are those whose codes are taken at a moment.
func liveSteps(t time.Time) [3]uint32 {
	step := liveStep(t)
	return [3]uint32{step - 1, step, step + 1}
}

// liveMAC is a keyed hash of a card's print and a step. purpose keeps the figures from
// telling anything of the QR code's.
func (s *Service) liveMAC(purpose string, c Card, step uint32) []byte {
	m := hmac.New(sha256.New, s.vault.Key("live/"+purpose))
	m.Write(c.ID[:])
	_ = binary.Write(m, binary.BigEndian, [2]uint32{c.Serial, step}) // a hash never fails
	return m.Sum(nil)
}

// liveCode is the live code in figures. 2⁶⁴ is so much more than a million that they are even.
func (s *Service) liveCode(c Card, step uint32) string {
	return fmt.Sprintf("%0*d", liveDigits, binary.BigEndian.Uint64(s.liveMAC("code", c, step))%1_000_000)
}

func (s *Service) liveQR(c Card, step uint32) string {
	raw := make([]byte, 0, ek2Bytes)
	raw = append(raw, ek2Version)
	raw = append(raw, c.ID[:]...)
	raw = binary.BigEndian.AppendUint32(raw, step)
	return ek2Prefix + tokenEncoding.EncodeToString(append(raw, s.liveMAC("qr", c, step)[:ek2MAC]...))
}

// parseLive reads which card and step an EK2 code names; nothing in it is to be believed
// before matchLive.
func parseLive(text string) (card uuid.UUID, step uint32, ok bool) {
	body, found := strings.CutPrefix(text, ek2Prefix)
	if !found || len(body) != tokenEncoding.EncodedLen(ek2Bytes) {
		return uuid.Nil, 0, false
	}
	raw, err := tokenEncoding.DecodeString(body)
	if err != nil || len(raw) != ek2Bytes || raw[0] != ek2Version {
		return uuid.Nil, 0, false
	}
	return uuid.UUID(raw[1:17]), binary.BigEndian.Uint32(raw[17:21]), true
}

// cardByLive finds whose live QR code this is, and of which step. Errors: ErrCardForged,
// ErrLiveOld, and those of a card that is no longer valid.
func (s *Service) cardByLive(ctx context.Context, text string) (Card, uint32, error) {
	id, step, ok := parseLive(text)
	if !ok {
		return Card{}, 0, ErrCardForged
	}
	card, err := cardByID(ctx, s.db, id)
	if err != nil {
		return Card{}, 0, err
	}
	// The whole text is compared: one code has one spelling.
	if !hmac.Equal([]byte(s.liveQR(card, step)), []byte(text)) {
		return Card{}, 0, ErrCardForged
	}
	now := s.now()
	if err := card.valid(now); err != nil {
		return Card{}, 0, err
	}
	for _, good := range liveSteps(now) {
		if step == good {
			return card, step, nil
		}
	}
	return Card{}, 0, ErrLiveOld
}
