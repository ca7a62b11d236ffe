package carrier

import (
	"context"
	"encoding/json"
	"net/http"
	"net/mail"
	"time"

	"ekolek/internal/config"
)

const sendGridURL = "https://api.sendgrid.com/v3/mail/send"

// sendGrid is SendGrid's interface, version 3.
type sendGrid struct {
	client  *http.Client
	url     string
	key     string
	from    mail.Address
	timeout time.Duration
}

func newSendGrid(c config.Email, from mail.Address) *sendGrid {
	return &sendGrid{newClient(), sendGridURL, string(c.SendGridKey), from, c.Timeout}
}

// Name is sendgrid.
func (*sendGrid) Name() string { return "sendgrid" }

// party is somebody with an address, as SendGrid writes it.
type party struct {
	Email string `json:"email"`
	Name  string `json:"name,omitempty"`
}

// part is the mail in one type.
type part struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type sendGridMail struct {
	Personalizations []sendGridTo      `json:"personalizations"`
	From             party             `json:"from"`
	Subject          string            `json:"subject"`
	Content          []part            `json:"content"`
	Headers          map[string]string `json:"headers"`
	Tracking         map[string]any    `json:"tracking_settings"`
}

type sendGridTo struct {
	To []party `json:"to"`
}

// Send hands a letter over. Links are left as they are: a rewritten one looks like fraud.
func (s *sendGrid) Send(ctx context.Context, l Letter) (Receipt, error) {
	to, failed := recipientOf(l)
	if failed != nil {
		return Receipt{}, failed
	}
	off := map[string]bool{"enable": false}
	headers := headersOf(l)
	headers["Message-ID"] = "<" + messageID(l, s.from) + ">"
	body, err := json.Marshal(sendGridMail{
		Personalizations: []sendGridTo{{[]party{{Email: to}}}},
		From:             party{s.from.Address, s.from.Name},
		Subject:          oneLine(l.Subject),
		Content:          []part{{"text/plain", l.Text}, {"text/html", l.HTML}},
		Headers:          headers,
		Tracking:         map[string]any{"click_tracking": off, "open_tracking": off},
	})
	if err != nil {
		return Receipt{}, FailureOf(err)
	}
	a, failed := post(ctx, s.client, s.timeout, s.url, "application/json", map[string]string{"Authorization": "Bearer " + s.key}, body)
	if failed != nil {
		return Receipt{}, failed
	}
	if a.status == http.StatusAccepted || a.status == http.StatusOK {
		return Receipt{label(a.header.Get("X-Message-Id"))}, nil
	}
	return Receipt{}, a.refusal(tidy(a.words(), s.key, to))
}
