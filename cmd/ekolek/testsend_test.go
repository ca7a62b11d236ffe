package main_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTestSendInDevelopment(t *testing.T) {
	p := development(t)
	p.want(0, "nothing was sent", "test-send", "sms", "0917 123 4567")
	p.want(0, "SMS to +639171234567: E-KOLEK San Pedro City: this checks", "test-send", "sms", "+639171234567")
	p.want(0, "MAIL to maria@example.com: E-KOLEK checks that mail arrives", "test-send", "mail", "Maria@example.com")
	for file, lines := range map[string]int{"sms.jsonl": 2, "email.jsonl": 1} {
		data, err := os.ReadFile(filepath.Join(p.dir, "var", "outbox", file))
		if err != nil || strings.Count(string(data), "\n") != lines {
			t.Errorf("%s: %v\n%s", file, err, data)
		}
	}
	p.want(2, "no address for sms", "test-send", "sms", "maria@example.com")
	p.want(2, "no address for mail", "test-send", "mail", "0917 123 4567")
	p.want(2, "must be one of", "test-send", "pigeon", "x")
}

// An operator sees what the provider said, and a script sees whether it worked.
func TestTestSendTellsTheOutcome(t *testing.T) {
	answer := ""
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }))
	defer gateway.Close()
	p := program{t, t.TempDir(), nil}
	p.env = []string{
		"DATABASE_URL=sqlite://" + filepath.Join(p.dir, "ekolek.sqlite3"), "DJANGO_SECRET_KEY=" + officeSecret, "FIELD_ENCRYPTION_KEY=" + officeEncryption, "LOG_DIR=-",
		"ALLOWED_HOSTS=ekolek.sanpedro.ph", "SITE_URL=https://ekolek.sanpedro.ph", "CSRF_TRUSTED_ORIGINS=https://ekolek.sanpedro.ph", "TRUSTED_PROXIES=127.0.0.1",
		"EMAIL_HOST_USER=cenro@sanpedro.ph", "EMAIL_HOST_PASSWORD=n33dle-abcdefgh", "EMAIL_HOST=127.0.0.1", "EMAIL_PORT=1",
		"SMS_API_TOKEN=n33dle-9f3c0a71be52", "SMS_API_URL=" + gateway.URL,
	}
	for _, c := range []struct {
		answer string
		code   int
		words  string
	}{
		{`{"status":200,"message":"SMS successfully queued for delivery.","message_id":"iSms-XHYBk8"}`, 0, "ok: iprog took it as iSms-XHYBk8"},
		{`{"status":500,"message":"Insufficient balance"}`, 1, "it was not sent: iprog: 500: Insufficient balance"},
		{`{"status":500,"message":"Invalid Token n33dle-9f3c0a71be52"}`, 1, "it was not sent: iprog: 500: Invalid Token …"},
		{`<html>`, 1, "it may have been sent: iprog: gave an answer that cannot be read"},
	} {
		answer = c.answer
		if o := p.want(c.code, c.words, "test-send", "sms", "09171234567"); strings.Contains(o.all(), "n33dle") {
			t.Errorf("a secret shows: %s", o.all())
		}
	}
	p.want(1, "it was not sent: smtp: cannot be reached", "test-send", "mail", "maria@example.com")
	p.env = append(p.env, "SMS_ENABLED=False")
	p.want(1, "it was not sent: Text messages are switched off.", "test-send", "sms", "09171234567")
}
