package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ekolek/internal/telemetry"
)

// maxAnswer is the most that is read of an answer that is not an object.
const maxAnswer = 64 << 10

// Tries of one request, and the pauses between them: 200 ms, doubled each time and blurred,
// or what the storage asks for when that is short.
const (
	tries      = 4
	firstPause = 200 * time.Millisecond
	longPause  = 5 * time.Second
)

// remote speaks HTTP to a storage.
type remote struct {
	client *http.Client
	pause  func(ctx context.Context, d time.Duration) error
}

// newRemote makes the client of a remote storage. It follows no redirect: keys and files
// are meant for one address.
func newRemote() remote {
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        time.Minute,
		TLSHandshakeTimeout:    5 * time.Second,
		ResponseHeaderTimeout:  30 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 32 << 10,
		DisableCompression:     true, // objects come as they are
	}
	return remote{
		client: &http.Client{
			Transport:     telemetry.Transport(transport),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		pause: wait,
	}
}

// wait waits, or returns ctx's error when that ends first.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// do sends what request makes, again when that may help: after 429, 5xx and a
// line that broke. The answer is one of success, or of a status that judge has no failure
// for; its body is for the caller to close.
func (r remote) do(ctx context.Context, request func(context.Context) (*http.Request, error), judge func(*http.Response, []byte) *Failure) (*http.Response, *Failure) {
	var last *Failure
	for n := range tries {
		if n > 0 {
			if err := r.pause(ctx, pauseOf(n, last)); err != nil {
				return nil, last
			}
		}
		req, err := request(ctx)
		if err != nil {
			return nil, &Failure{Outcome: Refused, Words: "cannot be asked: " + err.Error(), cause: err}
		}
		res, err := r.client.Do(req)
		if err != nil {
			if last = lineFailure(ctx, err); ctx.Err() != nil || !last.again {
				return nil, last
			}
			continue
		}
		if res.StatusCode < 300 {
			return res, nil
		}
		body, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer)) // words for people; half of them will do
		_ = res.Body.Close()                                       // nothing more is wanted of it
		last = judge(res, body)
		if last == nil {
			res.Body = http.NoBody
			return res, nil
		}
		if last.again = last.again || res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= 500; !last.again {
			return nil, last
		}
		last.after = retryAfter(res)
	}
	return nil, last
}

// pauseOf is the pause before try n.
func pauseOf(n int, last *Failure) time.Duration {
	if last.after > 0 {
		return min(last.after, longPause)
	}
	d := firstPause << (n - 1)
	return d/2 + rand.N(d)
}

func retryAfter(res *http.Response) time.Duration {
	seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// lineFailure words a request without an answer. The cause may hold an address with
// a key in it, so it stays underneath.
func lineFailure(ctx context.Context, err error) *Failure {
	f := &Failure{Outcome: Down, Words: "broke off", cause: err, again: true}
	var dns *net.DNSError
	var refused *net.OpError
	var timeout net.Error
	switch {
	case errors.As(err, &dns):
		f.Words, f.Mend = "cannot be reached: its name is not known", "Is the address right, and does this machine reach the internet?"
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		f.Words = "did not answer in time"
	case errors.Is(ctx.Err(), context.Canceled):
		f.Words = "was not waited for"
	case strings.Contains(err.Error(), "certificate"):
		f.Words, f.again = "cannot be reached: its certificate is not right", false
	case errors.As(err, &refused) && refused.Op == "dial":
		f.Words = "cannot be reached"
	}
	return f
}

// bounded limits one operation; its end also ends the body of an answer.
func bounded(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}

// body is an answer's, which gives its context back when it is closed.
type body struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b body) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// again begins content anew for another try; the transport closes what it is given, and
// content is the caller's.
func again(content io.ReadSeeker) (io.ReadCloser, error) {
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return io.NopCloser(content), nil
}

// tidy makes one short line of what a storage said, without the secrets that it may repeat.
func tidy(words string, secrets ...string) string {
	for _, s := range secrets {
		if s != "" {
			words = strings.ReplaceAll(words, s, "…")
		}
	}
	words = strings.Join(strings.Fields(strings.ToValidUTF8(words, "")), " ")
	if r := []rune(words); len(r) > 300 {
		words = string(r[:300]) + "…"
	}
	return words
}

// said is a failure with the storage's status and words.
func said(o Outcome, status int, words string) *Failure {
	if words == "" {
		words = http.StatusText(status)
	}
	return &Failure{Outcome: o, Words: fmt.Sprintf("%d: %s", status, words)}
}
