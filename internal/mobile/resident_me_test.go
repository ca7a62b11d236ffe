package mobile_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestResidentReadsTheirPoints(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		member := s.Member(t, s.juan)
		s.Give(t, s.juan, 3_000)
		s.Give(t, member, 12_050)
		p, _ := s.login(s.juan)
		p.get("/api/current_points/").without("timestamp").says(200, fmt.Sprintf(`{"success":true,"message":"Points data retrieved successfully",
			"user_points":{"total_points":30.0,"username":%q,"full_name":%q,"is_family_representative":true},
			"family_points":{"total_family_points":150.5,"family_name":%q,"family_code":%q,"family_rank":2,"family_members_count":2}}`,
			s.juan.Username, s.juan.FullName, s.juan.FamilyName, s.juan.FamilyCode))

		a := p.get("/api/current_user_data/").without("timestamp")
		user := a.of("user_info")
		if !isTime.MatchString(user.text("date_joined")) || !isTime.MatchString(user.text("last_login")) {
			t.Errorf("moments: %s", a.raw)
		}
		user.without("date_joined", "last_login")
		a.says(200, fmt.Sprintf(`{"success":true,"message":"User data retrieved successfully",
			"user_info":{"id":%q,"username":%q,"phone":%q,"full_name":%q,"total_points":30.0,"gender":"","is_family_representative":true,"status":"approved",
				"referral_code":%q,"date_of_birth":null},
			"family_info":{"family_name":%q,"family_code":%q,"family_total_points":150.5,"family_status":"approved","barangay":%q,"family_members_count":2,"family_rank":2},
			"permissions":{"can_earn_points":true,"can_redeem_rewards":true,"is_family_representative":true,"can_access_system":true}}`,
			s.juan.ID, s.juan.Username, s.juan.Phone, s.juan.FullName, s.juan.ReferralCode, s.juan.FamilyName, s.juan.FamilyCode, s.juan.BarangayName))

		a = p.get("/api/family_members/").without("timestamp")
		a.of("family_summary").says(200, fmt.Sprintf(`{"family_name":%q,"family_code":%q,"family_status":"approved","total_members":2,"approved_members":2,
			"total_family_points":150.5,"barangay":%q,"family_rank":2}`, s.juan.FamilyName, s.juan.FamilyCode, s.juan.BarangayName))
		members, ok := a.body["family_members"].([]any)
		if !ok || len(members) != 2 || a.text("current_user_role") != "representative" {
			t.Fatalf("members: %s", a.raw)
		}
		second := members[1].(map[string]any)
		if second["id"] != member.ID.String() || fmt.Sprint(second["total_points"]) != "120.5" || second["is_current_user"] != false || second["last_login"] != nil {
			t.Errorf("member: %v", second)
		}
	})
}

func TestResidentCannotSetPoints(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		s.Give(t, s.juan, 3_000)
		p, _ := s.login(s.juan)
		ask := func(value string) answered { return p.post("/api/update_points/", `{"total_points":`+value+`}`) }
		truth := fmt.Sprintf(`{"success":true,"total_points":30.0,"family_name":%q,"message":"Points updated successfully"}`, s.juan.FamilyName)
		for _, value := range []string{"31", "-5", "50.555", `"75.5"`, "1e400", "30", `"30.00"`} {
			ask(value).says(200, truth)
		}
		p.post("/api/update_points/", `{}`).says(400, `{"error":"total_points is required"}`)
		ask("null").says(400, `{"error":"total_points is required"}`)
		for _, value := range []string{`"abc"`, "true", "[1]", `"NaN"`} {
			ask(value).says(400, `{"error":"total_points must be a number"}`)
		}
		if got := s.balance(s.juan); got != 3_000 {
			t.Errorf("balance %v", got)
		}
		var n int
		must(t, s.DB.QueryRowContext(context.Background(), `SELECT count(*) FROM audit_event WHERE action = 'points_set_refused' AND target_id = $1`, s.juan.ID).Scan(&n))
		if n != 5 { // what asks for the balance that is there asks for nothing
			t.Errorf("%d audit rows", n)
		}
	})
}

func TestResidentBiometrics(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		p, _ := s.login(s.juan)
		public, private, err := ed25519.GenerateKey(rand.Reader)
		must(t, err)
		der, err := x509.MarshalPKIXPublicKey(public)
		must(t, err)
		fields := func(change ...string) string {
			b := map[string]any{"device_id": "dev-1", "device_name": "Juan's phone", "device_type": "android", "credential_id": "cred-1",
				"device_fingerprint": "fp-1", "os_version": "14", "public_key": base64.StdEncoding.EncodeToString(der)}
			for i := 0; i < len(change); i += 2 {
				b[change[i]] = change[i+1]
			}
			body, err := json.Marshal(b)
			must(t, err)
			return string(body)
		}
		wrong := func(body, message string) {
			t.Helper()
			p.post("/api/biometric/register/", body).refuses(400, "INVALID_DEVICE_DATA", message)
		}
		wrong(`{}`, "Missing required field: device_id")
		wrong(fields("device_name", ""), "Missing required field: device_name")
		wrong(fields("device_type", "pc"), "device_type must be 'ios' or 'android'")
		wrong(fields("device_id", strings.Repeat("d", 256)), "device_id too long")
		wrong(fields("credential_id", strings.Repeat("c", 501)), "credential_id too long")
		wrong(fields("os_version", strings.Repeat("9", 51)), "os_version too long")
		wrong(`{"device_id":5}`, "device_id must be a string")
		s.stranger().post("/api/biometric/register/", fields()).is(401)

		d := p.post("/api/biometric/register/", fields()).is(201).of("device")
		id := d.text("id")
		d.without("id", "registered_at").says(201, `{"device_id":"dev-1","device_name":"Juan's phone","device_type":"android","is_trusted":false}`)
		if again := p.post("/api/biometric/register/", fields()).is(200); again.text("message") != "Biometric device updated successfully" || again.of("device").text("id") != id {
			t.Errorf("again: %s", again.raw)
		}
		rosa, _ := s.login(s.rosa)
		rosa.post("/api/biometric/register/", fields()).refuses(400, "DEVICE_ALREADY_REGISTERED", "Device already registered to another account")
		rosa.post("/api/biometric/register/", fields("device_id", "dev-2")).refuses(400, "CREDENTIAL_ALREADY_USED", "Credential ID already in use")

		begin := func() string {
			t.Helper()
			a := s.stranger().post("/api/biometric/login/init/", `{"device_id":"dev-1","credential_id":"cred-1"}`).is(200)
			challenge := a.text("challenge")
			a.without("challenge").says(200, fmt.Sprintf(`{"success":true,"message":"Challenge generated","user_id":%q,"expires_in":300}`, s.juan.ID))
			return challenge
		}
		finish := func(challenge, signature, print string) answered {
			return s.stranger().post("/api/biometric/login/verify/",
				fmt.Sprintf(`{"device_id":"dev-1","credential_id":"cred-1","challenge":%q,"signature":%q,"device_fingerprint":%q}`, challenge, signature, print))
		}
		signed := func(challenge string) string {
			return base64.StdEncoding.EncodeToString(ed25519.Sign(private, []byte(challenge)))
		}
		s.stranger().post("/api/biometric/login/init/", `{}`).refuses(400, "MISSING_PARAMS", "device_id and credential_id are required")
		s.stranger().post("/api/biometric/login/init/", `{"device_id":"x","credential_id":"y"}`).refuses(404, "DEVICE_NOT_FOUND", "Device not registered")
		s.stranger().post("/api/biometric/login/verify/", `{"device_id":"dev-1"}`).says(400, `{"success":false,
			"message":"Missing required fields: credential_id, challenge, signature, device_fingerprint","error_code":"MISSING_PARAMS",
			"missing_fields":["credential_id","challenge","signature","device_fingerprint"]}`)
		finish("c", "s", "fp-1").refuses(401, "INVALID_CHALLENGE", "Invalid or expired challenge")
		finish(begin(), "not-a-signature", "fp-1").refuses(401, "INVALID_SIGNATURE", "Invalid signature")
		finish(begin(), "not-a-signature", "other").refuses(401, "DEVICE_VERIFICATION_FAILED", "Device verification failed")
		s.stranger().post("/api/biometric/login/verify/", `{"device_id":"zzz","credential_id":"c","challenge":"c","signature":"s","device_fingerprint":"f"}`).
			refuses(401, "INVALID_CREDENTIALS", "Invalid credentials")
		challenge := begin()
		a := finish(challenge, signed(challenge), "fp-1").is(200)
		phone{scanner: s, token: a.text("access_token")}.get("/api/validate-token/").is(200)
		a.of("device_info").without("last_used").says(200, `{"device_name":"Juan's phone","is_trusted":false}`)

		list := p.get("/api/biometric/devices/").is(200)
		if list.body["total_devices"] != json.Number("1") || list.body["active_devices"] != json.Number("1") {
			t.Errorf("devices: %s", list.raw)
		}
		device := list.body["devices"].([]any)[0].(map[string]any)
		if len(device) != 13 || device["is_locked"] != false || device["failed_attempts"] != json.Number("0") || device["expires_at"] != nil {
			t.Errorf("device: %v", device)
		}
		if h := p.get("/api/biometric/history/?limit=2").is(200); h.body["total_attempts"] != json.Number("2") {
			t.Errorf("history: %s", h.raw)
		}
		if h := p.get("/api/biometric/history/?success_only=TRUE").is(200); h.body["total_attempts"] != json.Number("1") {
			t.Errorf("successes: %s", h.raw)
		}
		for _, limit := range []string{"x", "-1"} {
			p.get("/api/biometric/history/?limit="+limit).refuses(400, "HISTORY_ERROR", "Error retrieving login history")
		}
		rosa.post("/api/biometric/devices/"+id+"/trust/", `{}`).refuses(404, "DEVICE_NOT_FOUND", "Device not found")
		p.post("/api/biometric/devices/"+id+"/trust/", `{}`).says(200, fmt.Sprintf(`{"success":true,"message":"Device marked as trusted","device_id":%q}`, id))
		rosa.ask(http.MethodDelete, "/api/biometric/devices/"+id+"/revoke/", "").refuses(404, "DEVICE_NOT_FOUND", "Device not found")
		p.ask(http.MethodDelete, "/api/biometric/devices/abc/revoke/", "").says(404, `{"detail":"Not found."}`)
		p.ask(http.MethodDelete, "/api/biometric/devices/"+id+"/revoke", "").says(200, fmt.Sprintf(`{"success":true,"message":"Device revoked successfully","device_id":%q}`, id))
		s.stranger().post("/api/biometric/login/init/", `{"device_id":"dev-1","credential_id":"cred-1"}`).refuses(403, "DEVICE_INACTIVE", "Device has been deactivated")

		p.post("/api/biometric/register/", fields("public_key", "PUBKEY")).is(200)
		finish(begin(), "not-a-signature", "fp-1").refuses(401, "DEVICE_REREGISTER", "Please log in with a code and register this device again")
	})
}
