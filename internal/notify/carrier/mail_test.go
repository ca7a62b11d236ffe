package carrier

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ekolek/internal/config"
)

func TestSendGrid(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		body    string
		outcome Outcome
		words   string
	}{
		"taken":           {202, ``, 0, ""},
		"a bad recipient": {400, `{"errors":[{"message":"Does not contain a valid address.","field":"personalizations.0.to.0.email","help":null}]}`, Permanent, "400: Does not contain a valid address."},
		"no key":          {401, `{"errors":[{"message":"The provided authorization grant is invalid, expired, or revoked","field":null,"help":null}]}`, Temporary, "does not accept our key: The provided authorization grant"},
		"a bad sender":    {403, `{"errors":[{"message":"The from address does not match a verified Sender Identity."}]}`, Temporary, "verified Sender Identity"},
		"no credit":       {401, `{"errors":[{"message":"Maximum credits exceeded"}]}`, Temporary, "Maximum credits exceeded"},
		"nothing sent":    {204, ``, Unclear, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			var got map[string]any
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer "+secretKey || json.NewDecoder(r.Body).Decode(&got) != nil {
					t.Errorf("%v", r.Header)
				}
				w.Header().Set("X-Message-Id", "14c5d75ce93")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer server.Close()
			s := newSendGrid(config.Email{SendGridKey: secretKey, Timeout: 5 * time.Second}, sender)
			s.url = server.URL
			receipt, err := s.Send(t.Context(), letter)
			if c.words != "" {
				wantFailure(t, err, c.outcome, c.words)
				return
			}
			if err != nil || receipt.ID != "14c5d75ce93" {
				t.Errorf("%+v, %v", receipt, err)
			}
			off := map[string]any{"enable": false}
			want := map[string]any{
				"personalizations":  []any{map[string]any{"to": []any{map[string]any{"email": address}}}},
				"from":              map[string]any{"email": sender.Address, "name": "E-KOLEK"},
				"subject":           "Your code",
				"content":           []any{map[string]any{"type": "text/plain", "value": letter.Text}, map[string]any{"type": "text/html", "value": letter.HTML}},
				"headers":           map[string]any{"Message-ID": "<019ab000-0000-7000-8000-000000000002@sanpedro.example>", "Auto-Submitted": "auto-generated"},
				"tracking_settings": map[string]any{"click_tracking": off, "open_tracking": off},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestResend(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		body    string
		outcome Outcome
		words   string
	}{
		"taken":           {200, `{"id":"49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}`, 0, ""},
		"a bad recipient": {422, `{"statusCode":422,"name":"validation_error","message":"Invalid to field."}`, Permanent, "422: Invalid to field."},
		"no key":          {401, `{"statusCode":401,"name":"missing_api_key","message":"Missing API key"}`, Temporary, "does not accept our key: Missing API key"},
		"a bad sender":    {403, `{"statusCode":403,"message":"The sanpedro.example domain is not verified."}`, Temporary, "domain is not verified"},
		"a day's limit":   {429, `{"statusCode":429,"name":"daily_quota_exceeded","message":"You have reached your daily email quota."}`, Temporary, "daily email quota"},
		"no id":           {200, `{}`, Unclear, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			server, last := gateway(t, c.status, c.body)
			s := newResend(config.Email{ResendKey: secretKey, Timeout: 5 * time.Second}, sender)
			s.url = server
			receipt, err := s.Send(t.Context(), letter)
			if c.words != "" {
				wantFailure(t, err, c.outcome, c.words)
				return
			}
			if err != nil || receipt.ID != "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794" {
				t.Errorf("%+v, %v", receipt, err)
			}
			r, sent := last()
			var got map[string]any
			if err := json.Unmarshal([]byte(sent), &got); err != nil || r.Header.Get("Authorization") != "Bearer "+secretKey || r.Header.Get("Idempotency-Key") != letter.ID.String() {
				t.Errorf("%v, %v", r.Header, err)
			}
			want := map[string]any{
				"from": `"E-KOLEK" <cenro@sanpedro.example>`, "to": []any{address}, "subject": "Your code", "text": letter.Text, "html": letter.HTML,
				"headers": map[string]any{"Message-ID": "<019ab000-0000-7000-8000-000000000002@sanpedro.example>", "Auto-Submitted": "auto-generated"},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// google is Google's token endpoint and Gmail's interface. It takes only the newest token.
type google struct {
	t      *testing.T
	tokens int
	mails  []string
	refuse int // this many sends are answered with 401
}

func (g *google) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/token" {
		body, _ := io.ReadAll(r.Body)
		form, err := url.ParseQuery(string(body))
		want := url.Values{"client_id": {"c.apps.googleusercontent.com"}, "client_secret": {"GOCSPX-n33dle"}, "refresh_token": {"1//n33dle"}, "grant_type": {"refresh_token"}}
		if diff := cmp.Diff(want, form); err != nil || diff != "" {
			g.t.Error(err, diff)
		}
		g.tokens++
		fmt.Fprintf(w, `{"access_token":"ya29.n33dle-%d","expires_in":3599,"scope":"https://www.googleapis.com/auth/gmail.send","token_type":"Bearer"}`, g.tokens)
		return
	}
	if r.Header.Get("Authorization") != fmt.Sprintf("Bearer ya29.n33dle-%d", g.tokens) || g.refuse > 0 {
		g.refuse--
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":{"code":401,"message":"Request had invalid authentication credentials.","status":"UNAUTHENTICATED"}}`)
		return
	}
	var sent struct{ Raw string }
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
		g.t.Error(err)
	}
	raw, err := base64.URLEncoding.DecodeString(sent.Raw)
	if err != nil {
		g.t.Error(err)
	}
	g.mails = append(g.mails, string(raw))
	_, _ = io.WriteString(w, `{"id":"18c1f2","threadId":"18c1f2","labelIds":["SENT"]}`)
}

func TestGmail(t *testing.T) {
	g := &google{t: t}
	server := httptest.NewServer(g)
	defer server.Close()
	now := time.Now()
	s := newGmail(config.Email{Gmail: config.GoogleOAuth{ClientID: "c.apps.googleusercontent.com", ClientSecret: "GOCSPX-n33dle", RefreshToken: "1//n33dle"}, Timeout: 5 * time.Second}, sender)
	s.url, s.tokenURL, s.now = server.URL+"/send", server.URL+"/token", func() time.Time { return now }
	send := func(tokens int) {
		t.Helper()
		if receipt, err := s.Send(t.Context(), letter); err != nil || receipt.ID != "18c1f2" || g.tokens != tokens {
			t.Errorf("%+v, %v after %d tokens, want %d", receipt, err, g.tokens, tokens)
		}
	}
	send(1)
	send(1)
	now = now.Add(time.Hour)
	send(2)
	g.refuse = 1
	_, err := s.Send(t.Context(), letter)
	wantFailure(t, err, Temporary, "invalid authentication credentials")
	send(3) // the token that was refused is not tried again
	checkMail(t, g.mails[0])
}

func TestGmailWithoutAccess(t *testing.T) {
	server, _ := gateway(t, 400, `{"error":"invalid_grant","error_description":"Token has been expired or revoked."}`)
	s := newGmail(config.Email{Timeout: 5 * time.Second}, sender)
	s.tokenURL = server
	_, err := s.Send(t.Context(), letter)
	wantFailure(t, err, Temporary, "Google gives no access: 400 invalid_grant; Token has been expired or revoked.")
}

// checkMail reads a mail as its receiver does.
func checkMail(t *testing.T, raw string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"From": `"E-KOLEK" <cenro@sanpedro.example>`, "To": "<" + address + ">", "Subject": "Your code",
		"Message-Id": "<019ab000-0000-7000-8000-000000000002@sanpedro.example>", "Auto-Submitted": "auto-generated", "Mime-Version": "1.0",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if _, err := m.Header.Date(); err != nil {
		t.Errorf("date: %v", err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []struct{ kind, text string }{{"text/plain; charset=UTF-8", letter.Text}, {"text/html; charset=UTF-8", letter.HTML}} {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(p))
		if got := strings.ReplaceAll(string(text), "\r\n", "\n"); err != nil || p.Header.Get("Content-Type") != want.kind || strings.TrimSpace(got) != strings.TrimSpace(want.text) {
			t.Errorf("%s: %q, %v; want %s: %q", p.Header.Get("Content-Type"), got, err, want.kind, want.text)
		}
	}
}

// Nothing that a person typed adds a header or a recipient.
func TestHeadersCannotBeInjected(t *testing.T) {
	evil := letter
	evil.Subject = "Hello\r\nBcc: victim@example.com\n\nbody " + strings.Repeat("ñ", 300)
	raw, failed := render(evil, sender)
	if failed != nil {
		t.Fatal(failed)
	}
	m, err := mail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil || m.Header.Get("Bcc") != "" {
		t.Errorf("%v, %v", m.Header, err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if want := "Hello Bcc: victim@example.com body " + strings.Repeat("ñ", 300); err != nil || subject != want {
		t.Errorf("subject %q, %v", subject, err)
	}
	for _, to := range []string{
		"a@example.com\r\nBcc: b@example.com", "a@example.com, b@example.com", "Maria <a@example.com>", "a@example.com\nRCPT TO:<b@example.com>", "a", "", "<a@example.com>",
		"a@example.com>\r\nDATA",
	} {
		evil.To = to
		for _, send := range []func() error{
			func() error {
				_, err := newMailServer(config.Email{Host: "192.0.2.1", Port: 1}, sender).Send(t.Context(), evil)
				return err
			},
			func() error { _, err := newSendGrid(config.Email{}, sender).Send(t.Context(), evil); return err },
			func() error { _, err := newResend(config.Email{}, sender).Send(t.Context(), evil); return err },
			func() error { _, err := newGmail(config.Email{}, sender).Send(t.Context(), evil); return err },
		} {
			wantFailure(t, send(), Permanent, "not an e-mail address")
		}
	}
}

func TestMailersFollowTheSettings(t *testing.T) {
	names := func(c config.Email) string {
		t.Helper()
		all, err := Mailers(c, NewFolder(t.TempDir(), time.Now))
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, m := range all {
			out = append(out, m.Name())
		}
		return strings.Join(out, ", ")
	}
	for want, c := range map[string]config.Email{
		"smtp":             {Backend: config.SMTP, From: sender.Address},
		"sendgrid, smtp":   {Backend: config.SendGrid, Fallback: config.SMTP, From: sender.Address},
		"gmail, resend":    {Backend: config.Gmail, Fallback: config.Resend, From: "E-KOLEK <" + sender.Address + ">"},
		"file":             {Backend: config.MailFile},
		"resend, sendgrid": {Backend: config.Resend, Fallback: config.SendGrid, From: sender.Address},
	} {
		if got := names(c); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if _, err := Mailers(config.Email{Backend: config.SMTP, From: "apikey"}, nil); err == nil {
		t.Error("a sender without an address was accepted")
	}
	var gateways []string
	for _, g := range Gateways(config.SMS{Token: "t", SemaphoreKey: "k"}) {
		gateways = append(gateways, g.Name())
	}
	if got := strings.Join(gateways, ", "); got != "iprog, semaphore" || len(Gateways(config.SMS{})) != 0 {
		t.Errorf("gateways %s", got)
	}
}
