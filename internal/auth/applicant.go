package auth

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// settle gives a new resident what is not people's: the password, and the consent, which
// is nil when there is none; and it tells those who decide.
func (s *Service) settle(ctx context.Context, tx *db.Tx, actor audit.Actor, r people.Resident, hash string, consent *people.Consent) error {
	if err := insertPassword(ctx, tx, r.ID, hash, false, s.now()); err != nil {
		return fmt.Errorf("keep password of %s: %w", r.ID, err)
	}
	if consent != nil {
		consent.ResidentID = r.ID
		if err := s.people.Accept(ctx, tx, *consent); err != nil {
			return err
		}
	}
	return s.tellDeciders(ctx, tx, actor, r)
}

// tellDeciders puts a notice under the bell of everybody who may decide on a newcomer, but
// not of whoever registered them. No mails: on a busy day there would be hundreds.
func (s *Service) tellDeciders(ctx context.Context, tx *db.Tx, actor audit.Actor, r people.Resident) error {
	deciders, err := staffDecidingOn(ctx, tx, r.BarangayID)
	if err != nil {
		return fmt.Errorf("find who decides on %s: %w", r.ID, err)
	}
	for _, id := range deciders {
		if id == actor.ID && actor.Kind == audit.Staff {
			continue
		}
		if err := s.tellDecider(ctx, tx, id, r); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) tellDecider(ctx context.Context, tx *db.Tx, staff uuid.UUID, r people.Resident) error {
	_, err := s.notify.Add(ctx, tx, notify.Message{
		Kind: "staff.new_registration", To: notify.Recipient{Audience: notify.Staff, ID: staff},
		Notice: &notify.Notice{
			Type: "new_registration", Link: "/console/residents/" + r.ID.String() + "/",
			Text: errs.T("auth.new_registration", "Name", r.FullName, "Family", r.FamilyName, "Barangay", r.BarangayName),
		},
	})
	if err != nil {
		return fmt.Errorf("tell staff of %s: %w", r.ID, err)
	}
	return nil
}
