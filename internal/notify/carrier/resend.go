package carrier

import (
	"context"
	"encoding/json"
	"net/http"
	"net/mail"
	"time"

	"ekolek/internal/config"
)

const resendURL = "https://api.resend.com/emails"

// resend is Resend's interface.
type resend struct {
	client  *http.Client
	url     string
	key     string
	from    mail.Address
	timeout time.Duration
}

func newResend(c config.Email, from mail.Address) *resend {
	return &resend{newClient(), resendURL, string(c.ResendKey), from, c.Timeout}
}

// Name is resend.
func (*resend) Name() string { return "resend" }

type resendMail struct {
	From    string            `json:"from"`
	To      []string          `json:"to"`
	Subject string            `json:"subject"`
	Text    string            `json:"text"`
	HTML    string            `json:"html"`
	Headers map[string]string `json:"headers"`
}

// Send hands a letter over. Resend takes the same key once a day, so a try after an
// unclear one makes no second mail.
func (s *resend) Send(ctx context.Context, l Letter) (Receipt, error) {
	to, failed := recipientOf(l)
	if failed != nil {
		return Receipt{}, failed
	}
	headers := headersOf(l)
	headers["Message-ID"] = "<" + messageID(l, s.from) + ">"
	body, err := json.Marshal(resendMail{
		From: s.from.String(), To: []string{to}, Subject: oneLine(l.Subject), Text: l.Text, HTML: l.HTML,
		Headers: headers,
	})
	if err != nil {
		return Receipt{}, FailureOf(err)
	}
	header := map[string]string{"Authorization": "Bearer " + s.key, "Idempotency-Key": l.ID.String()}
	a, failed := post(ctx, s.client, s.timeout, s.url, "application/json", header, body)
	if failed != nil {
		return Receipt{}, failed
	}
	var said struct {
		ID string `json:"id"`
	}
	if a.ok() && json.Unmarshal(a.body, &said) == nil && said.ID != "" {
		return Receipt{label(said.ID)}, nil
	}
	return Receipt{}, a.refusal(tidy(a.words(), s.key, to))
}
