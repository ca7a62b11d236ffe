package mobile_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// What the reference's framework says of a token, to the letter.
func TestResidentTokens(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		p, a := s.login(s.juan)
		now := s.Clock.Now().Unix()
		sign := func(claims jwt.MapClaims) string {
			token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(testkit.SecretKey))
			must(t, err)
			return token
		}
		invalid := func(why string) string {
			return `{"detail":"Given token not valid for any token type","code":"token_not_valid","messages":[{"token_class":"AccessToken","token_type":"access","message":"` + why + `"}]}`
		}
		const foreign = `{"detail":"Token contained no recognizable user identification","code":"token_not_valid"}`
		const missing = `{"detail":"Authentication credentials were not provided."}`
		const values = `{"detail":"Authorization header must contain two space-delimited values","code":"bad_authorization_header"}`
		claims := func(more jwt.MapClaims) jwt.MapClaims {
			c := jwt.MapClaims{"token_type": "access", "exp": now + 60, "iat": now, "jti": "0123456789abcdef0123456789abcdef", "user_id": s.juan.ID.String()}
			for k, v := range more {
				c[k] = v
			}
			return c
		}
		gone := s.Resident(t, s.Barangays[0])
		_, err := s.People.Suspend(t.Context(), s.Actor(s.Admin), people.City, gone.ID, "test")
		must(t, err)
		for name, c := range map[string]struct{ header, want string }{
			"none":           {"", missing},
			"another scheme": {"Token x", missing},
			"no value":       {"Bearer", values},
			"two values":     {"Bearer a b", values},
			"garbage":        {"Bearer x.y.z", invalid("Token is invalid")},
			"expired":        {"Bearer " + sign(claims(jwt.MapClaims{"exp": now})), invalid("Token is expired")},
			"refresh":        {"Bearer " + a.text("refresh_token"), invalid("Token has wrong type")},
			"nobody's":       {"Bearer " + sign(claims(jwt.MapClaims{"user_id": uuid.NewString()})), `{"detail":"User not found","code":"user_not_found"}`},
			"no id":          {"Bearer " + sign(claims(jwt.MapClaims{"user_id": "1"})), foreign},
			"a collector's":  {"Bearer " + s.as("manager").token, foreign},
			"suspended":      {"Bearer " + sign(claims(jwt.MapClaims{"user_id": gone.ID.String()})), `{"detail":"User is inactive","code":"user_inactive"}`},
		} {
			for _, path := range []string{"/api/validate-token/", "/api/current_points", "/api/biometric/devices/"} {
				got := s.stranger().with("Authorization: "+c.header, "Cookie: ekolek_session=x").get(path)
				got.says(401, c.want)
				if h := got.header.Get("WWW-Authenticate"); h != `Bearer realm="api"` {
					t.Errorf("%s: WWW-Authenticate %q", name, h)
				}
			}
		}
		// Who may not access, but is not suspended, hears why from the routes that say it.
		waiting := s.Applicant(t, s.Barangays[0])
		barred := phone{scanner: s, token: sign(claims(jwt.MapClaims{"user_id": waiting.ID.String()}))}
		for _, path := range []string{"/api/validate-token/", "/api/family_members/"} {
			barred.get(path).refuses(403, "ACCESS_REVOKED", "Account access has been revoked")
		}
		barred.post("/api/biometric/register/", `{}`).refuses(403, "ACCESS_REVOKED", "Account access has been revoked")
		if w := barred.get("/api/current_points/").is(200).body["warning"]; w != "Account access may be revoked" {
			t.Errorf("warning %v", w)
		}
		if got := barred.get("/api/current_user_data/").is(200).of("permissions").body["can_access_system"]; got != false {
			t.Errorf("can_access_system %v", got)
		}
		p.get("/api/validate-token/").is(200)
	})
}

// A JSON body, a form and a multipart form say the same.
func TestBodiesAreInterchangeable(t *testing.T) {
	s := newScanner(t, testkit.DB(t))
	var parts bytes.Buffer
	form := multipart.NewWriter(&parts)
	must(t, form.WriteField("username", s.juan.Username))
	must(t, form.WriteField("password", "wrongwrong"))
	must(t, form.Close())
	for kind, body := range map[string]string{
		"application/json":                  fmt.Sprintf(`{"username":%q,"password":"wrongwrong"}`, s.juan.Username),
		"application/x-www-form-urlencoded": "username=" + s.juan.Username + "&password=wrongwrong",
		form.FormDataContentType():          parts.String(),
	} {
		s.stranger().with("Content-Type: "+kind).post("/api/login/", body).refuses(401, "INVALID_CREDENTIALS", "Invalid username or password")
	}
	for kind, body := range map[string]string{
		"application/x-www-form-urlencoded": "username=%zz", "multipart/form-data": "x", "multipart/form-data; boundary=b": "no parts", "application/json; charset=utf-8": "{",
	} {
		s.stranger().with("Content-Type: "+kind).post("/api/login/", body).refuses(400, "INVALID_REQUEST", "Malformed request")
	}
	s.stranger().with("Content-Type: /").post("/api/login/", "{}").refuses(415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type")
}

func TestAddressesAndMethods(t *testing.T) {
	s := newScanner(t, testkit.DB(t))
	p, _ := s.login(s.juan)
	s.stranger().get("/api/none/").says(404, `{"detail":"Not found."}`)
	for _, path := range []string{"/api/", "/api/debug/user/", "/api/debug/simple-points/", "/api/debug/basic-auth/", "/api/logout/debug/"} {
		p.get(path).says(404, `{"detail":"Not found."}`)
	}
	a := s.stranger().get("/api/login/")
	a.says(405, `{"detail":"Method \"GET\" not allowed."}`)
	if got := a.header.Get("Allow"); got != "OPTIONS, POST" {
		t.Errorf("Allow %q", got)
	}
	p.post("/api/current_points/", `{}`).says(405, `{"detail":"Method \"POST\" not allowed."}`)
	s.stranger().post("/api/current_points/", `{}`).is(401)
	s.stranger().ask(http.MethodOptions, "/api/login/", "").says(200, `{"name":"api/login","description":"","renders":["application/json"],
		"parses":["application/json","application/x-www-form-urlencoded","multipart/form-data"]}`)
	s.stranger().with("Accept: text/html").get("/api/logout/").says(406, `{"detail":"Could not satisfy the request Accept header."}`)
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(browserAsks(t, s.url+"/api/logout/"))
	must(t, err)
	res.Body.Close()
	if res.StatusCode != 302 || res.Header.Get("Location") != "/accounts/login/" {
		t.Errorf("a browser that logs out here: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
}

func browserAsks(t *testing.T, address string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	must(t, err)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	return r
}
