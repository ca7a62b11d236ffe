package people

import (
	"crypto/ed25519"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// An EK1 code is what a card's QR says: "EK1." and base32 of 33 bytes about the card
// and the city's signature over them. A collector's phone can check it without a
// signal; it holds no personal data and logs nobody in. 160 characters of the QR
// alphanumeric set: version 7 at level M.
//
//	version 1 | key id 2 | issuer 4 | card id 16 | serial 4 | issued day 3 | months 2 | flags 1
const (
	ek1Prefix  = "EK1."
	ek1Version = 1
	ek1Payload = 33
	ek1Bytes   = ek1Payload + ed25519.SignatureSize
)

// ek1Context keeps the city's signatures on cards from meaning anything elsewhere.
const ek1Context = "ekolek/qr/ek1\x00"

// cardMonths is how long a card is valid.
const cardMonths = 60

// Refusals of a card, each with what the collector should do.
var (
	ErrCardForged   = errs.New(errs.Invalid, "CARD_FORGED", "error.people.card_forged")
	ErrCardForeign  = errs.New(errs.Invalid, "CARD_FOREIGN", "error.people.card_foreign")
	ErrCardExpired  = errs.New(errs.Invalid, "CARD_EXPIRED", "error.people.card_expired")
	ErrCardEarly    = errs.New(errs.Invalid, "CARD_NOT_YET_VALID", "error.people.card_not_yet_valid")
	ErrCardRevoked  = errs.New(errs.Invalid, "CARD_REVOKED", "error.people.card_revoked")
	ErrCardReplaced = errs.New(errs.Invalid, "CARD_REPLACED", "error.people.card_replaced")
	ErrCardUnknown  = errs.New(errs.NotFound, "CARD_UNKNOWN", "error.people.card_unknown")
)

// token is what an EK1 code says.
type token struct {
	KeyID  uint16
	Issuer uint32
	CardID uuid.UUID
	Serial uint32
	Issued uint32 // days since 1 January 1970, in Manila
	Months uint16 // of validity
}

// tokenEncoding refuses line breaks; stray bits at the end are refused by parseToken.
var tokenEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

func (t token) payload() []byte {
	b := make([]byte, 0, ek1Bytes)
	b = append(b, ek1Version)
	b = binary.BigEndian.AppendUint16(b, t.KeyID)
	b = binary.BigEndian.AppendUint32(b, t.Issuer)
	b = append(b, t.CardID[:]...)
	b = binary.BigEndian.AppendUint32(b, t.Serial)
	b = append(b, byte(t.Issued>>16), byte(t.Issued>>8), byte(t.Issued))
	b = binary.BigEndian.AppendUint16(b, t.Months)
	return append(b, 0) // no flags yet
}

// sign writes the EK1 code. The same card and key always give the same code.
func (t token) sign(key ed25519.PrivateKey) string {
	payload := t.payload()
	return ek1Prefix + tokenEncoding.EncodeToString(append(payload, ed25519.Sign(key, signed(payload))...))
}

func signed(payload []byte) []byte { return append([]byte(ek1Context), payload...) }

// parseToken reads an EK1 code; nothing in it is to be believed before verify.
func parseToken(text string) (t token, raw []byte, err error) {
	body, ok := strings.CutPrefix(text, ek1Prefix)
	if !ok || len(body) != tokenEncoding.EncodedLen(ek1Bytes) {
		return token{}, nil, ErrCardForged
	}
	raw, err = tokenEncoding.DecodeString(body)
	// One card has one spelling: the decoder skips line breaks and drops spare bits.
	if err != nil || len(raw) != ek1Bytes || tokenEncoding.EncodeToString(raw) != body || raw[0] != ek1Version {
		return token{}, nil, ErrCardForged
	}
	return token{
		KeyID:  binary.BigEndian.Uint16(raw[1:]),
		Issuer: binary.BigEndian.Uint32(raw[3:]),
		CardID: uuid.UUID(raw[7:23]),
		Serial: binary.BigEndian.Uint32(raw[23:]),
		Issued: uint32(raw[27])<<16 | uint32(raw[28])<<8 | uint32(raw[29]),
		Months: binary.BigEndian.Uint16(raw[30:]),
	}, raw, nil
}

// verify checks the signature, who issued the card and its time. It needs no
// database: this is what a phone without a signal can do.
func (t token) verify(raw []byte, key ed25519.PublicKey, now time.Time) error {
	if !ed25519.Verify(key, signed(raw[:ek1Payload]), raw[ek1Payload:]) {
		return ErrCardForged
	}
	if t.Issuer != CityPSGC {
		return ErrCardForeign
	}
	issued := time.Unix(int64(t.Issued)*secondsADay, 0).UTC()
	today := time.Unix(int64(manilaDay(now))*secondsADay, 0).UTC()
	if issued.After(today.AddDate(0, 0, 1)) { // a day's grace for clocks
		return ErrCardEarly
	}
	if !today.Before(issued.AddDate(0, int(t.Months), 0)) {
		return ErrCardExpired
	}
	return nil
}

const secondsADay = 24 * 60 * 60

// manilaDay counts the civil days in Manila since 1 January 1970.
func manilaDay(t time.Time) uint32 {
	_, offset := t.In(db.Manila).Zone()
	return uint32((t.Unix() + int64(offset)) / secondsADay)
}
