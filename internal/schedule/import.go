package schedule

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// Imported is a line of a former system, as it stood there.
type Imported struct {
	ID         uuid.UUID
	Barangay   uuid.UUID
	Weekday    int // 1 Monday … 7 Sunday
	Start, End Minutes
	Wastes     []uuid.UUID
	Other      []string // names that match no waste type
	Notes      string
	Active     bool // must be false when End is not after Start
	ValidFrom  string
	ValidUntil string // empty: no end
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Import brings a line over as it is, with its id. Inserted is false when it is here
// already. Lines of a former system may overlap.
func Import(ctx context.Context, tx *db.Tx, l Imported) (inserted bool, err error) {
	there, err := lineThere(ctx, tx, l.ID)
	if err != nil || there {
		return false, err
	}
	if err := changed(ctx, tx, l.Barangay, l.UpdatedAt); err != nil {
		return false, err
	}
	line := Line{
		ID: l.ID, Series: l.ID, Barangay: l.Barangay, Weekday: ofISO(l.Weekday), Start: l.Start, End: l.End, Other: l.Other, Notes: l.Notes,
		Active: l.Active, ValidFrom: l.ValidFrom, ValidUntil: l.ValidUntil, CreatedAt: l.CreatedAt, UpdatedAt: l.UpdatedAt,
	}
	for _, id := range l.Wastes {
		line.Wastes = append(line.Wastes, Material{ID: id})
	}
	if err := putLine(ctx, tx, line); err != nil {
		return false, fmt.Errorf("import line %s: %w", l.ID, err)
	}
	return true, nil
}

// KnownLines tells which lines are here.
func KnownLines(ctx context.Context, q db.Q, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	known, err := db.Known(ctx, q, "schedule_line", ids)
	if err != nil {
		return nil, fmt.Errorf("look for lines: %w", err)
	}
	return known, nil
}
