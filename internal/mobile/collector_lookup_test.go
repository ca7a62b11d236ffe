package mobile_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/people"
)

func TestProfile(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		login := s.moment()
		s.as("manager").get("/mobile/api/admin/profile/").says(http.StatusOK, `{"success":true,"admin":{"id":"`+s.Manager.ID.String()+`",
			"username":"manager","full_name":"Staff manager","role":"operations_manager","role_display":"Operations Manager",
			"permissions":{"can_manage_users":true,"can_manage_points":true,"can_manage_rewards":false,"can_manage_schedules":true},
			"assigned_barangays":[{"id":"`+s.Barangays[0].ID.String()+`","name":"`+s.Barangays[0].Name+`"},{"id":"`+s.Barangays[1].ID.String()+`","name":"`+s.Barangays[1].Name+`"}],
			"last_login":"`+login+`"}}`)
		s.as("admin").get("/mobile/api/admin/profile").says(http.StatusOK, `{"success":true,"admin":{"id":"`+s.Admin.ID.String()+`",
			"username":"admin","full_name":"Staff admin","role":"super_admin","role_display":"Super Administrator",
			"permissions":{"can_manage_users":true,"can_manage_points":true,"can_manage_rewards":true,"can_manage_schedules":true},
			"assigned_barangays":null,"last_login":"`+login+`"}}`)
		s.Staff(t, "unassigned", auth.OperationsManager)
		a := s.as("unassigned").get("/mobile/api/admin/profile/").is(http.StatusOK).of("admin")
		if list, ok := a.body["assigned_barangays"].([]any); !ok || len(list) != 0 {
			t.Errorf("without a barangay: %v", a.body["assigned_barangays"])
		}
	})
}

// Who is scanned: the id of an old card in any spelling, a signed card, its typed twin, a
// live code, which is not used up by it, a username, a family code.
func TestScanUser(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		s.Give(t, s.juan, 12_050)
		card, err := s.People.CardOf(t.Context(), s.juan.ID)
		must(t, err)
		live, err := s.People.LiveOf(t.Context(), s.juan.ID)
		must(t, err)
		manager := s.as("manager")
		want := fmt.Sprintf(`{"success":true,"user":{"id":%q,"name":%q,"username":"resident1","current_points":120.5,"family_code":%q,"family_name":%q,
			"barangay":%q,"phone":"+639170000001","is_family_representative":true}}`, s.juan.ID, s.juan.FullName, s.juan.FamilyCode, s.juan.FamilyName, s.Barangays[0].Name)
		for name, text := range map[string]string{
			"id": s.juan.ID.String(), "capitals": strings.ToUpper(s.juan.ID.String()), "urn": "urn:uuid:" + s.juan.ID.String(),
			"without hyphens": strings.ReplaceAll(s.juan.ID.String(), "-", ""), "card": card.QR, "live code": live.QR, "live code again": live.QR, "typed code": card.Code,
			"username": "RESIDENT1", "family code": s.juan.FamilyCode,
		} {
			t.Run(name, func(t *testing.T) {
				a := manager.get("/mobile/api/admin/scan-user/?user_id=" + queryEscape(text))
				a.t = t
				a.says(http.StatusOK, want)
			})
		}
		manager.get("/mobile/api/admin/user/"+s.juan.ID.String()+"/").says(http.StatusOK, want)
		member := s.Member(t, s.juan)
		if a := manager.get("/mobile/api/admin/user/" + member.ID.String()).is(http.StatusOK).of("user"); a.body["is_family_representative"] != false {
			t.Errorf("a member: %s", a.raw)
		}
	})
}

func TestScanUserRefuses(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		applicant, elsewhere := s.Applicant(t, s.Barangays[0]), s.Applicant(t, s.Barangays[2])
		suspended := s.Resident(t, s.Barangays[0])
		_, err := s.People.Suspend(t.Context(), s.Actor(s.Admin), people.City, suspended.ID, "test")
		must(t, err)
		nobody := failure("User not found or not approved")
		outside := failure("You do not have permission to access users from this barangay")
		s.Staff(t, "unassigned", auth.OperationsManager)
		manager := s.as("manager")
		manager.get("/mobile/api/admin/scan-user/").says(http.StatusBadRequest, failure("User ID is required"))
		for _, path := range []string{"/mobile/api/admin/scan-user/?user_id=", "/mobile/api/admin/user/"} {
			for _, text := range []string{db.NewID().String(), "abc", "%00", "'%20OR%201=1", applicant.ID.String(), elsewhere.ID.String(), suspended.ID.String(), strings.Repeat("x", 300)} {
				manager.get(path+text).says(http.StatusNotFound, nobody)
			}
			manager.get(path+s.rosa.ID.String()).says(http.StatusForbidden, outside)
			s.as("unassigned").get(path+s.juan.ID.String()).says(http.StatusForbidden, outside)
			s.as("admin").get(path + s.rosa.ID.String()).is(http.StatusOK)
		}
		card, err := s.People.CardOf(t.Context(), s.juan.ID)
		must(t, err)
		_, err = s.People.Reissue(t.Context(), s.Actor(s.Admin), people.City, s.juan.ID)
		must(t, err)
		if a := manager.get("/mobile/api/admin/scan-user/?user_id=" + queryEscape(card.QR)).is(http.StatusBadRequest); a.text("error_code") != "CARD_REPLACED" {
			t.Errorf("an old print: %s", a.raw)
		}
	})
}
