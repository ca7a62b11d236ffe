// Package auth answers who is asking and what they may do: passwords, failed
// sign-ins, sessions, staff and their roles. Residents themselves are kept by people.
package auth

// Permission is what a route needs. Every route names exactly one.
type Permission string

// Permissions that depend on the sign-in alone.
const (
	Anyone            Permission = "anyone"              // nobody needs to be signed in
	Resident          Permission = "resident"            // a signed-in resident who may access
	AnyStaff          Permission = "any_staff"           // staff of any role, with no password change due
	ChangeOwnPassword Permission = "change_own_password" // staff, even when a password change is due
)

// Permissions of roles: the reference's nine flags, and three that its code implied.
const (
	ManageResidents Permission = "can_manage_users" // and families
	ManageSettings  Permission = "can_manage_controls"
	ManagePoints    Permission = "can_manage_points"
	ManageRewards   Permission = "can_manage_rewards"
	ManageSchedules Permission = "can_manage_schedules"
	ManageSecurity  Permission = "can_manage_security"
	ManageLearning  Permission = "can_manage_learning"
	ManageGames     Permission = "can_manage_games"
	ViewAll         Permission = "can_view_all"

	ManageStaff Permission = "manage_staff"
	UseStation  Permission = "use_station" // scan and weigh
	Redeem      Permission = "redeem"      // hand out a reward at the Station
)
