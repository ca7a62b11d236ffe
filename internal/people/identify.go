package people

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// By says how somebody was identified; weigh-ins and redemptions keep it.
type By string

// The ways to identify, the surest first.
const (
	ByCard       By = "card"        // signed EK1 code
	ByCode       By = "code"        // the card's typed twin
	ByLegacyCard By = "legacy_card" // the bare UUID of an old card: anyone can print one
	ByUsername   By = "username"
	ByFamilyCode By = "family_code" // stands for the representative
	ByLive       By = "live"        // live code, scanned or, as a proof, read out
	ByPIN        By = "pin"         // only as a proof
)

// Identified is who a scanned or typed text stands for. Whether they may earn or
// redeem is CanAccess's question.
type Identified struct {
	Resident   Resident
	By         By
	LegacyCard bool // an old card: propose a new one, and redeem only with a second proof
}

// maxIdentifier is the longest text that a scanner may hand in.
const maxIdentifier = 200

// ErrUnknownCode says that a text stands for nobody.
var ErrUnknownCode = errs.New(errs.NotFound, "CODE_UNKNOWN", "error.people.code_unknown")

// ErrLegacyEnded says that the city no longer takes cards of the former system.
var ErrLegacyEnded = errs.New(errs.Invalid, "OLD_CARDS_ENDED", "error.people.legacy_ended")

// Scanning is the service that takes cards of the former system until the end of a Manila
// day, "2027-12-31"; always, when it is empty.
func (s *Service) Scanning(legacyUntil string) *Service {
	c := *s
	c.legacyUntil = legacyUntil
	return &c
}

// Identify tells who a text stands for: a signed card, a live code, a typed code, an old card's
// UUID in any spelling, a family code or a username. Identifying is never signing in.
// Residents outside of the scope are ErrOutside, old cards after their end ErrLegacyEnded.
func (s *Service) Identify(ctx context.Context, scope Scope, text string) (Identified, error) {
	found, err := s.Recognize(ctx, text)
	if err != nil {
		return Identified{}, err
	}
	if err := inReach(ctx, s.db, scope, found.Resident.BarangayID); err != nil {
		return Identified{}, err
	}
	if found.LegacyCard && s.legacyUntil != "" && db.Day(s.now()) > s.legacyUntil {
		return Identified{}, ErrLegacyEnded
	}
	return found, nil
}

// Recognize is Identify for a sign-in page, where a card fills in a name and opens
// nothing: old cards have no end there, and barangays no part.
func (s *Service) Recognize(ctx context.Context, text string) (Identified, error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxIdentifier || !storable(text) {
		return Identified{}, ErrUnknownCode
	}
	found, err := s.identify(ctx, text)
	if errors.Is(err, ErrResidentNotFound) {
		return Identified{}, ErrUnknownCode
	}
	return found, err
}

func (s *Service) identify(ctx context.Context, text string) (Identified, error) {
	if strings.HasPrefix(text, ek1Prefix) {
		r, err := s.residentByCard(ctx, text)
		return Identified{Resident: r, By: ByCard}, err
	}
	if strings.HasPrefix(text, ek2Prefix) {
		r, err := s.residentByLive(ctx, text)
		return Identified{Resident: r, By: ByLive}, err
	}
	if id, ok := parseLegacyCard(text); ok {
		r, err := s.residentByID(ctx, s.db, id)
		return Identified{Resident: r, By: ByLegacyCard, LegacyCard: true}, err
	}
	// A text may be spelled like more than one of the rest. Codes made by the city come
	// before usernames, which people choose.
	if code, ok := ParseTypedCode(text); ok {
		r, err := s.residentByTypedCode(ctx, s.db, code)
		if !errors.Is(err, ErrResidentNotFound) {
			return Identified{Resident: r, By: ByCode}, err
		}
	}
	r, err := s.residentOfFamily(ctx, s.db, cleanCode(text))
	if !errors.Is(err, ErrResidentNotFound) {
		return Identified{Resident: r, By: ByFamilyCode}, err
	}
	r, err = s.residentByUsername(ctx, s.db, text)
	return Identified{Resident: r, By: ByUsername}, err
}

// residentByCard verifies an EK1 code and finds whose card it is.
func (s *Service) residentByCard(ctx context.Context, text string) (Resident, error) {
	t, raw, err := parseToken(text)
	if err != nil {
		return Resident{}, err
	}
	key, err := publicKey(ctx, s.db, t.KeyID)
	if err != nil {
		return Resident{}, err
	}
	if err := t.verify(raw, key, s.now()); err != nil {
		return Resident{}, err
	}
	card, err := cardByID(ctx, s.db, t.CardID)
	if err != nil {
		return Resident{}, err
	}
	if card.RevokedAt != nil {
		return Resident{}, ErrCardRevoked
	}
	if t.Serial != card.Serial {
		return Resident{}, ErrCardReplaced
	}
	return s.residentByID(ctx, s.db, card.ResidentID)
}

// residentByLive finds whose live code was scanned. It is not used up by that: Prove does it.
func (s *Service) residentByLive(ctx context.Context, text string) (Resident, error) {
	card, _, err := s.cardByLive(ctx, text)
	if err != nil {
		return Resident{}, err
	}
	return s.residentByID(ctx, s.db, card.ResidentID)
}

var legacySpelling = strings.NewReplacer("urn:", "", "uuid:", "", "{", "", "}", "", "-", "")

// parseLegacyCard reads an old card's UUID in every spelling that the reference
// (Python's uuid.UUID) read: any case, with or without hyphens, braces, urn:uuid:.
func parseLegacyCard(text string) (uuid.UUID, bool) {
	hex := legacySpelling.Replace(strings.ToLower(text))
	if len(hex) != 32 {
		return uuid.Nil, false
	}
	id, err := uuid.Parse(hex)
	return id, err == nil
}
