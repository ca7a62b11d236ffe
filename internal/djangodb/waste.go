package djangodb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
)

// typeFact is where an old waste type goes.
type typeFact struct {
	id    uuid.UUID // ours
	name  string
	rate  ledger.Rate // of the old database, today
	other int         // weigh-ins that were paid at another one
}

// wasteType is one of the old database.
type wasteType struct {
	id   uuid.UUID
	name string
	rate ledger.Rate
}

// bringWasteTypes brings waste types over with the rate that they have. The old
// database kept no history of rates, so the rate counts from the oldest weigh-in on.
func (im *importer) bringWasteTypes(ctx context.Context) error {
	old, err := readAll(ctx, im, tableWasteType, decodeType, im.judgeType)
	if err != nil {
		return err
	}
	slices.SortFunc(old, func(a, b wasteType) int {
		return cmp.Or(cmp.Compare(collection.NameKey(a.name), collection.NameKey(b.name)), cmp.Compare(a.id.String(), b.id.String()))
	})
	ours, err := im.waste.Types(ctx)
	if err != nil {
		return err
	}
	names, rates := newNaming(tableWasteType, collection.NameKey), map[uuid.UUID]ledger.Rate{}
	for _, t := range ours {
		names.add(t.ID, t.Name)
		rates[t.ID] = t.Rate
		im.wasteNames[collection.NameKey(t.Name)] = t.ID
	}
	var fresh []collection.TypeForm
	for i, t := range old {
		var d different
		d.when(rates[t.id] != t.rate, "points_per_kg")
		target, isNew, err := im.settle(ctx, names, t.id, t.name, d)
		if err != nil {
			return err
		}
		im.types[t.id] = &typeFact{id: target, name: t.name, rate: t.rate}
		im.wasteNames[collection.NameKey(t.name)] = target
		if isNew {
			form := guessType(t.name)
			form.ID, form.Position, form.Rate = t.id, i+1, t.rate
			im.find(FindNote, tableWasteType, t.id.String(), "%s comes over as %s waste (RA 9003), guessed by its name; please check", t.name, form.Class)
			fresh = append(fresh, form)
		}
	}
	return im.writeTypes(ctx, fresh)
}

func decodeType(r Row) wasteType {
	rate, _ := r.Points("points_per_kg")
	return wasteType{r.UUID("id"), strings.TrimSpace(r.Text("name")), ledger.Rate(rate)}
}

func (im *importer) judgeType(id string, t *wasteType) error {
	switch {
	case t.rate < 0:
		im.find(FindAltered, tableWasteType, id, "%s: the rate is %s; comes over as 0", t.name, t.rate)
		t.rate = 0
	case t.rate > collection.MaxRate:
		im.find(FindAltered, tableWasteType, id, "%s: the rate %s is above the bound; comes over as %s", t.name, t.rate, collection.MaxRate)
		t.rate = collection.MaxRate
	}
	return nil
}

func (im *importer) writeTypes(ctx context.Context, fresh []collection.TypeForm) error {
	if !im.apply || len(fresh) == 0 {
		return nil
	}
	since, err := im.firstWeighIn(ctx)
	if err != nil {
		return err
	}
	return im.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, form := range fresh {
			inserted, err := collection.ImportType(ctx, tx, collection.PriorType{ID: form.ID, Form: form, From: since, At: im.Now()})
			if err != nil || !inserted {
				return wrote(0, 1, err)
			}
		}
		return nil
	})
}

// firstWeighIn is the moment of the oldest weigh-in; now, when there is none.
func (im *importer) firstWeighIn(ctx context.Context) (time.Time, error) {
	first := im.Now()
	for row, err := range im.src.Rows(ctx, tableWeighIn) {
		if err != nil {
			return time.Time{}, err
		}
		if at := row.NullTime("created_at"); at != nil && at.Before(first) {
			first = *at
		}
	}
	return first, nil
}

// weighIn is a waste transaction of the old database.
type weighIn struct {
	collection.PriorWeighIn
	oldType  uuid.UUID
	oldPlace uuid.NullUUID
	oldStaff uuid.NullUUID
	day      string // as the old database wrote it
}

// bringWeighIns brings waste transactions over. They are shown and counted in reports,
// but pay nothing: what they paid is in the opening balance.
func (im *importer) bringWeighIns(ctx context.Context) error {
	t := table[weighIn]{tableWeighIn, true, im.compareWeighIns, im.writeWeighIns}
	err := bring(ctx, im, t, read(ctx, im, tableWeighIn, decodeWeighIn, im.judgeWeighIn))
	for id, f := range im.types {
		if f.other > 0 {
			im.find(FindNote, tableWasteType, id.String(), "%s: %d weigh-ins were paid at another rate than today's %s; each keeps what it was paid", f.name, f.other, f.rate)
		}
	}
	return err
}

func decodeWeighIn(r Row) weighIn {
	points, _ := r.Points("total_points")
	return weighIn{
		PriorWeighIn: collection.PriorWeighIn{
			ID: rowID(tableWeighIn, r.Text("id")), Key: "import:" + r.Text("id"), ResidentID: r.UUID("user_id"),
			Note: r.Text("notes"), At: r.Time("created_at"),
			Grams: ledger.Grams(r.Grams("waste_kg")), Points: ledger.Points(points),
		},
		oldType: r.UUID("waste_type_id"), oldPlace: r.NullUUID("barangay_id"), oldStaff: r.NullUUID("processed_by_id"),
		day: r.Text("transaction_date"),
	}
}

// heavy is what the Station takes on one line: more was rather a slip of the thumb.
const heavy ledger.Grams = 1_000_000

func (im *importer) judgeWeighIn(id string, w *weighIn) error {
	resident, kind := im.residents[w.ResidentID], im.types[w.oldType]
	switch {
	case resident == nil:
		return fmt.Errorf("its resident %s was not brought over, or is not in the source", w.ResidentID)
	case kind == nil:
		return fmt.Errorf("its waste type %s is not in the source", w.oldType)
	case w.Grams <= 0:
		return fmt.Errorf("it weighs %s kg", w.Grams.Kilos())
	case w.Points < 0 || w.Points > ledger.MaxPoints:
		return fmt.Errorf("it was paid %s points", w.Points)
	}
	w.FamilyID, w.TypeID = resident.family, kind.id
	w.BarangayID = im.place(tableWeighIn, id, w.oldPlace, resident)
	w.CollectorID, w.CollectorName = im.whoDid(tableWeighIn, id, w.oldStaff)
	w.Rate = paidAt(w.Grams, w.Points, kind.rate)
	if w.Rate != kind.rate {
		kind.other++
	}
	if w.Grams > heavy {
		im.find(FindNote, tableWeighIn, id, "%s kg is more than the Station's scale may tell", w.Grams.Kilos())
	}
	if w.day != "" && w.day != db.Day(w.At) {
		im.find(FindNote, tableWeighIn, id, "its date says %s, its time %s in Manila; it is kept under its time", w.day, db.Day(w.At))
	}
	return nil
}

// paidAt is the rate at which a weigh-in was paid: today's when it fits, else the one
// that follows from what was paid, to the nearest hundredth.
func paidAt(g ledger.Grams, p ledger.Points, today ledger.Rate) ledger.Rate {
	if paid, err := ledger.PointsFor(g, today); err == nil && paid == p {
		return today
	}
	return ledger.Rate((int64(p)*1000 + int64(g)/2) / int64(g)) // p is bounded by MaxPoints
}

// place is where something happened: the barangay of the row, else the family's.
func (im *importer) place(table, id string, old uuid.NullUUID, r *residentFact) uuid.UUID {
	if barangay, ok := im.barangays[old.UUID]; ok {
		return barangay
	}
	if old.Valid {
		im.find(FindAltered, table, id, "its barangay %s is not in the source; kept under the family's", old.UUID)
	}
	return im.families[r.family].barangay
}

// whoDid names the member of staff of a row; the id only of those who came over.
func (im *importer) whoDid(table, id string, old uuid.NullUUID) (uuid.NullUUID, string) {
	if !old.Valid {
		return old, ""
	}
	who, ok := im.staff[old.UUID]
	if !ok {
		im.find(FindAltered, table, id, "the member of staff %s is not in the source; kept without one", old.UUID)
	}
	return im.knownStaff(old), who.name
}

func (im *importer) compareWeighIns(ctx context.Context, batch []weighIn) ([]verdict, error) {
	return known(batch, func(w weighIn) uuid.UUID { return w.ID },
		func(ids []uuid.UUID) (map[uuid.UUID]bool, error) { return collection.KnownWeighIns(ctx, im.DB, ids) })
}

func (im *importer) writeWeighIns(ctx context.Context, tx *db.Tx, fresh []weighIn) error {
	rows := make([]collection.PriorWeighIn, len(fresh))
	for i, w := range fresh {
		rows[i] = w.PriorWeighIn
	}
	n, err := collection.ImportWeighIns(ctx, tx, rows)
	return wrote(n, len(rows), err)
}
