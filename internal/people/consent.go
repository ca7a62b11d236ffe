package people

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// Consent is the evidence that a resident accepted a text: which one, in which language
// they read it, when, and from where.
type Consent struct {
	ID         uuid.UUID
	ResidentID uuid.UUID
	TermsID    uuid.UUID
	Language   string // in which they read it
	AcceptedAt time.Time
	IP         string
	UserAgent  string
	Version    string        // of the text; read only
	RecordedBy uuid.NullUUID // staff who has it signed on paper; not valid: the resident ticked it
}

// maxUserAgent is how much of what a browser says about itself is kept, in bytes.
const maxUserAgent = 500

// Accept keeps a resident's consent, in the transaction that registers them. It is
// ErrTermsChanged when the text is no longer the one in force.
func (s *Service) Accept(ctx context.Context, tx *db.Tx, c Consent) error {
	t, err := termsByID(ctx, tx, c.TermsID)
	if err != nil {
		return fmt.Errorf("accept terms %s: %w", c.TermsID, err)
	}
	if !t.Active {
		return ErrTermsChanged
	}
	c.ID, c.Language, c.AcceptedAt = db.NewID(), t.Language, s.now()
	if _, err := insertConsent(ctx, tx, c); err != nil {
		return fmt.Errorf("accept terms %s: %w", c.TermsID, err)
	}
	return nil
}

// Consents lists what a resident has accepted, newest first; 100 at most.
func (s *Service) Consents(ctx context.Context, resident uuid.UUID) ([]Consent, error) {
	list, err := listConsents(ctx, s.db, resident)
	if err != nil {
		return nil, fmt.Errorf("consents of %s: %w", resident, err)
	}
	return list, nil
}

// ImportConsent brings a consent of a former system over. inserted is false when it is
// here already. Its resident and its text must be here.
func (s *Service) ImportConsent(ctx context.Context, tx *db.Tx, c Consent) (inserted bool, err error) {
	if inserted, err = insertConsent(ctx, tx, c); err != nil {
		return false, fmt.Errorf("import consent %s: %w", c.ID, err)
	}
	return inserted, nil
}
