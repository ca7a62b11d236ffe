package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
)

// NewResident is what somebody tells about themselves.
type NewResident struct {
	Username     string
	FirstName    string
	LastName     string
	Phone        string // as typed
	Email        string // optional
	BirthDate    string // 2006-01-02, optional
	Gender       string // male, female, other; optional
	ReferralCode string // of the resident who told them; optional
	Language     string // en, fil

	// When they proved by a code that the phone and the address are theirs; nil: not yet.
	PhoneVerifiedAt *time.Time
	EmailVerifiedAt *time.Time
}

// NewFamily is what a representative tells about the household.
type NewFamily struct {
	Name           string
	BarangayID     uuid.UUID
	Address        string // house number and street
	City           string // empty: San Pedro City
	Representative NewResident
}

// defaultCity is the reference's.
const defaultCity = "San Pedro City"

// RegisterFamily makes a pending family with its pending representative. What is
// wrong is told per field.
func (s *Service) RegisterFamily(ctx context.Context, actor audit.Actor, in NewFamily) (Family, Resident, error) {
	var family Family
	var resident Resident
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		family, resident, err = s.AddFamily(ctx, tx, actor, in)
		return err
	})
	return family, resident, err
}

// JoinFamily makes a pending member of an approved family.
func (s *Service) JoinFamily(ctx context.Context, actor audit.Actor, familyCode string, in NewResident) (Resident, error) {
	var resident Resident
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		resident, err = s.AddMember(ctx, tx, actor, familyCode, in)
		return err
	})
	return resident, err
}

// AddFamily is RegisterFamily inside a transaction of the caller's, who has something
// to add to it: a password, consents.
func (s *Service) AddFamily(ctx context.Context, tx *db.Tx, actor audit.Actor, in NewFamily) (Family, Resident, error) {
	now := s.now()
	var f errs.Fields
	family := cleanFamily(&f, in.Name, in.Address, in.City)
	barangay, err := checkBarangay(ctx, tx, &f, in.BarangayID)
	if err != nil {
		return Family{}, Resident{}, err
	}
	resident, err := s.cleanResident(ctx, tx, &f, in.Representative, now)
	if err != nil {
		return Family{}, Resident{}, err
	}
	if err := f.Err(); err != nil {
		return Family{}, Resident{}, err
	}
	family.BarangayID, family.BarangayName = barangay.ID, barangay.Name
	family.ID, family.Status, family.Members = db.NewID(), Pending, 1
	family.CreatedAt, family.UpdatedAt = now, now
	if err := s.insertFamilyWithCode(ctx, tx, &family); err != nil {
		return Family{}, Resident{}, err
	}
	resident.Representative = true
	if err := s.addResident(ctx, tx, &resident, family); err != nil {
		return Family{}, Resident{}, err
	}
	return family, resident, audit.Record(ctx, tx, actor, now, audit.Event{
		Action: "family.register", TargetKind: "resident", TargetID: resident.ID, TargetName: resident.FullName,
		Details: map[string]any{"family": family.Name, "family_code": family.Code, "barangay": family.BarangayName},
	})
}

// AddMember is JoinFamily inside a transaction of the caller's.
func (s *Service) AddMember(ctx context.Context, tx *db.Tx, actor audit.Actor, familyCode string, in NewResident) (Resident, error) {
	now := s.now()
	var f errs.Fields
	family, err := s.familyByCode(ctx, tx, cleanCode(familyCode))
	if err != nil && !errors.Is(err, ErrFamilyNotFound) {
		return Resident{}, err
	}
	if family.Status != Approved {
		f.Add("family_code", "error.people.family_code_invalid")
	}
	resident, err := s.cleanResident(ctx, tx, &f, in, now)
	if err != nil {
		return Resident{}, err
	}
	if err := f.Err(); err != nil {
		return Resident{}, err
	}
	if err := s.addResident(ctx, tx, &resident, family); err != nil {
		return Resident{}, err
	}
	return resident, audit.Record(ctx, tx, actor, now, audit.Event{
		Action: "resident.join", TargetKind: "resident", TargetID: resident.ID, TargetName: resident.FullName,
		Details: map[string]any{"family": family.Name, "family_code": family.Code, "barangay": family.BarangayName},
	})
}

func cleanFamily(f *errs.Fields, name, address, city string) Family {
	family := Family{
		Name:    cleanText(f, "family_name", name, true, maxName),
		Address: cleanText(f, "address", address, true, maxAddress),
		City:    cleanText(f, "city", city, false, maxName),
	}
	if family.City == "" {
		family.City = defaultCity
	}
	return family
}

// checkBarangay finds the barangay that a form chose among those in use.
func checkBarangay(ctx context.Context, q db.Q, f *errs.Fields, id uuid.UUID) (Barangay, error) {
	b, err := barangayByID(ctx, q, id)
	if err != nil && !errors.Is(err, ErrBarangayNotFound) {
		return Barangay{}, err
	}
	if err != nil || !b.Active {
		f.Add("barangay", "error.people.barangay_invalid")
	}
	return b, nil
}

// cleanResident checks a new resident's fields, and against those who are there.
func (s *Service) cleanResident(ctx context.Context, q db.Q, f *errs.Fields, in NewResident, now time.Time) (Resident, error) {
	r := Resident{
		ID:             db.NewID(),
		Username:       cleanUsername(f, in.Username, ""),
		FirstName:      cleanPersonName(f, "first_name", in.FirstName),
		LastName:       cleanPersonName(f, "last_name", in.LastName),
		Phone:          cleanPhone(f, in.Phone, true),
		Email:          cleanEmail(f, in.Email),
		BirthDate:      cleanBirthDate(f, in.BirthDate, now),
		Gender:         cleanGender(f, in.Gender),
		ReferredByCode: cleanCode(in.ReferralCode),
		Language:       in.Language,
		News:           true,

		PhoneVerifiedAt: in.PhoneVerifiedAt,
		EmailVerifiedAt: in.EmailVerifiedAt,

		Status:    Pending,
		Active:    true,
		CreatedAt: now,
		UpdatedAt: now,
	}
	r.FullName = r.FirstName + " " + r.LastName
	if r.ReferredByCode != "" {
		ok, err := isReferralCode(ctx, q, r.ReferredByCode)
		if err != nil {
			return Resident{}, err
		}
		if !ok {
			f.Add("referral_code", "error.people.referral_code_invalid")
		}
	}
	return r, s.addNewClashes(ctx, q, f, r)
}

// addClashes notes which of a resident's unique values another resident has. Values
// that are as they were in old stay: of imported accounts two may share one.
func (s *Service) addClashes(ctx context.Context, q db.Q, f *errs.Fields, r, old Resident) error {
	c, err := s.clashes(ctx, q, r)
	if err != nil {
		return fmt.Errorf("look for clashes: %w", err)
	}
	noteClashes(f, c, r, old)
	return nil
}

// addNewClashes is addClashes for somebody who registers. What a rejected resident with
// the same phone has is free: it is the same person, who tries again with better data.
func (s *Service) addNewClashes(ctx context.Context, q db.Q, f *errs.Fields, r Resident) error {
	c, err := s.newClashes(ctx, q, r)
	if err != nil {
		return fmt.Errorf("look for clashes: %w", err)
	}
	noteClashes(f, c, r, Resident{})
	return nil
}

func noteClashes(f *errs.Fields, c clash, r, old Resident) {
	if c.username && r.Username != old.Username {
		f.Add("username", "error.people.username_taken")
	}
	if c.phone && r.Phone != old.Phone {
		f.Add("phone", "error.people.phone_taken")
	}
	if c.email && r.Email != old.Email {
		f.Add("email", "error.people.email_taken")
	}
}

func (s *Service) insertFamilyWithCode(ctx context.Context, tx *db.Tx, family *Family) error {
	for range codeTries {
		family.Code = newCode(familyCodeLen)
		inserted, err := s.insertFamily(ctx, tx, *family)
		if err != nil {
			return fmt.Errorf("add family: %w", err)
		}
		if inserted {
			return nil
		}
	}
	return errors.New("add family: no free code")
}

// addResident inserts a resident with a referral code, a ledger account and a card.
// Someone who took the username, phone or e-mail a moment ago is told per field.
func (s *Service) addResident(ctx context.Context, tx *db.Tx, r *Resident, family Family) error {
	r.FamilyID, r.FamilyName, r.FamilyCode, r.FamilyStatus = family.ID, family.Name, family.Code, family.Status
	r.BarangayID, r.BarangayName = family.BarangayID, family.BarangayName
	if err := s.replaceRejected(ctx, tx, *r); err != nil {
		return fmt.Errorf("replace rejected: %w", err)
	}
	for range codeTries {
		r.ReferralCode = newCode(referralCodeLen)
		inserted, err := s.insertResident(ctx, tx, *r, s.keysOf(*r))
		if err != nil {
			return fmt.Errorf("add resident: %w", err)
		}
		if inserted {
			return s.openResident(ctx, tx, *r)
		}
		var f errs.Fields
		if err := s.addNewClashes(ctx, tx, &f, *r); err != nil {
			return err
		}
		if err := f.Err(); err != nil {
			return err
		}
	}
	return errors.New("add resident: no free referral code")
}

// openResident gives a new resident what every resident has from the first moment.
func (s *Service) openResident(ctx context.Context, tx *db.Tx, r Resident) error {
	if err := ledger.OpenAccount(ctx, tx, r.ID, r.CreatedAt); err != nil {
		return err
	}
	return s.issueCard(ctx, tx, r.ID, s.now())
}
