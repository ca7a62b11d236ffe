package people

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// Decision tells what approving or rejecting somebody did.
type Decision struct {
	Resident Resident // as it stands now
	Family   bool     // the family was decided with the resident
	Members  int      // other pending members who were decided along
	Referral bool     // a referral was paid
}

// Approve lets a resident in, and a pending family with the first of its members. A
// rejected resident may be approved after all; the representative brings a rejected
// family back.
func (s *Service) Approve(ctx context.Context, actor audit.Actor, scope Scope, id uuid.UUID) (Decision, error) {
	return s.decide(ctx, scope, id, func(ctx context.Context, tx *db.Tx, r Resident) (Decision, error) {
		if r.ReplacedBy.Valid {
			return Decision{}, ErrReplaced
		}
		d := decided{Status: Approved, By: actor.ID, At: s.now()}
		changed, err := decideResident(ctx, tx, r.ID, d, Pending, Rejected)
		if err != nil {
			return Decision{}, err
		}
		if !changed {
			return Decision{}, ErrAlreadyDecided
		}
		from := []Status{Pending}
		if r.Representative {
			from = append(from, Rejected)
		}
		family, err := decideFamily(ctx, tx, r.FamilyID, d, from...)
		if err != nil {
			return Decision{}, err
		}
		if !family && r.FamilyStatus != Approved {
			return Decision{}, errs.New(errs.Conflict, "FAMILY_REJECTED", "error.people.family_rejected")
		}
		paid, err := s.payReferral(ctx, tx, actor, r)
		if err != nil {
			return Decision{}, err
		}
		if err := s.tellApproved(ctx, tx, r); err != nil {
			return Decision{}, err
		}
		return Decision{Family: family, Referral: paid}, s.recordDecision(ctx, tx, actor, d.At, r, "resident.approve",
			map[string]any{"family_approved": family, "referral_paid": paid})
	})
}

// Reject refuses a pending resident with a reason; nothing is deleted. Rejecting the
// representative of a pending family rejects the family and its pending members.
func (s *Service) Reject(ctx context.Context, actor audit.Actor, scope Scope, id uuid.UUID, reason string) (Decision, error) {
	reason, err := cleanReason(reason)
	if err != nil {
		return Decision{}, err
	}
	return s.decide(ctx, scope, id, func(ctx context.Context, tx *db.Tx, r Resident) (Decision, error) {
		d := decided{Status: Rejected, Reason: reason, By: actor.ID, At: s.now()}
		changed, err := decideResident(ctx, tx, r.ID, d, Pending)
		if err != nil {
			return Decision{}, err
		}
		if !changed {
			return Decision{}, ErrAlreadyDecided
		}
		var out Decision
		if r.Representative {
			if out.Family, err = decideFamily(ctx, tx, r.FamilyID, d, Pending); err != nil {
				return Decision{}, err
			}
		}
		refused := []uuid.UUID{r.ID}
		if out.Family {
			others, err := rejectPendingMembers(ctx, tx, r.FamilyID, d)
			if err != nil {
				return Decision{}, err
			}
			out.Members, refused = len(others), append(refused, others...)
		}
		if err := s.tellRefused(ctx, tx, refused); err != nil {
			return Decision{}, err
		}
		return out, s.recordDecision(ctx, tx, actor, d.At, r, "resident.reject",
			map[string]any{"reason": reason, "family_rejected": out.Family, "members_rejected": out.Members})
	})
}

// tellRefused tells everybody whom a decision rejected.
func (s *Service) tellRefused(ctx context.Context, tx *db.Tx, ids []uuid.UUID) error {
	for _, id := range ids {
		r, err := s.residentByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.tellRejected(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}

// Suspend keeps an approved resident from signing in, earning and redeeming, at once.
func (s *Service) Suspend(ctx context.Context, actor audit.Actor, scope Scope, id uuid.UUID, reason string) (Resident, error) {
	return s.setActive(ctx, actor, scope, id, false, reason)
}

// Restore ends a suspension.
func (s *Service) Restore(ctx context.Context, actor audit.Actor, scope Scope, id uuid.UUID, reason string) (Resident, error) {
	return s.setActive(ctx, actor, scope, id, true, reason)
}

func (s *Service) setActive(ctx context.Context, actor audit.Actor, scope Scope, id uuid.UUID, active bool, reason string) (Resident, error) {
	reason, err := cleanReason(reason)
	if err != nil {
		return Resident{}, err
	}
	action := "resident.suspend"
	if active {
		action = "resident.restore"
	}
	d, err := s.decide(ctx, scope, id, func(ctx context.Context, tx *db.Tx, r Resident) (Decision, error) {
		now := s.now()
		changed, err := setResidentActive(ctx, tx, r.ID, active, reason, actor.ID, now)
		if err != nil {
			return Decision{}, err
		}
		if !changed {
			return Decision{}, ErrAlreadyDecided
		}
		return Decision{}, s.recordDecision(ctx, tx, actor, now, r, action, map[string]any{"reason": reason})
	})
	return d.Resident, err
}

// decide runs one act on a resident within reach, and reads how they stand after it.
func (s *Service) decide(ctx context.Context, scope Scope, id uuid.UUID, act func(context.Context, *db.Tx, Resident) (Decision, error)) (Decision, error) {
	var out Decision
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.residentInReach(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		if out, err = act(ctx, tx, r); err != nil {
			return fmt.Errorf("resident %s: %w", id, err)
		}
		out.Resident, err = s.residentByID(ctx, tx, id)
		return err
	})
	return out, err
}

func (s *Service) recordDecision(ctx context.Context, tx *db.Tx, actor audit.Actor, at time.Time, r Resident, action string, details map[string]any) error {
	details["family"], details["barangay"] = r.FamilyName, r.BarangayName
	return audit.Record(ctx, tx, actor, at, audit.Event{
		Action: action, TargetKind: "resident", TargetID: r.ID, TargetName: r.FullName, Details: details,
	})
}
