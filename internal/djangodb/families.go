package djangodb

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
)

// familyFact is what later tables and the totals need of a family.
type familyFact struct {
	name     string
	code     string
	barangay uuid.UUID // ours
	phone    string    // of its representative, as the family's row has it
	phoneHad bool      // one of its members has that number
	total    int64     // hundredths, as the old database stored it
	members  int64     // hundredths, of its active members together
}

// family is one of the old database.
type family struct {
	people.Family
	phone string
	total int64
}

func (im *importer) bringFamilies(ctx context.Context) error {
	return bring(ctx, im, table[family]{tableFamily, false, im.compareFamilies, im.writeFamilies},
		im.withFreeCode(ctx, read(ctx, im, tableFamily, im.decodeFamily, im.judgeFamily)))
}

func (im *importer) decodeFamily(r Row) family {
	total, _ := r.Points("total_family_points")
	return family{
		Family: people.Family{
			ID: r.UUID("id"), Code: r.Text("family_code"), Name: r.Text("family_name"), BarangayID: r.UUID("barangay_id"),
			Address: r.Text("address"), City: r.Text("city"),
			Status: people.Status(r.Text("status")), StatusReason: r.Text("rejection_reason"),
			DecidedBy: im.knownStaff(r.NullUUID("approved_by_id")), DecidedAt: r.NullTime("approval_date"),
			CreatedAt: r.Time("created_at"), UpdatedAt: r.Time("updated_at"),
		},
		phone: r.Text("representative_phone"), total: total,
	}
}

func (im *importer) judgeFamily(id string, f *family) error {
	barangay, ok := im.barangays[f.BarangayID]
	switch {
	case !ok:
		return fmt.Errorf("family %s: its barangay %s is not in the source", f.Code, f.BarangayID)
	case f.Code == "":
		return errors.New("it has no family code")
	case im.families[f.ID] != nil:
		return errors.New("its id stands twice in the source")
	}
	f.BarangayID = barangay
	f.Status = im.status(tableFamily, id, f.Status)
	im.families[f.ID] = &familyFact{name: f.Name, code: f.Code, barangay: barangay, phone: canonicalOr(f.phone), total: f.total}
	return nil
}

// status makes one of ours of a status; one that the reference does not know is pending,
// which opens no door.
func (im *importer) status(table, id string, s people.Status) people.Status {
	switch s {
	case people.Pending, people.Approved, people.Rejected:
		return s
	}
	im.find(FindAltered, table, id, "its status %q is not known; it comes over as pending", string(s))
	return people.Pending
}

func (im *importer) compareFamilies(ctx context.Context, batch []family) ([]verdict, error) {
	verdicts := make([]verdict, len(batch))
	for i, f := range batch {
		here, err := im.people.KnownFamily(ctx, im.DB, f.ID)
		if errors.Is(err, people.ErrFamilyNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var d different
		d.when(here.Code != f.Code, "family_code")
		d.when(here.Name != f.Name, "family_name")
		d.when(here.BarangayID != f.BarangayID, "barangay")
		d.when(here.Address != f.Address, "address")
		d.when(here.Status != f.Status, "status")
		verdicts[i] = verdict{here: true, row: f.ID.String(), differ: d}
	}
	return verdicts, nil
}

func (im *importer) writeFamilies(ctx context.Context, tx *db.Tx, fresh []family) error {
	for _, f := range fresh {
		inserted, err := im.people.ImportFamily(ctx, tx, f.Family)
		if err != nil || !inserted {
			return wrote(0, 1, err)
		}
	}
	return nil
}

// withFreeCode leaves out families whose code another family here has: a code on a card
// must lead to one door.
func (im *importer) withFreeCode(ctx context.Context, rows iter.Seq2[family, error]) iter.Seq2[family, error] {
	return func(yield func(family, error) bool) {
		for f, err := range rows {
			taken := false
			if err == nil {
				taken, err = im.people.FamilyCodeTaken(ctx, im.DB, f.Code, f.ID)
			}
			if err == nil && taken {
				im.counts(tableFamily).Skipped++
				im.find(FindSkipped, tableFamily, f.ID.String(), "another family here has its code %s", f.Code)
				delete(im.families, f.ID)
				continue
			}
			if !yield(f, err) {
				return
			}
		}
	}
}
