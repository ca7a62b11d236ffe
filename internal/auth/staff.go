package auth

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/people"
)

// StaffStatus is where a staff account stands.
type StaffStatus string

// The statuses of the reference's model. Only approved staff sign in.
const (
	StaffPending   StaffStatus = "pending"
	StaffApproved  StaffStatus = "approved"
	StaffRejected  StaffStatus = "rejected"
	StaffSuspended StaffStatus = "suspended"
	StaffDeleted   StaffStatus = "deleted"
)

// Staff is a member of the city's environment office, or a collector.
type Staff struct {
	ID           uuid.UUID
	Username     string
	FullName     string
	Email        string // empty: none
	Role         Role
	Status       StaffStatus
	StatusReason string
	DecidedBy    uuid.NullUUID
	DecidedAt    *time.Time
	Language     string
	LastLoginAt  *time.Time
	CreatedBy    uuid.NullUUID
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Scope is which barangays the member of staff reaches: operations managers those
// assigned to them, the other roles the whole city.
func (st Staff) Scope() people.Scope {
	if st.Role.Assigned() {
		return people.Scope{Staff: st.ID}
	}
	return people.City
}

// NewStaff is an account to be made.
type NewStaff struct {
	Username   string
	FullName   string
	Email      string // optional
	Role       Role
	Password   string
	MustChange bool        // at the first sign-in
	Barangays  []uuid.UUID // for operations managers; none means none
}

// StaffEdit is a member of staff's data as a super administrator may change it.
type StaffEdit struct {
	FullName  string
	Email     string
	Role      Role
	Barangays []uuid.UUID
}

// staffUsername is the reference's pattern; accounts brought over keep what they have.
var staffUsername = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{2,99}$`)

// CreateStaff makes an approved account.
func (s *Service) CreateStaff(ctx context.Context, actor audit.Actor, in NewStaff) (Staff, error) {
	st, hash, err := s.prepareStaff(ctx, actor, in)
	if err != nil {
		return Staff{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return s.addStaff(ctx, tx, actor, st, hash, in)
	})
	if err != nil {
		return Staff{}, err
	}
	return st, nil
}

// prepareStaff checks a new account and hashes its password, outside of any transaction.
func (s *Service) prepareStaff(ctx context.Context, actor audit.Actor, in NewStaff) (Staff, string, error) {
	now := s.now()
	st := Staff{
		ID: db.NewID(), Username: strings.TrimSpace(in.Username), Role: in.Role, Status: StaffApproved,
		CreatedBy: db.NullID(actor.ID), CreatedAt: now, UpdatedAt: now,
	}
	var f errs.Fields
	if !staffUsername.MatchString(st.Username) {
		f.Add("username", "error.auth.staff_username_invalid")
	}
	st.FullName, st.Email = cleanStaff(&f, in.FullName, in.Email, in.Role)
	checkPassword(&f, "password", in.Password, st.Username, st.FullName, st.Email)
	if err := f.Err(); err != nil {
		return Staff{}, "", err
	}
	hash, err := s.hasher.hash(ctx, in.Password)
	return st, hash, err
}

func cleanStaff(f *errs.Fields, fullName, email string, role Role) (cleanName, cleanEmail string) {
	cleanName = strings.Join(strings.Fields(fullName), " ")
	if cleanName == "" {
		f.Add("full_name", "form.required")
	} else if utf8.RuneCountInString(cleanName) > 150 {
		f.Add("full_name", "form.too_long", "Limit", 150)
	}
	if strings.TrimSpace(email) != "" {
		var ok bool
		if cleanEmail, ok = people.CanonicalEmail(email); !ok {
			f.Add("email", "error.people.email_invalid")
		}
	}
	if !role.Valid() {
		f.Add("role", "form.choose")
	}
	return cleanName, cleanEmail
}

func (s *Service) addStaff(ctx context.Context, tx *db.Tx, actor audit.Actor, st Staff, hash string, in NewStaff) error {
	inserted, err := s.insertStaff(ctx, tx, st, foldUsername(st.Username))
	if err != nil {
		return fmt.Errorf("create staff %s: %w", st.Username, err)
	}
	if !inserted {
		return s.staffClash(ctx, tx, st)
	}
	if err := putPassword(ctx, tx, st.ID, hash, in.MustChange, st.CreatedAt); err != nil {
		return err
	}
	if err := assignIfScoped(ctx, tx, st, in.Barangays); err != nil {
		return err
	}
	if err := s.tellStaff(ctx, tx, st, createdMail(actor, st, in.MustChange)); err != nil {
		return err
	}
	return s.recordStaff(ctx, tx, actor, st, "staff.create", map[string]any{"role": st.Role, "barangays": len(in.Barangays)})
}

// staffClash tells which unique value another account has.
func (s *Service) staffClash(ctx context.Context, q db.Q, st Staff) error {
	var f errs.Fields
	username, email, err := s.staffClashes(ctx, q, st)
	if err != nil {
		return err
	}
	if username {
		f.Add("username", "error.people.username_taken")
	}
	if email {
		f.Add("email", "error.people.email_taken")
	}
	return f.Err()
}

// assignIfScoped keeps assignments only for the role that has any.
func assignIfScoped(ctx context.Context, tx *db.Tx, st Staff, barangays []uuid.UUID) error {
	if !st.Role.Assigned() {
		barangays = nil
	}
	return people.Assign(ctx, tx, st.ID, barangays)
}

// HireStaff is CreateStaff with a temporary password, which must be changed at the first
// sign-in. It is shown once: whoever hires hands it over.
func (s *Service) HireStaff(ctx context.Context, actor audit.Actor, in NewStaff) (st Staff, temporary string, err error) {
	in.Password, in.MustChange = temporaryPassword(), true
	if st, err = s.CreateStaff(ctx, actor, in); err != nil {
		return Staff{}, "", err
	}
	return st, in.Password, nil
}

// EditStaff changes a member of staff's name, e-mail, role and barangays.
func (s *Service) EditStaff(ctx context.Context, actor audit.Actor, id uuid.UUID, in StaffEdit) (Staff, error) {
	var f errs.Fields
	name, email := cleanStaff(&f, in.FullName, in.Email, in.Role)
	if err := f.Err(); err != nil {
		return Staff{}, err
	}
	return s.changeStaff(ctx, actor, id, "staff.edit", func(ctx context.Context, tx *db.Tx, st Staff) (map[string]any, error) {
		if st.Role == SuperAdmin && in.Role != SuperAdmin {
			if err := s.keepOneSuperAdmin(ctx, tx, id); err != nil {
				return nil, err
			}
		}
		was := st.Role
		st.FullName, st.Email, st.Role, st.UpdatedAt = name, email, in.Role, s.now()
		if err := s.staffClash(ctx, tx, st); err != nil {
			return nil, err
		}
		if err := s.updateStaff(ctx, tx, st); err != nil {
			return nil, err
		}
		return map[string]any{"role": st.Role, "role_was": was, "barangays": len(in.Barangays)}, s.reassign(ctx, tx, actor, st, in.Barangays)
	})
}

// reassign is assignIfScoped that tells of it, when it changes anything.
func (s *Service) reassign(ctx context.Context, tx *db.Tx, actor audit.Actor, st Staff, barangays []uuid.UUID) error {
	before, err := people.AssignedTo(ctx, tx, st.ID)
	if err != nil {
		return err
	}
	if err := assignIfScoped(ctx, tx, st, barangays); err != nil || !st.Role.Assigned() {
		return err
	}
	after, err := people.AssignedTo(ctx, tx, st.ID)
	if err != nil || barangayNames(before) == barangayNames(after) { // names are unique, and listed in order
		return err
	}
	return s.tellNews(ctx, tx, actor, st, assignedNews(actor, st, after))
}

// SuspendStaff ends a member of staff's access at once. Nobody suspends themselves,
// nor the last super administrator.
func (s *Service) SuspendStaff(ctx context.Context, actor audit.Actor, id uuid.UUID, reason string) (Staff, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return Staff{}, errs.NewField("reason", "form.required")
	}
	if actor.Kind == audit.Staff && actor.ID == id {
		return Staff{}, errs.New(errs.Conflict, "OWN_ACCOUNT", "error.auth.own_account")
	}
	return s.changeStaff(ctx, actor, id, "staff.suspend", func(ctx context.Context, tx *db.Tx, st Staff) (map[string]any, error) {
		if st.Role == SuperAdmin {
			if err := s.keepOneSuperAdmin(ctx, tx, id); err != nil {
				return nil, err
			}
		}
		if err := setStaffStatus(ctx, tx, id, StaffApproved, StaffSuspended, reason, actor.ID, s.now()); err != nil {
			return nil, err
		}
		if err := bumpEpoch(ctx, tx, id, s.now()); err != nil {
			return nil, err
		}
		if err := s.tellStaff(ctx, tx, st, suspendedMail(actor, reason)); err != nil {
			return nil, err
		}
		if err := s.tellNews(ctx, tx, actor, st, suspendedNews(actor, st, reason)); err != nil {
			return nil, err
		}
		return map[string]any{"reason": reason}, deleteSessionsOf(ctx, tx, StaffSurface, id, uuid.Nil)
	})
}

// ReactivateStaff ends a suspension.
func (s *Service) ReactivateStaff(ctx context.Context, actor audit.Actor, id uuid.UUID) (Staff, error) {
	return s.changeStaff(ctx, actor, id, "staff.reactivate", func(ctx context.Context, tx *db.Tx, st Staff) (map[string]any, error) {
		if err := setStaffStatus(ctx, tx, id, StaffSuspended, StaffApproved, "", actor.ID, s.now()); err != nil {
			return nil, err
		}
		if err := s.tellStaff(ctx, tx, st, restoredMail(actor)); err != nil {
			return nil, err
		}
		return nil, s.tellNews(ctx, tx, actor, st, restoredNews(actor, st))
	})
}

// changeStaff runs one act on a member of staff, records it, and reads what came of it.
func (s *Service) changeStaff(ctx context.Context, actor audit.Actor, id uuid.UUID, action string,
	act func(context.Context, *db.Tx, Staff) (details map[string]any, err error)) (Staff, error) {
	var out Staff
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		st, err := s.staffByID(ctx, tx, id)
		if err != nil {
			return err
		}
		details, err := act(ctx, tx, st)
		if err != nil {
			return err
		}
		if out, err = s.staffByID(ctx, tx, id); err != nil {
			return err
		}
		return s.recordStaff(ctx, tx, actor, out, action, details)
	})
	if err != nil {
		return Staff{}, fmt.Errorf("%s %s: %w", action, id, err)
	}
	return out, nil
}

func (s *Service) keepOneSuperAdmin(ctx context.Context, q db.Q, except uuid.UUID) error {
	n, err := countSuperAdmins(ctx, q, except)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "LAST_SUPER_ADMIN", "error.auth.last_super_admin")
	}
	return err
}

func (s *Service) recordStaff(ctx context.Context, tx *db.Tx, actor audit.Actor, st Staff, action string, details map[string]any) error {
	return audit.Record(ctx, tx, actor, s.now(), audit.Event{
		Action: action, TargetKind: "staff", TargetID: st.ID, TargetName: st.FullName, Details: details,
	})
}

// StaffByID finds a member of staff: ErrStaffNotFound.
func (s *Service) StaffByID(ctx context.Context, id uuid.UUID) (Staff, error) {
	return s.staffByID(ctx, s.db, id)
}

// StaffList lists the staff by username; those deleted are left out. A city has
// hundreds at most: the list ends at 500.
func (s *Service) StaffList(ctx context.Context) ([]Staff, error) {
	return s.listStaff(ctx, s.db)
}

// StaffWith lists the approved staff whose role grants a permission.
func (s *Service) StaffWith(ctx context.Context, q db.Q, p Permission) ([]Staff, error) {
	all, err := s.listStaff(ctx, q)
	return slices.DeleteFunc(all, func(st Staff) bool { return st.Status != StaffApproved || !st.Role.May(p) }), err
}

// StaffCount is how many staff accounts there are, of any status.
func (s *Service) StaffCount(ctx context.Context) (int, error) { return countStaff(ctx, s.db) }

// SetStaffLanguage remembers the language that a member of staff chose: en or fil.
func (s *Service) SetStaffLanguage(ctx context.Context, id uuid.UUID, language string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return setStaffLanguage(ctx, tx, id, language) })
}

// ImportStaff brings an account over as it is, with its id. Inserted is false when it
// is here already. A username that differs from another one by letter case only keeps
// working in exactly its own spelling; an e-mail address that another account has is
// left out and told.
func (s *Service) ImportStaff(ctx context.Context, tx *db.Tx, st Staff) (inserted, emailTaken bool, err error) {
	switch _, err := s.staffByID(ctx, tx, st.ID); {
	case err == nil:
		return false, false, nil
	case !errors.Is(err, ErrStaffNotFound):
		return false, false, err
	}
	usernameTaken, emailTaken, err := s.staffClashes(ctx, tx, st)
	if err != nil {
		return false, false, err
	}
	key := foldUsername(st.Username)
	if usernameTaken {
		key = exactUsernameKey(st.Username)
	}
	if emailTaken {
		st.Email = ""
	}
	inserted, err = s.insertStaff(ctx, tx, st, key)
	if err == nil && !inserted {
		err = errors.New("its username is taken")
	}
	if err != nil {
		return false, false, fmt.Errorf("import staff %s: %w", st.ID, err)
	}
	return true, emailTaken, nil
}

// ImportPassword brings over the password of a resident or a member of staff: a Django
// hash, replaced at the next sign-in. One that is here already stays.
func ImportPassword(ctx context.Context, tx *db.Tx, subject uuid.UUID, hash string, mustChange bool, at time.Time) error {
	if err := insertPassword(ctx, tx, subject, hash, mustChange, at); err != nil {
		return fmt.Errorf("import password of %s: %w", subject, err)
	}
	return nil
}

// foldUsername is the form in which usernames are unique.
func foldUsername(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// exactUsernameKey is the username_key of an imported account whose username another
// one has in other letter case. No folded username starts with "=".
func exactUsernameKey(username string) string { return "=" + username }
