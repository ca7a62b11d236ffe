package djangodb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// Deps is where the rows go.
type Deps struct {
	DB     *db.DB
	Vault  *db.Vault
	Notify *notify.Service
	Now    func() time.Time
}

// Options say how to import.
type Options struct {
	Apply bool // false: look and tell only
	Batch int  // rows of one transaction; 0: batchRows, or bulkRows
}

// ErrNotReference says that a source is not a database of the reference system.
var ErrNotReference = errors.New("this is not the database of the Django E-KOLEK")

// Import compares the source with what is here, and with Apply brings over what is
// missing, in transactions of some hundred rows each. A row that is here already stays
// as it is, and what belongs to a row comes with it: a resident's password, card and
// opening balance, a manager's barangays. So a second run changes nothing, and a run
// that was broken off is finished by the next.
//
// Findings are not errors. An error means that the source could not be read or the
// database not be written; what was brought over until then stays.
func Import(ctx context.Context, deps Deps, src Source, opt Options) (Report, error) {
	im := newImporter(deps, src, opt)
	if err := im.checkSource(); err != nil {
		return im.report, err
	}
	steps := []func(context.Context) error{
		im.bringBarangays, im.bringStaff, im.bringFamilies, im.bringResidents,
		im.bringWasteTypes, im.bringWeighIns,
		im.bringCategories, im.bringRewards, im.bringStockHistory, im.bringRedemptions,
		im.bringPointsEntries,
		im.bringTerms, im.bringConsents, im.bringLogins,
		im.bringDevices, im.bringAttempts, im.bringTokens,
		im.bringSchedules, im.bringNotices, im.bringStaffNotices,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return im.report, fmt.Errorf("import: %w", err)
		}
	}
	im.findTotals()
	im.findLeftOut()
	im.report.sort()
	err := im.recordRun(ctx)
	im.report.Finished = err == nil
	return im.report, err
}

// importer is one run. What it keeps in memory is bounded by the number of people,
// types and rewards, never by that of transactions.
type importer struct {
	Deps
	src    Source
	apply  bool
	batch  int
	report Report
	actor  audit.Actor
	people *people.Service
	auth   *auth.Service
	waste  *collection.Service

	barangays  map[uuid.UUID]uuid.UUID // ours, by theirs
	staff      map[uuid.UUID]staffFact
	families   map[uuid.UUID]*familyFact
	residents  map[uuid.UUID]*residentFact
	types      map[uuid.UUID]*typeFact
	categories map[uuid.UUID]uuid.UUID // ours, by theirs
	rewards    map[uuid.UUID]*rewardFact
	terms      map[uuid.UUID]termsFact
	devices    map[uuid.UUID]bool // that are here, or come over
	leftOut    map[remark]int
	wasteNames map[string]uuid.UUID // ours, by the folded names that they have here and had there
}

func newImporter(deps Deps, src Source, opt Options) *importer {
	p := people.New(deps.DB, deps.Vault, deps.Notify, deps.Now)
	im := &importer{
		Deps: deps, src: src, apply: opt.Apply, batch: opt.Batch,
		report:     Report{Source: src.Name(), Applied: opt.Apply, Findings: src.Remarks()},
		actor:      audit.Command("import django"),
		people:     p,
		auth:       auth.New(deps.DB, deps.Vault, deps.Notify, p, auth.Config{}, deps.Now),
		waste:      collection.New(deps.DB, deps.Notify, deps.Now),
		barangays:  map[uuid.UUID]uuid.UUID{},
		staff:      map[uuid.UUID]staffFact{},
		families:   map[uuid.UUID]*familyFact{},
		residents:  map[uuid.UUID]*residentFact{},
		types:      map[uuid.UUID]*typeFact{},
		categories: map[uuid.UUID]uuid.UUID{},
		rewards:    map[uuid.UUID]*rewardFact{},
		terms:      map[uuid.UUID]termsFact{},
		devices:    map[uuid.UUID]bool{},
		leftOut:    map[remark]int{},
		wasteNames: map[string]uuid.UUID{},
	}
	for _, table := range []string{
		tableBarangay, tableStaff, tableAssignment, tableFamily, tableResident, tableWasteType, tableWeighIn,
		tableCategory, tableReward, tableStockMove, tableRedemption, tablePointsEntry, tableTerms, tableConsent, tableLogin,
		tableDevice, tableAttempt, tableToken, tableEndedToken,
		tableSchedule, tableNotice, tableStaffNotice,
	} {
		im.report.Tables = append(im.report.Tables, Counts{Table: table})
	}
	return im
}

// checkSource refuses what is not the reference's database, and notes tables that an
// old version of it lacks.
func (im *importer) checkSource() error {
	for _, table := range requiredTables {
		if _, ok := im.src.Columns(table); !ok {
			return fmt.Errorf("%s: %w: it has no table %s", im.src.Name(), ErrNotReference, table)
		}
	}
	for _, table := range optionalTables {
		if _, ok := im.src.Columns(table); !ok {
			im.find(FindSource, table, "", "the source has no such table; nothing of it is brought over")
		}
	}
	return nil
}

// counts gives the line of a table in the report.
func (im *importer) counts(table string) *Counts {
	for i := range im.report.Tables {
		if im.report.Tables[i].Table == table {
			return &im.report.Tables[i]
		}
	}
	panic("djangodb: no counts for " + table)
}

func (im *importer) find(kind FindingKind, table, row, format string, args ...any) {
	im.report.Findings = append(im.report.Findings, Finding{Kind: kind, Table: table, Row: row, Text: fmt.Sprintf(format, args...)})
}

// read gives the rows of a table that can be brought over. decode makes a value of a
// row; judge says why a value must stay behind, and may note findings and facts. Both
// errors end the row, not the import.
func read[T any](ctx context.Context, im *importer, table string, decode func(Row) T, judge func(id string, v *T) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		counts := im.counts(table)
		for row, err := range im.src.Rows(ctx, table) {
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			counts.Read++
			v, id := decode(row), row.Text("id")
			err := row.Err()
			if err == nil {
				err = judge(id, &v)
			}
			if err != nil {
				counts.Skipped++
				im.skip(table, id, err)
				continue
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

// readAll is read for the small tables.
func readAll[T any](ctx context.Context, im *importer, table string, decode func(Row) T, judge func(id string, v *T) error) ([]T, error) {
	return gather(read(ctx, im, table, decode, judge))
}

func gather[T any](rows iter.Seq2[T, error]) ([]T, error) {
	var out []T
	for v, err := range rows {
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// fine is the judge of rows that are all brought over.
func fine[T any](string, *T) error { return nil }

// Rows of one transaction: on SQLite every other writer waits behind it. Transactions of
// the old database take one short statement for many rows, people a dozen for each.
const (
	batchRows = 200
	bulkRows  = 2000
)

// size is how many rows of a table go into one transaction.
func (im *importer) size(bulk bool) int {
	switch {
	case im.batch > 0:
		return im.batch
	case bulk:
		return bulkRows
	}
	return batchRows
}

// chunks groups rows into batches of a size.
func chunks[T any](rows iter.Seq2[T, error], size int) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		var batch []T
		for v, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			if batch = append(batch, v); len(batch) == size {
				if !yield(batch, nil) {
					return
				}
				batch = nil
			}
		}
		if len(batch) > 0 {
			yield(batch, nil)
		}
	}
}

// verdict is what a comparison with our database found about a row.
type verdict struct {
	here   bool
	row    string
	differ []string // in what it differs from what is here
}

// table is how rows of one table come over.
type table[T any] struct {
	name    string
	bulk    bool // short rows, and many of them
	compare func(ctx context.Context, batch []T) ([]verdict, error)
	write   func(ctx context.Context, tx *db.Tx, fresh []T) error
}

// bring compares batch by batch, and with apply writes what is new, each batch in a
// transaction of its own.
func bring[T any](ctx context.Context, im *importer, t table[T], rows iter.Seq2[T, error]) error {
	for batch, err := range chunks(rows, im.size(t.bulk)) {
		if err != nil {
			return err
		}
		fresh, err := im.compared(ctx, t.name, len(batch), func() ([]verdict, error) { return t.compare(ctx, batch) })
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		news := pick(batch, fresh)
		if !im.apply || len(news) == 0 {
			continue
		}
		err = im.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return t.write(ctx, tx, news) })
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}

// compared counts verdicts, and tells which rows are new.
func (im *importer) compared(ctx context.Context, name string, rows int, compare func() ([]verdict, error)) ([]bool, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	verdicts, err := compare()
	if err != nil {
		return nil, err
	}
	counts, fresh := im.counts(name), make([]bool, rows)
	for i, v := range verdicts {
		switch {
		case !v.here:
			counts.New++
			fresh[i] = true
		case len(v.differ) > 0:
			counts.Differs++
			im.find(FindDiffers, name, v.row, "differs in %s", strings.Join(v.differ, ", "))
		default:
			counts.Present++
		}
	}
	return fresh, nil
}

func pick[T any](batch []T, which []bool) []T {
	var out []T
	for i, v := range batch {
		if which[i] {
			out = append(out, v)
		}
	}
	return out
}

// known makes verdicts of rows that never change once they are here.
func known[T any](batch []T, id func(T) uuid.UUID, here func([]uuid.UUID) (map[uuid.UUID]bool, error)) ([]verdict, error) {
	ids := make([]uuid.UUID, len(batch))
	for i, v := range batch {
		ids[i] = id(v)
	}
	found, err := here(ids)
	if err != nil {
		return nil, err
	}
	verdicts := make([]verdict, len(batch))
	for i := range batch {
		verdicts[i].here = found[ids[i]]
	}
	return verdicts, nil
}

// errMeanwhile is given when somebody else wrote what was about to be written.
var errMeanwhile = errors.New("the same rows were written by somebody else meanwhile; run the import again")

// wrote checks that a batch went in whole.
func wrote(n, want int, err error) error {
	if err == nil && n != want {
		return errMeanwhile
	}
	return err
}

// different collects the names of the fields that are not the same.
type different []string

func (d *different) when(differs bool, field string) {
	if differs {
		*d = append(*d, field)
	}
}

// keySpace is the name space of the ids made for rows that had only a number.
var keySpace = uuid.MustParse("6e0f4d52-7c0b-5c0e-9b0a-0e0c01ec0000")

// rowID gives the id under which a row is kept here: its own when it has a UUID, else
// one that its table and number always make again.
func rowID(table, key string) uuid.UUID {
	if id, err := uuid.Parse(key); err == nil {
		return id
	}
	return uuid.NewSHA1(keySpace, []byte(table+":"+key))
}

// recordRun puts a run that wrote something into the audit trail.
func (im *importer) recordRun(ctx context.Context) error {
	if !im.apply || !im.report.Changed() {
		return nil
	}
	counts := map[string]any{}
	for _, c := range im.report.Tables {
		counts[c.Table] = c.New
	}
	err := im.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return audit.Record(ctx, tx, im.actor, im.Now(), audit.Event{
			Action: "import.django", TargetName: im.report.Source,
			Details: map[string]any{"new": counts, "findings": len(im.report.Findings), "opening_points": im.report.Opening.String()},
		})
	})
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return nil
}
