package mobile

import (
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/mobile/wire"
	"ekolek/internal/web"
)

// profilePermissions are the flags of the profile; the sign-in tells four others.
type profilePermissions struct {
	Residents bool `json:"can_manage_users"`
	Points    bool `json:"can_manage_points"`
	Rewards   bool `json:"can_manage_rewards"`
	Schedules bool `json:"can_manage_schedules"`
}

type place struct {
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
}

type profile struct {
	ID          uuid.UUID          `json:"id"`
	Username    string             `json:"username"`
	FullName    string             `json:"full_name"`
	Role        auth.Role          `json:"role"`
	RoleDisplay string             `json:"role_display"`
	Permissions profilePermissions `json:"permissions"`
	Barangays   []place            `json:"assigned_barangays" null:"yes"` // null: all of them
	LastLogin   wire.Time          `json:"last_login"`
}

// GET /mobile/api/admin/profile/
func (m *Mobile) profile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := web.PrincipalOf(ctx)
	st, err := m.auth.StaffByID(ctx, who.ID)
	if err != nil {
		return err
	}
	p := profile{
		ID: st.ID, Username: st.Username, FullName: st.FullName, Role: st.Role, RoleDisplay: roleName(st.Role), LastLogin: wire.TimeOrNull(st.LastLoginAt),
		Permissions: profilePermissions{st.Role.May(auth.ManageResidents), st.Role.May(auth.ManagePoints), st.Role.May(auth.ManageRewards), st.Role.May(auth.ManageSchedules)},
	}
	if !who.Scope.All {
		assigned, err := m.people.BarangaysOf(ctx, who.Scope)
		if err != nil {
			return err
		}
		p.Barangays = make([]place, len(assigned))
		for i, b := range assigned {
			p.Barangays[i] = place{b.ID, b.Name}
		}
	}
	return web.JSON(w, http.StatusOK, struct {
		Success bool    `json:"success"`
		Admin   profile `json:"admin"`
	}{true, p})
}

// roleName is a role as the app shows it, in English as everything there.
func roleName(r auth.Role) string {
	switch r {
	case auth.SuperAdmin:
		return "Super Administrator"
	case auth.OperationsManager:
		return "Operations Manager"
	default: // the app is not for the others
		return string(r)
	}
}
