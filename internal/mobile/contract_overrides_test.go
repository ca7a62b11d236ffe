package mobile_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
)

// pauses are waits before an exchange: a code may be asked for once a minute here.
var pauses = map[int]time.Duration{
	26: time.Minute, 28: time.Minute, 29: time.Minute, 30: time.Minute, 47: time.Minute,
	293: 30 * time.Second, 294: 30 * time.Second, 295: 30 * time.Second, // sooner it is the same redemption
	323: 31 * time.Minute, // the address is locked, after so many wrong passwords
}

// preparations bring the state to where the recording has it, where that came from files
// that are not played yet.
var preparations = map[int]func(*replay){
	172: func(r *replay) { // of games and lessons
		r.told(r.t, 1,
			notify.Notification{Type: "game", Message: "You earned 20 points from playing the waste sorting game!", Points: hundredths(2_000), Score: hundredths(20)},
			notify.Notification{Type: "game", Message: "You earned 20 points from playing the waste sorting game!", Points: hundredths(2_000), Score: hundredths(20)},
			notify.Notification{Type: "learning", Message: `You earned 55.00 points for watching "The Benefits of Tree Planting"!`, Points: hundredths(5_500), Video: "The Benefits of Tree Planting"},
			notify.Notification{Type: "quiz", Message: `Great job! You passed the quiz for "The Importance of Recycling" with 100.0% and earned 60.00 points!`, Points: hundredths(6_000), Video: "The Importance of Recycling"},
			notify.Notification{Type: "learning", Message: `You earned 70.00 points for watching "Understanding Climate Change"!`, Points: hundredths(7_000), Video: "Understanding Climate Change"})
	},
	187: func(r *replay) { // games and lessons
		r.give(r.t, 1, 18_500)
		r.give(r.t, 2, 7_000)
	},
	346: func(r *replay) {
		r.notice(r.t, 4) // of a game
		r.enterCode("+639170000011")
	},
	211: func(r *replay) { r.give(r.t, 4, 1_000) }, // a referral
	266: func(r *replay) { r.give(r.t, 1, 1_250) }, // what the reference paid twice for 265
	296: func(r *replay) { r.give(r.t, 1, 2_550) }, // what 295 took here: there the shelf was thought empty
}

// give posts points to the nth resident of the recordings.
func (r *replay) give(t *testing.T, n byte, points ledger.Points) {
	t.Helper()
	who, err := r.People.ByID(t.Context(), r.DB, recordedResident(n))
	must(t, err)
	r.Give(t, who, points)
}

// notice puts a notice under the bell of the nth resident of the recordings.
func (r *replay) notice(t *testing.T, n byte) {
	t.Helper()
	must(t, r.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := r.Notify.Add(ctx, tx, notify.Message{Kind: "test", To: notify.Recipient{Audience: notify.Resident, ID: recordedResident(n)},
			Notice: &notify.Notice{Type: "game", Text: errs.T("notify.reason.too_late")}}) // any text of the catalogues
		return err
	}))
}

// told puts notices under the bell of the nth resident of the recordings, in their order.
func (r *replay) told(t *testing.T, n byte, all ...notify.Notification) {
	t.Helper()
	batch := make([]notify.PriorNotice, len(all))
	for i, one := range all {
		r.Clock.Advance(time.Millisecond)
		one.ID, one.CreatedAt = db.NewID(), r.Clock.Now()
		batch[i] = notify.PriorNotice{Bell: notify.Bell{Audience: notify.Resident, ID: recordedResident(n)}, Notification: one}
	}
	must(t, r.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := notify.ImportNotices(ctx, tx, batch)
		return err
	}))
}

func hundredths(n int64) *int64 { return &n }

func recordedResident(n byte) uuid.UUID {
	id := uuid.MustParse("00000005-0000-4000-8000-000000000000")
	id[15] = n
	return id
}

const (
	invalidRequest = `{"success":false,"message":"Malformed request","error_code":"INVALID_REQUEST"}`
	badCredentials = `{"success":false,"message":"Invalid username or password","error_code":"INVALID_CREDENTIALS"}`
	codeRefused    = `{"success":false,"message":"OTP verification failed","error_code":"OTP_VERIFY_FAILED"}`
	usedChallenge  = `{"success":false,"message":"Invalid or expired challenge","error_code":"INVALID_CHALLENGE"}`
)

// residentOverrides are the recorded answers of the residents' side that ours differ
// from, each with the number of its change in docs/mobile-api.md.
var residentOverrides = map[int]override{
	// mobilelogin_auth
	4:  {change: 1, status: 401, body: badCredentials},
	5:  {change: 1, status: 401, body: badCredentials},
	7:  {change: 1, status: 401, body: badCredentials},
	11: {change: 1, status: 400, body: invalidRequest},
	12: {change: 1, status: 400, body: `{"success":false,"message":"Invalid credentials format","error_code":"INVALID_FORMAT"}`},
	13: {change: 1, status: 415, body: `{"success":false,"message":"Unsupported media type","error_code":"UNSUPPORTED_MEDIA_TYPE"}`},
	14: {change: 22, status: 401, body: badCredentials},
	15: {change: 22, status: 401, body: `{"detail":"Authentication credentials were not provided."}`},
	18: {change: 1, status: 404, body: `{"success":false,"message":"User not found","error_code":"USER_NOT_FOUND"}`},
	24: {change: 5, status: 400, body: codeRefused},
	25: {change: 5, status: 400, body: codeRefused},
	30: {change: 6, status: 429, body: `{"success":false,"message":"Too many codes were sent. Please try again later.","error_code":"OTP_SEND_FAILED"}`},
	64: {change: 23, status: 200, body: `{"success":true,"message":"Tokens refreshed successfully","token_type":"Bearer","expires_in":3600}`},
	75: {change: 21, status: 303},
	// mobilelogin_user
	80: {change: 16, ignore: []string{"user_info.date_error", "user_info.date_joined", "user_info.last_login"}},
	84: {change: 16, status: 200, body: `{"success":true,"message":"Family members data retrieved successfully","current_user_role":"representative",
		"family_summary":{"family_name":"Dela Cruz","family_code":"FAMDELACRUZ1","family_status":"approved","total_members":7,"approved_members":6,
			"total_family_points":150.5,"barangay":"Poblacion","family_rank":1}}`},
	88: {change: 16, ignore: []string{"user_info.date_error", "user_info.date_joined", "user_info.last_login"}},
	89: {change: 24, status: 200, body: `{"success":true,"message":"Points data retrieved successfully"}`},
	91: {change: 1, status: 400, body: `{"error":"total_points must be a number"}`},
	92: {change: 2, status: 200, body: `{"success":true,"total_points":30.0,"family_name":"Dela Cruz","message":"Points updated successfully"}`},
	93: {change: 2, status: 200, body: `{"success":true,"total_points":30.0,"family_name":"Dela Cruz","message":"Points updated successfully"}`},
	// mobilelogin_schedule
	95: {change: 27, ignore: []string{"barangay.id"}},
	97: {change: 27, ignore: []string{"barangays[].barangay_id"}},
	98: {change: 27, ignore: []string{"barangay.id"}},
	// notifications
	177: {change: 1, status: 400, body: `{"success":false,"message":"Error retrieving notifications","error_code":"NOTIFICATIONS_FETCH_ERROR"}`},
	184: {change: 1, status: 400, body: `{"success":false,"message":"Error marking notifications as viewed","error_code":"NOTIFICATIONS_UPDATE_ERROR"}`},
	// biometric
	198: {change: 1, status: 401, body: `{"success":false,"message":"Invalid credentials","error_code":"INVALID_CREDENTIALS"}`},
	201: {change: 10, status: 401, body: usedChallenge},
	202: {change: 10, status: 401, body: usedChallenge},
	203: {change: 10, ignore: []string{"devices[].failed_attempts", "devices[].last_used_at"}},
	204: {change: 10, ignore: []string{"attempts[].success", "attempts[].failure_reason"}},
	205: {change: 1, status: 400, body: `{"success":false,"message":"Error retrieving login history","error_code":"HISTORY_ERROR"}`},
	// accounts_web
	325: {change: 21, status: 200},
	335: {change: 21, status: 404},
	336: {change: 21, status: 404},
	337: {change: 21, status: 404},
	338: {change: 21, status: 404},
	339: {change: 21, status: 404},
	340: {change: 21, status: 404},
	341: {change: 21, status: 301},
	342: {change: 21, status: 422},
	343: {change: 21, status: 303},
	344: {change: 21, status: 404},
	345: {change: 21, status: 404},
	346: {change: 21, status: 301},
	350: {change: 21, status: 303},
	// ekoscan_ops, where it asks on the residents' side
	262: {change: 19, ignore: []string{"family_points.total_family_points"}},
	264: {change: 19, ignore: []string{"family_points.total_family_points"}},
}
