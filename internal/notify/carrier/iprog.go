package carrier

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"

	"ekolek/internal/config"
)

// iprog is the iProg SMS gateway. The status in the body of its answer decides: it
// refuses inside of an HTTP 200, too.
type iprog struct {
	client   *http.Client
	url      string
	token    string
	provider int
	sender   string
	timeout  time.Duration
}

func newIProg(c config.SMS) *iprog {
	return &iprog{newClient(), c.URL, string(c.Token), c.Provider, c.Sender, c.Timeout}
}

// Name is iprog.
func (*iprog) Name() string { return "iprog" }

// Send hands a message over. "Queued for delivery" is all that it ever tells.
func (g *iprog) Send(ctx context.Context, t Text) (Receipt, error) {
	number := strings.TrimPrefix(t.To, "+")
	body, err := json.Marshal(struct {
		Token    string `json:"api_token"`
		Number   string `json:"phone_number"`
		Message  string `json:"message"`
		Provider int    `json:"sms_provider"`
		Sender   string `json:"sender_name,omitempty"`
	}{g.token, number, t.Body, g.provider, g.sender})
	if err != nil {
		return Receipt{}, FailureOf(err)
	}
	a, failed := post(ctx, g.client, g.timeout, g.url, "application/json", nil, body)
	if failed != nil {
		return Receipt{}, failed
	}
	var said struct {
		Status  json.RawMessage `json:"status"`
		Message any             `json:"message"`
		ID      json.RawMessage `json:"message_id"`
	}
	words := func() string { return tidy(a.words(), g.token, number) }
	if json.Unmarshal(a.body, &said) != nil || len(said.Status) == 0 {
		return Receipt{}, a.refusal(words())
	}
	status := unquoted(said.Status)
	if a.ok() && (status == "200" || status == "success") {
		return Receipt{unquoted(said.ID)}, nil
	}
	if badNumber.MatchString(wordsOf(said.Message)) {
		return Receipt{}, failure(Permanent, "%s: %s", tidy(status), words())
	}
	if a.ok() { // a refusal inside of a success: nothing was taken
		return Receipt{}, failure(Temporary, "%s: %s", tidy(status), words())
	}
	if f := a.refusal(words()); f.Outcome != Permanent {
		return Receipt{}, f
	}
	return Receipt{}, failure(Temporary, "%d: %s", a.status, words()) // about us, not about this number
}

// badNumber tells from a gateway's words that it is the number that is wrong.
var badNumber = regexp.MustCompile(`(?i)(invalid|not valid|incorrect|unsupported|blocked|blacklisted)[^.;]*\b(phone|mobile|number|recipient)|\b(phone|mobile|number|recipient)\b[^.;]*(invalid|not valid|is not a|incorrect|unsupported|blocked|blacklisted|must be|format)`)

// unquoted is a JSON value that may be a number or a string, as text.
func unquoted(raw json.RawMessage) string {
	s := strings.Trim(strings.TrimSpace(string(raw)), `"`)
	if s == "null" {
		return ""
	}
	return label(s)
}
