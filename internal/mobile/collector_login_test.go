package mobile_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/testkit"
)

const login = "/mobile/api/admin/login/"

func (p phone) signIn(username, password string) answered {
	p.t.Helper()
	return p.post(login, fmt.Sprintf(`{"username":%q,"password":%q}`, username, password))
}

func failure(message string) string { return fmt.Sprintf(`{"success":false,"error":%q}`, message) }

func failureCode(message, code string) string {
	return fmt.Sprintf(`{"success":false,"error":%q,"error_code":%q}`, message, code)
}

func triesLeft(n int) string {
	return failure(fmt.Sprintf("Invalid credentials. %d attempts remaining before account lockout.", n))
}

func (s *scanner) trail(action string) []audit.Entry {
	s.t.Helper()
	page, err := audit.List(s.t.Context(), s.DB, audit.Filter{Action: action})
	must(s.t, err)
	return page.Rows
}

func TestCollectorSignsIn(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		a := s.stranger().signIn("MANAGER", testkit.Password).is(http.StatusOK)
		for _, key := range []string{"access_token", "refresh_token"} {
			if strings.Count(a.text(key), ".") != 2 {
				t.Errorf("%s is %q", key, a.text(key))
			}
			delete(a.body, key)
		}
		a.says(http.StatusOK, `{"success":true,"message":"Login successful","token_type":"Bearer","expires_in":3600,"admin_info":{
			"id":"`+s.Manager.ID.String()+`","username":"manager","email":null,"role":"operations_manager","full_name":"Staff manager",
			"permissions":{"can_manage_users":true,"can_manage_controls":false,"can_manage_points":true,"can_manage_rewards":false}}}`)
		super := s.stranger().signIn("admin", testkit.Password).is(http.StatusOK).of("admin_info").of("permissions")
		super.says(http.StatusOK, `{"can_manage_users":true,"can_manage_controls":true,"can_manage_points":true,"can_manage_rewards":true}`)
		st, err := s.Auth.StaffByID(t.Context(), s.Manager.ID)
		if err != nil || st.LastLoginAt == nil || !st.LastLoginAt.Equal(s.Clock.Now()) {
			t.Errorf("last login %v, %v", st.LastLoginAt, err)
		}
		if trail := s.trail("staff.app_sign_in"); len(trail) != 2 || trail[1].Actor.ID != s.Manager.ID || trail[1].Actor.IP != "127.0.0.1" {
			t.Errorf("trail %+v", trail)
		}
	})
}

// Who is guessed at is told nothing: not whether somebody works here, nor as what.
func TestWhoMayNotSignIn(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		_, err := s.Auth.SuspendStaff(t.Context(), s.Actor(s.Admin), s.Staff(t, "suspended", auth.OperationsManager).ID, "test")
		must(t, err)
		temporary, err := s.Auth.ResetStaffPassword(t.Context(), s.Actor(s.Admin), s.Staff(t, "newcomer", auth.OperationsManager).ID)
		must(t, err)
		role := failure("Access denied. Only super admins and operations managers can use this app.")
		for name, c := range map[string]struct {
			username, password string
			status             int
			answer             string
		}{
			"content manager":                    {"content", testkit.Password, 403, role},
			"analyst":                            {"analyst", testkit.Password, 403, role},
			"must change the password":           {"newcomer", temporary, 403, failure("Password must be changed before using the mobile app. Please login via web admin panel first.")},
			"suspended":                          {"suspended", testkit.Password, 401, failure("Invalid credentials")},
			"resident":                           {s.juan.Username, testkit.Password, 401, triesLeft(4)},
			"nobody":                             {"nobody", "x", 401, triesLeft(4)},
			"analyst with a wrong password":      {"analyst", "x", 401, triesLeft(4)},
			"suspended with a wrong password":    {"suspended", "x", 401, triesLeft(4)},
			"manager with a wrong password":      {"manager", "x", 401, triesLeft(4)},
			"a password as long as nobody's":     {"manager", strings.Repeat("x", 2000), 401, triesLeft(4)},
			"with blanks around the right one":   {"manager", " " + testkit.Password, 401, triesLeft(4)},
			"somebody's session in the password": {"manager", "Bearer x", 401, triesLeft(4)},
		} {
			a := s.stranger().signIn(c.username, c.password)
			t.Run(name, func(t *testing.T) {
				a.t = t
				a.says(c.status, c.answer)
			})
			s.Clock.Advance(time.Hour) // the counts start anew
		}
		if s.rows("auth_token") != 0 {
			t.Error("somebody got tokens")
		}
	})
}

// A right password of the wrong role is no failed attempt, however often it is tried.
func TestTheWrongRoleIsNotLocked(t *testing.T) {
	s := newScanner(t, testkit.DB(t))
	for range 7 {
		s.stranger().signIn("content", testkit.Password).is(http.StatusForbidden)
	}
}

func TestWrongPasswordsLock(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		for left := 4; left > 0; left-- {
			s.stranger().signIn("manager", "x").says(http.StatusUnauthorized, triesLeft(left))
		}
		s.stranger().signIn("manager", "x").says(http.StatusLocked,
			failure("Account has been locked due to multiple failed login attempts. Please try again in 30 minutes."))
		end := s.Clock.Now().Add(30 * time.Minute).UTC().Format("2006-01-02 15:04")
		for _, password := range []string{"x", testkit.Password} { // which is right is not told
			a := s.stranger().signIn("manager", password)
			a.says(http.StatusLocked, failure("Account is locked until "+end))
			if a.header.Get("Retry-After") != "1800" {
				t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
			}
		}
		if got := s.trail("auth.lock"); len(got) != 1 {
			t.Errorf("the trail has %d locks", len(got))
		}
		s.Clock.Advance(30 * time.Minute)
		s.stranger().signIn("manager", "x").says(http.StatusUnauthorized, triesLeft(4))
		s.stranger().signIn("manager", testkit.Password).is(http.StatusOK)
		s.stranger().signIn("manager", "x").says(http.StatusUnauthorized, triesLeft(4))
	})
}

// Whoever holds a token works on while a stranger guesses at the password.
func TestALockKeepsNobodyOutWhoIsIn(t *testing.T) {
	s := newScanner(t, testkit.DB(t))
	manager := s.as("manager")
	for range 6 {
		s.stranger().signIn("manager", "x")
	}
	manager.get("/mobile/api/admin/profile/").is(http.StatusOK)
}

// Five accounts that fail from one address lock the address; X-Forwarded-For of a stranger
// makes no other one of it.
func TestAnAddressIsLocked(t *testing.T) {
	s := newScanner(t, testkit.DB(t))
	for n := range 5 {
		s.stranger().with(fmt.Sprint("X-Forwarded-For: 203.0.113.", n)).signIn(fmt.Sprint("guess", n), "x").is(http.StatusUnauthorized)
	}
	a := s.stranger().with("X-Forwarded-For: 203.0.113.99").signIn("manager", testkit.Password)
	a.says(http.StatusTooManyRequests, `{"success":false,"error":"Too many login attempts. Please try again later.","debug":"Rate limit exceeded"}`)
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestSignInMistakes(t *testing.T) {
	s := newScanner(t, testkit.DB(t))
	mistake := func(message, debug string) string {
		return fmt.Sprintf(`{"success":false,"error":%q,"debug":%q}`, message, debug)
	}
	const required, empty = "Username and password are required", "Request body is empty. Please send JSON data with username and password."
	noJSON := mistake("Invalid JSON data. Please check your request format.", "JSON decode error")
	for name, c := range map[string]struct{ kind, body, answer string }{
		"nothing":       {"application/json", "", mistake(empty, "Empty request body")},
		"blanks":        {"application/json", " \n", mistake(empty, "Empty request body")},
		"broken":        {"application/json", "{bad", noJSON},
		"a list":        {"application/json", "[1]", noJSON},
		"a form":        {"application/x-www-form-urlencoded", "username=admin&password=x", noJSON},
		"a text":        {"text/plain", `{"username":"a"}`, mistake(required, "Missing fields: password")},
		"no fields":     {"application/json", "{}", mistake(required, "Missing fields: username, password")},
		"no password":   {"application/json", `{"username":"admin"}`, mistake(required, "Missing fields: password")},
		"null":          {"application/json", `{"username":"admin","password":null}`, mistake(required, "Missing fields: password")},
		"not a text":    {"application/json", `{"username":"admin","password":["x"]}`, mistake(required, "Missing fields: password")},
		"a zero byte":   {"application/json", `{"username":"a\u0000","password":"x"}`, noJSON},
		"several parts": {"multipart/form-data; boundary=x", "--x--", mistake("Invalid request format. Please send JSON data, not form data.", "Request body was already read. Use Content-Type: application/json")},
	} {
		t.Run(name, func(t *testing.T) {
			p := s.stranger().with("Content-Type: " + c.kind)
			p.t = t
			a := p.post(login, c.body)
			a.t = t
			a.says(http.StatusBadRequest, c.answer)
		})
	}
	s.stranger().get(login).says(http.StatusMethodNotAllowed, `{"error":"Method not allowed"}`)
	s.stranger().signIn("nobody", "x").says(http.StatusUnauthorized, triesLeft(4)) // none of these was an attempt
}

// Fifty guesses at once are judged five times; one is told of the lock that it made.
func TestParallelGuesses(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		var mu sync.Mutex
		statuses := map[int]int{}
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				a := s.stranger().signIn("manager", "x")
				mu.Lock()
				defer mu.Unlock()
				statuses[a.status]++
			})
		}
		wg.Wait()
		if failed := len(s.trail("staff.sign_in_failed")) + len(s.trail("auth.lock")); failed != 5 || statuses[401] > 4 || statuses[401]+statuses[423] != 50 {
			t.Errorf("%d passwords were looked at; answers %v", failed, statuses)
		}
	})
}

// Staff with a second factor type its six digits right after the password.
func TestSecondFactorInOneField(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		in, err := s.Auth.SignInStaff(t.Context(), s.Actor(s.Manager), "manager", testkit.Password)
		must(t, err)
		app, _, _ := s.SecondFactor(t, in.Principal)
		a := s.stranger().signIn("manager", testkit.Password).is(http.StatusUnauthorized)
		if a.text("error_code") != "SECOND_NEEDED" || !strings.Contains(a.text("error"), "six digits") {
			t.Errorf("without the digits: %s", a.raw)
		}
		wrong := s.stranger().signIn("manager", testkit.Password+"000000").is(http.StatusUnauthorized)
		if wrong.text("error_code") != "SECOND_WRONG" {
			t.Errorf("wrong digits: %s", wrong.raw)
		}
		s.stranger().signIn("manager", "x"+app.Code(0)).says(http.StatusUnauthorized, triesLeft(4))
		code := app.Code(0)
		s.stranger().signIn("manager", testkit.Password+code).is(http.StatusOK)
		s.stranger().signIn("manager", testkit.Password+code).is(http.StatusUnauthorized) // a code counts once
	})
}

func TestRefreshAndLogout(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		const refresh, logout = "/mobile/api/admin/refresh-token/", "/mobile/api/admin/logout/"
		first := s.stranger().signIn("manager", testkit.Password).is(http.StatusOK).text("refresh_token")
		token := func(t string) string { return fmt.Sprintf(`{"refresh_token":%q}`, t) }
		s.Clock.Advance(2 * time.Hour) // the access token is over
		a := s.stranger().post(refresh, token(first)).is(http.StatusOK)
		access := a.text("access_token")
		delete(a.body, "access_token")
		delete(a.body, "refresh_token")
		a.says(http.StatusOK, `{"success":true,"message":"Token refreshed successfully","token_type":"Bearer","expires_in":3600}`)
		manager := phone{scanner: s, token: access}
		manager.get("/mobile/api/admin/profile/").is(http.StatusOK)
		manager.post(refresh, token(first)).is(http.StatusOK) // the header is not looked at

		invalid := failure("Invalid or expired refresh token")
		s.stranger().post(refresh, `{}`).says(http.StatusBadRequest, failure("Refresh token is required"))
		s.stranger().post(refresh, token("x")).says(http.StatusUnauthorized, invalid)
		s.stranger().post(refresh, token(access)).says(http.StatusUnauthorized, invalid)
		s.stranger().post(refresh, `{bad`).says(http.StatusBadRequest, failureCode("Malformed request", "INVALID_REQUEST"))

		done := `{"success":true,"message":"Logged out successfully"}`
		manager.post(logout, token(first)).says(http.StatusOK, done)
		s.stranger().post(refresh, token(first)).says(http.StatusUnauthorized, invalid)
		for _, body := range []string{token(first), `{}`, "", token("x"), `{"refresh_token":7}`} {
			s.stranger().post(logout, body).says(http.StatusOK, done)
		}
		if trail := s.trail("staff.app_sign_out"); len(trail) != 1 || trail[0].Actor.ID != s.Manager.ID {
			t.Errorf("trail %+v", trail)
		}
		other := s.stranger().signIn("manager", testkit.Password).is(http.StatusOK).text("refresh_token")
		_, err := s.Auth.SuspendStaff(t.Context(), s.Actor(s.Admin), s.Manager.ID, "test")
		must(t, err)
		s.stranger().post(refresh, token(other)).says(http.StatusUnauthorized, invalid)
	})
}

func TestHealthAndDebugToken(t *testing.T) {
	s := newScanner(t, testkit.DB(t))
	a := s.stranger().get("/mobile/api/admin/health")
	at, err := time.Parse("2006-01-02T15:04:05-07:00", a.text("timestamp"))
	if err != nil || !at.Equal(s.Clock.Now()) {
		t.Errorf("timestamp %q, %v", a.text("timestamp"), err)
	}
	delete(a.body, "timestamp")
	a.says(http.StatusOK, `{"status":"ok","message":"Ekoscan API is running","authentication":"JWT"}`)
	s.stranger().post("/mobile/api/admin/health/", `{}`).says(http.StatusMethodNotAllowed, `{"error":"Method not allowed"}`)
	for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
		s.stranger().ask(method, "/mobile/api/admin/debug-token/", "").says(http.StatusGone, `{"deprecated":true,
			"message":"This endpoint is deprecated. JWT authentication is now used.","suggestion":"Use /ekoscan/api/admin/refresh-token/ to refresh JWT tokens"}`)
	}
}

// The gate, in its order.
func TestCollectorGate(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		const profile = "/mobile/api/admin/profile/"
		gate := func(message, code string) string {
			return fmt.Sprintf(`{"success":false,"error":%q,"error_code":%q,"requires_login":true}`, message, code)
		}
		required := gate("Authentication required. Please login again.", "AUTH_REQUIRED")
		format := gate("Invalid authorization format. Please login again.", "INVALID_AUTH_FORMAT")
		expired := gate("Your session has expired. Please login again.", "TOKEN_EXPIRED")
		manager := s.as("manager")
		resident := phone{scanner: s, token: s.residentToken(s.juan)}
		s.stranger().get(profile).says(http.StatusUnauthorized, required)
		for _, header := range []string{"Token x", "Bearer", "bearer " + manager.token} {
			s.stranger().with("Authorization: "+header).get(profile).says(http.StatusUnauthorized, format)
		}
		for _, header := range []string{"Bearer x", "Bearer ", "Bearer a b", "Bearer " + manager.token + "x"} {
			s.stranger().with("Authorization: " + header).get(profile).is(http.StatusUnauthorized)
		}
		s.stranger().with("Authorization: Bearer x").get(profile).says(http.StatusUnauthorized, expired)
		resident.get(profile).says(http.StatusUnauthorized, expired)
		// A wrong method is told before it is asked who it is.
		s.stranger().get("/mobile/api/admin/waste-transaction/").says(http.StatusMethodNotAllowed, `{"detail":"Method \"GET\" not allowed."}`)

		_, err := s.Auth.EditStaff(t.Context(), s.Actor(s.Admin), s.Manager.ID, auth.StaffEdit{FullName: "Staff manager", Role: auth.SecurityAnalyst})
		must(t, err)
		manager.get(profile).says(http.StatusForbidden,
			failureCode("Access denied. Only super admins and operations managers can use this app.", "INSUFFICIENT_PERMISSIONS"))
		_, err = s.Auth.SuspendStaff(t.Context(), s.Actor(s.Admin), s.Manager.ID, "test")
		must(t, err)
		manager.get(profile).says(http.StatusUnauthorized, expired)

		admin := s.as("admin")
		s.Clock.Advance(time.Hour + time.Second)
		admin.get(profile).says(http.StatusUnauthorized, expired)
		admin = s.as("admin")
		_, err = s.Auth.ResetStaffPassword(t.Context(), audit.Command("test"), s.Admin.ID)
		must(t, err)
		admin.get(profile).says(http.StatusUnauthorized, expired)
	})
}
