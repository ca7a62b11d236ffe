package mobile

import (
	"ekolek/internal/auth"
	"ekolek/internal/web"
)

// ResidentRoutes is the table of the residents' app.
func (m *Mobile) ResidentRoutes() []web.Route {
	return append(m.publicRoutes(), []web.Route{
		{Pattern: "GET /api/openapi.json", Need: auth.Anyone, Handle: m.openAPI},

		{Pattern: "POST /api/login/", Need: auth.Anyone, Handle: m.login, Door: auth.PasswordDoor},
		{Pattern: "POST /api/qr-login/", Need: auth.Anyone, Handle: m.qrLogin, Door: auth.CardDoor},
		{Pattern: "POST /api/login/verify-otp/", Need: auth.Anyone, Handle: m.verifyOTP, Door: auth.CodeDoor},
		{Pattern: "POST /api/refresh-token/", Need: auth.Anyone, Handle: m.refresh, Door: auth.TokenDoor},
		{Pattern: "POST /api/logout/", Need: auth.Anyone, Handle: m.logout},
		{Pattern: "GET /api/logout/", Need: auth.Anyone, Handle: m.logout},
		{Pattern: "GET /api/validate-token/", Need: auth.Resident, Handle: m.validate},

		{Pattern: "POST /api/biometric/register/", Need: auth.Resident, Handle: m.registerDevice, Door: auth.BiometricDoor},
		{Pattern: "POST /api/biometric/login/init/", Need: auth.Anyone, Handle: m.beginBiometric, Door: auth.BiometricDoor},
		{Pattern: "POST /api/biometric/login/verify/", Need: auth.Anyone, Handle: m.finishBiometric, Door: auth.BiometricDoor},
		{Pattern: "GET /api/biometric/devices/", Need: auth.TokenHolder, Handle: m.devices},
		{Pattern: "DELETE /api/biometric/devices/{id}/revoke/", Need: auth.TokenHolder, Handle: m.revokeDevice},
		{Pattern: "POST /api/biometric/devices/{id}/trust/", Need: auth.TokenHolder, Handle: m.trustDevice},
		{Pattern: "GET /api/biometric/history/", Need: auth.TokenHolder, Handle: m.biometricHistory},

		{Pattern: "GET /api/current_points/", Need: auth.TokenHolder, Handle: m.currentPoints},
		{Pattern: "GET /api/current_user_data/", Need: auth.TokenHolder, Handle: m.currentUser},
		{Pattern: "GET /api/family_members/", Need: auth.Resident, Handle: m.familyMembers},
		{Pattern: "POST /api/update_points/", Need: auth.TokenHolder, Handle: m.updatePoints},

		{Pattern: "GET /api/schedule/", Need: auth.Resident, Handle: m.mySchedule},
		{Pattern: "GET /api/schedule/today/", Need: auth.Resident, Handle: m.todaysSchedule},
		{Pattern: "GET /api/schedule/all/", Need: auth.Resident, Handle: m.allSchedules},
		{Pattern: "GET /api/schedule/barangay/{id}/", Need: auth.Resident, Handle: m.scheduleOf},

		{Pattern: "GET /api/notifications/", Need: auth.TokenHolder, Handle: m.notices},
		{Pattern: "GET /api/notifications/unread-count/", Need: auth.TokenHolder, Handle: m.unreadNotices},
		{Pattern: "POST /api/notifications/mark-viewed/", Need: auth.TokenHolder, Handle: m.viewNotices},
		{Pattern: "POST /api/notifications/{id}/mark-read/", Need: auth.TokenHolder, Handle: m.readNotice},
	}...)
}
