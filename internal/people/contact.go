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

// Reach is where a code for a resident may go; empty where it may not.
type Reach struct {
	Phone string // a mobile number that is on record for nobody else
	Email string // one that its owner has confirmed
}

// ReachOf tells where a code for a resident may go. A former system kept numbers that no
// message can reach, and numbers that two residents had: those are on record only.
func (s *Service) ReachOf(ctx context.Context, q db.Q, r Resident) (Reach, error) {
	phone, email, err := findable(ctx, q, r.ID)
	if err != nil {
		return Reach{}, fmt.Errorf("reach of %s: %w", r.ID, err)
	}
	var out Reach
	if _, ok := CanonicalPhone(r.Phone); ok && phone {
		out.Phone = r.Phone
	}
	if r.EmailVerifiedAt != nil && email {
		out.Email = r.Email
	}
	return out, nil
}

// ByContact finds a resident by a mobile number or an e-mail address, however typed:
// ErrResidentNotFound. It is for auth, when a password was forgotten.
func (s *Service) ByContact(ctx context.Context, q db.Q, typed string) (Resident, error) {
	if phone, ok := CanonicalPhone(typed); ok {
		return s.oneResident(ctx, q, `WHERE r.phone_hash = $1`, s.phoneHash(phone))
	}
	if email, ok := CanonicalEmail(typed); ok {
		return s.oneResident(ctx, q, `WHERE r.email_hash = $1`, s.emailHash(email))
	}
	return Resident{}, ErrResidentNotFound
}

// CheckPhone says whether a resident could have this phone number, and gives it in its
// canonical form. Errors are of the field phone.
func (s *Service) CheckPhone(ctx context.Context, q db.Q, old Resident, typed string) (string, error) {
	var f errs.Fields
	r := old
	if r.Phone = cleanPhone(&f, typed, true); r.Phone == old.Phone && old.PhoneVerifiedAt != nil {
		f.Add("phone", "error.people.same_phone")
	}
	c, err := s.clashes(ctx, q, r)
	if err != nil {
		return "", fmt.Errorf("look for clashes of %s: %w", r.ID, err)
	}
	if c.phone {
		f.Add("phone", "error.people.phone_taken")
	}
	return r.Phone, f.Err()
}

// CheckEmail is CheckPhone for an e-mail address and the field email.
func (s *Service) CheckEmail(ctx context.Context, q db.Q, old Resident, typed string) (string, error) {
	var f errs.Fields
	r := old
	if r.Email = cleanEmail(&f, typed); r.Email == "" {
		f.Add("email", "form.required")
	} else if r.Email == old.Email && old.EmailVerifiedAt != nil {
		f.Add("email", "error.people.same_email")
	}
	c, err := s.clashes(ctx, q, r)
	if err != nil {
		return "", fmt.Errorf("look for clashes of %s: %w", r.ID, err)
	}
	if c.email {
		f.Add("email", "error.people.email_taken")
	}
	return r.Email, f.Err()
}

// SetPhone gives a resident a number that they have just answered from.
func (s *Service) SetPhone(ctx context.Context, tx *db.Tx, actor audit.Actor, old Resident, typed string) error {
	phone, err := s.CheckPhone(ctx, tx, old, typed)
	if err != nil {
		return err
	}
	now := s.now()
	if err := s.setPhone(ctx, tx, old.ID, phone, now); err != nil {
		return fmt.Errorf("set phone of %s: %w", old.ID, err)
	}
	return recordContact(ctx, tx, actor, old, now, "phone")
}

// SetEmail gives a resident an e-mail address that they have just answered from.
func (s *Service) SetEmail(ctx context.Context, tx *db.Tx, actor audit.Actor, old Resident, typed string) error {
	email, err := s.CheckEmail(ctx, tx, old, typed)
	if err != nil {
		return err
	}
	now := s.now()
	if err := s.setEmail(ctx, tx, old.ID, email, now); err != nil {
		return fmt.Errorf("set e-mail of %s: %w", old.ID, err)
	}
	return recordContact(ctx, tx, actor, old, now, "email")
}

func recordContact(ctx context.Context, tx *db.Tx, actor audit.Actor, r Resident, at time.Time, what string) error {
	return audit.Record(ctx, tx, actor, at, audit.Event{
		Action: "resident.contact", TargetKind: "resident", TargetID: r.ID, TargetName: r.FullName, Details: map[string]any{"changed": []string{what}},
	})
}

// MarkPhoneVerified notes that a resident has answered from the number on record; the
// first time stays.
func MarkPhoneVerified(ctx context.Context, tx *db.Tx, id uuid.UUID, at time.Time) error {
	if err := markPhoneVerified(ctx, tx, id, at); err != nil {
		return fmt.Errorf("mark phone of %s: %w", id, err)
	}
	return nil
}
