package form_test

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ekolek/internal/web/form"
)

// upload is a request with text fields and files, pairs of name and content; a name with
// an @ is a file, "field@name".
func upload(t *testing.T, limit int64, pairs ...string) *http.Request {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		field, file, isFile := strings.Cut(pairs[i], "@")
		part, err := w.CreateFormField(field)
		if isFile {
			part, err = w.CreateFormFile(field, file)
		}
		if err == nil {
			_, err = part.Write([]byte(pairs[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, limit)
	return r
}

func TestReadFile(t *testing.T) {
	var got bytes.Buffer
	f, name, err := form.ReadFile(upload(t, 1<<20, "version", " 2.0 ", "file@a/b.pdf", "the bytes", "note", "x"), "file", &got)
	if err != nil || name != "b.pdf" || got.String() != "the bytes" || f.Text("version", 10) != "2.0" || f.Text("note", 10) != "x" {
		t.Errorf("%q, %q, %v", name, got.String(), err)
	}
}

var errDisk = errors.New("no room")

// full is a disk that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errDisk }

// What is no form is malformed, what is too large stays too large, and a disk that is full
// is no fault of the form. A body that breaks off is malformed, too (F-38).
func TestReadFileRefuses(t *testing.T) {
	many := make([]string, 0, 400)
	for range 200 {
		many = append(many, "x", "y")
	}
	cut := upload(t, 1<<20, "file@a.pdf", strings.Repeat("x", 10_000))
	whole := new(bytes.Buffer)
	_, _ = whole.ReadFrom(cut.Body) // of a test's own memory
	cut.Body = io.NopCloser(bytes.NewReader(whole.Bytes()[:5000]))
	plain := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("a=b"))
	plain.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, r := range map[string]*http.Request{
		"no multipart":   plain,
		"two files":      upload(t, 1<<20, "file@a.pdf", "x", "file@b.pdf", "y"),
		"many fields":    upload(t, 1<<20, many...),
		"a large field":  upload(t, 1<<20, "note", strings.Repeat("x", 100_000)),
		"a body cut off": cut,
	} {
		if _, _, err := form.ReadFile(r, "file", new(bytes.Buffer)); !errors.Is(err, form.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var tooLarge *http.MaxBytesError
	if _, _, err := form.ReadFile(upload(t, 1000, "file@a.pdf", strings.Repeat("x", 10_000)), "file", new(bytes.Buffer)); !errors.As(err, &tooLarge) {
		t.Errorf("too large: %v", err)
	}
	if _, _, err := form.ReadFile(upload(t, 1<<20, "file@a.pdf", "x"), "file", full{}); !errors.Is(err, errDisk) || errors.Is(err, form.ErrMalformed) {
		t.Errorf("a full disk: %v", err)
	}
}
