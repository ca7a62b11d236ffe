package form

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/errs"
)

func sent(values url.Values) *Form { return &Form{values: values} }

func TestTextIsCleanedAndBounded(t *testing.T) {
	for name, c := range map[string]struct{ in, want, refused string }{
		"spaces":      {"  Nena\t Magsalin \n", "Nena Magsalin", ""},
		"controls":    {"Ne\x00na\x1b[31m", "Nena[31m", ""},
		"broken UTF8": {"Ni\xffño", "Niño", ""},
		"letters":     {strings.Repeat("ñ", 20), strings.Repeat("ñ", 20), ""},
		"too long":    {strings.Repeat("ñ", 21), "", "form.too_long"},
		"bidi marks":  {"a\u200fb", "a\u200fb", ""},
		"bidi turns":  {"Nena\u202e nilasgaM\u2066", "Nena nilasgaM", ""},
		"composed":    {"Pen\u0303a", "Peña", ""},
	} {
		f := sent(url.Values{"x": {c.in}})
		got := f.Text("x", 20)
		if reason, _ := f.FieldError("x"); got != c.want || reason.Key != c.refused {
			t.Errorf("%s: %q %q", name, got, reason.Key)
		}
	}
	if got := sent(url.Values{"x": {" one\r\ntwo \x07"}}).Note("x", 20); got != "one\ntwo" {
		t.Errorf("note: %q", got)
	}
}

func TestReaders(t *testing.T) {
	id := uuid.MustParse("01900000-0000-7000-8000-000000000001")
	read := map[string]func(*Form) any{
		"required": func(f *Form) any { return f.Required("x", 10) },
		"reason":   func(f *Form) any { return f.Reason("x") },
		"int":      func(f *Form) any { return f.Int("x") },
		"points":   func(f *Form) any { return f.Points("x").String() },
		"rate":     func(f *Form) any { return f.Rate("x").String() },
		"kilos":    func(f *Form) any { return int64(f.Kilos("x")) },
		"day":      func(f *Form) any { return f.Day("x") },
		"moment":   func(f *Form) any { return f.Moment("x").Format(time.RFC3339) },
		"id":       func(f *Form) any { return f.ID("x") },
		"choice":   func(f *Form) any { return f.Choice("x", "a", "b") },
		"bool":     func(f *Form) any { return f.Bool("x") },
	}
	for _, c := range []struct {
		reader, in string
		want       any
		ok         bool
	}{
		{"required", " a ", "a", true}, {"required", "  ", "", false},
		{"reason", "wrong resident", "wrong resident", true}, {"reason", "wrong", "wrong", false},
		{"int", "1,200", 1200, true}, {"int", "1.5", 0, false}, {"int", "", 0, false},
		{"points", "120.50", "120.5", true}, {"points", "1.234", "0", false},
		{"rate", "2.5", "2.5", true}, {"rate", "x", "0", false},
		{"kilos", "2,45", int64(2450), true}, {"kilos", "-1", int64(0), false},
		{"day", "2026-11-24", "2026-11-24", true}, {"day", "", "", true}, {"day", "24/11/2026", "", false}, {"day", "2026-02-30", "", false},
		{"moment", "2026-11-24T07:00", "2026-11-23T23:00:00Z", true}, {"moment", "", "0001-01-01T00:00:00Z", true}, {"moment", "7:00", "0001-01-01T00:00:00Z", false},
		{"id", id.String(), id, true}, {"id", "", uuid.Nil, true}, {"id", "7", uuid.Nil, false},
		{"choice", "b", "b", true}, {"choice", "c", "", false}, {"choice", "", "", false},
		{"bool", "on", true, true}, {"bool", "", false, true},
	} {
		f := sent(url.Values{"x": {c.in}})
		if got := read[c.reader](f); !cmp.Equal(got, c.want) || f.OK() != c.ok {
			t.Errorf("%s %q: %v %v", c.reader, c.in, got, f.OK())
		}
	}
	f := sent(url.Values{"ids": {id.String(), "x"}})
	if got := f.IDs("ids"); len(got) != 1 || f.OK() {
		t.Errorf("IDs: %v", got)
	}
}

func TestASecretThatMustBeThere(t *testing.T) {
	f := sent(url.Values{"password": {""}})
	if got := f.RequiredSecret("password"); got != "" || f.OK() {
		t.Errorf("no password passes as %q", got)
	}
	f = sent(url.Values{"password": {" "}})
	if got := f.RequiredSecret("password"); got != " " || !f.OK() {
		t.Errorf("a blank, which counts, is read as %q", got)
	}
}

func TestASecretIsReadOnceAndWhole(t *testing.T) {
	f := sent(url.Values{"password": {"  pass word "}})
	if got := f.Secret("password"); got != "  pass word " || f.Raw("password") != "" || f.Has("password") {
		t.Errorf("%q, still there: %q", got, f.Raw("password"))
	}
	f = sent(url.Values{"password": {strings.Repeat("x", 1025)}})
	if f.Secret("password"); f.OK() {
		t.Error("a password of any length is hashed")
	}
}

func TestTakeKeepsWhatAPersonCanMend(t *testing.T) {
	field := errs.NewField("stock", "form.whole_number")
	for name, c := range map[string]struct {
		err          error
		returned, ok bool
	}{
		"nothing":     {nil, false, true},
		"invalid":     {field, false, false},
		"conflict":    {errs.New(errs.Conflict, "OUT_OF_STOCK", "k"), false, false},
		"locked":      {errs.New(errs.TooMany, "LOCKED", "k"), false, false},
		"wrong":       {errs.New(errs.Unauthenticated, "BAD_CREDENTIALS", "k"), false, false},
		"not found":   {errs.New(errs.NotFound, "X", "k"), true, true},
		"forbidden":   {errs.New(errs.Forbidden, "X", "k"), true, true},
		"the machine": {errors.New("disk full"), true, true},
	} {
		f := Empty()
		if got := f.Take(c.err); (got != nil) != c.returned || f.OK() != c.ok || f.Wrong() == c.ok {
			t.Errorf("%s: %v, ok %v", name, got, f.OK())
		}
	}
	if f := Empty(); f.Keep(errs.New(errs.Forbidden, "ACCOUNT_PENDING", "k")) != nil || f.Problem().Key != "k" {
		t.Error("Keep keeps whatever was made for a person")
	}
	if f := Empty(); f.Keep(errors.New("disk full")) == nil || f.Keep(nil) != nil {
		t.Error("Keep keeps nothing else")
	}
	f := Empty()
	f.Refuse("stock", "form.required")
	if err := f.Take(field); err != nil {
		t.Fatal(err)
	}
	if reason, _ := f.FieldError("stock"); reason.Key != "form.required" || f.Problem().Key != "error.invalid" {
		t.Errorf("the first reason stays: %v", reason)
	}
	var e *errs.Error
	if !errors.As(f.Err(), &e) || e.Kind != errs.Invalid || len(e.Fields) != 1 {
		t.Errorf("Err: %v", f.Err())
	}
}

func TestRead(t *testing.T) {
	r := httptest.NewRequest("POST", "/x?name=query", strings.NewReader("name=body"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if f, err := Read(r); err != nil || f.Raw("name") != "body" {
		t.Errorf("the address is no form: %v", err)
	}

	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	if err := m.WriteField("name", "part"); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	r = httptest.NewRequest("POST", "/x", &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	if f, err := Read(r); err != nil || f.Raw("name") != "part" {
		t.Errorf("multipart: %v", err)
	}

	r = httptest.NewRequest("POST", "/x", strings.NewReader("broken"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	if _, err := Read(r); !errors.Is(err, ErrMalformed) {
		t.Errorf("malformed: %v", err)
	}

	w := httptest.NewRecorder()
	r = httptest.NewRequest("POST", "/x", strings.NewReader("name=toolong"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Body = http.MaxBytesReader(w, r.Body, 4)
	var tooLarge *http.MaxBytesError
	if _, err := Read(r); !errors.As(err, &tooLarge) || errors.Is(err, ErrMalformed) {
		t.Errorf("too large: %v", err)
	}
}

// A page that shows a form for the first time has none.
func TestNoFormIsAnEmptyForm(t *testing.T) {
	var f *Form
	if _, wrong := f.FieldError("x"); wrong || f.Wrong() || f.Raw("x") != "" || f.Has("x") || f.Problem().Key != "" || len(f.Refused()) != 0 {
		t.Error("no form, and something is wrong with it")
	}
	if got := Query(httptest.NewRequest("GET", "/?q=a", nil)).Raw("q"); got != "a" {
		t.Errorf("query: %q", got)
	}
	if got := Empty("name", "Nena").With("name", "Luz").Raw("name"); got != "Luz" {
		t.Errorf("filled: %q", got)
	}
}
