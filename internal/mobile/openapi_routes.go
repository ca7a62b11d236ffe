package mobile

import (
	"maps"

	"github.com/google/uuid"

	"ekolek/internal/mobile/wire"
)

// described are the routes of both apps.
func described() map[string]operation {
	all := map[string]operation{"GET /api/openapi.json": {summary: "This description"}}
	for _, part := range []map[string]operation{describedSignIn(), describedMe(), describedBiometrics(), describedSchedule(), describedNotices(), describedPublic(), describedCollectors()} {
		maps.Copy(all, part)
	}
	return all
}

// done is how a success begins.
func done(more ...any) shape { return append(shape{"", answered{}}, more...) }

func describedSignIn() map[string]operation {
	signedIn := done("", tokenPair{}, "user_info", userInfo{}, "family_info", familyInfo{}, "device_info", orNone{deviceInfo{}})
	out := map[string]operation{
		"POST /api/login/": {summary: "Check a password and send a code by text message",
			sends: []param{must("username", "string"), must("password", "string")},
			gives: map[int]shape{200: {"", codeSent{}}}, refuses: []int{401, 403, 429}},
		"POST /api/qr-login/": {summary: "Send a code to the owner of a scanned card, a username or a family code",
			sends: []param{must("qr_code", "string")},
			gives: map[int]shape{200: {"", codeSent{}}}, refuses: []int{403, 404, 429}},
		"POST /api/login/verify-otp/": {summary: "Take the code; the same one again within a minute gives the same tokens",
			sends: []param{must("user_id", "string"), must("otp", "any")},
			gives: map[int]shape{200: signedIn}, refuses: []int{403, 404}},
		"POST /api/refresh-token/": {summary: "A new pair of tokens; an old refresh token gives its chain's newest pair",
			sends: []param{must("refresh_token", "string")},
			gives: map[int]shape{200: done("", tokenPair{}, "timestamp", wire.Time{})}, refuses: []int{401}},
		"GET /api/validate-token/": {summary: "Is the token good, and whose is it",
			gives: map[int]shape{200: done("token_type", "", "user_info", shape{"", userInfo{}, "last_login", wire.Time{}}, "timestamp", wire.Time{})}},
	}
	for _, method := range []string{"POST", "GET"} {
		out[method+" /api/logout/"] = operation{summary: "End the sign-in that a refresh token belongs to; the access token, if there is one, tells whose it is",
			query: []param{may("refresh_token", "string")}, sends: []param{may("refresh_token", "string")},
			gives: map[int]shape{200: {"", loggedOut{}}}, refuses: []int{401}}
	}
	return out
}

func describedMe() map[string]operation {
	return map[string]operation{
		"GET /api/current_points/": {summary: "Points of the resident and of the family",
			gives: map[int]shape{200: done("timestamp", wire.Time{}, "user_points", userPoints{}, "family_points", familyPoints{}, "warning", orNone{""})}},
		"GET /api/current_user_data/": {summary: "The resident, the family, what they may do",
			gives: map[int]shape{200: done("timestamp", wire.Time{}, "user_info", userData{}, "family_info", familyData{}, "permissions", permissions{})}},
		"GET /api/family_members/": {summary: "Everybody in the family",
			gives: map[int]shape{200: done("family_summary", familySummary{}, "family_members", []memberData{}, "current_user_role", "", "timestamp", wire.Time{})}},
		"POST /api/update_points/": {summary: "Tells the true balance, whatever is sent: an app cannot set it",
			sends: []param{must("total_points", "any")},
			gives: map[int]shape{200: {"success", true, "total_points", wire.Points(0), "family_name", "", "message", ""}}},
	}
}

func describedSchedule() map[string]operation {
	return map[string]operation{
		"GET /api/schedule/": {summary: "The weekly plan of the resident's barangay", gives: map[int]shape{200: {"", planAnswer{}}}},
		"GET /api/schedule/today/": {summary: "When the truck comes today, in Manila: without what is suspended, with what was moved here or added",
			gives: map[int]shape{200: done("today", "", "barangay", truckPlace{}, "schedules", []truck{}, "total_schedules", 0, "has_collection_today", true, "timestamp", wire.Time{})}},
		"GET /api/schedule/all/": {summary: "The weekly plans of all barangays that have one",
			gives: map[int]shape{200: done("user_barangay", orNull{""}, "barangays", []placePlan{}, "total_barangays", 0, "timestamp", wire.Time{})}},
		"GET /api/schedule/barangay/{id}/": {summary: "The weekly plan of a barangay, also by the id that the former system gave it",
			gives: map[int]shape{200: {"", planAnswer{}}, 404: {"", noPlace{}}}},
	}
}

func describedNotices() map[string]operation {
	return map[string]operation{
		"GET /api/notifications/": {summary: "The resident's notices, the newest first; at most 100 at once",
			query: []param{may("limit", "integer"), may("offset", "integer"), may("unread_only", "boolean")},
			gives: map[int]shape{200: done("notifications", []notice{}, "unread_count", 0, "total_count", 0, "pagination", noticePlace{}, "timestamp", wire.Time{})}, refuses: []int{400}},
		"GET /api/notifications/unread-count/": {summary: "How many notices were never looked at",
			gives: map[int]shape{200: {"success", true, "unread_count", 0, "timestamp", wire.Time{}}}},
		"POST /api/notifications/mark-viewed/": {summary: "Mark notices as looked at: those named, or all without a list of ids",
			sends: []param{may("notification_ids", "any")},
			gives: map[int]shape{200: done("updated_count", 0, "timestamp", wire.Time{})}, refuses: []int{400}},
		"POST /api/notifications/{id}/mark-read/": {summary: "Mark one notice as opened", gives: map[int]shape{200: {"", marked{}}}, refuses: []int{404}},
	}
}

func describedBiometrics() map[string]operation {
	names := []param{must("device_id", "string"), must("credential_id", "string")}
	return map[string]operation{
		"POST /api/biometric/register/": {summary: "Register this phone's public key (SPKI or JWK: ES256, RS256, Ed25519), or renew it",
			sends: append(names, must("device_name", "string"), must("device_type", "string"), must("public_key", "string"), must("device_fingerprint", "string"),
				may("device_model", "string"), may("os_version", "string"), may("app_version", "string")),
			gives: map[int]shape{200: done("device", registeredDevice{}), 201: done("device", registeredDevice{})}},
		"POST /api/biometric/login/init/": {summary: "A challenge to sign, good for five minutes and once",
			sends: names, gives: map[int]shape{200: done("challenge", "", "user_id", uuid.UUID{}, "expires_in", 0)}, refuses: []int{403, 404}},
		"POST /api/biometric/login/verify/": {summary: "Sign in by the signature over the challenge's text",
			sends: append(names, must("challenge", "string"), must("signature", "string"), must("device_fingerprint", "string")),
			gives: map[int]shape{200: done("", tokenPair{}, "user_info", userInfo{}, "family_info", familyInfo{}, "device_info", deviceInfo{})}, refuses: []int{401, 403}},
		"GET /api/biometric/devices/": {summary: "The resident's phones",
			gives: map[int]shape{200: done("devices", []deviceData{}, "total_devices", 0, "active_devices", 0)}},
		"DELETE /api/biometric/devices/{id}/revoke/": {summary: "End a phone", gives: map[int]shape{200: done("device_id", uuid.UUID{})}, refuses: []int{404}},
		"POST /api/biometric/devices/{id}/trust/":    {summary: "Mark a phone as trusted", gives: map[int]shape{200: done("device_id", uuid.UUID{})}, refuses: []int{404}},
		"GET /api/biometric/history/": {summary: "The newest sign-ins by a phone's key",
			query: []param{may("limit", "integer"), may("success_only", "boolean")},
			gives: map[int]shape{200: done("attempts", []attemptData{}, "total_attempts", 0)}, refuses: []int{400}},
	}
}

func describedPublic() map[string]operation {
	out := map[string]operation{}
	for _, at := range []string{"/api/", "/accounts/api/"} {
		out["GET "+at+"terms/active/"] = operation{summary: "The terms in force",
			gives: map[int]shape{200: {"success", true, "terms", shape{"english", orNull{terms{}}, "tagalog", orNull{terms{}}}}}}
		for _, what := range []string{"phone", "email"} {
			out["POST "+at+"check-"+what+"/"] = operation{summary: "Is it free", sends: []param{must(what, "string")},
				gives: map[int]shape{200: {"", availability{}}}, refuses: []int{429}}
		}
	}
	return out
}

func describedCollectors() map[string]operation {
	const admin = " /mobile/api/admin/"
	out := map[string]operation{
		"GET" + admin + "health/": {summary: "Is the program there",
			gives: map[int]shape{200: {"status", "", "message", "", "timestamp", wire.Time{}, "authentication", ""}}},
		"POST" + admin + "login/": {summary: "Sign a collector in", sends: []param{must("username", "string"), must("password", "string")},
			gives: map[int]shape{200: done("", tokenPair{}, "admin_info", adminInfo{})}, refuses: []int{401, 403, 423, 429}},
		"POST" + admin + "refresh-token/": {summary: "A new pair of tokens", sends: []param{must("refresh_token", "string")},
			gives: map[int]shape{200: done("", tokenPair{})}, refuses: []int{401}},
		"POST" + admin + "logout/": {summary: "End the sign-in that a refresh token belongs to", sends: []param{may("refresh_token", "string")},
			gives: map[int]shape{200: done()}},
		"GET" + admin + "profile/":   {summary: "Who the collector is", gives: map[int]shape{200: {"success", true, "admin", profile{}}}, refuses: []int{423}},
		"GET" + admin + "scan-user/": {summary: "The resident behind a scan", query: []param{must("user_id", "string")}, gives: map[int]shape{200: {"success", true, "user", scannedUser{}}}, refuses: []int{400, 404}},
		"GET" + admin + "user/{id}/": {summary: "The same by id", gives: map[int]shape{200: {"success", true, "user", scannedUser{}}}, refuses: []int{404}},
		"GET" + admin + "waste-types/": {summary: "What is weighed, and what it pays",
			gives: map[int]shape{200: {"success", true, "waste_types", []wasteType{}, "count", 0}}},
		"POST" + admin + "waste-transaction/": {summary: "Weigh", keyed: true,
			sends: []param{must("user_id", "string"), must("waste_type_id", "string"), must("weight_kg", "any")},
			gives: map[int]shape{201: {"success", true, "transaction", weighed{}, "user_new_points", wire.Points(0)}}, refuses: []int{404, 409}},
		"GET" + admin + "rewards/": {summary: "What is there to hand out", gives: map[int]shape{200: {"success", true, "rewards", []reward{}, "count", 0}}},
		"POST" + admin + "redeem/": {summary: "Hand a reward out", keyed: true,
			sends: []param{must("user_id", "string"), must("reward_id", "string"), may("quantity", "any")},
			gives: map[int]shape{201: {"success", true, "redemption", redeemed{}, "user_new_points", wire.Points(0)}}, refuses: []int{404, 409}},
		"GET" + admin + "transactions/": {summary: "The city's newest weigh-ins, and what this collector handed out", query: []param{may("limit", "integer")},
			gives: map[int]shape{200: {"success", true, "waste_transactions", []wasteRow{}, "redemptions", []redemptionRow{}, "admin_name", "", "note", ""}}, refuses: []int{400}},
		"GET /mobile/api/notifications/": {summary: "A resident's newest notices", query: []param{must("user_id", "string")},
			gives: map[int]shape{200: {"success", true, "notifications", []collectorNotice{}, "unread_count", 0, "total_count", 0}}, refuses: []int{400, 404}},
		"POST /mobile/api/notifications/mark-read/": {summary: "Mark a notice as read", sends: []param{must("notification_id", "string")},
			gives: map[int]shape{200: done()}, refuses: []int{404}},
	}
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		out[method+admin+"debug-token/"] = operation{summary: "Is gone", gives: map[int]shape{410: {"deprecated", true, "message", "", "suggestion", ""}}}
	}
	return out
}
