package djangodb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

// residentFact is what later tables and the totals need of a resident.
type residentFact struct {
	username string
	family   uuid.UUID
	total    int64 // hundredths: the old total_points, as it was
	journal  int64 // hundredths: sum of the old points transactions
}

// resident is one of the old database, with what belongs to them.
type resident struct {
	people.Resident
	password string
	total    int64 // hundredths
	exact    bool  // the old total had no more than two decimals
	opening  ledger.Points
	late     *lateFor

	referralPaid bool // the bonus for the code that they named
}

// bringResidents brings residents over, with password, card and opening balance.
//
// Two residents may have had one phone, e-mail address or username, spelt differently:
// the old database compared letter by letter. The older one keeps it. The younger ones
// keep the text on their record, but are not found by it; of usernames see lateFor.
// They come over last, so that the older one is there first in every run.
func (im *importer) bringResidents(ctx context.Context) error {
	late, err := im.findLate(ctx)
	if err != nil {
		return err
	}
	t := table[resident]{tableResident, false, im.compareResidents, im.writeResidents}
	var last []resident
	judge := func(id string, r *resident) error { return im.judgeResident(id, r, late[r.ID]) }
	prompt := func(yield func(resident, error) bool) {
		for r, err := range read(ctx, im, tableResident, im.decodeResident, judge) {
			if err == nil && late[r.ID] != nil {
				last = append(last, r)
				continue
			}
			if !yield(r, err) {
				return
			}
		}
	}
	if err := bring(ctx, im, t, prompt); err != nil {
		return err
	}
	slices.SortFunc(last, func(a, b resident) int { return older(a.CreatedAt, b.CreatedAt, a.ID, b.ID) })
	return bring(ctx, im, t, each(last))
}

// each gives the elements of a slice as rows without errors.
func each[T any](all []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range all {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func older(a, b time.Time, idA, idB uuid.UUID) int {
	if c := a.Compare(b); c != 0 {
		return c
	}
	return strings.Compare(idA.String(), idB.String())
}

func (im *importer) decodeResident(r Row) resident {
	total, exact := r.Points("total_points")
	email, _ := people.CanonicalEmail(r.Text("email"))
	if email == "" {
		email = strings.TrimSpace(r.Text("email"))
	}
	return resident{
		Resident: people.Resident{
			ID: r.UUID("id"), FamilyID: r.UUID("family_id"), Username: r.Text("username"),
			FirstName: r.Text("first_name"), LastName: r.Text("last_name"), FullName: r.Text("full_name"),
			Phone: canonicalOr(r.Text("phone")), Email: email,
			BirthDate: r.Text("date_of_birth"), Gender: r.Text("gender"), Representative: r.Bool("is_family_representative", false),
			ReferralCode: r.Text("referral_code"), ReferredByCode: r.Text("referred_by_code"),
			Status: people.Status(r.Text("status")), StatusReason: r.Text("rejection_reason"),
			DecidedBy: im.knownStaff(r.NullUUID("approved_by_id")), DecidedAt: r.NullTime("approval_date"),
			Active: r.Bool("is_active", true), LastLoginAt: r.NullTime("last_login"),
			CreatedAt: r.Time("created_at"), UpdatedAt: r.Time("updated_at"),
		},
		password: r.Text("password"), total: total, exact: exact, referralPaid: r.Bool("referral_bonus_awarded", false),
	}
}

// canonicalOr gives a phone number in its canonical form, or as it was typed.
func canonicalOr(typed string) string {
	if phone, ok := people.CanonicalPhone(typed); ok {
		return phone
	}
	return strings.TrimSpace(typed)
}

// judgeResident notes everything about a resident that a person should know.
func (im *importer) judgeResident(id string, r *resident, late *lateFor) error {
	f := im.families[r.FamilyID]
	switch {
	case f == nil:
		return fmt.Errorf("%s: the family %s was not brought over, or is not in the source; the old total of %s stays behind", r.Username, r.FamilyID, ledger.Points(r.total))
	case r.Username == "":
		return errors.New("no username")
	case im.residents[r.ID] != nil:
		return errors.New("its id stands twice in the source")
	}
	im.residents[r.ID] = &residentFact{username: r.Username, family: r.FamilyID, total: r.total}
	if r.Active {
		f.members += r.total
	}
	if r.Phone != "" && r.Phone == f.phone {
		f.phoneHad = true
	}
	note := func(kind FindingKind, format string, args ...any) {
		im.find(kind, tableResident, id, r.Username+": "+format, args...)
	}
	r.Status = im.status(tableResident, id, r.Status)
	r.clean(note)
	r.mark(late)
	r.open(note)
	r.late = late
	late.tell(note)
	return nil
}

// clean brings fields into what can be held here.
func (r *resident) clean(note func(FindingKind, string, ...any)) {
	if _, ok := people.CanonicalPhone(r.Phone); !ok && r.Phone != "" {
		note(FindNote, "the phone number is not a Philippine mobile number; kept as it was typed, no message can reach it")
	}
	if _, ok := people.CanonicalEmail(r.Email); !ok && r.Email != "" {
		note(FindNote, "the e-mail address is not one; kept as it was typed, no message can reach it")
	}
	if r.BirthDate != "" {
		if _, err := time.Parse(time.DateOnly, r.BirthDate); err != nil {
			note(FindAltered, "the birth date %q is not a day; left empty", r.BirthDate)
			r.BirthDate = ""
		}
	}
	switch r.Gender {
	case "", "male", "female", "other":
	default:
		note(FindAltered, "the gender %q is not one of the reference's; left empty", r.Gender)
		r.Gender = ""
	}
	if r.ReferralCode == "" {
		note(FindAltered, "no referral code; a new one is made")
	}
	if !usablePassword(r.password) {
		note(FindAltered, "the password is not of a kind that can be checked here; it must be set anew")
		r.password = ""
	}
	if strings.TrimSpace(r.FullName) == "" {
		r.FullName = strings.TrimSpace(r.FirstName + " " + r.LastName)
	}
}

// mark notes what the old system had seen proved. Nobody signed in there without a code
// sent to their phone. E-mail addresses were confirmed at the registration only, and the
// office could change them afterwards: they are confirmed here anew. The old system kept
// no moment of a paid referral; the row's last change stands for it.
func (r *resident) mark(late *lateFor) {
	if _, ok := people.CanonicalPhone(r.Phone); ok && (late == nil || late.phone == "") {
		r.PhoneVerifiedAt = r.LastLoginAt
	}
	if r.referralPaid {
		r.ReferralPaidAt = &r.UpdatedAt
	}
}

// usablePassword says whether auth can check a Django password. An unusable one, which
// Django marks with "!", and those of other hashers are not.
func usablePassword(hash string) bool { return strings.HasPrefix(hash, "pbkdf2_sha256$") }

// open works out the opening balance: the old total, which cannot be below nothing here.
func (r *resident) open(note func(FindingKind, string, ...any)) {
	if !r.exact {
		note(FindAltered, "the old total has more than two decimals; it was rounded half up to %s", ledger.Points(r.total))
	}
	switch {
	case r.total < 0:
		note(FindAltered, "the old total is %s; the balance here begins at 0", ledger.Points(r.total))
	case ledger.Points(r.total) > ledger.MaxPoints:
		note(FindAltered, "the old total of %s is more than an account can hold; the balance here begins at 0", ledger.Points(r.total))
	default:
		r.opening = ledger.Points(r.total)
	}
}

func (im *importer) compareResidents(ctx context.Context, batch []resident) ([]verdict, error) {
	ids := make([]uuid.UUID, len(batch))
	for i, r := range batch {
		ids[i] = r.ID
	}
	openings, err := ledger.Openings(ctx, im.DB, ids)
	if err != nil {
		return nil, err
	}
	verdicts := make([]verdict, len(batch))
	for i := range batch {
		r := &batch[i]
		here, err := im.people.ResidentByID(ctx, people.City, r.ID)
		switch {
		case errors.Is(err, people.ErrResidentNotFound):
			if err := im.beforeResident(ctx, r); err != nil {
				return nil, err
			}
		case err != nil:
			return nil, err
		default:
			verdicts[i] = verdict{here: true, row: r.ID.String(), differ: r.differs(here, openings[r.ID])}
		}
	}
	return verdicts, nil
}

// differs names what the source and this program say differently about a resident.
func (r *resident) differs(here people.Resident, opening ledger.Points) []string {
	var d different
	d.when(here.FamilyID != r.FamilyID, "family")
	d.when(!sameUsername(here.Username, r.Username), "username")
	d.when(here.FullName != r.FullName, "full_name")
	d.when(here.Phone != r.Phone, "phone")
	d.when(here.Email != r.Email, "email")
	d.when(here.Status != r.Status, "status")
	d.when(here.Active != r.Active, "is_active")
	d.when(opening != r.opening, fmt.Sprintf("total_points (the opening balance was %s, the source says %s now)", opening, r.opening))
	return d
}

// beforeResident counts a new resident's opening balance, and settles what somebody who
// registered here has already.
func (im *importer) beforeResident(ctx context.Context, r *resident) error {
	if r.opening > 0 {
		im.report.Residents++
		im.report.Opening += r.opening
	}
	late := lateFor{}
	if r.late != nil {
		late = *r.late
	}
	clash, err := im.people.Clashes(ctx, im.DB, r.Resident)
	if err != nil {
		return err
	}
	id, told := r.ID.String(), r.Username
	if clash.Phone && late.phone == "" {
		im.find(FindAltered, tableResident, id, "%s: somebody here already has the phone number; kept on record, but not for finding or signing in", told)
	}
	if clash.Email && late.email == "" {
		im.find(FindAltered, tableResident, id, "%s: somebody here already has the e-mail address; kept on record, but not for finding or signing in", told)
	}
	if !clash.Username || late.username != "" {
		return nil
	}
	r.Username, err = freeUsername(r.Username, func(name string) (bool, error) {
		probe := r.Resident
		probe.Username = name
		c, err := im.people.Clashes(ctx, im.DB, probe)
		return c.Username, err
	})
	im.find(FindAltered, tableResident, id, "%s: somebody here already has the username; this account becomes %s", told, r.Username)
	return err
}

// usernameMark stands between a username that somebody here had first and a number.
const usernameMark = "~"

// freeUsername adds the first number under which nobody is here: juan~2.
func freeUsername(username string, taken func(string) (bool, error)) (string, error) {
	for n := 2; ; n++ {
		name := username + usernameMark + strconv.Itoa(n)
		if there, err := taken(name); err != nil || !there {
			return name, err
		}
	}
}

// sameUsername says that here is what an old username became.
func sameUsername(here, old string) bool {
	return here == old || strings.HasPrefix(here, old+usernameMark)
}

func (im *importer) writeResidents(ctx context.Context, tx *db.Tx, fresh []resident) error {
	for _, r := range fresh {
		if err := im.writeResident(ctx, tx, r); err != nil {
			return fmt.Errorf("resident %s: %w", r.ID, err)
		}
	}
	return nil
}

// writeResident writes a resident with everything that belongs to them, so that who is
// here is here whole.
func (im *importer) writeResident(ctx context.Context, tx *db.Tx, r resident) error {
	done, err := im.people.ImportResident(ctx, tx, r.Resident)
	if err != nil || !done.Inserted {
		return wrote(0, 1, err)
	}
	if r.password != "" {
		if err := auth.ImportPassword(ctx, tx, r.ID, r.password, false, r.UpdatedAt); err != nil {
			return err
		}
	}
	if r.opening == 0 {
		return nil
	}
	_, err = ledger.Post(ctx, tx, ledger.Posting{
		Kind: ledger.KindImport, Source: r.ID, Account: r.ID, Points: r.opening,
		Actor: im.actor, Reason: im.actor.Name, At: im.Now(),
	})
	return err
}
