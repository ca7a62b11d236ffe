package carrier

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/config"
)

const (
	secretKey = "SG.n33dle-n33dle-n33dle"
	number    = "+639171234567"
	address   = "maria@example.com"
)

var (
	sender = mail.Address{Name: "E-KOLEK", Address: "cenro@sanpedro.example"}
	text   = Text{ID: uuid.MustParse("019ab000-0000-7000-8000-000000000001"), To: number, Body: "Your code is 123456", Urgent: true}
	letter = Letter{ID: uuid.MustParse("019ab000-0000-7000-8000-000000000002"), To: address, Subject: "Your code", Text: "It is 123456.\n", HTML: "<p>It is 123456.</p>"}
)

// subject is one carrier that is reached over HTTP, at an address of the test's.
type subject struct {
	name string
	send func(ctx context.Context, url string, timeout time.Duration) (Receipt, error)
}

func subjects() []subject {
	return []subject{
		{"iprog", func(ctx context.Context, url string, timeout time.Duration) (Receipt, error) {
			return newIProg(config.SMS{URL: url + "/sms_messages", Token: secretKey, Provider: 2, Sender: "Ka Prets", Timeout: timeout}).Send(ctx, text)
		}},
		{"semaphore", func(ctx context.Context, url string, timeout time.Duration) (Receipt, error) {
			g := newSemaphore(config.SMS{SemaphoreKey: secretKey, SemaphoreSender: "EKOLEK", Timeout: timeout})
			g.url = url + "/"
			return g.Send(ctx, text)
		}},
		{"sendgrid", func(ctx context.Context, url string, timeout time.Duration) (Receipt, error) {
			s := newSendGrid(config.Email{SendGridKey: secretKey, Timeout: timeout}, sender)
			s.url = url
			return s.Send(ctx, letter)
		}},
		{"resend", func(ctx context.Context, url string, timeout time.Duration) (Receipt, error) {
			s := newResend(config.Email{ResendKey: secretKey, Timeout: timeout}, sender)
			s.url = url
			return s.Send(ctx, letter)
		}},
		{"gmail", func(ctx context.Context, url string, timeout time.Duration) (Receipt, error) {
			s := newGmail(config.Email{Timeout: timeout}, sender)
			s.url, s.access, s.until = url, secretKey, time.Now().Add(time.Hour)
			return s.Send(ctx, letter)
		}},
	}
}

// wantFailure checks an outcome and that its words tell nothing that is private.
func wantFailure(t *testing.T, err error, want Outcome, words string) {
	t.Helper()
	var f *Failure
	if !errors.As(err, &f) {
		t.Fatalf("%v is no Failure", err)
	}
	if f.Outcome != want || !strings.Contains(f.Words, words) {
		t.Errorf("outcome %d, %q; want %d and %q", f.Outcome, f.Words, want, words)
	}
	for _, private := range []string{"n33dle", "9171234567", address, "123456", "\n"} {
		if strings.Contains(f.Words, private) {
			t.Errorf("the words tell %q: %q", private, f.Words)
		}
	}
	if len([]rune(f.Words)) > 300 {
		t.Errorf("%d characters of words", len([]rune(f.Words)))
	}
}

// Whatever an HTTP server does, no carrier hangs, follows, or takes it for a success.
func TestCarriersSurviveAnyServer(t *testing.T) {
	big := strings.Repeat("x", 10<<20)
	chatty := "no luck with +63 917 123 4567, " + address + ", key " + secretKey + "\r\nBcc: x@example.com " + strings.Repeat("long ", 500)
	for name, c := range map[string]struct {
		serve   http.HandlerFunc
		outcome Outcome
		words   string
	}{
		"garbage inside a success": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>Fatal error") }, Unclear, "cannot be read"},
		"ten megabytes":            {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, big) }, Unclear, "cannot be read"},
		"ten megabytes of JSON": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `[{"message_id":"`+big+`","id":"`+big+`","status":200}]`)
		}, Unclear, "cannot be read"},
		"an empty success": {func(http.ResponseWriter, *http.Request) {}, Unclear, "cannot be read"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, Temporary, "another address"},
		"no access":     {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, chatty, http.StatusUnauthorized) }, Temporary, "does not accept our key"},
		"too many":      {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, chatty, http.StatusTooManyRequests) }, Temporary, "429"},
		"broken":        {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, chatty, http.StatusInternalServerError) }, Temporary, "500"},
		"broken behind": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, chatty, http.StatusBadGateway) }, Unclear, "502"},
		"breaks off":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, Unclear, "broke off"},
		"breaks off midway": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"status":200`)
			panic(http.ErrAbortHandler)
		}, Unclear, "broke off"},
	} {
		for _, s := range subjects() {
			if name == "an empty success" && s.name == "sendgrid" {
				continue // it answers with headers alone
			}
			t.Run(s.name+"/"+name, func(t *testing.T) {
				serve := c.serve
				if (strings.HasPrefix(name, "garbage") || strings.HasPrefix(name, "ten")) && s.name == "sendgrid" {
					serve = accepted(serve)
				}
				var asked atomic.Int32
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					asked.Add(1)
					serve(w, r)
				}))
				defer server.Close()
				_, err := s.send(t.Context(), server.URL, 5*time.Second)
				wantFailure(t, err, c.outcome, c.words)
				if n := asked.Load(); n != 1 {
					t.Errorf("the server was asked %d times", n)
				}
			})
		}
	}
}

// accepted makes a body come with a status that is not one of SendGrid's successes.
func accepted(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		serve(w, r)
	}
}

func TestCarriersGiveUpInTime(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-release
	}))
	defer server.Close()
	defer close(release)
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			begun := time.Now()
			_, err := s.send(t.Context(), server.URL, 200*time.Millisecond)
			wantFailure(t, err, Unclear, "in time")
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			_, err = s.send(ctx, server.URL, time.Hour)
			wantFailure(t, err, Unclear, "in time")
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	_ = l.Close()
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			_, err := s.send(t.Context(), url, time.Second)
			wantFailure(t, err, Temporary, "cannot be reached")
		})
	}
}

func TestTidy(t *testing.T) {
	for in, want := range map[string]string{
		"plain words":                                      "plain words",
		"two\r\nlines\tand\x00a null":                      "two lines and a null",
		"to +63 917-123-4567 failed":                       "to … failed",
		"639171234567: no credit":                          "…: no credit",
		"balance of 0 credits":                             "balance of 0 credits",
		"<juan.dela-cruz@example.com> gone":                "<…> gone",
		"key k3y is wrong":                                 "key … is wrong",
		"see https://x.example/?t=abc now":                 "see … now",
		"e61f155b1ac0fd65c6d3d134c60848edb2575260 expired": "… expired",
		"bidi \u202eevil":                                  "bidi evil",
		"bad \xff bytes":                                   "bad bytes",
	} {
		if got := tidy(in, "k3y", ""); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	if got := tidy(strings.Repeat("ñ ", 1000)); len([]rune(got)) != maxWords || !strings.HasSuffix(got, blot) {
		t.Errorf("%d characters are kept", len([]rune(got)))
	}
}
