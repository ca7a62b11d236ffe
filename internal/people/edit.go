package people

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// ResidentEdit is a resident's data as the office may correct it.
type ResidentEdit struct {
	Username  string
	FirstName string
	LastName  string
	Phone     string
	Email     string
	BirthDate string
	Gender    string
}

// FamilyEdit is a family's data as the office may correct it.
type FamilyEdit struct {
	Name       string
	BarangayID uuid.UUID
	Address    string
	City       string
}

// EditResident corrects a resident's data. An unchanged old username stays valid. A
// phone may be emptied but, once given, must be a mobile number.
func (s *Service) EditResident(ctx context.Context, actor audit.Actor, scope Scope, id uuid.UUID, in ResidentEdit) (Resident, error) {
	var out Resident
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		old, err := s.residentInReach(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		r, err := s.cleanEdit(ctx, tx, old, in)
		if err != nil {
			return err
		}
		changed := changedFields(old, r)
		if len(changed) == 0 {
			out = old
			return nil
		}
		if err := s.updateResident(ctx, tx, r, old); err != nil {
			return fmt.Errorf("edit resident %s: %w", id, err)
		}
		out = r
		return audit.Record(ctx, tx, actor, r.UpdatedAt, audit.Event{
			Action: "resident.edit", TargetKind: "resident", TargetID: id, TargetName: r.FullName,
			Details: map[string]any{"changed": changed},
		})
	})
	if err != nil && errs.KindOf(err) == errs.Internal {
		return Resident{}, s.explainClash(ctx, id, in, err)
	}
	return out, err
}

func (s *Service) cleanEdit(ctx context.Context, q db.Q, old Resident, in ResidentEdit) (Resident, error) {
	var f errs.Fields
	r := old
	r.UpdatedAt = s.now()
	r.Username = cleanUsername(&f, in.Username, old.Username)
	r.FirstName = cleanPersonName(&f, "first_name", in.FirstName)
	r.LastName = cleanPersonName(&f, "last_name", in.LastName)
	r.FullName = r.FirstName + " " + r.LastName
	r.Phone = cleanPhone(&f, in.Phone, false)
	r.Email = cleanEmail(&f, in.Email)
	r.BirthDate = cleanBirthDate(&f, in.BirthDate, r.UpdatedAt)
	r.Gender = cleanGender(&f, in.Gender)
	if r.Phone != old.Phone {
		r.PhoneVerifiedAt = nil // nobody has answered from the new one yet
	}
	if r.Email != old.Email {
		r.EmailVerifiedAt = nil
	}
	if err := s.addClashes(ctx, q, &f, r, old); err != nil {
		return Resident{}, err
	}
	return r, f.Err()
}

// explainClash turns a failed edit into field messages when the reason is that
// somebody else took a value between the check and the write. It asks after the
// transaction has ended, because inside it PostgreSQL answers nothing any more.
func (s *Service) explainClash(ctx context.Context, id uuid.UUID, in ResidentEdit, cause error) error {
	old, err := s.residentByID(ctx, s.db, id)
	if err != nil {
		return cause
	}
	if _, err := s.cleanEdit(ctx, s.db, old, in); errs.KindOf(err) == errs.Invalid {
		return err
	}
	return cause
}

// changedFields names what an edit changed, without the values: they are personal.
func changedFields(old, r Resident) []string {
	pairs := []struct{ name, old, new string }{
		{"username", old.Username, r.Username},
		{"name", old.FullName, r.FullName},
		{"phone", old.Phone, r.Phone},
		{"email", old.Email, r.Email},
		{"birth_date", old.BirthDate, r.BirthDate},
		{"gender", old.Gender, r.Gender},
	}
	var changed []string
	for _, p := range pairs {
		if p.old != p.new {
			changed = append(changed, p.name)
		}
	}
	return changed
}

// EditFamily corrects a family's data. The barangay that it moves to must be within
// reach as well.
func (s *Service) EditFamily(ctx context.Context, actor audit.Actor, scope Scope, id uuid.UUID, in FamilyEdit) (Family, error) {
	var out Family
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		old, err := s.familyInReach(ctx, tx, scope, id)
		if err != nil {
			return err
		}
		var f errs.Fields
		family := cleanFamily(&f, in.Name, in.Address, in.City)
		barangay := Barangay{ID: old.BarangayID, Name: old.BarangayName}
		if in.BarangayID != old.BarangayID { // the old one may have been closed since
			if barangay, err = checkBarangay(ctx, tx, &f, in.BarangayID); err != nil {
				return err
			}
		}
		if err := f.Err(); err != nil {
			return err
		}
		if err := inReach(ctx, tx, scope, barangay.ID); err != nil {
			return err
		}
		out = old
		out.Name, out.Address, out.City, out.UpdatedAt = family.Name, family.Address, family.City, s.now()
		out.BarangayID, out.BarangayName = barangay.ID, barangay.Name
		if err := s.updateFamily(ctx, tx, out); err != nil {
			return fmt.Errorf("edit family %s: %w", id, err)
		}
		return audit.Record(ctx, tx, actor, out.UpdatedAt, audit.Event{
			Action: "family.edit", TargetKind: "family", TargetID: id, TargetName: out.Name,
			Details: map[string]any{"changed": changedFamilyFields(old, out)},
		})
	})
	return out, err
}

func changedFamilyFields(old, f Family) []string {
	changed := map[string]bool{
		"name": old.Name != f.Name, "address": old.Address != f.Address,
		"city": old.City != f.City, "barangay": old.BarangayID != f.BarangayID,
	}
	var names []string
	for name, yes := range changed {
		if yes {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
