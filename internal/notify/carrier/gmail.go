package carrier

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/mail"
	"net/url"
	"sync"
	"time"

	"ekolek/internal/config"
)

const (
	gmailURL      = "https://gmail.googleapis.com/gmail/v1/users/me/messages/send"
	gmailTokenURL = "https://oauth2.googleapis.com/token"
)

// gmail sends as a Google account through its interface, for hosts that block the ports
// of mail.
type gmail struct {
	client   *http.Client
	url      string
	tokenURL string
	oauth    config.GoogleOAuth
	from     mail.Address
	timeout  time.Duration
	now      func() time.Time

	mu     sync.Mutex
	access string // of the account, for an hour
	until  time.Time
}

func newGmail(c config.Email, from mail.Address) *gmail {
	return &gmail{client: newClient(), url: gmailURL, tokenURL: gmailTokenURL, oauth: c.Gmail, from: from, timeout: c.Timeout, now: time.Now}
}

// Name is gmail.
func (*gmail) Name() string { return "gmail" }

// Send hands a letter over.
func (s *gmail) Send(ctx context.Context, l Letter) (Receipt, error) {
	raw, failed := render(l, s.from)
	if failed != nil {
		return Receipt{}, failed
	}
	body, err := json.Marshal(map[string]string{"raw": base64.URLEncoding.EncodeToString(raw)})
	if err != nil {
		return Receipt{}, FailureOf(err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	token, failed := s.token(ctx)
	if failed != nil {
		return Receipt{}, failed
	}
	a, failed := post(ctx, s.client, s.timeout, s.url, "application/json", map[string]string{"Authorization": "Bearer " + token}, body)
	if failed != nil {
		return Receipt{}, failed
	}
	var said struct {
		ID string `json:"id"`
	}
	if a.ok() && json.Unmarshal(a.body, &said) == nil && said.ID != "" {
		return Receipt{label(said.ID)}, nil
	}
	if a.status == http.StatusUnauthorized {
		s.forget(token) // it was taken back early: the next try asks for another
	}
	return Receipt{}, a.refusal(tidy(a.words(), token, l.To))
}

// token is the access token, a new one when the last is about to end. Nothing has been
// sent while it fails, so that is temporary.
func (s *gmail) token(ctx context.Context) (string, *Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.access != "" && s.now().Before(s.until) {
		return s.access, nil
	}
	form := url.Values{
		"client_id": {s.oauth.ClientID}, "client_secret": {string(s.oauth.ClientSecret)},
		"refresh_token": {string(s.oauth.RefreshToken)}, "grant_type": {"refresh_token"},
	}
	a, failed := post(ctx, s.client, s.timeout, s.tokenURL, "application/x-www-form-urlencoded", nil, []byte(form.Encode()))
	if failed != nil {
		failed.Outcome = Temporary
		return "", failed
	}
	var said struct {
		Access string `json:"access_token"`
		Life   int    `json:"expires_in"`
	}
	if !a.ok() || json.Unmarshal(a.body, &said) != nil || said.Access == "" {
		words := tidy(a.words(), string(s.oauth.ClientSecret), string(s.oauth.RefreshToken), s.oauth.ClientID)
		return "", failure(Temporary, "Google gives no access: %d %s", a.status, words)
	}
	s.access, s.until = said.Access, s.now().Add(time.Duration(said.Life)*time.Second-time.Minute)
	return s.access, nil
}

func (s *gmail) forget(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.access == token {
		s.access = ""
	}
}
