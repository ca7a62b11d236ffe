package collection

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
)

// NameKey is the form of a waste type's name in which it is unique.
func NameKey(name string) string { return fold(name) }

// PriorType is a waste type of a former system, with the rate that it had there.
type PriorType struct {
	ID   uuid.UUID
	Form TypeForm
	From time.Time // since when its rate applies
	At   time.Time // of the import
}

// ImportType brings a waste type over under its own id. It is false when a type of
// that id or name is here.
func ImportType(ctx context.Context, tx *db.Tx, t PriorType) (bool, error) {
	fresh, err := insertType(ctx, tx, t.ID, t.Form, t.At)
	if err == nil && fresh {
		_, err = insertRate(ctx, tx, t.ID, t.Form.Rate, t.From, uuid.Nil, t.At)
	}
	if err != nil {
		return false, fmt.Errorf("import waste type %s: %w", t.Form.Name, err)
	}
	return fresh, nil
}

// PriorWeighIn is a weigh-in that a former system booked and paid, with its one
// material. Nothing is posted for it: its points are part of the opening balance.
type PriorWeighIn struct {
	ID            uuid.UUID
	Key           string // unique for its collector: the former system's own id
	ResidentID    uuid.UUID
	FamilyID      uuid.UUID
	BarangayID    uuid.UUID
	CollectorID   uuid.NullUUID
	CollectorName string
	Note          string
	At            time.Time
	TypeID        uuid.UUID
	Grams         ledger.Grams  // > 0
	Rate          ledger.Rate   // what it was paid at
	Points        ledger.Points // >= 0
}

// ImportWeighIns brings weigh-ins over with a few statements, and tells how many of
// them were not here.
func ImportWeighIns(ctx context.Context, tx *db.Tx, batch []PriorWeighIn) (int, error) {
	imported := 0
	for part := range slices.Chunk(batch, importRows) {
		n, err := insertPriorWeighIns(ctx, tx, part)
		if err == nil {
			err = insertPriorLines(ctx, tx, part)
		}
		if err != nil {
			return 0, fmt.Errorf("import weigh-ins: %w", err)
		}
		imported += n
	}
	return imported, nil
}

// importRows bounds one statement: both engines take some ten thousand parameters.
const importRows = 200

// KnownWeighIns tells which weigh-ins are here.
func KnownWeighIns(ctx context.Context, q db.Q, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	known, err := db.Known(ctx, q, "collection_weigh_in", ids)
	if err != nil {
		return nil, fmt.Errorf("look for weigh-ins: %w", err)
	}
	return known, nil
}
