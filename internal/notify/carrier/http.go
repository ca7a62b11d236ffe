package carrier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	"ekolek/internal/telemetry"
)

// maxAnswer is the most that is read of an answer. Those of every carrier fit many times.
const maxAnswer = 64 << 10

// newClient makes the client of the carriers that are reached over HTTP. It follows no
// redirect: the key and the message are meant for one address only.
func newClient() *http.Client {
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        time.Minute,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxResponseHeaderBytes: 32 << 10,
	}
	return &http.Client{
		Transport:     telemetry.Transport(transport),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ok says that the status is one of success.
func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

// post sends a request and reads its answer. A failure before the request was written is
// temporary; from then on nobody knows.
func post(ctx context.Context, client *http.Client, timeout time.Duration, url, contentType string, header map[string]string, body []byte) (answer, *Failure) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var written atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { written.Store(true) }}
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return answer{}, &Failure{Outcome: Temporary, Words: "its address is not right", cause: err}
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "E-KOLEK")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	resp, err := client.Do(r)
	if err != nil {
		return answer{}, lost(ctx, err, written.Load())
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return answer{}, lost(ctx, err, true)
	}
	if len(data) > maxAnswer {
		data = nil // it is no answer of a carrier
	}
	return answer{resp.StatusCode, resp.Header, data}, nil
}

// lost is a failure of the line. The cause may hold an address, so it is put into words
// of our own.
func lost(ctx context.Context, err error, written bool) *Failure {
	f := &Failure{Outcome: Temporary, Words: "cannot be reached", cause: err}
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		f.Words = "cannot be reached: its name is not known"
	case errors.Is(ctx.Err(), context.DeadlineExceeded), isTimeout(err):
		f.Words = "did not answer in time"
	case strings.Contains(err.Error(), "certificate"):
		f.Words = "cannot be reached: its certificate is not right"
	case written:
		f.Words = "broke off"
	}
	if written {
		f.Outcome = Unclear
	}
	return f
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// refusal judges an answer without success by its status. words are the carrier's own.
func (a answer) refusal(words string) *Failure {
	if words == "" {
		words = http.StatusText(a.status)
	}
	switch {
	case a.ok():
		return failure(Unclear, "gave an answer that cannot be read")
	case a.status >= 300 && a.status < 400:
		return failure(Temporary, "%d: points to another address", a.status)
	case a.status == http.StatusUnauthorized:
		return failure(Temporary, "%d: does not accept our key: %s", a.status, words)
	case a.status == http.StatusForbidden:
		return failure(Temporary, "%d: does not let us send: %s", a.status, words)
	case a.status == http.StatusTooManyRequests, a.status == http.StatusRequestTimeout, a.status == http.StatusPaymentRequired, a.status == http.StatusNotFound:
		return failure(Temporary, "%d: %s", a.status, words)
	case a.status == http.StatusBadGateway, a.status == http.StatusGatewayTimeout:
		return failure(Unclear, "%d: %s", a.status, words)
	case a.status >= 500:
		return failure(Temporary, "%d: %s", a.status, words)
	default:
		return failure(Permanent, "%d: %s", a.status, words)
	}
}

// wordsOf collects the sentences of a JSON answer, whatever its shape: carriers put them
// into strings, lists and objects.
func wordsOf(v any) string {
	var found []string
	var walk func(v any, depth int)
	walk = func(v any, depth int) {
		switch v := v.(type) {
		case string:
			found = append(found, v)
		case []any:
			for _, item := range v {
				walk(item, depth)
			}
		case map[string]any:
			for _, name := range []string{"message", "messages", "error", "errors", "error_description", "detail", "title", "number", "sendername", "senderName", "apikey"} {
				if item, ok := v[name]; ok && depth < 4 {
					walk(item, depth+1)
				}
			}
		}
	}
	walk(v, 0)
	return strings.Join(found, "; ")
}

// words are the sentences of an answer, or its text when it is no JSON.
func (a answer) words() string {
	var v any
	if json.Unmarshal(a.body, &v) == nil {
		return wordsOf(v)
	}
	if t := a.header.Get("Content-Type"); strings.HasPrefix(t, "text/plain") {
		return string(a.body)
	}
	return ""
}
