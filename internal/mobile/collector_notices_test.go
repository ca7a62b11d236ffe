package mobile_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/people"
)

func TestCollectorNotices(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		s.Give(t, s.juan, 20_000)
		manager := s.as("manager")
		manager.weigh(s.weighing(s.juan, "2.5")).is(http.StatusCreated)
		first := s.moment()
		s.Clock.Advance(4*time.Minute + 10*time.Second)
		manager.redeem(s.handing(s.juan, s.rice, "")).is(http.StatusCreated)
		juan := phone{scanner: s, token: s.residentToken(s.juan)}
		path := "/mobile/api/notifications/?user_id=" + s.juan.ID.String()
		a := juan.get(path).is(http.StatusOK)
		ids := []string{}
		for _, row := range a.body["notifications"].([]any) {
			ids = append(ids, row.(map[string]any)["id"].(string))
		}
		if len(ids) != 3 {
			t.Fatalf("%d notices: %s", len(ids), a.raw)
		}
		welcome := a.body["notifications"].([]any)[2].(map[string]any)["message"] // of the approval
		notices := func(read, unread string) string {
			return fmt.Sprintf(`{"success":true,"notifications":[
				{"id":%q,"type":"redeem","message":"Your reward \"Rice\" has been processed successfully! 25.50 points deducted by Staff manager.","points":-25.5,
				"reward_name":"Rice","video_title":null,"game_score":null,"is_read":%s,"created_at":%q,"time_ago":"Just now"},
				{"id":%q,"type":"waste","message":"You earned 12.5 points from waste collection! (2.5kg of PET Bottles processed by Staff manager)","points":12.5,
				"reward_name":null,"video_title":null,"game_score":null,"is_read":false,"created_at":%q,"time_ago":"4 minutes ago"},
				{"id":%q,"type":"other","message":%q,"points":null,
				"reward_name":null,"video_title":null,"game_score":null,"is_read":false,"created_at":%q,"time_ago":"4 minutes ago"}],
				"unread_count":%s,"total_count":3}`, ids[0], read, s.moment(), ids[1], first, ids[2], welcome, first, unread)
		}
		a.says(http.StatusOK, notices("false", "3"))
		mark := func(id, user string) string { return fmt.Sprintf(`{"notification_id":%q,"user_id":%q}`, id, user) }
		const read = "/mobile/api/notifications/mark-read/"
		juan.post(read, mark(ids[0], s.juan.ID.String())).says(http.StatusOK, `{"success":true,"message":"Notification marked as read"}`)
		for _, p := range []phone{juan, manager, s.as("admin")} {
			p.get(path).says(http.StatusOK, notices("true", "2"))
		}
		manager.post(read, mark(ids[0], s.juan.ID.String())).is(http.StatusOK)
	})
}

// A notice is read by whom it is for, and by collectors in whose reach they are.
func TestCollectorNoticesOfOthers(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		const list, read = "/mobile/api/notifications/?user_id=", "/mobile/api/notifications/mark-read/"
		s.as("admin").weigh(s.weighing(s.rosa, "1")).is(http.StatusCreated)
		rosa := phone{scanner: s, token: s.residentToken(s.rosa)}
		notices := rosa.get(list + s.rosa.ID.String()).is(http.StatusOK).body["notifications"].([]any)
		id := notices[0].(map[string]any)["id"].(string)
		mark := fmt.Sprintf(`{"notification_id":%q,"user_id":%q}`, id, s.rosa.ID)
		juan, manager := phone{scanner: s, token: s.residentToken(s.juan)}, s.as("manager")

		required := `{"success":false,"error":"Authentication required. Please login again.","error_code":"AUTH_REQUIRED","requires_login":true}`
		s.stranger().get(list+s.rosa.ID.String()).says(http.StatusUnauthorized, required)
		s.stranger().post(read, mark).says(http.StatusUnauthorized, required)
		juan.get(list+s.rosa.ID.String()).says(http.StatusNotFound, failure("User not found"))
		juan.post(read, mark).says(http.StatusNotFound, failure("Notification not found"))
		juan.post(read, fmt.Sprintf(`{"notification_id":%q,"user_id":%q}`, id, s.juan.ID)).says(http.StatusNotFound, failure("Notification not found"))
		outside := failure("You do not have permission to access users from this barangay")
		manager.get(list+s.rosa.ID.String()).says(http.StatusForbidden, outside)
		manager.post(read, mark).says(http.StatusForbidden, outside)
		manager.post(read, fmt.Sprintf(`{"notification_id":%q,"user_id":%q}`, id, s.juan.ID)).says(http.StatusNotFound, failure("Notification not found"))

		manager.get("/mobile/api/notifications/").says(http.StatusBadRequest, failure("User ID is required"))
		for _, nobody := range []string{db.NewID().String(), "x", s.Applicant(t, s.Barangays[0]).ID.String()} {
			manager.get(list+nobody).says(http.StatusNotFound, failure("User not found"))
		}
		for _, body := range []string{`{}`, fmt.Sprintf(`{"user_id":%q}`, s.juan.ID), fmt.Sprintf(`{"notification_id":%q}`, id)} {
			manager.post(read, body).says(http.StatusBadRequest, failure("Notification ID and User ID are required"))
		}
		manager.post(read, `{"notification_id":"x","user_id":"x"}`).says(http.StatusNotFound, failure("Notification not found"))
		_, err := s.People.Suspend(t.Context(), s.Actor(s.Admin), people.City, s.rosa.ID, "test")
		must(t, err)
		rosa.get(list + s.rosa.ID.String()).is(http.StatusUnauthorized)
	})
}
