package people

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

const residentColumns = `r.id, r.family_id, f.name, f.code, f.status, f.barangay_id, b.name,
	r.username, r.first_name, r.last_name, r.full_name, r.phone, r.email, r.birth_date, r.gender, r.representative,
	r.referral_code, r.referred_by_code, r.status, r.status_reason, r.decided_by, r.decided_at,
	r.active, r.suspended_reason, r.suspended_by, r.suspended_at, r.language, r.last_login_at, r.created_at, r.updated_at,
	r.phone_verified_at, r.email_verified_at, r.referral_awarded_at, r.replaced_by, r.news`

const residentTables = `people_resident r
	JOIN people_family f ON f.id = r.family_id
	JOIN people_barangay b ON b.id = f.barangay_id`

func (s *Service) scanResident(row db.Row) (Resident, error) {
	var r Resident
	err := row.Scan(&r.ID, &r.FamilyID, &r.FamilyName, &r.FamilyCode, &r.FamilyStatus, &r.BarangayID, &r.BarangayName,
		&r.Username, &r.FirstName, &r.LastName, &r.FullName, s.vault.Column(phonePlace, &r.Phone), s.vault.Column(emailPlace, &r.Email),
		s.vault.Column(birthPlace, &r.BirthDate), &r.Gender, &r.Representative, &r.ReferralCode, &r.ReferredByCode,
		&r.Status, &r.StatusReason, &r.DecidedBy, db.IntoNull(&r.DecidedAt),
		&r.Active, &r.SuspendedReason, &r.SuspendedBy, db.IntoNull(&r.SuspendedAt), &r.Language,
		db.IntoNull(&r.LastLoginAt), db.Into(&r.CreatedAt), db.Into(&r.UpdatedAt),
		db.IntoNull(&r.PhoneVerifiedAt), db.IntoNull(&r.EmailVerifiedAt), db.IntoNull(&r.ReferralPaidAt), &r.ReplacedBy, &r.News)
	return r, err
}

// oneResident finds the first resident of a query's end: a WHERE, perhaps an ORDER BY.
func (s *Service) oneResident(ctx context.Context, q db.Q, end string, args ...any) (Resident, error) {
	r, err := s.scanResident(q.QueryRowContext(ctx, "SELECT "+residentColumns+" FROM "+residentTables+" "+end+" LIMIT 1", args...))
	if db.IsNoRows(err) {
		return Resident{}, ErrResidentNotFound
	}
	return r, err
}

func (s *Service) residentByID(ctx context.Context, q db.Q, id uuid.UUID) (Resident, error) {
	r, err := s.oneResident(ctx, q, `WHERE r.id = $1`, id)
	if err != nil {
		return Resident{}, fmt.Errorf("resident %s: %w", id, err)
	}
	return r, nil
}

// residentByUsername prefers the account of exactly this letter case, if two differ only by it.
func (s *Service) residentByUsername(ctx context.Context, q db.Q, username string) (Resident, error) {
	if !storable(username) {
		return Resident{}, ErrResidentNotFound
	}
	return s.oneResident(ctx, q, `WHERE r.username_key IN ($1, $2) ORDER BY r.username_key = $3 DESC`,
		foldUsername(username), exactUsernameKey(username), exactUsernameKey(username))
}

// residentOfFamily is whom a family's code stands for: its representative, or the
// member who may access if the representative may not.
func (s *Service) residentOfFamily(ctx context.Context, q db.Q, code string) (Resident, error) {
	return s.oneResident(ctx, q, `WHERE f.code = $1
		ORDER BY (r.status = 'approved' AND r.active) DESC, r.representative DESC, r.created_at, r.id`, code)
}

func (s *Service) residentByTypedCode(ctx context.Context, q db.Q, code string) (Resident, error) {
	return s.oneResident(ctx, q, `WHERE EXISTS (SELECT 1 FROM people_card c
		WHERE c.resident_id = r.id AND c.code = $1 AND c.revoked_at IS NULL)`, code)
}

func (s *Service) members(ctx context.Context, q db.Q, family uuid.UUID) ([]Resident, error) {
	return db.Collect(ctx, q, s.scanResident, `SELECT `+residentColumns+` FROM `+residentTables+`
		WHERE r.family_id = $1 ORDER BY r.representative DESC, r.created_at, r.id LIMIT 200`, family)
}

func inBarangay(w *db.Where, id uuid.UUID) {
	if id != uuid.Nil {
		w.And(`f.barangay_id = ?`, id)
	}
}

// matching looks for a resident by a whole phone number or by parts of a name.
func (s *Service) matching(w *db.Where, text string) {
	if phone, ok := CanonicalPhone(text); ok {
		w.And(`r.phone_hash = ?`, s.phoneHash(phone))
		return
	}
	for _, word := range strings.Fields(Fold(text)) {
		w.And(`r.search LIKE ? ESCAPE '\'`, contains(word))
	}
}

// contains is the LIKE pattern of a part of a text.
func contains(word string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(word) + "%"
}

func (s *Service) residentWhere(scope Scope, f ResidentFilter) *db.Where {
	w := &db.Where{}
	scope.Narrow(w, "f.barangay_id")
	inBarangay(w, f.Barangay)
	s.matching(w, f.Search)
	return w
}

func (s *Service) listResidents(ctx context.Context, q db.Q, scope Scope, f ResidentFilter, at db.Cursor, limit int) ([]Resident, error) {
	w := s.residentWhere(scope, f)
	switch f.Status {
	case Approved:
		w.And(`r.status = 'approved' AND r.active`)
	case Suspended:
		w.And(`r.status = 'approved' AND NOT r.active`)
	case Pending, Rejected:
		w.And(`r.status = ?`, f.Status)
	}
	order := ` ORDER BY r.created_at DESC, r.id DESC LIMIT ?`
	if f.Status != Pending {
		w.And(`(r.created_at, r.id) < (?, ?)`, db.At(at.At), at.ID)
	} else {
		order = ` ORDER BY r.created_at, r.id LIMIT ?` // first come, first served
		if f.Cursor != "" {
			w.And(`(r.created_at, r.id) > (?, ?)`, db.At(at.At), at.ID)
		}
	}
	end := w.Bind(order, limit)
	return db.Collect(ctx, q, s.scanResident, `SELECT `+residentColumns+` FROM `+residentTables+` WHERE `+w.String()+end, w.Args()...)
}

func (s *Service) countResidents(ctx context.Context, q db.Q, scope Scope, f ResidentFilter) (Counts, error) {
	w := s.residentWhere(scope, f)
	var c Counts
	err := q.QueryRowContext(ctx, `SELECT count(*),
		count(*) FILTER (WHERE r.status = 'pending'),
		count(*) FILTER (WHERE r.status = 'approved' AND r.active),
		count(*) FILTER (WHERE r.status = 'rejected'),
		count(*) FILTER (WHERE r.status = 'approved' AND NOT r.active)
		FROM people_resident r JOIN people_family f ON f.id = r.family_id WHERE `+w.String(), w.Args()...).
		Scan(&c.All, &c.Pending, &c.Approved, &c.Rejected, &c.Suspended)
	return c, err
}

func (s *Service) findResidents(ctx context.Context, q db.Q, scope Scope, text string, limit int) ([]Resident, error) {
	w := s.residentWhere(scope, ResidentFilter{Search: text})
	end := w.Bind(` ORDER BY r.search, r.id LIMIT ?`, limit)
	return db.Collect(ctx, q, s.scanResident, `SELECT `+residentColumns+` FROM `+residentTables+` WHERE `+w.String()+end, w.Args()...)
}

// clash tells which unique values of a resident another one has.
type clash struct{ username, phone, email bool }

func (s *Service) clashes(ctx context.Context, q db.Q, r Resident) (clash, error) {
	k := s.keysOf(r)
	var c clash
	err := q.QueryRowContext(ctx, `SELECT
		EXISTS (SELECT 1 FROM people_resident WHERE username_key = $1 AND id <> $2),
		EXISTS (SELECT 1 FROM people_resident WHERE phone_hash = $3 AND id <> $4),
		EXISTS (SELECT 1 FROM people_resident WHERE email_hash = $5 AND id <> $6)`,
		k.username, r.ID, k.phone, r.ID, k.email, r.ID).Scan(&c.username, &c.phone, &c.email)
	return c, err
}

func (s *Service) phoneHash(phone string) any { return s.vault.HashNull("phone", phone) }
func (s *Service) emailHash(email string) any { return s.vault.HashNull("email", email) }

// keys are a resident's look-up columns; nil ones cannot be found by.
type keys struct {
	username     string
	phone, email any
}

func (s *Service) keysOf(r Resident) keys {
	return keys{foldUsername(r.Username), s.phoneHash(r.Phone), s.emailHash(r.Email)}
}

// insertResident is false when a unique value is taken.
func (s *Service) insertResident(ctx context.Context, tx *db.Tx, r Resident, k keys) (bool, error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO people_resident (id, family_id, username, username_key, first_name, last_name, full_name, search,
		phone, phone_hash, email, email_hash, birth_date, gender, representative, referral_code, referred_by_code,
		status, status_reason, decided_by, decided_at, active, suspended_reason, suspended_by, suspended_at,
		language, last_login_at, created_at, updated_at, phone_verified_at, email_verified_at, referral_awarded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29,
		$30, $31, $32)
		ON CONFLICT DO NOTHING`,
		r.ID, r.FamilyID, r.Username, k.username, r.FirstName, r.LastName, r.FullName, searchText(r),
		s.vault.Seal(phonePlace, r.Phone), k.phone, s.vault.Seal(emailPlace, r.Email), k.email, s.vault.Seal(birthPlace, r.BirthDate),
		r.Gender, r.Representative, r.ReferralCode, r.ReferredByCode,
		r.Status, r.StatusReason, r.DecidedBy, db.AtNull(r.DecidedAt), r.Active, r.SuspendedReason, r.SuspendedBy, db.AtNull(r.SuspendedAt),
		r.Language, db.AtNull(r.LastLoginAt), db.At(r.CreatedAt), db.At(r.UpdatedAt),
		db.AtNull(r.PhoneVerifiedAt), db.AtNull(r.EmailVerifiedAt), db.AtNull(r.ReferralPaidAt))
	return n == 1, err
}

// searchText is what lists search: names and codes, folded. Full name first: the
// Station's results stand in its order.
func searchText(r Resident) string {
	return Fold(r.FullName + " " + r.Username + " " + r.FamilyName + " " + r.FamilyCode)
}

// updateResident writes what the office may edit. The keys of unchanged values stay:
// they may be those of an imported account.
func (s *Service) updateResident(ctx context.Context, tx *db.Tx, r, old Resident) error {
	_, err := tx.ExecContext(ctx, `UPDATE people_resident SET username = $2,
		username_key = CASE WHEN $3 THEN username_key ELSE $4 END,
		first_name = $5, last_name = $6, full_name = $7, search = $8,
		phone = $9, phone_hash = CASE WHEN $10 THEN phone_hash ELSE $11 END,
		email = $12, email_hash = CASE WHEN $13 THEN email_hash ELSE $14 END,
		birth_date = $15, gender = $16, updated_at = $17, phone_verified_at = $18, email_verified_at = $19 WHERE id = $1`,
		r.ID, r.Username, r.Username == old.Username, foldUsername(r.Username), r.FirstName, r.LastName, r.FullName, searchText(r),
		s.vault.Seal(phonePlace, r.Phone), r.Phone == old.Phone, s.phoneHash(r.Phone),
		s.vault.Seal(emailPlace, r.Email), r.Email == old.Email, s.emailHash(r.Email),
		s.vault.Seal(birthPlace, r.BirthDate), r.Gender, db.At(r.UpdatedAt), db.AtNull(r.PhoneVerifiedAt), db.AtNull(r.EmailVerifiedAt))
	return err
}

// decided is a decision on its way into rows.
type decided struct {
	Status Status
	Reason string
	By     uuid.UUID
	At     time.Time
}

// decideResident is false when the resident is in none of the statuses from.
func decideResident(ctx context.Context, tx *db.Tx, id uuid.UUID, d decided, from ...Status) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE people_resident
		SET status = $2, status_reason = $3, decided_by = $4, decided_at = $5, updated_at = $6
		WHERE id = $1 AND status IN (`+statusList(from)+`)`,
		id, d.Status, d.Reason, db.NullID(d.By), db.At(d.At), db.At(d.At))
	return n == 1, err
}

func decideFamily(ctx context.Context, tx *db.Tx, id uuid.UUID, d decided, from ...Status) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE people_family
		SET status = $2, status_reason = $3, decided_by = $4, decided_at = $5, updated_at = $6
		WHERE id = $1 AND status IN (`+statusList(from)+`)`,
		id, d.Status, d.Reason, db.NullID(d.By), db.At(d.At), db.At(d.At))
	return n == 1, err
}

// rejectPendingMembers tells whom it rejected.
func rejectPendingMembers(ctx context.Context, tx *db.Tx, family uuid.UUID, d decided) ([]uuid.UUID, error) {
	scan := func(row db.Row) (id uuid.UUID, err error) { return id, row.Scan(&id) }
	return db.Collect(ctx, tx, scan, `UPDATE people_resident
		SET status = $2, status_reason = $3, decided_by = $4, decided_at = $5, updated_at = $6
		WHERE family_id = $1 AND status = 'pending' RETURNING id`,
		family, d.Status, d.Reason, db.NullID(d.By), db.At(d.At), db.At(d.At))
}

// statusList writes statuses, which are constants of this package, into a statement.
func statusList(statuses []Status) string {
	quoted := make([]string, len(statuses))
	for i, s := range statuses {
		quoted[i] = "'" + string(s) + "'"
	}
	return strings.Join(quoted, ", ")
}

// setResidentActive is false when the resident is not approved or already so.
func setResidentActive(ctx context.Context, tx *db.Tx, id uuid.UUID, active bool, reason string, by uuid.UUID, at time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE people_resident
		SET active = $2, suspended_reason = $3, suspended_by = $4, suspended_at = $5, updated_at = $6
		WHERE id = $1 AND status = 'approved' AND active <> $7`,
		id, active, reason, db.NullID(by), db.At(at), db.At(at), active)
	return n == 1, err
}

const familyColumns = `f.id, f.code, f.name, f.barangay_id, b.name, f.address, f.city, f.status, f.status_reason,
	f.decided_by, f.decided_at, f.created_at, f.updated_at,
	(SELECT count(*) FROM people_resident m WHERE m.family_id = f.id)`

const familyTables = `people_family f JOIN people_barangay b ON b.id = f.barangay_id`

func (s *Service) scanFamily(row db.Row) (Family, error) {
	var f Family
	err := row.Scan(&f.ID, &f.Code, &f.Name, &f.BarangayID, &f.BarangayName, s.vault.Column(addressPlace, &f.Address), &f.City, &f.Status, &f.StatusReason,
		&f.DecidedBy, db.IntoNull(&f.DecidedAt), db.Into(&f.CreatedAt), db.Into(&f.UpdatedAt), &f.Members)
	return f, err
}

func (s *Service) familyByID(ctx context.Context, q db.Q, id uuid.UUID) (Family, error) {
	return s.oneFamily(ctx, q, `f.id = $1`, id)
}

func (s *Service) familyByCode(ctx context.Context, q db.Q, code string) (Family, error) {
	return s.oneFamily(ctx, q, `f.code = $1`, code)
}

func (s *Service) oneFamily(ctx context.Context, q db.Q, condition string, arg any) (Family, error) {
	f, err := s.scanFamily(q.QueryRowContext(ctx, `SELECT `+familyColumns+` FROM `+familyTables+` WHERE `+condition, arg))
	if db.IsNoRows(err) {
		return Family{}, ErrFamilyNotFound
	}
	return f, err
}

func familyWhere(scope Scope, f FamilyFilter) *db.Where {
	w := &db.Where{}
	scope.Narrow(w, "f.barangay_id")
	inBarangay(w, f.Barangay)
	for _, word := range strings.Fields(Fold(f.Search)) {
		// A family is found by its members' search text, which holds its name and code.
		w.And(`EXISTS (SELECT 1 FROM people_resident m WHERE m.family_id = f.id AND m.search LIKE ? ESCAPE '\')`, contains(word))
	}
	return w
}

func (s *Service) listFamilies(ctx context.Context, q db.Q, scope Scope, f FamilyFilter, at db.Cursor, limit int) ([]Family, error) {
	w := familyWhere(scope, f)
	if f.Status != "" {
		w.And(`f.status = ?`, f.Status)
	}
	w.And(`(f.created_at, f.id) < (?, ?)`, db.At(at.At), at.ID)
	end := w.Bind(` ORDER BY f.created_at DESC, f.id DESC LIMIT ?`, limit)
	return db.Collect(ctx, q, s.scanFamily, `SELECT `+familyColumns+` FROM `+familyTables+` WHERE `+w.String()+end, w.Args()...)
}

func (s *Service) countFamilies(ctx context.Context, q db.Q, scope Scope, f FamilyFilter) (Counts, error) {
	w := familyWhere(scope, f)
	var c Counts
	err := q.QueryRowContext(ctx, `SELECT count(*),
		count(*) FILTER (WHERE f.status = 'pending'),
		count(*) FILTER (WHERE f.status = 'approved'),
		count(*) FILTER (WHERE f.status = 'rejected')
		FROM people_family f WHERE `+w.String(), w.Args()...).Scan(&c.All, &c.Pending, &c.Approved, &c.Rejected)
	return c, err
}

// insertFamily is false when the code, or the id, is taken.
func (s *Service) insertFamily(ctx context.Context, tx *db.Tx, f Family) (bool, error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO people_family
		(id, code, name, barangay_id, address, city, status, status_reason, decided_by, decided_at, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING`,
		f.ID, f.Code, f.Name, f.BarangayID, s.vault.Seal(addressPlace, f.Address), f.City, f.Status, f.StatusReason,
		f.DecidedBy, db.AtNull(f.DecidedAt), db.At(f.CreatedAt), db.At(f.UpdatedAt))
	return n == 1, err
}

// updateFamily writes what the office may edit, and the members' search text with it.
func (s *Service) updateFamily(ctx context.Context, tx *db.Tx, f Family) error {
	_, err := tx.ExecContext(ctx, `UPDATE people_family
		SET name = $2, barangay_id = $3, address = $4, city = $5, updated_at = $6 WHERE id = $1`,
		f.ID, f.Name, f.BarangayID, s.vault.Seal(addressPlace, f.Address), f.City, db.At(f.UpdatedAt))
	if err != nil {
		return err
	}
	members, err := s.members(ctx, tx, f.ID)
	if err != nil {
		return err
	}
	for _, m := range members {
		if _, err := tx.ExecContext(ctx, `UPDATE people_resident SET search = $2 WHERE id = $1`, m.ID, searchText(m)); err != nil {
			return err
		}
	}
	return nil
}

func markLogin(ctx context.Context, tx *db.Tx, id uuid.UUID, at time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE people_resident SET last_login_at = $2 WHERE id = $1`, id, db.At(at))
	return err
}

func setLanguage(ctx context.Context, tx *db.Tx, id uuid.UUID, language string) error {
	n, err := db.Exec(ctx, tx, `UPDATE people_resident SET language = $2 WHERE id = $1`, id, language)
	if err == nil && n == 0 {
		err = ErrResidentNotFound
	}
	return err
}

const barangayColumns = `b.id, b.psgc, b.name, b.population, b.active, b.created_at, b.updated_at`

func scanBarangay(row db.Row) (Barangay, error) {
	var b Barangay
	var psgc *string
	err := row.Scan(&b.ID, &psgc, &b.Name, &b.Population, &b.Active, db.Into(&b.CreatedAt), db.Into(&b.UpdatedAt))
	if psgc != nil {
		b.PSGC = *psgc
	}
	return b, err
}

func barangayByID(ctx context.Context, q db.Q, id uuid.UUID) (Barangay, error) {
	b, err := scanBarangay(q.QueryRowContext(ctx, `SELECT `+barangayColumns+` FROM people_barangay b WHERE b.id = $1`, id))
	if db.IsNoRows(err) {
		return Barangay{}, ErrBarangayNotFound
	}
	return b, err
}

func listBarangays(ctx context.Context, q db.Q) ([]Barangay, error) {
	return db.Collect(ctx, q, scanBarangay, `SELECT `+barangayColumns+` FROM people_barangay b ORDER BY b.name_key LIMIT 1000`)
}

func listAssigned(ctx context.Context, q db.Q, staff uuid.UUID) ([]Barangay, error) {
	return db.Collect(ctx, q, scanBarangay, `SELECT `+barangayColumns+`
		FROM people_barangay b JOIN people_assignment s ON s.barangay_id = b.id
		WHERE s.staff_id = $1 ORDER BY b.name_key LIMIT 1000`, staff)
}

// assignment is a member of staff and the name of a barangay that they work in.
type assignment struct {
	staff    uuid.UUID
	barangay string
}

func listAssignments(ctx context.Context, q db.Q) ([]assignment, error) {
	scan := func(row db.Row) (a assignment, err error) {
		err = row.Scan(&a.staff, &a.barangay)
		return a, err
	}
	return db.Collect(ctx, q, scan, `SELECT s.staff_id, b.name
		FROM people_assignment s JOIN people_barangay b ON b.id = s.barangay_id
		ORDER BY b.name_key LIMIT 20000`)
}

func isAssigned(ctx context.Context, q db.Q, staff, barangay uuid.UUID) (bool, error) {
	var ok bool
	err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM people_assignment WHERE staff_id = $1 AND barangay_id = $2)`, staff, barangay).Scan(&ok)
	return ok, err
}

func assign(ctx context.Context, tx *db.Tx, staff uuid.UUID, barangays []uuid.UUID) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM people_assignment WHERE staff_id = $1`, staff); err != nil {
		return err
	}
	for _, b := range barangays {
		_, err := tx.ExecContext(ctx, `INSERT INTO people_assignment (staff_id, barangay_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, staff, b)
		if err != nil {
			return err
		}
	}
	return nil
}

// insertBarangay is false when the code or the name is there already.
func insertBarangay(ctx context.Context, tx *db.Tx, b Barangay) (bool, error) {
	n, err := db.Exec(ctx, tx, `INSERT INTO people_barangay (id, psgc, name, name_key, population, active, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
		b.ID, nullText(b.PSGC), b.Name, Fold(b.Name), b.Population, b.Active, db.At(b.CreatedAt), db.At(b.UpdatedAt))
	return n == 1, err
}

// putBarangay adds or rewrites a barangay; false when another one has its code or name.
func putBarangay(ctx context.Context, tx *db.Tx, b Barangay) (bool, error) {
	if inserted, err := insertBarangay(ctx, tx, b); err != nil || inserted {
		return inserted, err
	}
	n, err := db.Exec(ctx, tx, `UPDATE people_barangay
		SET psgc = $2, name = $3, name_key = $4, population = $5, active = $6, updated_at = $7
		WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM people_barangay o WHERE o.id <> $8 AND (o.psgc = $9 OR o.name_key = $10))`,
		b.ID, nullText(b.PSGC), b.Name, Fold(b.Name), b.Population, b.Active, db.At(b.UpdatedAt), b.ID, b.PSGC, Fold(b.Name))
	return n == 1, err
}

func nullText(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func barangayByName(ctx context.Context, q db.Q, name string) (uuid.UUID, error) {
	var id uuid.UUID
	err := q.QueryRowContext(ctx, `SELECT id FROM people_barangay WHERE name_key = $1`, Fold(name)).Scan(&id)
	if db.IsNoRows(err) {
		return uuid.Nil, ErrBarangayNotFound
	}
	return id, err
}

// Narrow limits a list to the barangays that the scope reaches. column holds the
// barangay's id and is a constant of the caller's store.
func (s Scope) Narrow(w *db.Where, column string) {
	if !s.All {
		w.And("EXISTS (SELECT 1 FROM people_assignment s WHERE s.staff_id = ? AND s.barangay_id = "+column+")", s.Staff)
	}
}
