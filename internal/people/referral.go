package people

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
)

// Referral is what the city pays when somebody is approved who named the resident that
// told them. Nothing is paid for an amount of zero.
type Referral struct {
	New      ledger.Points // to the newcomer
	Referrer ledger.Points // to who told them
}

// defaultReferral is the reference's: 10 points for each.
var defaultReferral = Referral{New: 10_00, Referrer: 10_00}

// Paying is the service with other amounts for referrals.
func (s *Service) Paying(r Referral) *Service {
	c := *s
	c.referral = r
	return &c
}

// Referral is what is paid for one now.
func (s *Service) Referral() Referral { return s.referral }

// payReferral pays a newcomer's referral, in the transaction that approves them, once in
// their life. Nobody is paid when the one they named may not access at that moment, as in
// the reference. It tells whether anything was paid.
func (s *Service) payReferral(ctx context.Context, tx *db.Tx, actor audit.Actor, r Resident) (bool, error) {
	if r.ReferredByCode == "" || r.ReferralPaidAt != nil || s.referral == (Referral{}) {
		return false, nil
	}
	referrer, err := s.residentByReferral(ctx, tx, r.ReferredByCode)
	if errors.Is(err, ErrResidentNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find referrer: %w", err)
	}
	if referrer.ID == r.ID || !CanAccess(referrer) {
		return false, nil
	}
	now := s.now()
	won, err := markReferralPaid(ctx, tx, r.ID, now)
	if err != nil || !won {
		return false, err
	}
	var postings []ledger.Posting
	for _, share := range []struct {
		account uuid.UUID
		points  ledger.Points
	}{{r.ID, s.referral.New}, {referrer.ID, s.referral.Referrer}} {
		if share.points > 0 {
			postings = append(postings, ledger.Posting{
				Kind: ledger.KindReferral, Source: r.ID, Account: share.account, Points: share.points, Actor: actor, At: now,
			})
		}
	}
	if _, err := ledger.PostAll(ctx, tx, postings); err != nil {
		return false, fmt.Errorf("pay referral: %w", err)
	}
	if s.referral.Referrer == 0 {
		return true, nil
	}
	return true, s.tellReferrer(ctx, tx, referrer, r, s.referral.Referrer)
}

// Referred is how many approved residents named a resident's referral code.
func (s *Service) Referred(ctx context.Context, code string) (int, error) {
	n, err := countReferred(ctx, s.db, code)
	if err != nil {
		return 0, fmt.Errorf("count referred: %w", err)
	}
	return n, nil
}
