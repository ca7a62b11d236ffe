package mobile_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// login asks for a code and takes it.
func (s *scanner) login(r people.Resident) (phone, answered) {
	s.t.Helper()
	s.stranger().post("/api/login/", fmt.Sprintf(`{"username":%q,"password":%q}`, r.Username, testkit.Password)).
		says(http.StatusOK, fmt.Sprintf(`{"success":true,"otp_sent":true,"user_id":%q}`, r.ID))
	a := s.stranger().post("/api/login/verify-otp/", fmt.Sprintf(`{"user_id":%q,"otp":%q}`, r.ID, s.Code(s.t, r.Phone))).is(http.StatusOK)
	s.Clock.Advance(time.Minute)
	return phone{scanner: s, token: a.text("access_token")}, a
}

// without drops what changes with every answer, after looking at its spelling.
func (a answered) without(keys ...string) answered {
	a.t.Helper()
	for _, k := range keys {
		switch v, there := a.body[k]; {
		case !there:
			a.t.Errorf("no %s in %s", k, a.raw)
		case strings.Contains(k, "timestamp") && !isTime.MatchString(fmt.Sprint(v)):
			a.t.Errorf("%s: %v", k, v)
		}
		delete(a.body, k)
	}
	return a
}

// codes counts what was sent to a resident that holds a code.
func (s *scanner) codes(r people.Resident) int {
	n := 0
	for _, m := range s.Told(s.t, r.Phone) {
		if m.Code != "" {
			n++
		}
	}
	return n
}

const envelopeOf = `{"success":false,"message":%q,"error_code":%q}`

func (a answered) refuses(status int, code, message string) {
	a.t.Helper()
	a.says(status, fmt.Sprintf(envelopeOf, message, code))
}

func TestResidentLoginRefusals(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		waiting := s.Applicant(t, s.Barangays[0])
		gone := s.Resident(t, s.Barangays[0])
		_, err := s.People.Suspend(t.Context(), s.Actor(s.Admin), people.City, gone.ID, "test")
		must(t, err)
		p := s.stranger()
		for _, c := range []struct {
			body          string
			status        int
			code, message string
		}{
			{`{}`, 400, "MISSING_USERNAME", "Username is required"},
			{``, 400, "MISSING_USERNAME", "Username is required"},
			{`{"username":"   "}`, 400, "MISSING_USERNAME", "Username is required"},
			{`{"username":null,"password":"xxxxxx"}`, 400, "MISSING_USERNAME", "Username is required"},
			{`{"username":"juan"}`, 400, "MISSING_PASSWORD", "Password is required"},
			{`{"username":"juan","password":"abcde"}`, 400, "INVALID_FORMAT", "Invalid credentials format"},
			{`{"username":5,"password":"abcdef"}`, 400, "INVALID_FORMAT", "Invalid credentials format"},
			{`{"username":"juan","password":["abcdef"]}`, 400, "INVALID_FORMAT", "Invalid credentials format"},
			{`{"username":`, 400, "INVALID_REQUEST", "Malformed request"},
			{`[]`, 400, "INVALID_REQUEST", "Malformed request"},
			{`"x"`, 400, "INVALID_REQUEST", "Malformed request"},
			{`null`, 400, "INVALID_REQUEST", "Malformed request"},
			{`{} {}`, 400, "INVALID_REQUEST", "Malformed request"},
			{`{"username":"a\u0000b","password":"abcdef"}`, 400, "INVALID_REQUEST", "Malformed request"},
			{"{\"username\":\"\xff\"}", 400, "INVALID_REQUEST", "Malformed request"},
			{`{"username":"nobody","password":"wrongwrong"}`, 401, "INVALID_CREDENTIALS", "Invalid username or password"},
			{fmt.Sprintf(`{"username":%q,"password":"wrongwrong"}`, s.juan.Username), 401, "INVALID_CREDENTIALS", "Invalid username or password"},
			{fmt.Sprintf(`{"username":%q,"password":%q}`, gone.Username, testkit.Password), 401, "INVALID_CREDENTIALS", "Invalid username or password"},
		} {
			t.Run(c.body, func(t *testing.T) {
				p.post("/api/login/", c.body).refuses(c.status, c.code, c.message)
			})
		}
		p.post("/api/login/", fmt.Sprintf(`{"username":%q,"password":%q}`, waiting.Username, testkit.Password)).
			says(403, `{"success":false,"message":"Account not approved","error_code":"ACCOUNT_NOT_APPROVED","user_status":"pending"}`)
		if n := s.codes(s.juan); n != 0 {
			t.Errorf("refused sign-ins sent %d codes", n)
		}
		p.with("Content-Type: text/plain").post("/api/login/", "x").refuses(415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type")
		p.post("/api/login/", `{"username":"`+strings.Repeat("x", 70_000)+`"}`).refuses(413, "INVALID_REQUEST", "Request Entity Too Large")
	})
}

// Phones count like browsers: five wrong passwords lock the account for half an hour.
func TestResidentLoginIsLocked(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		for range 5 {
			s.stranger().post("/api/login/", fmt.Sprintf(`{"username":%q,"password":"wrongwrong"}`, s.juan.Username)).is(401)
		}
		a := s.stranger().post("/api/login/", fmt.Sprintf(`{"username":%q,"password":%q}`, s.juan.Username, testkit.Password))
		a.refuses(429, "TOO_MANY_ATTEMPTS", "Too many failed attempts. Please try again later.")
		if got := a.header.Get("Retry-After"); got != "1800" {
			t.Errorf("Retry-After %q", got)
		}
		s.Clock.Advance(30 * time.Minute)
		s.login(s.juan)
	})
}

func TestResidentLogin(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		s.Give(t, s.juan, 12_050)
		p, a := s.login(s.juan)
		if got := a.header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("tokens may be cached: %q", got)
		}
		a.without("access_token", "refresh_token").says(200, fmt.Sprintf(`{"success":true,"message":"Login successful","token_type":"Bearer","expires_in":3600,
			"user_info":{"id":%q,"username":%q,"full_name":%q,"total_points":120.5,"status":"approved"},
			"family_info":{"id":%q,"family_name":%q,"family_code":%q,"barangay":%q}}`,
			s.juan.ID, s.juan.Username, s.juan.FullName, s.juan.FamilyID, s.juan.FamilyName, s.juan.FamilyCode, s.juan.BarangayName))

		v := p.get("/api/validate-token/").without("timestamp")
		user := v.of("user_info").without("last_login")
		user.says(200, fmt.Sprintf(`{"id":%q,"username":%q,"full_name":%q,"total_points":120.5,"status":"approved"}`, s.juan.ID, s.juan.Username, s.juan.FullName))

		logins, err := s.Auth.Logins(t.Context(), s.juan.ID, "", 10)
		must(t, err)
		if len(logins.Rows) != 1 || !logins.Rows[0].Success || logins.Rows[0].Way != "code" {
			t.Errorf("history: %+v", logins.Rows)
		}
	})
}

// The same code again from the same phone within a minute gives the same tokens, to the
// byte: an answer may have been lost. Everything else is refused alike.
func TestResidentCode(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		p := s.stranger()
		ask := func(from phone, otp string) answered {
			return from.post("/api/login/verify-otp/", fmt.Sprintf(`{"user_id":%q,"otp":%s}`, s.juan.ID, otp))
		}
		const refused = "OTP_VERIFY_FAILED"
		for _, body := range []string{`{}`, `{"otp":"123456"}`, `{"user_id":"x"}`, `{"user_id":"","otp":""}`, `{"user_id":5,"otp":"123456"}`, `{"user_id":"x","otp":[1]}`} {
			p.post("/api/login/verify-otp/", body).refuses(400, "MISSING_PARAMS", "user_id and otp required")
		}
		p.post("/api/login/verify-otp/", `{"user_id":"abc","otp":"123456"}`).refuses(404, "USER_NOT_FOUND", "User not found")
		p.post("/api/login/verify-otp/", fmt.Sprintf(`{"user_id":%q,"otp":"123456"}`, uuid.New())).refuses(404, "USER_NOT_FOUND", "User not found")
		ask(p, `"123456"`).refuses(400, refused, "OTP verification failed")

		p.post("/api/login/", fmt.Sprintf(`{"username":%q,"password":%q}`, s.juan.Username, testkit.Password)).is(200)
		code := s.Code(t, s.juan.Phone)
		wrong := "000000"
		if code == wrong {
			wrong = "000001"
		}
		ask(p, `"`+wrong+`"`).refuses(400, refused, "OTP verification failed")
		asNumber := strings.TrimLeft(code, "0") // as a phone that takes codes for numbers sends it
		first := ask(p, asNumber).is(200)
		s.Clock.Advance(59 * time.Second)
		if again := ask(p, `"`+code+`"`).is(200); again.raw != first.raw {
			t.Errorf("the same code again:\n%s\n%s", first.raw, again.raw)
		}
		ask(p, `"`+wrong+`"`).refuses(400, refused, "OTP verification failed")
		ask(p.with("User-Agent: another"), `"`+code+`"`).refuses(400, refused, "OTP verification failed")
		s.Clock.Advance(2 * time.Second)
		ask(p, `"`+code+`"`).refuses(400, refused, "OTP verification failed")

		p.post("/api/login/", fmt.Sprintf(`{"username":%q,"password":%q}`, s.juan.Username, testkit.Password)).is(200)
		code = s.Code(t, s.juan.Phone)
		_, err := s.People.Suspend(t.Context(), s.Actor(s.Admin), people.City, s.juan.ID, "test")
		must(t, err)
		ask(p, `"`+code+`"`).refuses(403, "ACCOUNT_INACTIVE", "Account deactivated")
	})
}

func TestResidentSendsAreCapped(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		login := func() answered {
			return s.stranger().post("/api/login/", fmt.Sprintf(`{"username":%q,"password":%q}`, s.juan.Username, testkit.Password))
		}
		const message = "Too many codes were sent. Please try again later."
		scan := func() answered {
			return s.stranger().post("/api/qr-login/", fmt.Sprintf(`{"qr_code":%q}`, s.juan.ID))
		}
		scan().is(200)
		a := scan()
		a.refuses(429, "OTP_SEND_FAILED", message)
		if got := a.header.Get("Retry-After"); got != "60" {
			t.Errorf("Retry-After %q", got)
		}
		s.Clock.Advance(time.Minute)
		scan().is(200)
		s.Clock.Advance(time.Minute)
		scan().refuses(429, "OTP_SEND_FAILED", message) // the last of the hour is the owner's
		login().is(200)
		s.Clock.Advance(time.Minute)
		login().refuses(429, "OTP_SEND_FAILED", message)
		if n := s.codes(s.juan); n != 3 {
			t.Errorf("%d codes", n)
		}
		s.Clock.Advance(time.Hour)
		login().is(200)
	})
}

func TestResidentScansToLogIn(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		waiting := s.Applicant(t, s.Barangays[0])
		gone := s.Resident(t, s.Barangays[0])
		_, err := s.People.Suspend(t.Context(), s.Actor(s.Admin), people.City, gone.ID, "test")
		must(t, err)
		card, err := s.People.CardOf(t.Context(), s.juan.ID)
		must(t, err)
		scan := func(text string) answered {
			body, err := json.Marshal(map[string]string{"qr_code": text})
			must(t, err)
			return s.stranger().post("/api/qr-login/", string(body))
		}
		for _, c := range []struct{ text, via string }{
			{s.juan.Username, "username"}, {strings.ToUpper(s.juan.ID.String()), "user_id"}, {" " + strings.ReplaceAll(s.juan.ID.String(), "-", "") + " ", "user_id"},
			{s.juan.FamilyCode, "family_code"}, {card.QR, "user_id"}, {card.Typed(), "user_id"},
		} {
			scan(c.text).says(200, fmt.Sprintf(`{"success":true,"otp_sent":true,"user_id":%q,"via":%q}`, s.juan.ID, c.via))
			s.Clock.Advance(5 * time.Hour)
		}
		for _, c := range []struct {
			text          string
			status        int
			code, message string
		}{
			{"", 400, "MISSING_QR_CODE", "QR code is required"},
			{"ab", 400, "INVALID_QR_FORMAT", "Invalid QR code format"},
			{strings.Repeat("a", 201), 400, "INVALID_QR_FORMAT", "Invalid QR code format"},
			{"ab c!", 400, "INVALID_QR_CHARACTERS", "Invalid QR code characters"},
			{"nobody-here", 404, "USER_NOT_FOUND", "User not found"},
			{gone.Username, 404, "USER_NOT_FOUND", "User not found"},
			{card.QR[:len(card.QR)-3] + "AAA", 404, "USER_NOT_FOUND", "User not found"},
			{waiting.Username, 403, "ACCOUNT_NOT_APPROVED", "Account not approved (pending)"},
		} {
			scan(c.text).refuses(c.status, c.code, c.message)
		}
		s.stranger().post("/api/qr-login/", `{"qr_code":5}`).refuses(400, "INVALID_QR_FORMAT", "Invalid QR code format")
	})
}

func TestResidentRefresh(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		_, a := s.login(s.juan)
		old := a.text("refresh_token")
		s.Clock.Advance(2 * time.Hour)
		ask := func(body string) answered { return s.stranger().post("/api/refresh-token/", body) }
		ask(`{}`).refuses(400, "MISSING_REFRESH_TOKEN", "Refresh token is required")
		for _, body := range []string{`{"refresh_token":"garbage"}`, `{"refresh_token":5}`, `{"refresh_token":"` + a.text("access_token") + `"}`} {
			ask(body).refuses(401, "INVALID_REFRESH_TOKEN", "Invalid or expired refresh token")
		}
		next := s.stranger().with("Authorization: Bearer "+a.text("access_token")).post("/api/refresh-token/", `{"refresh_token":"`+old+`"}`).is(200) // an expired one beside it
		p := phone{scanner: s, token: next.text("access_token")}
		p.get("/api/validate-token/").is(200)
		next.without("access_token", "refresh_token", "timestamp").says(200, `{"success":true,"message":"Tokens refreshed successfully","token_type":"Bearer","expires_in":3600}`)

		collector := s.stranger().post("/mobile/api/admin/login/", fmt.Sprintf(`{"username":"manager","password":%q}`, testkit.Password)).is(200)
		ask(`{"refresh_token":"`+collector.text("refresh_token")+`"}`).refuses(401, "INVALID_REFRESH_TOKEN", "Invalid or expired refresh token")
	})
}

func TestResidentLogout(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		const (
			client  = `{"success":true,"message":"Logged out successfully (client-side)","redirect_url":"/accounts/login/","note":"No server-side session to clear"}`
			nothing = `{"success":true,"message":"Logged out successfully","redirect_url":"/accounts/login/","note":"No refresh token provided for blacklisting"}`
			done    = `{"success":true,"message":"Logged out successfully","redirect_url":"/accounts/login/"}`
		)
		p, a := s.login(s.juan)
		other, b := s.login(s.rosa)
		s.stranger().post("/api/logout/", `{}`).says(200, client)
		s.stranger().get("/api/logout/").says(200, client)
		p.post("/api/logout/", `{}`).says(200, nothing)
		p.post("/api/logout/", `{"refresh_token":"garbage"}`).refuses(400, "INVALID_REFRESH_TOKEN", "Invalid or expired refresh token")
		p.post("/api/logout/", `{"refresh_token":"`+b.text("refresh_token")+`"}`).refuses(400, "INVALID_REFRESH_TOKEN", "Invalid or expired refresh token") // rosa's
		p.post("/api/logout/", `{"refresh_token":`).refuses(400, "INVALID_REQUEST", "Malformed request")
		p.post("/api/logout/", `{"refresh_token":"`+a.text("refresh_token")+`"}`).says(200, done)
		p.post("/api/logout/", `{"refresh_token":"`+a.text("refresh_token")+`"}`).refuses(400, "INVALID_REFRESH_TOKEN", "Invalid or expired refresh token")
		s.stranger().post("/api/refresh-token/", `{"refresh_token":"`+a.text("refresh_token")+`"}`).is(401)
		p.get("/api/validate-token/").is(200) // lives to its end, as in the reference
		other.get("/api/logout/?refresh_token="+b.text("refresh_token")).says(200, done)
		s.stranger().post("/api/refresh-token/", `{"refresh_token":"`+b.text("refresh_token")+`"}`).is(401)
		s.stranger().with("Authorization: Bearer garbage").post("/api/logout/", `{}`).is(401)
	})
}
