package djangodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/people"
)

// staffFact is what later tables need of a member of staff.
type staffFact struct {
	name string
	kept bool // false: not brought over; only the name stands beside what they did
	role auth.Role
}

// staff is one of the old database, with what belongs to them.
type staff struct {
	auth.Staff
	password   string
	mustChange bool
	active     bool
	barangays  []uuid.UUID // ours
	late       bool        // an older account has the username in other letter case
}

// oldRoles are names that earlier versions of the reference used; its own migration
// command renames both.
var oldRoles = map[string]auth.Role{"city_admin": auth.OperationsManager, "barangay_admin": auth.OperationsManager}

// bringStaff brings staff over with password and assigned barangays.
func (im *importer) bringStaff(ctx context.Context) error {
	if err := im.nameStaff(ctx); err != nil {
		return err
	}
	all, err := readAll(ctx, im, tableStaff, im.decodeStaff, im.judgeStaff)
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b staff) int { return older(a.CreatedAt, b.CreatedAt, a.ID, b.ID) })
	names, emails := map[string]string{}, map[string]string{}
	for i := range all {
		im.settleStaff(&all[i], names, emails)
	}
	if err := im.readAssignments(ctx, all); err != nil {
		return err
	}
	return bring(ctx, im, table[staff]{tableStaff, false, im.compareStaff, im.writeStaff}, each(all))
}

// nameStaff notes everybody's name first: staff refer to each other.
func (im *importer) nameStaff(ctx context.Context) error {
	for row, err := range im.src.Rows(ctx, tableStaff) {
		if err != nil {
			return err
		}
		id := row.UUID("id")
		role, known := im.role(row.Text("role"))
		if row.Err() == nil {
			im.staff[id] = staffFact{name: row.Text("full_name"), kept: known, role: role}
		}
	}
	return nil
}

// knownStaff keeps an id of somebody who comes over, and drops any other.
func (im *importer) knownStaff(id uuid.NullUUID) uuid.NullUUID {
	if !im.staff[id.UUID].kept {
		return uuid.NullUUID{}
	}
	return id
}

func (im *importer) role(name string) (auth.Role, bool) {
	if r, ok := oldRoles[name]; ok {
		return r, true
	}
	r := auth.Role(name)
	return r, r.Valid()
}

func (im *importer) decodeStaff(r Row) staff {
	email := strings.ToLower(strings.TrimSpace(r.Text("email")))
	role, _ := im.role(r.Text("role"))
	return staff{
		Staff: auth.Staff{
			ID: r.UUID("id"), Username: r.Text("username"), FullName: r.Text("full_name"), Email: email,
			Role: role, Status: auth.StaffStatus(r.Text("status")), StatusReason: r.Text("rejection_reason"),
			DecidedBy: im.knownStaff(r.NullUUID("approved_by_id")), DecidedAt: r.NullTime("approval_date"),
			LastLoginAt: r.NullTime("last_login"), CreatedBy: im.knownStaff(r.NullUUID("assigned_by_id")),
			CreatedAt: r.Time("created_at"), UpdatedAt: im.Now(),
		},
		password: r.Text("password_hash"), mustChange: r.Bool("must_change_password", false), active: r.Bool("is_active", true),
	}
}

func (im *importer) judgeStaff(id string, s *staff) error {
	if !s.Role.Valid() {
		return fmt.Errorf("%s: the role %q is not known; nobody gets rights by guessing", s.Username, string(s.Role))
	}
	switch s.Status {
	case auth.StaffPending, auth.StaffApproved, auth.StaffRejected, auth.StaffSuspended, auth.StaffDeleted:
	default:
		im.find(FindAltered, tableStaff, id, "%s: the status %q is not known; comes over as suspended", s.Username, string(s.Status))
		s.Status = auth.StaffSuspended
	}
	if !s.active && s.Status == auth.StaffApproved {
		im.find(FindAltered, tableStaff, id, "%s: approved, but not active; comes over as suspended", s.Username)
		s.Status = auth.StaffSuspended
	}
	if !usablePassword(s.password) {
		im.find(FindAltered, tableStaff, id, "%s: the password is not of a kind that can be checked here; it must be set anew", s.Username)
		s.password = ""
	}
	return nil
}

// settleStaff tells of usernames that differ by letter case only, and takes an e-mail
// address that an older account has from a younger one.
func (im *importer) settleStaff(s *staff, names, emails map[string]string) {
	id := s.ID.String()
	if holder := firstHolder(names, strings.ToLower(strings.TrimSpace(s.Username)), s.Username); holder != "" {
		im.find(FindAltered, tableStaff, id, "%s: the username differs from the older account %q by letter case only; both stay, this one must be typed exactly", s.Username, holder)
		s.late = true
	}
	if holder := firstHolder(emails, s.Email, s.Username); holder != "" {
		im.find(FindAltered, tableStaff, id, "%s: the e-mail address is also that of the older account %q; left out", s.Username, holder)
		s.Email = ""
	}
}

// assignment is a row that gives a member of staff a barangay.
type assignment struct{ staff, barangay uuid.UUID }

// readAssignments gives everybody their barangays.
func (im *importer) readAssignments(ctx context.Context, all []staff) error {
	place := map[uuid.UUID]int{}
	for i, s := range all {
		place[s.ID] = i
	}
	rows, err := readAll(ctx, im, tableAssignment, func(r Row) assignment {
		return assignment{r.UUID("adminuser_id"), r.UUID("barangay_id")}
	}, func(_ string, a *assignment) error {
		i, ok := place[a.staff]
		barangay, there := im.barangays[a.barangay]
		switch {
		case !ok:
			return fmt.Errorf("its member of staff %s was not brought over, or is not in the source", a.staff)
		case !there:
			return fmt.Errorf("its barangay %s is not in the source", a.barangay)
		case !all[i].Role.Assigned():
			return fmt.Errorf("%s is %s, a role that works in the whole city", all[i].Username, all[i].Role)
		}
		a.barangay = barangay
		return nil
	})
	for _, a := range rows {
		all[place[a.staff]].barangays = append(all[place[a.staff]].barangays, a.barangay)
	}
	return err
}

func (im *importer) compareStaff(ctx context.Context, batch []staff) ([]verdict, error) {
	verdicts := make([]verdict, len(batch))
	for i := range batch {
		s := &batch[i]
		here, err := im.auth.StaffByID(ctx, s.ID)
		switch {
		case errors.Is(err, auth.ErrStaffNotFound):
			im.counts(tableAssignment).New += len(s.barangays)
			if err := im.beforeStaff(ctx, s); err != nil {
				return nil, err
			}
		case err != nil:
			return nil, err
		default:
			im.counts(tableAssignment).Present += len(s.barangays)
			verdicts[i] = verdict{here: true, row: s.ID.String(), differ: s.differs(here)}
		}
	}
	return verdicts, nil
}

func (s *staff) differs(here auth.Staff) []string {
	var d different
	d.when(!sameUsername(here.Username, s.Username), "username")
	d.when(here.FullName != s.FullName, "full_name")
	d.when(here.Role != s.Role, "role")
	d.when(here.Status != s.Status, "status")
	return d
}

// beforeStaff settles what an account made here has already.
func (im *importer) beforeStaff(ctx context.Context, s *staff) error {
	clash, err := im.auth.Clashes(ctx, im.DB, s.Staff)
	if err != nil {
		return err
	}
	id, told := s.ID.String(), s.Username
	if clash.Email {
		im.find(FindAltered, tableStaff, id, "%s: somebody here already has the e-mail address; left out", told)
		s.Email = ""
	}
	if !clash.Username || s.late {
		return nil
	}
	s.Username, err = freeUsername(s.Username, func(name string) (bool, error) {
		c, err := im.auth.Clashes(ctx, im.DB, auth.Staff{ID: s.ID, Username: name})
		return c.Username, err
	})
	im.find(FindAltered, tableStaff, id, "%s: somebody here already has the username; this account becomes %s", told, s.Username)
	return err
}

func (im *importer) writeStaff(ctx context.Context, tx *db.Tx, fresh []staff) error {
	for _, s := range fresh {
		inserted, _, err := im.auth.ImportStaff(ctx, tx, s.Staff)
		if err != nil || !inserted {
			return wrote(0, 1, err)
		}
		if s.password != "" {
			if err := auth.ImportPassword(ctx, tx, s.ID, s.password, s.mustChange, s.CreatedAt); err != nil {
				return err
			}
		}
		if len(s.barangays) == 0 {
			continue
		}
		if err := people.Assign(ctx, tx, s.ID, s.barangays); err != nil {
			return err
		}
	}
	return nil
}
