package e2e

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// busyNumber is one that the gateway cannot take messages for just now.
const busyNumber = "+639175550999"

// gateway plays the provider of text messages and keeps what it is given.
type gateway struct {
	url string

	mu    sync.Mutex
	texts map[string][]string // by number, +639…
}

func newGateway(t *testing.T) *gateway {
	g := &gateway{texts: map[string][]string{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			return // the program compares its clock
		}
		var m struct {
			Number  string `json:"phone_number"`
			Message string `json:"message"`
		}
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Errorf("a text message that is none: %v", err)
		}
		g.mu.Lock()
		number := "+" + strings.TrimPrefix(m.Number, "+")
		if number == busyNumber {
			g.mu.Unlock()
			_, _ = w.Write([]byte(`{"status":500,"message":"Insufficient balance"}`)) // the test sees it anyway
			return
		}
		g.texts[number] = append(g.texts[number], m.Message)
		g.mu.Unlock()
		_, _ = w.Write([]byte(`{"status":200,"message":"SMS successfully queued for delivery.","message_id":"iSms-1"}`)) // the test sees it anyway
	}))
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

func (g *gateway) newest(number string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := len(g.texts[number]); n > 0 {
		return g.texts[number][n-1]
	}
	return ""
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// code waits for a one-time code on a phone, and gives the newest.
func (c *city) code(number string) string {
	c.t.Helper()
	return c.awaits(number, func() string { return sixDigits.FindString(c.gateway.newest(number)) })
}

// text waits until the newest text message on a phone says something.
func (c *city) text(number, words string) {
	c.t.Helper()
	c.awaits(number+": "+words, func() string {
		if text := c.gateway.newest(number); strings.Contains(text, words) {
			return text
		}
		return ""
	})
}

// mailCode waits for a one-time code in a mail, and gives the newest.
func (c *city) mailCode(address string) string {
	c.t.Helper()
	return c.awaits(address, func() string {
		data, err := os.ReadFile(filepath.Join(c.dir, "outbox", "email.jsonl"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			c.t.Fatal(err)
		}
		code := ""
		for line := range strings.Lines(string(data)) {
			var m struct{ To, Text string }
			if json.Unmarshal([]byte(line), &m) == nil && strings.Contains(m.To, address) {
				code = sixDigits.FindString(m.Text)
			}
		}
		return code
	})
}

// awaits asks until there is an answer: messages leave from the queue.
func (c *city) awaits(what string, ask func() string) string {
	c.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if answer := ask(); answer != "" {
			return answer
		}
	}
	c.t.Fatalf("no message came: %s", what)
	return ""
}
