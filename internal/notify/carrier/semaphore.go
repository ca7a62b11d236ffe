package carrier

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ekolek/internal/config"
)

// semaphoreURL is where Semaphore takes messages. Below it, "priority" is the route that
// is not held back by bulk messages and costs double; we use it for what somebody waits for.
const semaphoreURL = "https://api.semaphore.co/api/v4/"

// semaphore is the Semaphore SMS gateway.
type semaphore struct {
	client  *http.Client
	url     string
	key     string
	sender  string
	timeout time.Duration
}

func newSemaphore(c config.SMS) *semaphore {
	return &semaphore{newClient(), semaphoreURL, string(c.SemaphoreKey), c.SemaphoreSender, c.Timeout}
}

// Name is semaphore.
func (*semaphore) Name() string { return "semaphore" }

// Send hands a message over.
func (g *semaphore) Send(ctx context.Context, t Text) (Receipt, error) {
	number := strings.TrimPrefix(t.To, "+")
	form := url.Values{"apikey": {g.key}, "number": {number}, "message": {t.Body}}
	if g.sender != "" {
		form.Set("sendername", g.sender)
	}
	route := "messages"
	if t.Urgent {
		route = "priority"
	}
	a, failed := post(ctx, g.client, g.timeout, g.url+route, "application/x-www-form-urlencoded", nil, []byte(form.Encode()))
	if failed != nil {
		return Receipt{}, failed
	}
	words := tidy(a.words(), g.key, number)
	var taken []struct {
		ID     json.RawMessage `json:"message_id"`
		Status string          `json:"status"`
	}
	if a.ok() && json.Unmarshal(a.body, &taken) == nil && len(taken) == 1 && unquoted(taken[0].ID) != "" {
		switch strings.ToLower(taken[0].Status) {
		case "failed", "refunded":
			return Receipt{}, failure(Temporary, "took it and gave it up: %s", tidy(taken[0].Status))
		}
		return Receipt{unquoted(taken[0].ID)}, nil
	}
	var wrong struct {
		Number any `json:"number"`
	}
	switch err := json.Unmarshal(a.body, &wrong); {
	case badNumber.MatchString(a.words()) || (err == nil && wrong.Number != nil):
		return Receipt{}, failure(Permanent, "%s", cmp.Or(words, "refuses the number"))
	case words != "" && a.ok(): // it lists what is wrong inside of a success
		return Receipt{}, failure(Temporary, "%s", words)
	}
	if f := a.refusal(words); f.Outcome != Permanent {
		return Receipt{}, f
	}
	return Receipt{}, failure(Temporary, "%d: %s", a.status, words)
}
