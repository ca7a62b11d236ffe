package blob

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"ekolek/internal/config"
)

func TestDrive(t *testing.T) {
	s := newDriveServer(t)
	t.Run("oauth", func(t *testing.T) { conform(t, s.oauth()) })
	t.Run("service account", func(t *testing.T) { conform(t, s.serviceAccount()) })
	if n := s.times("POST /token"); n != 2 {
		t.Errorf("%d access tokens were asked for, of two accounts", n)
	}
}

// INC-20, and what else goes wrong with Google: each is a failure with words that say what
// to do, after as many tries as make sense.
func TestDriveTrouble(t *testing.T) {
	drive := func(status int, reason, words string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { refuseDrive(w, status, reason, words) }
	}
	google := func(code, words string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { refuseToken(w, code, words) }
	}
	for name, c := range map[string]struct {
		path    string
		answer  func(http.ResponseWriter, *http.Request)
		outcome Outcome
		tries   int
		words   string
	}{
		"full":                {"/upload/drive", drive(403, "storageQuotaExceeded", "The user's Drive storage quota has been exceeded."), Refused, 1, "shared drive"},
		"no right":            {"/upload/drive", drive(403, "insufficientFilePermissions", "no"), Refused, 1, "editor"},
		"no folder":           {"/upload/drive", drive(404, "notFound", "File not found: "+driveFolder+"."), Refused, 1, "GOOGLE_DRIVE_FOLDER_ID"},
		"too fast":            {"/upload/drive", drive(403, "userRateLimitExceeded", "slow down"), Down, tries, "userRateLimitExceeded"},
		"too many":            {"/upload/drive", drive(429, "rateLimitExceeded", "slow down"), Down, tries, "429"},
		"broken":              {"/upload/drive", drive(500, "backendError", "oops"), Down, tries, "500"},
		"unavailable":         {"/upload/session", drive(503, "backendError", "oops"), Down, tries, "503"},
		"API off":             {"/upload/drive", drive(403, "accessNotConfigured", "has not been used"), Refused, 1, "Drive API"},
		"revoked key":         {"/token", google("invalid_grant", "Invalid JWT Signature."), Refused, 1, "make a new key"},
		"deleted account":     {"/token", google("invalid_grant", "Invalid grant: account not found"), Refused, 1, "was deleted"},
		"a wrong clock":       {"/token", google("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."), Refused, 1, "NTP"},
		"tokens down":         {"/token", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, Down, tries, "502"},
		"nonsense":            {"/token", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, Down, 1, "without an access token"},
		"another way":         {"/upload/drive", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Location", "http://evil.example/") }, Down, 1, "no address"},
		"a line that breaks":  {"/upload/session", func(w http.ResponseWriter, _ *http.Request) { hijack(w) }, Down, tries, "broke off"},
		"never again allowed": {"/upload/drive", drive(401, "authError", "Invalid Credentials"), Refused, 2, "access token"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newDriveServer(t)
			d := s.serviceAccount()
			asked := s.once(1000, c.path, c.answer)
			key := "1IdX"
			if c.path != "/token" {
				var err error
				if key, err = d.NewKey(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			content := random(1000)
			err := d.Put(t.Context(), key, about(content), bytes.NewReader(content))
			n := 0
			s.locked(func() { n = *asked })
			if f := FailureOf(err); err == nil || f.Outcome != c.outcome || n != c.tries || !strings.Contains(f.Error(), c.words) {
				t.Errorf("%v (outcome %d) after %d tries, want outcome %d after %d", err, f.Outcome, n, c.outcome, c.tries)
			}
			if len(s.held()) > 0 {
				t.Error("a file is there")
			}
		})
	}
}

// An OAuth token that ended is told apart from a service account's key.
func TestDriveRefreshTokenEnded(t *testing.T) {
	s := newDriveServer(t)
	d := s.store(config.GoogleDrive{ClientID: "client", ClientSecret: clientSecret, RefreshToken: "1//an-old-one-0a71be52"})
	_, err := d.NewKey(t.Context())
	f := FailureOf(err)
	if f.Outcome != Refused || !strings.Contains(f.Mend, "GOOGLE_DRIVE_OAUTH_REFRESH_TOKEN") {
		t.Errorf("%v", err)
	}
	if text := fmt.Sprintf("%v %+v", err, f); strings.Contains(text, clientSecret) || strings.Contains(text, "an-old-one") {
		t.Errorf("a secret is told: %s", text)
	}
}

// Trouble that passes is no failure: an access token that was taken back early, a busy
// moment, and an answer that was lost after the bytes had arrived. There is one file.
func TestDriveGetsThrough(t *testing.T) {
	s := newDriveServer(t)
	d := s.oauth()
	content := random(50_000)
	put := func(what string) string {
		t.Helper()
		key, err := d.NewKey(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Put(t.Context(), key, about(content), bytes.NewReader(content)); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		return key
	}
	put("at first")
	s.locked(func() { clear(s.tokens) })
	key := put("after the token was taken back")
	s.once(2, "/upload/session", func(w http.ResponseWriter, _ *http.Request) { refuseDrive(w, 503, "backendError", "busy") })
	put("after a busy moment")
	s.once(1, "/upload/session", func(w http.ResponseWriter, r *http.Request) {
		r.SetPathValue("id", strings.TrimPrefix(r.URL.Path, "/upload/session/"))
		s.upload(discarded{http.Header{}}, r)
		hijack(w)
	})
	put("after a lost answer")
	s.locked(func() { s.trouble = nil })
	if err := d.Put(t.Context(), key, about(content), bytes.NewReader(content)); err != nil {
		t.Errorf("again: %v", err)
	}
	if n := len(s.held()); n != 4 {
		t.Errorf("%d files, want 4", n)
	}
	other := random(50_000)
	if err := d.Put(t.Context(), key, about(other), bytes.NewReader(other)); err == nil {
		t.Error("another object took the place of one that is there")
	}
}

// discarded is an answer that nobody gets.
type discarded struct{ header http.Header }

func (d discarded) Header() http.Header         { return d.header }
func (d discarded) Write(p []byte) (int, error) { return len(p), nil }
func (d discarded) WriteHeader(int)             {}

// What Google stored and what was sent are compared.
func TestDriveStoresOtherBytes(t *testing.T) {
	s := newDriveServer(t)
	d := s.oauth()
	key, err := d.NewKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.locked(func() {
		s.trouble = func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.HasPrefix(r.URL.Path, "/upload/session") {
				r.Body = io.NopCloser(io.MultiReader(strings.NewReader("x"), io.LimitReader(r.Body, 999)))
			}
			return false
		}
	})
	content := random(1000)
	if err := d.Put(t.Context(), key, about(content), bytes.NewReader(content)); err == nil || !strings.Contains(err.Error(), "other bytes") {
		t.Errorf("%v", err)
	}
}

// An access token serves for its hour, and is renewed before it ends.
func TestDriveToken(t *testing.T) {
	s := newDriveServer(t)
	d := s.oauth()
	now := time.Now()
	d.tokens.now = func() time.Time { return now }
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {58 * time.Minute, 1}, {90 * time.Second, 2}} {
		now = now.Add(step.after)
		if _, failed := d.tokens.token(t.Context()); failed != nil {
			t.Fatal(failed)
		}
		if got := s.times("POST /token"); got != step.want {
			t.Errorf("after %s: %d tokens, want %d", step.after, got, step.want)
		}
	}
}

func TestDriveCredentials(t *testing.T) {
	for name, credentials := range map[string]string{
		"none": "", "no JSON": "/etc/key.json", "another JSON": `{"installed":{}}`, "no key": `{"client_email":"a@b","private_key":"x"}`,
	} {
		_, err := NewDrive(config.GoogleDrive{FolderID: "x", Credentials: config.Secret(credentials)})
		if err == nil || !strings.Contains(err.Error(), "GOOGLE_DRIVE_CREDENTIALS_JSON") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
