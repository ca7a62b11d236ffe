package people

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// ResidentFilter chooses residents. The zero value chooses all, newest first; those who
// wait for a decision come in the order they registered.
type ResidentFilter struct {
	Search   string // part of a name, username or family code, or a whole phone number
	Status   Status // Pending, Approved (and active), Rejected, Suspended; empty: all
	Barangay uuid.UUID
	Cursor   string
	Limit    int // 0: 50; at most 200
}

// FamilyFilter chooses families, newest first.
type FamilyFilter struct {
	Search   string // part of the family's name or code
	Status   Status
	Barangay uuid.UUID
	Cursor   string
	Limit    int
}

// Counts are the figures on a list's status tabs.
type Counts struct{ All, Pending, Approved, Rejected, Suspended int }

// Residents lists residents within reach.
func (s *Service) Residents(ctx context.Context, scope Scope, f ResidentFilter) (db.Page[Resident], error) {
	at, err := db.ParseCursor(f.Cursor)
	if err != nil {
		return db.Page[Resident]{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := s.listResidents(ctx, s.db, scope, f, at, limit+1)
	if err != nil {
		return db.Page[Resident]{}, fmt.Errorf("list residents: %w", err)
	}
	return db.PageOf(rows, limit, func(r Resident) db.Cursor { return db.Cursor{At: r.CreatedAt, ID: r.ID} }), nil
}

// ResidentCounts counts what Residents would list under each status; the filter's own
// status, cursor and limit do not matter.
func (s *Service) ResidentCounts(ctx context.Context, scope Scope, f ResidentFilter) (Counts, error) {
	c, err := s.countResidents(ctx, s.db, scope, f)
	if err != nil {
		return Counts{}, fmt.Errorf("count residents: %w", err)
	}
	return c, nil
}

// CountPending is how many residents within reach wait for a decision.
func (s *Service) CountPending(ctx context.Context, scope Scope) (int, error) {
	c, err := s.ResidentCounts(ctx, scope, ResidentFilter{})
	return c.Pending, err
}

// ResidentByID finds a resident within reach: ErrResidentNotFound, ErrOutside.
func (s *Service) ResidentByID(ctx context.Context, scope Scope, id uuid.UUID) (Resident, error) {
	return s.residentInReach(ctx, s.db, scope, id)
}

// Families lists families within reach, with how many members each has.
func (s *Service) Families(ctx context.Context, scope Scope, f FamilyFilter) (db.Page[Family], error) {
	at, err := db.ParseCursor(f.Cursor)
	if err != nil {
		return db.Page[Family]{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := s.listFamilies(ctx, s.db, scope, f, at, limit+1)
	if err != nil {
		return db.Page[Family]{}, fmt.Errorf("list families: %w", err)
	}
	return db.PageOf(rows, limit, func(f Family) db.Cursor { return db.Cursor{At: f.CreatedAt, ID: f.ID} }), nil
}

// FamilyCounts counts what Families would list under each status.
func (s *Service) FamilyCounts(ctx context.Context, scope Scope, f FamilyFilter) (Counts, error) {
	c, err := s.countFamilies(ctx, s.db, scope, f)
	if err != nil {
		return Counts{}, fmt.Errorf("count families: %w", err)
	}
	return c, nil
}

// FamilyByID finds a family within reach with its members, the representative first.
func (s *Service) FamilyByID(ctx context.Context, scope Scope, id uuid.UUID) (Family, []Resident, error) {
	family, err := s.familyInReach(ctx, s.db, scope, id)
	if err != nil {
		return Family{}, nil, err
	}
	members, err := s.members(ctx, s.db, id)
	return family, members, err
}

// Find looks for residents within reach by part of a name or of a family code, for
// the Station. At most limit, by name.
func (s *Service) Find(ctx context.Context, scope Scope, query string, limit int) ([]Resident, error) {
	if Fold(query) == "" {
		return nil, nil
	}
	rows, err := s.findResidents(ctx, s.db, scope, query, db.Limit(limit))
	if err != nil {
		return nil, fmt.Errorf("find residents: %w", err)
	}
	return rows, nil
}

// residentInReach finds a resident and says so when they live outside of the scope.
func (s *Service) residentInReach(ctx context.Context, q db.Q, scope Scope, id uuid.UUID) (Resident, error) {
	r, err := s.residentByID(ctx, q, id)
	if err != nil {
		return Resident{}, err
	}
	return r, inReach(ctx, q, scope, r.BarangayID)
}

func (s *Service) familyInReach(ctx context.Context, q db.Q, scope Scope, id uuid.UUID) (Family, error) {
	f, err := s.familyByID(ctx, q, id)
	if err != nil {
		return Family{}, err
	}
	return f, inReach(ctx, q, scope, f.BarangayID)
}

// Reaches is nil when a barangay lies within the scope, else ErrOutside.
func (s *Service) Reaches(ctx context.Context, scope Scope, barangay uuid.UUID) error {
	return inReach(ctx, s.db, scope, barangay)
}

// inReach is ErrOutside when the scope does not hold the barangay.
func inReach(ctx context.Context, q db.Q, scope Scope, barangay uuid.UUID) error {
	if scope.All {
		return nil
	}
	ok, err := isAssigned(ctx, q, scope.Staff, barangay)
	if err == nil && !ok {
		err = ErrOutside
	}
	return err
}
