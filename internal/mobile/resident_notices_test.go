package mobile_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// tell puts so many notices under somebody's bell, a minute apart, and gives their ids,
// the newest first.
func (s *scanner) tell(who people.Resident, all ...notify.Notification) []uuid.UUID {
	s.t.Helper()
	ids := make([]uuid.UUID, len(all))
	batch := make([]notify.PriorNotice, len(all))
	for i, n := range all {
		s.Clock.Advance(time.Minute)
		n.ID, n.CreatedAt = db.NewID(), s.Clock.Now()
		ids[len(all)-1-i], batch[i] = n.ID, notify.PriorNotice{Bell: notify.Bell{Audience: notify.Resident, ID: who.ID}, Notification: n}
	}
	must(s.t, s.DB.InTx(s.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := notify.ImportNotices(ctx, tx, batch)
		return err
	}))
	return ids
}

func TestResidentNotices(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		p := phone{scanner: s, token: s.residentToken(s.juan)}
		p.post("/api/notifications/mark-viewed/", "").is(http.StatusOK) // the welcome
		ids := s.tell(s.juan,
			notify.Notification{Type: "waste", Message: "You earned 12.5 points", Points: hundredths(1_250)},
			notify.Notification{Type: "redeem", Message: "Rice", Points: hundredths(-2_550), Reward: "Rice"},
			notify.Notification{Type: "game", Message: "Sorting ñ", Points: hundredths(0), Score: hundredths(0), Video: "Sorting"})
		at := func(ago int) string {
			return s.Clock.Now().Add(-time.Duration(ago) * time.Minute).UTC().Format("2006-01-02T15:04:05.000000-07:00")
		}
		game := fmt.Sprintf(`{"id":%q,"type":"game","message":"Sorting ñ","is_read":false,"viewed_at":null,"created_at":%q,"points":0.0,"video_title":"Sorting","game_score":0}`, ids[0], at(0))
		redeem := fmt.Sprintf(`{"id":%q,"type":"redeem","message":"Rice","is_read":false,"viewed_at":null,"created_at":%q,"points":-25.5,"reward_name":"Rice"}`, ids[1], at(1))
		waste := fmt.Sprintf(`{"id":%q,"type":"waste","message":"You earned 12.5 points","is_read":false,"viewed_at":null,"created_at":%q,"points":12.5}`, ids[2], at(2))
		for _, c := range []struct {
			query, list          string
			total, limit, offset int
			more                 bool
		}{
			{"?limit=3", game + "," + redeem + "," + waste, 4, 3, 0, true},
			{"?unread_only=true", game + "," + redeem + "," + waste, 3, 20, 0, false},
			{"?unread_only=TRUE&limit=1&offset=1", redeem, 3, 1, 1, true},
			{"?unread_only=yes&limit=1&offset=2", waste, 4, 1, 2, true},
			{"?unread_only=true&limit=999&offset=2", waste, 3, 100, 2, false},
			{"?unread_only=true&limit=abc&offset=-5", game + "," + redeem + "," + waste, 3, 20, 0, false},
			{"?limit=0", "", 4, 0, 0, true},
			{"?offset=4", "", 4, 20, 4, false},
			{"?offset=9223372036854775807", "", 4, 20, 9223372036854775807, false},
		} {
			p.get("/api/notifications/"+c.query).without("timestamp").says(http.StatusOK, fmt.Sprintf(`{"success":true,"message":"Notifications retrieved successfully",
				"notifications":[%s],"unread_count":3,"total_count":%d,"pagination":{"limit":%d,"offset":%d,"has_more":%v}}`, c.list, c.total, c.limit, c.offset, c.more))
		}
		p.get("/api/notifications/?limit=-1").refuses(http.StatusBadRequest, "NOTIFICATIONS_FETCH_ERROR", "Error retrieving notifications")

		unread := func(want int) {
			t.Helper()
			p.get("/api/notifications/unread-count/").without("timestamp").says(http.StatusOK, fmt.Sprintf(`{"success":true,"unread_count":%d}`, want))
		}
		unread(3)
		p.post("/api/notifications/"+ids[0].String()+"/mark-read/", "{}").without("timestamp").says(http.StatusOK, `{"success":true,"message":"Notification marked as read"}`)
		unread(2)
		a := p.get("/api/notifications/?limit=1").is(http.StatusOK)
		if n := a.body["notifications"].([]any)[0].(map[string]any); n["is_read"] != true || !isTime.MatchString(fmt.Sprint(n["viewed_at"])) {
			t.Errorf("after reading it: %s", a.raw)
		}
		view := func(body string, want int) {
			t.Helper()
			p.post("/api/notifications/mark-viewed/", body).without("timestamp").
				says(http.StatusOK, fmt.Sprintf(`{"success":true,"message":"%d notification(s) marked as viewed","updated_count":%d}`, want, want))
		}
		view(fmt.Sprintf(`{"notification_ids":[%q,%q]}`, ids[0], ids[1]), 1)
		view(fmt.Sprintf(`{"notification_ids":[%q,%q]}`, ids[0], db.NewID()), 0)
		unread(1)
		view(`{"notification_ids":"x"}`, 1) // no list: all
		view(`{"notification_ids":[]}`, 0)
		view(``, 0)
		for _, list := range []string{`["abc"]`, `[5]`, `[null]`, `[[]]`} {
			p.post("/api/notifications/mark-viewed/", `{"notification_ids":`+list+`}`).refuses(http.StatusBadRequest, "NOTIFICATIONS_UPDATE_ERROR", "Error marking notifications as viewed")
		}
		p.post("/api/notifications/mark-viewed/", `{`).refuses(http.StatusBadRequest, "INVALID_REQUEST", "Malformed request")
	})
}

// A bell is its owner's, also when they may no longer access, and nobody else's.
func TestResidentNoticesOfOthers(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		id := s.tell(s.juan, notify.Notification{Type: "other", Message: "Hello"})[0].String()
		rosa := phone{scanner: s, token: s.residentToken(s.rosa)}
		rosa.post("/api/notifications/mark-viewed/", "{}").is(http.StatusOK)
		rosa.post("/api/notifications/mark-viewed/", `{"notification_ids":["`+id+`"]}`).without("timestamp").says(http.StatusOK, `{"success":true,"message":"0 notification(s) marked as viewed","updated_count":0}`)
		rosa.post("/api/notifications/"+id+"/mark-read/", "{}").refuses(http.StatusNotFound, "NOTIFICATION_NOT_FOUND", "Notification not found")
		rosa.post("/api/notifications/abc/mark-read/", "{}").says(http.StatusNotFound, `{"detail":"Not found."}`)
		if a := rosa.get("/api/notifications/").is(http.StatusOK); strings.Contains(a.raw, id) {
			t.Errorf("rosa sees juan's: %s", a.raw)
		}
		waiting := s.Applicant(t, s.Barangays[0])
		barred := phone{scanner: s, token: s.residentToken(waiting)}
		barred.get("/api/notifications/").is(http.StatusOK)
		barred.get("/api/notifications/unread-count/").is(http.StatusOK)
		for _, path := range []string{"/api/notifications/", "/api/notifications/unread-count/"} {
			s.stranger().get(path).says(http.StatusUnauthorized, `{"detail":"Authentication credentials were not provided."}`)
			rosa.post(path, "{}").says(http.StatusMethodNotAllowed, `{"detail":"Method \"POST\" not allowed."}`)
		}
	})
}
