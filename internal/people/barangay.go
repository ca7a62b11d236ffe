package people

import (
	"context"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// psgcCSV are the barangays of San Pedro City, Laguna, from the Philippine Standard
// Geographic Code of the PSA, with the census of 2020.
//
//go:embed data/psgc_san_pedro.csv
var psgcCSV string

// CityPSGC is San Pedro's code without its leading zero and the barangays' digits:
// the issuer of its cards.
const CityPSGC uint32 = 403425

// Barangays lists the city's barangays by name, the inactive ones too.
func (s *Service) Barangays(ctx context.Context) ([]Barangay, error) {
	return listBarangays(ctx, s.db)
}

// BarangaysOf lists the barangays within reach, by name.
func (s *Service) BarangaysOf(ctx context.Context, scope Scope) ([]Barangay, error) {
	if scope.All {
		return s.Barangays(ctx)
	}
	return AssignedTo(ctx, s.db, scope.Staff)
}

// BarangayEdit is a barangay as the office writes it. A zero ID adds one.
type BarangayEdit struct {
	ID         uuid.UUID
	PSGC       string // ten digits, or empty
	Name       string
	Population int
	Active     bool // an inactive one is no longer offered; its families stay
}

// SaveBarangay adds, corrects, closes or opens a barangay. Barangays are never deleted.
func (s *Service) SaveBarangay(ctx context.Context, actor audit.Actor, in BarangayEdit) (Barangay, error) {
	var f errs.Fields
	b := Barangay{
		ID: in.ID, PSGC: strings.TrimSpace(in.PSGC), Population: in.Population, Active: in.Active,
		Name: cleanText(&f, "name", in.Name, true, maxName), UpdatedAt: s.now(),
	}
	if b.PSGC != "" && !isPSGC(b.PSGC) {
		f.Add("psgc", "error.people.psgc_invalid")
	}
	if b.Population < 0 || b.Population > 10_000_000 {
		f.Add("population", "error.people.population_invalid")
	}
	if err := f.Err(); err != nil {
		return Barangay{}, err
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return s.saveBarangay(ctx, tx, actor, &b) })
	return b, err
}

func (s *Service) saveBarangay(ctx context.Context, tx *db.Tx, actor audit.Actor, b *Barangay) error {
	action := "barangay.edit"
	if b.ID == uuid.Nil {
		action = "barangay.add"
		b.ID = db.NewID()
		b.CreatedAt = b.UpdatedAt
	} else if old, err := barangayByID(ctx, tx, b.ID); err != nil {
		return err
	} else {
		b.CreatedAt = old.CreatedAt
	}
	saved, err := putBarangay(ctx, tx, *b)
	if err != nil {
		return fmt.Errorf("save barangay %s: %w", b.Name, err)
	}
	if !saved {
		return errs.NewField("name", "error.people.barangay_taken")
	}
	return audit.Record(ctx, tx, actor, b.UpdatedAt, audit.Event{
		Action: action, TargetKind: "barangay", TargetID: b.ID, TargetName: b.Name,
		Details: map[string]any{"psgc": b.PSGC, "population": b.Population, "active": b.Active},
	})
}

func isPSGC(s string) bool {
	return len(s) == 10 && strings.Trim(s, "0123456789") == ""
}

// LoadPSGC adds the barangays of San Pedro that are not there yet and tells how many.
// One that has been renamed, closed or given a code by the office stays as it is.
func (s *Service) LoadPSGC(ctx context.Context) (added int, err error) {
	rows, err := parsePSGC()
	if err != nil {
		return 0, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		added = 0
		for _, b := range rows {
			b.ID, b.Active, b.CreatedAt, b.UpdatedAt = db.NewID(), true, s.now(), s.now()
			inserted, err := insertBarangay(ctx, tx, b)
			if err != nil {
				return fmt.Errorf("load barangay %s: %w", b.Name, err)
			}
			if inserted {
				added++
			}
		}
		return nil
	})
	return added, err
}

// parsePSGC reads the embedded file: psgc10, psgc9_old, name, population_2020, urban_rural.
func parsePSGC() ([]Barangay, error) {
	records, err := csv.NewReader(strings.NewReader(psgcCSV)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read PSGC file: %w", err)
	}
	var out []Barangay
	for _, r := range records[1:] {
		population, err := strconv.Atoi(r[3])
		if err != nil {
			return nil, fmt.Errorf("read PSGC file: population of %s: %w", r[2], err)
		}
		out = append(out, Barangay{PSGC: r[0], Name: r[2], Population: population})
	}
	return out, nil
}

// Assign sets which barangays a member of staff works in: these and no others.
func Assign(ctx context.Context, tx *db.Tx, staff uuid.UUID, barangays []uuid.UUID) error {
	if err := assign(ctx, tx, staff, barangays); err != nil {
		return fmt.Errorf("assign barangays to %s: %w", staff, err)
	}
	return nil
}

// AssignedTo lists the barangays that a member of staff works in, by name.
func AssignedTo(ctx context.Context, q db.Q, staff uuid.UUID) ([]Barangay, error) {
	return listAssigned(ctx, q, staff)
}

// Assignments are the names of the barangays of everybody who is assigned to any, in
// order. A city has hundreds of staff at most: the list ends at 20,000 assignments.
func (s *Service) Assignments(ctx context.Context) (map[uuid.UUID][]string, error) {
	list, err := listAssignments(ctx, s.db)
	if err != nil {
		return nil, fmt.Errorf("list assignments: %w", err)
	}
	names := map[uuid.UUID][]string{}
	for _, a := range list {
		names[a.staff] = append(names[a.staff], a.barangay)
	}
	return names, nil
}
