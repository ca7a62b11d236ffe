package people

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"ekolek/internal/ledger"
)

// Member is a member of a family with what they have.
type Member struct {
	Resident Resident
	Points   ledger.Points
	Rank     int // within the family; 0 for a suspended member
}

// Summary is a family as one of its members sees it.
type Summary struct {
	Family  Family
	Total   ledger.Points // of the active members, never stored
	Rank    int           // of the resident who asked, among the active members
	Members []Member      // most points first
}

// FamilySummary sums up a resident's family. The rank is the reference's: one more
// than the number of active members, of any status, with strictly more points.
func (s *Service) FamilySummary(ctx context.Context, resident uuid.UUID) (Summary, error) {
	me, err := s.residentByID(ctx, s.db, resident)
	if err != nil {
		return Summary{}, err
	}
	family, members, err := s.FamilyByID(ctx, City, me.FamilyID)
	if err != nil {
		return Summary{}, fmt.Errorf("family of %s: %w", resident, err)
	}
	ids := make([]uuid.UUID, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	balances, err := ledger.Balances(ctx, s.db, ids)
	if err != nil {
		return Summary{}, err
	}
	out := Summary{Family: family}
	for _, m := range members {
		out.Members = append(out.Members, Member{Resident: m, Points: balances[m.ID].Posted})
	}
	slices.SortStableFunc(out.Members, func(a, b Member) int { return cmp.Compare(b.Points, a.Points) })
	for i := range out.Members {
		m := &out.Members[i]
		if m.Resident.Active {
			out.Total += m.Points
			m.Rank = rank(out.Members, m.Points)
		}
		if m.Resident.ID == resident {
			out.Rank = rank(out.Members, m.Points)
		}
	}
	return out, nil
}

func rank(members []Member, points ledger.Points) int {
	n := 1
	for _, m := range members {
		if m.Resident.Active && m.Points > points {
			n++
		}
	}
	return n
}
