package mobile

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/ledger"
	"ekolek/internal/mobile/wire"
	"ekolek/internal/people"
	"ekolek/internal/web"
)

// summary is the family of whoever asks.
func (m *Mobile) summary(r *http.Request) (people.Resident, people.Summary, error) {
	who := web.PrincipalOf(r.Context()).Resident
	family, err := m.people.FamilySummary(r.Context(), who.ID)
	return who, family, err
}

// approved counts a family's approved members.
func approved(s people.Summary) int {
	n := 0
	for _, member := range s.Members {
		if member.Resident.Status == people.Approved {
			n++
		}
	}
	return n
}

type userPoints struct {
	Points         wire.Points `json:"total_points"`
	Username       string      `json:"username"`
	FullName       string      `json:"full_name"`
	Representative bool        `json:"is_family_representative"`
}

type familyPoints struct {
	Points  wire.Points `json:"total_family_points"`
	Name    string      `json:"family_name"`
	Code    string      `json:"family_code"`
	Rank    int         `json:"family_rank"`
	Members int         `json:"family_members_count"`
}

// GET /api/current_points/
func (m *Mobile) currentPoints(w http.ResponseWriter, r *http.Request) error {
	who, family, err := m.summary(r)
	if err != nil {
		return err
	}
	out := struct {
		answered
		At      wire.Time    `json:"timestamp"`
		User    userPoints   `json:"user_points"`
		Family  familyPoints `json:"family_points"`
		Warning string       `json:"warning,omitempty"`
	}{
		answered: answered{true, "Points data retrieved successfully"}, At: wire.Time(m.now()),
		User:   userPoints{wire.Points(pointsOf(who.ID, family)), who.Username, who.FullName, who.Representative},
		Family: familyPoints{wire.Points(family.Total), family.Family.Name, family.Family.Code, family.Rank, approved(family)},
	}
	if web.PrincipalOf(r.Context()).Barred {
		out.Warning = "Account access may be revoked"
	}
	return web.JSON(w, http.StatusOK, out)
}

type userData struct {
	ID             uuid.UUID     `json:"id"`
	Username       string        `json:"username"`
	Phone          string        `json:"phone"`
	FullName       string        `json:"full_name"`
	Points         wire.Points   `json:"total_points"`
	Gender         string        `json:"gender"`
	Representative bool          `json:"is_family_representative"`
	Status         people.Status `json:"status"`
	ReferralCode   string        `json:"referral_code"`
	BirthDate      *string       `json:"date_of_birth"`
	Joined         wire.Time     `json:"date_joined"`
	LastLogin      wire.Time     `json:"last_login"`
}

type familyData struct {
	Name     string        `json:"family_name"`
	Code     string        `json:"family_code"`
	Points   wire.Points   `json:"family_total_points"`
	Status   people.Status `json:"family_status"`
	Barangay string        `json:"barangay"`
	Members  int           `json:"family_members_count"`
	Rank     int           `json:"family_rank"`
}

type permissions struct {
	Earn           bool `json:"can_earn_points"`
	Redeem         bool `json:"can_redeem_rewards"`
	Representative bool `json:"is_family_representative"`
	Access         bool `json:"can_access_system"`
}

// GET /api/current_user_data/
func (m *Mobile) currentUser(w http.ResponseWriter, r *http.Request) error {
	who, s, err := m.summary(r)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		answered
		At          wire.Time   `json:"timestamp"`
		User        userData    `json:"user_info"`
		Family      familyData  `json:"family_info"`
		Permissions permissions `json:"permissions"`
	}{
		answered{true, "User data retrieved successfully"}, wire.Time(m.now()),
		userData{who.ID, who.Username, who.Phone, who.FullName, wire.Points(pointsOf(who.ID, s)), who.Gender, who.Representative, who.Status,
			who.ReferralCode, wire.OrNull(who.BirthDate), wire.Time(who.CreatedAt), wire.TimeOrNull(who.LastLoginAt)},
		familyData{s.Family.Name, s.Family.Code, wire.Points(s.Total), s.Family.Status, s.Family.BarangayName, approved(s), s.Rank},
		permissions{true, true, who.Representative, people.CanAccess(who)},
	})
}

type memberData struct {
	ID             uuid.UUID     `json:"id"`
	Username       string        `json:"username"`
	FullName       string        `json:"full_name"`
	FirstName      string        `json:"first_name"`
	LastName       string        `json:"last_name"`
	Points         wire.Points   `json:"total_points"`
	Status         people.Status `json:"status"`
	Representative bool          `json:"is_family_representative"`
	Joined         wire.Time     `json:"date_joined"`
	LastLogin      wire.Time     `json:"last_login"`
	Me             bool          `json:"is_current_user"`
}

type familySummary struct {
	Name     string        `json:"family_name"`
	Code     string        `json:"family_code"`
	Status   people.Status `json:"family_status"`
	Members  int           `json:"total_members"`
	Approved int           `json:"approved_members"`
	Points   wire.Points   `json:"total_family_points"`
	Barangay string        `json:"barangay"`
	Rank     int           `json:"family_rank"`
}

// GET /api/family_members/
func (m *Mobile) familyMembers(w http.ResponseWriter, r *http.Request) error {
	who, s, err := m.summary(r)
	if err != nil {
		return err
	}
	slices.SortStableFunc(s.Members, func(a, b people.Member) int {
		return cmp.Or(strings.Compare(a.Resident.FirstName, b.Resident.FirstName), strings.Compare(a.Resident.LastName, b.Resident.LastName))
	})
	members := make([]memberData, len(s.Members))
	for i, one := range s.Members {
		x := one.Resident
		members[i] = memberData{x.ID, x.Username, x.FullName, x.FirstName, x.LastName, wire.Points(one.Points), x.Status, x.Representative,
			wire.Time(x.CreatedAt), wire.TimeOrNull(x.LastLoginAt), x.ID == who.ID}
	}
	role := "member"
	if who.Representative {
		role = "representative"
	}
	return web.JSON(w, http.StatusOK, struct {
		answered
		Summary familySummary `json:"family_summary"`
		Members []memberData  `json:"family_members"`
		Role    string        `json:"current_user_role"`
		At      wire.Time     `json:"timestamp"`
	}{
		answered{true, "Family members data retrieved successfully"},
		familySummary{s.Family.Name, s.Family.Code, s.Family.Status, len(s.Members), approved(s), wire.Points(s.Total), s.Family.BarangayName, s.Rank},
		members, role, wire.Time(m.now()),
	})
}

// bare is how update_points says no.
type bare struct {
	Error string `json:"error"`
}

// POST /api/update_points/. The former system let an app set its resident's balance. Here
// the app hears the true one, and nothing changes.
func (m *Mobile) updatePoints(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(r)
	if err != nil {
		return err
	}
	text, ok := b.word("total_points")
	if ok && text == "" {
		return &refusal{status: http.StatusBadRequest, body: bare{"total_points is required"}}
	}
	if !ok || !signed.MatchString(text) {
		return &refusal{status: http.StatusBadRequest, body: bare{"total_points must be a number"}}
	}
	who, family, err := m.summary(r)
	if err != nil {
		return err
	}
	has := pointsOf(who.ID, family)
	if asked, err := ledger.ParsePoints(text); err != nil || asked != has {
		if err := m.people.NoteRefusedPoints(r.Context(), web.ActorOf(r), who.ID, text[:min(len(text), 40)], has.String()); err != nil {
			return err
		}
	}
	return web.JSON(w, http.StatusOK, struct {
		Success bool        `json:"success"`
		Points  wire.Points `json:"total_points"`
		Family  string      `json:"family_name"`
		Message string      `json:"message"`
	}{true, wire.Points(has), family.Family.Name, "Points updated successfully"})
}
