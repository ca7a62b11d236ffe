package people

import (
	"context"
	"errors"
	"fmt"

	"ekolek/internal/errs"
)

// CheckResident says what is wrong with what somebody tells about themselves, before
// anything is written: the same fields as AddFamily and AddMember.
func (s *Service) CheckResident(ctx context.Context, in NewResident) error {
	var f errs.Fields
	if _, err := s.cleanResident(ctx, s.db, &f, in, s.now()); err != nil {
		return err
	}
	return f.Err()
}

// CheckFamily is CheckResident for the household; its representative does not matter.
func (s *Service) CheckFamily(ctx context.Context, in NewFamily) error {
	var f errs.Fields
	cleanFamily(&f, in.Name, in.Address, in.City)
	if _, err := checkBarangay(ctx, s.db, &f, in.BarangayID); err != nil {
		return err
	}
	return f.Err()
}

// FamilyToJoin is the approved family whose code somebody typed; anything else is refused
// at the field family_code.
func (s *Service) FamilyToJoin(ctx context.Context, code string) (Family, error) {
	if cleanCode(code) == "" {
		return Family{}, errs.NewField("family_code", "form.required")
	}
	family, err := s.familyByCode(ctx, s.db, cleanCode(code))
	if err != nil && !errors.Is(err, ErrFamilyNotFound) {
		return Family{}, fmt.Errorf("family to join: %w", err)
	}
	if family.Status != Approved {
		return Family{}, errs.NewField("family_code", "error.people.family_code_invalid")
	}
	return family, nil
}

// CheckReferral refuses a referral code that is nobody's, at the field referral_code. None
// is fine.
func (s *Service) CheckReferral(ctx context.Context, code string) error {
	if code = cleanCode(code); code == "" {
		return nil
	}
	ok, err := isReferralCode(ctx, s.db, code)
	if err != nil {
		return fmt.Errorf("check referral code: %w", err)
	}
	if !ok {
		return errs.NewField("referral_code", "error.people.referral_code_invalid")
	}
	return nil
}

// Taken tells whether somebody has a phone or an e-mail address who has not been rejected.
// Both are canonical or empty.
func (s *Service) Taken(ctx context.Context, phone, email string) (bool, error) {
	c, err := s.newClashes(ctx, s.db, Resident{Phone: phone, Email: email})
	if err != nil {
		return false, fmt.Errorf("look for phone or e-mail: %w", err)
	}
	return c.phone || c.email, nil
}
