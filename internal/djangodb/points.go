package djangodb

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
)

// bringPointsEntries brings the old points transactions over, to be shown in the
// statement. The balance is the old total, whatever they add up to.
func (im *importer) bringPointsEntries(ctx context.Context) error {
	return bring(ctx, im, table[ledger.PriorEntry]{tablePointsEntry, true, im.compareEntries, im.writeEntries},
		read(ctx, im, tablePointsEntry, decodeEntry, im.judgeEntry))
}

func decodeEntry(r Row) ledger.PriorEntry {
	points, _ := r.Points("points_amount")
	return ledger.PriorEntry{
		ID: r.UUID("id"), Account: r.UUID("user_id"), Kind: r.Text("transaction_type"), Points: ledger.Points(points),
		Description: r.Text("description"), Reference: r.NullUUID("reference_id"), Actor: r.NullUUID("processed_by_id"),
		At: r.Time("transaction_date"),
	}
}

// judgeEntry gives an entry its sign: the reference's web pages wrote redeemed points
// positive, its mobile API negative. Both mean that points went.
func (im *importer) judgeEntry(id string, e *ledger.PriorEntry) error {
	resident := im.residents[e.Account]
	if resident == nil {
		return fmt.Errorf("its resident %s was not brought over, or is not in the source", e.Account)
	}
	switch e.Kind {
	case "redeemed":
		if e.Points > 0 {
			e.Points = -e.Points
		}
	case "earned":
		if e.Points < 0 {
			im.find(FindNote, tablePointsEntry, id, "earned %s points; kept as it is", e.Points)
		}
	default:
		return fmt.Errorf("its type %q is neither earned nor redeemed", e.Kind)
	}
	resident.journal += int64(e.Points)
	return nil
}

func (im *importer) compareEntries(ctx context.Context, batch []ledger.PriorEntry) ([]verdict, error) {
	return known(batch, func(e ledger.PriorEntry) uuid.UUID { return e.ID },
		func(ids []uuid.UUID) (map[uuid.UUID]bool, error) { return ledger.KnownPrior(ctx, im.DB, ids) })
}

func (im *importer) writeEntries(ctx context.Context, tx *db.Tx, fresh []ledger.PriorEntry) error {
	for _, e := range fresh {
		if inserted, err := ledger.AddPrior(ctx, tx, e); err != nil || !inserted {
			return wrote(0, 1, err)
		}
	}
	return nil
}

// findTotals lists every resident whose old total is not the sum of their old
// transactions, and every family whose old total is not the sum of its active members'
// totals, which is how the reference defines it.
func (im *importer) findTotals() {
	for id, r := range im.residents {
		if r.total != r.journal {
			im.find(FindTotals, tableResident, id.String(), "%s: the total is %s, the transactions add up to %s (difference %s); the total counts",
				r.username, ledger.Points(r.total), ledger.Points(r.journal), ledger.Points(r.total-r.journal))
		}
	}
	for id, f := range im.families {
		if f.total != f.members {
			im.find(FindTotals, tableFamily, id.String(), "%s (%s): the family total is %s, its active members have %s (difference %s); here it is always the members' sum",
				f.name, f.code, ledger.Points(f.total), ledger.Points(f.members), ledger.Points(f.total-f.members))
		}
		if f.phone != "" && !f.phoneHad {
			im.find(FindNote, tableFamily, id.String(), "%s (%s): the phone number of the family's row is none of its members'; it is not kept", f.name, f.code)
		}
	}
}
