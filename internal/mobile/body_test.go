package mobile

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// Whatever a phone sends is a body or is refused; nothing makes the reader panic, and
// nothing that a database would not keep comes through.
func FuzzBody(f *testing.F) {
	for _, seed := range []struct{ kind, body string }{
		{"application/json", `{"username":"juan","otp":123456,"list":[1,"a",{"b":null}]}`}, {"application/json", `{"a":"\u0000"}`}, {"application/json", "{\"a\":\"\xff\"}"},
		{"application/json", `{"a":1}{`}, {"", `{"a":1}`}, {"", "x"}, {"text/plain", "x"}, {"/", "{}"}, {"application/json", strings.Repeat("[", 20_000)},
		{"application/x-www-form-urlencoded", "a=1&a=2&b=%00"}, {"application/x-www-form-urlencoded", "a=%zz"}, {"application/x-www-form-urlencoded", "a;b=1"},
		{"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n"}, {"multipart/form-data", "--x--"},
		{"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n1\r\n--x--\r\n"},
	} {
		f.Add(seed.kind, seed.body)
	}
	f.Fuzz(func(t *testing.T, kind, text string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(text))
		r.Header.Set("Content-Type", kind)
		b, err := readBody(r)
		if err != nil {
			return
		}
		if b == nil || !storable(map[string]any(b)) {
			t.Errorf("%q %q: %v", kind, text, b)
		}
		for name := range b {
			if s, ok := b.text(name); ok && strings.ContainsRune(s, 0) {
				t.Errorf("%q", s)
			}
			b.has(name)
			b.word(name)
			b.code(name)
			b.empty(name)
			b.uuid(name)
			b.whole(name, 0)
		}
	})
}

func TestFormsKeepTheLastValue(t *testing.T) {
	for kind, text := range map[string]string{
		"application/x-www-form-urlencoded": "a=1&a=2&b=",
		"multipart/form-data; boundary=x":   "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n2\r\n--x\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n\r\n--x--\r\n",
		"application/json":                  `{"a":"1","a":"2","b":""}`,
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(text))
		r.Header.Set("Content-Type", kind)
		b, err := readBody(r)
		if err != nil || b["a"] != "2" || b["b"] != "" || len(b) != 2 {
			t.Errorf("%s: %v, %v", kind, b, err)
		}
	}
}

func TestCodesMayBeNumbers(t *testing.T) {
	for value, want := range map[any]string{"012345": "012345", json.Number("12345"): "012345", json.Number("0"): "000000", json.Number("123456"): "123456", " 1": " 1"} {
		if got, ok := (body{"otp": value}).code("otp"); !ok || got != want {
			t.Errorf("%v: %q, %v", value, got, ok)
		}
	}
	if _, ok := (body{"otp": true}).code("otp"); ok {
		t.Error("true is taken for a code")
	}
}

// What no app sends is malformed before it costs anything.
func TestBodiesAreBounded(t *testing.T) {
	deep := func(n int) string {
		return `{"a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + "}"
	}
	var many strings.Builder
	for n := range mostFields + 1 {
		fmt.Fprintf(&many, `%q:1,`, strconv.Itoa(n))
	}
	for name, c := range map[string]struct {
		body string
		ok   bool
	}{
		"as deep as may be":   {deep(deepest), true},
		"deeper":              {deep(deepest + 1), false},
		"very deep":           {strings.Repeat(`{"a":`, 10_000), false},
		"brackets in strings": {`{"a":"[[[[[[[[[[[[[[[[[[[[[[[[ \" {{{{{{{{{{{{{{{{{{{{"}`, true},
		"too many fields":     {"{" + many.String() + `"x":1}`, false},
	} {
		if _, err := parseBody([]byte(c.body)); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
