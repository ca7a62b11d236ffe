package people

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// Imported tells what became of a row of a former system.
type Imported struct {
	Inserted      bool // false: it is here already
	UsernameTaken bool // another account has this username in other letter case; both keep working
	PhoneTaken    bool // another resident has this phone; kept, but not for finding or signing in
	EmailTaken    bool // the same of the e-mail address
	NewReferral   bool // it had no referral code, or one that another resident has
}

// ImportBarangay brings a barangay over, or finds the one with the same name. It
// gives the id that families refer to.
func (s *Service) ImportBarangay(ctx context.Context, tx *db.Tx, b Barangay) (uuid.UUID, bool, error) {
	inserted, err := insertBarangay(ctx, tx, b)
	if err != nil || inserted {
		return b.ID, inserted, err
	}
	id, err := barangayByName(ctx, tx, b.Name)
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("import barangay %s: %w", b.Name, err)
	}
	return id, false, nil
}

// ImportFamily brings a family over as it is: with its id, code, status and times.
// inserted is false when it is here already; another family with its code is an error.
func (s *Service) ImportFamily(ctx context.Context, tx *db.Tx, f Family) (inserted bool, err error) {
	if inserted, err = s.insertFamily(ctx, tx, f); err != nil || inserted {
		return inserted, err
	}
	if _, err := s.familyByID(ctx, tx, f.ID); err != nil {
		return false, fmt.Errorf("import family %s: its code is taken: %w", f.ID, err)
	}
	return false, nil
}

// ImportResident brings a resident over as they are, and gives them a ledger account
// and a card. Phones and e-mail addresses must be canonical or empty. Values that must
// be unique here but were not there are told in the result.
func (s *Service) ImportResident(ctx context.Context, tx *db.Tx, r Resident) (Imported, error) {
	out, err := s.importResident(ctx, tx, r)
	if err != nil {
		return Imported{}, fmt.Errorf("import resident %s: %w", r.ID, err)
	}
	return out, nil
}

func (s *Service) importResident(ctx context.Context, tx *db.Tx, r Resident) (Imported, error) {
	switch _, err := s.residentByID(ctx, tx, r.ID); {
	case err == nil:
		return Imported{}, nil
	case !errors.Is(err, ErrResidentNotFound):
		return Imported{}, err
	}
	family, err := s.familyByID(ctx, tx, r.FamilyID)
	if err != nil {
		return Imported{}, err
	}
	r.FamilyName, r.FamilyCode = family.Name, family.Code
	c, err := s.clashes(ctx, tx, r)
	if err != nil {
		return Imported{}, err
	}
	out := Imported{UsernameTaken: c.username, PhoneTaken: c.phone, EmailTaken: c.email}
	k := s.keysOf(r)
	if c.username {
		k.username = exactUsernameKey(r.Username)
	}
	if c.phone {
		k.phone = nil
	}
	if c.email {
		k.email = nil
	}
	for range codeTries {
		if r.ReferralCode == "" {
			r.ReferralCode, out.NewReferral = newCode(referralCodeLen), true
		}
		out.Inserted, err = s.insertResident(ctx, tx, r, k)
		if err != nil {
			return Imported{}, err
		}
		if out.Inserted {
			return out, s.openResident(ctx, tx, r)
		}
		r.ReferralCode = ""
	}
	return Imported{}, errors.New("its username is taken")
}
