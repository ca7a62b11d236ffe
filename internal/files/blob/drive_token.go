package blob

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"ekolek/internal/config"
)

// driveScope lets the program see the files that it made, and no others.
const driveScope = "https://www.googleapis.com/auth/drive.file"

// googleTokenURL gives access tokens.
const googleTokenURL = "https://oauth2.googleapis.com/token"

// tokens gets access tokens of a Google account: by the refresh token that somebody
// allowed once in a browser, or by the key of a service account. Nothing here opens a
// browser, and nothing is kept on disk.
type tokens struct {
	remote
	url     string
	oauth   config.GoogleDrive
	account *serviceAccount // nil: OAuth
	now     func() time.Time

	mu     sync.Mutex
	access string
	until  time.Time
}

// serviceAccount is the JSON that Google gives for one.
type serviceAccount struct {
	Email    string `json:"client_email"`
	KeyID    string `json:"private_key_id"`
	Key      string `json:"private_key"`
	TokenURL string `json:"token_uri"`

	key *rsa.PrivateKey
}

func newTokens(r remote, c config.GoogleDrive) (*tokens, error) {
	t := &tokens{remote: r, url: googleTokenURL, oauth: c, now: time.Now}
	if c.RefreshToken != "" && c.ClientID != "" && c.ClientSecret != "" {
		return t, nil // the preferred way, also when there is a service account
	}
	var a serviceAccount
	if err := json.Unmarshal([]byte(c.Credentials), &a); err != nil || a.Email == "" {
		return nil, errors.New("GOOGLE_DRIVE_CREDENTIALS_JSON is not the JSON of a service account: take the whole file that Google gives, in one line, or name it with GOOGLE_DRIVE_CREDENTIALS_JSON_FILE")
	}
	key, err := jwt.ParseRSAPrivateKeyFromPEM([]byte(strings.ReplaceAll(a.Key, `\n`, "\n")))
	if err != nil {
		return nil, errors.New("GOOGLE_DRIVE_CREDENTIALS_JSON holds no private key that can be read: take the whole file that Google gives, line ends of the key included")
	}
	a.key = key
	if a.TokenURL != "" {
		t.url = a.TokenURL
	}
	t.account = &a
	return t, nil
}

// token is an access token, a new one when the last is about to end.
func (t *tokens) token(ctx context.Context) (string, *Failure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.access != "" && t.now().Before(t.until) {
		return t.access, nil
	}
	form, err := t.grant()
	if err != nil {
		return "", &Failure{Outcome: Refused, Words: "the key of the service account cannot sign", cause: err}
	}
	res, failed := t.do(ctx, func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, strings.NewReader(form.Encode()))
		if err == nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return req, err
	}, t.judge)
	if failed != nil {
		return "", failed
	}
	var told struct {
		Access string `json:"access_token"`
		Life   int    `json:"expires_in"`
	}
	if err := decode(res, &told); err != nil || told.Access == "" {
		return "", &Failure{Outcome: Down, Words: "Google gave an answer without an access token", cause: err}
	}
	t.access, t.until = told.Access, t.now().Add(time.Duration(told.Life)*time.Second-time.Minute)
	return t.access, nil
}

// grant is what an access token is asked with.
func (t *tokens) grant() (url.Values, error) {
	if t.account == nil {
		return url.Values{
			"grant_type": {"refresh_token"}, "client_id": {t.oauth.ClientID},
			"client_secret": {string(t.oauth.ClientSecret)}, "refresh_token": {string(t.oauth.RefreshToken)},
		}, nil
	}
	now := t.now()
	claims := jwt.MapClaims{
		"iss": t.account.Email, "scope": driveScope, "aud": t.url,
		"iat": now.Unix(), "exp": now.Add(30 * time.Minute).Unix(),
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = t.account.KeyID
	signed, err := token.SignedString(t.account.key)
	return url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {signed}}, err
}

func (t *tokens) forget(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.access == token {
		t.access = ""
	}
}

// judge words why Google gives no access, with what mends each case that operators of the
// former system ran into.
func (t *tokens) judge(res *http.Response, body []byte) *Failure {
	var told struct {
		Code  string `json:"error"`
		Words string `json:"error_description"`
	}
	_ = json.Unmarshal(bytes.TrimSpace(body), &told) // a proxy's answer is no JSON, and has no words for us
	words := tidy(strings.Trim(told.Code+": "+told.Words, ": "), string(t.oauth.ClientSecret), string(t.oauth.RefreshToken), t.oauth.ClientID)
	f := said(Refused, res.StatusCode, words)
	f.Words = fmt.Sprintf("Google gives no access: %s", f.Words)
	switch {
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode >= 500:
		f.Outcome = Down
	case strings.Contains(told.Words, "Invalid JWT Signature"):
		f.Mend = "The key of the service account was revoked or replaced: make a new key in the Google console and set GOOGLE_DRIVE_CREDENTIALS_JSON to it."
	case strings.Contains(told.Words, "short-lived token"), strings.Contains(told.Words, "reasonable timeframe"):
		f.Mend = "This machine's clock is wrong: set it by NTP."
	case strings.Contains(told.Words, "account not found"):
		f.Mend = "The service account was deleted: make another, share the folder with it, and set GOOGLE_DRIVE_CREDENTIALS_JSON to its key."
	case told.Code == "invalid_grant" && t.account == nil:
		f.Mend = "The refresh token was revoked or is too old (one of a consent screen in testing lasts seven days): allow access again and set GOOGLE_DRIVE_OAUTH_REFRESH_TOKEN."
	case told.Code == "invalid_client", told.Code == "unauthorized_client":
		f.Mend = "GOOGLE_DRIVE_OAUTH_CLIENT_ID and its secret do not belong together, or the client was deleted."
	}
	return f
}
