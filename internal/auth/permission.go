// Package auth answers who is asking and what they may do: passwords, failed
// sign-ins, sessions, staff and their roles. Residents themselves are kept by people.
package auth

// Permission is what a route needs. Every route names exactly one.
type Permission string

// Permissions that depend on the sign-in alone.
const (
	Anyone            Permission = "anyone"              // nobody needs to be signed in
	Resident          Permission = "resident"            // a signed-in resident who may access
	TokenHolder       Permission = "token_holder"        // a resident's token, even of one who may no longer access
	AnyStaff          Permission = "any_staff"           // staff of any role, with nothing due
	ChangeOwnPassword Permission = "change_own_password" // staff, even when a password change is due
	SetUpSecondFactor Permission = "set_up_second"       // staff, even when that is due; after the password change
	ReadNotices       Permission = "read_notices"        // a resident's own; a collector's, those of residents in reach
)

// Permissions of roles: the reference's nine flags, three that its code implied, and one of ours.
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

	ManageStaff   Permission = "manage_staff"
	ManageBackups Permission = "manage_backups"
	UseStation    Permission = "use_station" // scan and weigh
	Redeem        Permission = "redeem"      // hand out a reward at the Station
)

// Privileged says that the permission is one of the office's over people, points,
// rights and rules: what is done with it is not done while nobody can record it.
// Weighing, handing out, and what people do with their own account are not.
func (p Permission) Privileged() bool {
	switch p {
	case ManageResidents, ManageSettings, ManagePoints, ManageRewards, ManageSchedules, ManageSecurity, ManageLearning, ManageGames, ManageStaff:
		return true
	default:
		return false
	}
}
