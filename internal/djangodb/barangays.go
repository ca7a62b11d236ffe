package djangodb

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
)

// barangay is one of the old database, and where it goes.
type barangay struct {
	people.Barangay
	target uuid.UUID
	here   bool // the target is a barangay that is here, under its own id
}

// bringBarangays maps every old barangay to ours: by the mapping of an earlier run, by
// its name as people.Fold sees it (the city's own come with their PSGC codes), and else
// as a new one under its old id. The mapping is kept: old phones send old ids.
func (im *importer) bringBarangays(ctx context.Context) error {
	old, err := readAll(ctx, im, tableBarangay, func(r Row) people.Barangay {
		return people.Barangay{ID: r.UUID("id"), Name: r.Text("name"), Active: true, CreatedAt: im.Now(), UpdatedAt: im.Now()}
	}, fine)
	if err != nil {
		return err
	}
	slices.SortFunc(old, func(a, b people.Barangay) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	aliases, err := people.BarangayAliases(ctx, im.DB)
	if err != nil {
		return err
	}
	ours, err := im.people.Barangays(ctx)
	if err != nil {
		return err
	}
	byName := map[string]uuid.UUID{}
	for _, b := range ours {
		byName[people.Fold(b.Name)] = b.ID
	}
	var fresh []barangay
	counts := im.counts(tableBarangay)
	for _, b := range old {
		target, mapped := aliases[b.ID]
		if mapped {
			counts.Present++
			im.barangays[b.ID] = target
			continue
		}
		counts.New++
		target, named := byName[people.Fold(b.Name)]
		if !named {
			target = b.ID
			byName[people.Fold(b.Name)] = b.ID
			im.find(FindNote, tableBarangay, b.ID.String(), "%s is not among the barangays here; it comes over as a new one", b.Name)
		}
		im.barangays[b.ID] = target
		fresh = append(fresh, barangay{b, target, named})
	}
	if !im.apply || len(fresh) == 0 {
		return nil
	}
	return im.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return im.writeBarangays(ctx, tx, fresh) })
}

func (im *importer) writeBarangays(ctx context.Context, tx *db.Tx, fresh []barangay) error {
	for _, b := range fresh {
		if !b.here {
			if _, inserted, err := im.people.ImportBarangay(ctx, tx, b.Barangay); err != nil || !inserted {
				return wrote(0, 1, err)
			}
		}
		if err := people.AddBarangayAlias(ctx, tx, b.ID, b.target); err != nil {
			return err
		}
	}
	return nil
}
