package auth

import "slices"

// Role is what a member of staff was hired to do.
type Role string

// The four roles of the reference.
const (
	SuperAdmin            Role = "super_admin"
	OperationsManager     Role = "operations_manager"
	ContentRewardsManager Role = "content_rewards_manager"
	SecurityAnalyst       Role = "security_analyst"
)

// Roles lists the roles in the order in which forms show them.
func Roles() []Role {
	return []Role{SuperAdmin, OperationsManager, ContentRewardsManager, SecurityAnalyst}
}

// grants is the permission matrix, the only place that says what a role may do. It is
// read at every request and never stored per person. Operations managers redeem
// without can_manage_rewards: the reference's scanner app needs it.
func grants(r Role) []Permission {
	switch r {
	case SuperAdmin:
		return []Permission{
			ManageResidents, ManageSettings, ManagePoints, ManageRewards, ManageSchedules,
			ManageSecurity, ManageLearning, ManageGames, ViewAll, ManageStaff, ManageBackups, UseStation, Redeem,
		}
	case OperationsManager:
		return []Permission{ManageResidents, ManagePoints, ManageSchedules, UseStation, Redeem}
	case ContentRewardsManager:
		return []Permission{ManageRewards, ManageLearning, ManageGames}
	case SecurityAnalyst:
		return []Permission{ManageSecurity, ViewAll}
	}
	return nil
}

// Valid says whether r is one of the roles.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// May says whether the role grants a permission.
func (r Role) May(p Permission) bool { return slices.Contains(grants(r), p) }

// Assigned says whether the role works only in the barangays assigned to the person.
func (r Role) Assigned() bool { return r == OperationsManager }
