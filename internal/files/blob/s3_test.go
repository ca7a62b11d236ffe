package blob

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"ekolek/internal/config"
)

const s3Secret = "q9Zr3vLw8sKx2mTn5pYb7cHd"

// s3Server is a server that speaks S3, behind a door that reckons every signature again.
type s3Server struct {
	*httptest.Server
	signed  atomic.Int64 // requests whose signature was right
	trouble func(w http.ResponseWriter, r *http.Request) bool
}

func newS3Server(t *testing.T) (*s3Server, *S3) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("uploads"); err != nil {
		t.Fatal(err)
	}
	inner := gofakes3.New(backend).Server()
	s := &s3Server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.trouble != nil && s.trouble(w, r) {
			return
		}
		if err := checkSignature(r); err != nil {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, "<Error><Code>SignatureDoesNotMatch</Code><Message>%s</Message></Error>", err)
			return
		}
		s.signed.Add(1)
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	store := NewS3(config.S3{Endpoint: s.URL, Bucket: "uploads", Region: "ap-southeast-1", KeyID: "AKIAEKOLEK", Secret: s3Secret}, time.Now)
	store.pause = func(context.Context, time.Duration) error { return nil }
	return s, store
}

var authorization = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=AKIAEKOLEK/(\d{8})/ap-southeast-1/s3/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$`)

// checkSignature reckons Signature Version 4 as Amazon describes it, and the hash of the
// body, which is part of it.
func checkSignature(r *http.Request) error {
	m := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		return errors.New("there is no signature")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	sum := sha256.Sum256(body)
	if hex.EncodeToString(sum[:]) != r.Header.Get("X-Amz-Content-Sha256") {
		return errors.New("the body is not the one that was signed")
	}
	names := strings.Split(m[2], ";")
	for _, must := range []string{"host", "x-amz-content-sha256", "x-amz-date"} {
		if !slices.Contains(names, must) {
			return errors.New(must + " is not signed")
		}
	}
	var canonical strings.Builder
	fmt.Fprintf(&canonical, "%s\n%s\n%s\n", r.Method, r.URL.EscapedPath(), r.URL.Query().Encode())
	for _, name := range names {
		value := r.Header.Get(name)
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = fmt.Sprint(r.ContentLength)
		}
		fmt.Fprintf(&canonical, "%s:%s\n", name, strings.TrimSpace(value))
	}
	fmt.Fprintf(&canonical, "\n%s\n%s", m[2], r.Header.Get("X-Amz-Content-Sha256"))
	whole := sha256.Sum256([]byte(canonical.String()))
	text := "AWS4-HMAC-SHA256\n" + r.Header.Get("X-Amz-Date") + "\n" + m[1] + "/ap-southeast-1/s3/aws4_request\n" + hex.EncodeToString(whole[:])
	key := []byte("AWS4" + s3Secret)
	for _, part := range []string{m[1], "ap-southeast-1", "s3", "aws4_request", text} {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(part))
		key = h.Sum(nil)
	}
	if hex.EncodeToString(key) != m[3] {
		return errors.New("the signature is wrong")
	}
	return nil
}

func TestS3(t *testing.T) {
	s, store := newS3Server(t)
	conform(t, store)
	if s.signed.Load() < 50 {
		t.Errorf("only %d requests were signed", s.signed.Load())
	}
}

// The door of the test must be able to refuse.
func TestS3SignatureIsChecked(t *testing.T) {
	_, store := newS3Server(t)
	store.key.SecretAccessKey = "another"
	err := store.Put(t.Context(), "ekolek/x", about([]byte("x")), bytes.NewReader([]byte("x")))
	if f := FailureOf(err); f.Outcome != Refused || !strings.Contains(f.Mend, "AWS_SECRET_ACCESS_KEY does not belong") {
		t.Errorf("%v", err)
	}
	if strings.Contains(fmt.Sprint(err), "another") {
		t.Error("the secret is told")
	}
}

// What a store says is put into words, and tried again only where that helps.
func TestS3Trouble(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		body    string
		outcome Outcome
		tries   int64
		mend    string
	}{
		"busy":            {503, "<Error><Code>SlowDown</Code><Message>Reduce your rate</Message></Error>", Down, tries, ""},
		"too many":        {429, "", Down, tries, ""},
		"broken":          {500, "oops", Down, tries, ""},
		"denied":          {403, "<Error><Code>AccessDenied</Code></Error>", Refused, 1, "Let the key"},
		"unknown key":     {403, "<Error><Code>InvalidAccessKeyId</Code></Error>", Refused, 1, "AWS_ACCESS_KEY_ID"},
		"a wrong clock":   {403, "<Error><Code>RequestTimeTooSkewed</Code></Error>", Refused, 1, "clock"},
		"no bucket":       {404, "<Error><Code>NoSuchBucket</Code></Error>", Refused, 1, "AWS_STORAGE_BUCKET_NAME"},
		"no object":       {404, "<Error><Code>NoSuchKey</Code></Error>", Missing, 1, ""},
		"another region":  {301, "", Refused, 1, "AWS_S3_REGION_NAME to eu-west-1"},
		"a slow line":     {400, "<Error><Code>RequestTimeout</Code></Error>", Down, tries, ""},
		"repeats secrets": {400, "<Error><Code>X</Code><Message>" + s3Secret + "</Message></Error>", Refused, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, store := newS3Server(t)
			var asked atomic.Int64
			s.trouble = func(w http.ResponseWriter, _ *http.Request) bool {
				asked.Add(1)
				w.Header().Set("X-Amz-Bucket-Region", "eu-west-1")
				w.Header().Set("Location", "http://127.0.0.1:1/")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
				return true
			}
			_, err := store.Get(t.Context(), "ekolek/x")
			f := FailureOf(err)
			if f.Outcome != c.outcome || asked.Load() != c.tries || !strings.Contains(f.Mend, c.mend) || strings.Contains(f.Error(), s3Secret) {
				t.Errorf("%v (outcome %d) after %d tries", err, f.Outcome, asked.Load())
			}
		})
	}
}

// A store that comes back in time is no failure; one that is away is one, soon.
func TestS3ComesBack(t *testing.T) {
	s, store := newS3Server(t)
	var asked atomic.Int64
	s.trouble = func(w http.ResponseWriter, r *http.Request) bool {
		if asked.Add(1) > 2 {
			return false
		}
		hijack(w)
		return true
	}
	content := random(100_000)
	if err := store.Put(t.Context(), "ekolek/x", about(content), bytes.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	if got := get(t, store, "ekolek/x"); !bytes.Equal(got, content) {
		t.Error("other bytes came back")
	}
	s.Close()
	if err := store.Put(t.Context(), "ekolek/x", about(content), bytes.NewReader(content)); FailureOf(err).Outcome != Down {
		t.Errorf("away: %v", err)
	}
}

// hijack breaks the line.
func hijack(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close() // that is the trouble
	}
}
