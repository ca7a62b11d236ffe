package mobile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"ekolek/internal/web"
)

var (
	errMalformed = errors.New("malformed body")
	errMediaType = errors.New("unsupported media type")
)

// body is what a request sent. JSON, a form and a multipart form are the same to the
// apps. Values are string, json.Number, bool, nil, []any or map[string]any.
type body map[string]any

// readBody reads a request's body; its size is bounded by the route. What no database
// would store as text is malformed here, so that nobody behind has to ask.
func readBody(r *http.Request) (body, error) {
	b, err := decodeBody(r)
	web.Inspect(r, b)
	return b, err
}

func decodeBody(r *http.Request) (body, error) {
	kind := r.Header.Get("Content-Type")
	media, params, err := mime.ParseMediaType(kind)
	if kind != "" && err != nil {
		return nil, errMediaType
	}
	switch media {
	case "application/x-www-form-urlencoded", "multipart/form-data":
		return readForm(r, media, params["boundary"])
	}
	data, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read body: %w", err)
	case len(bytes.TrimSpace(data)) == 0:
		return body{}, nil
	case media != "application/json" && media != "":
		return nil, errMediaType
	}
	return parseBody(data)
}

// What no app sends: values within values so deep, or so many of them.
const (
	deepest    = 16
	mostFields = 200
)

// parseBody reads a JSON object.
func parseBody(data []byte) (body, error) {
	if !utf8.Valid(data) || depth(data) > deepest {
		return nil, errMalformed
	}
	var b body
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&b); err != nil || b == nil {
		return nil, errMalformed
	}
	if _, err := d.Token(); err != io.EOF || len(b) > mostFields || !storable(map[string]any(b)) {
		return nil, errMalformed
	}
	return b, nil
}

// depth is how deep values stand within values, at most: what stands in strings is no
// bracket.
func depth(data []byte) (most int) {
	now, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			most = max(most, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return most
}

func readForm(r *http.Request, media, boundary string) (body, error) {
	var values url.Values
	var err error
	if media == "multipart/form-data" {
		values, err = readParts(r, boundary)
	} else {
		var data []byte
		if data, err = io.ReadAll(r.Body); err == nil {
			if values, err = url.ParseQuery(string(data)); err != nil {
				err = errMalformed
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read form: %w", err)
	}
	b := body{}
	for name, v := range values {
		b[name] = v[len(v)-1] // the last one counts, as in the reference
	}
	if len(b) > mostFields || !storable(map[string]any(b)) {
		return nil, errMalformed
	}
	return b, nil
}

// readParts reads the values of a multipart form. Files are not for these routes, so the
// whole fits into what the route allows.
func readParts(r *http.Request, boundary string) (url.Values, error) {
	form, err := multipart.NewReader(r.Body, boundary).ReadForm(web.DefaultBody)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, err
	case err != nil:
		return nil, errMalformed
	}
	return form.Value, form.RemoveAll()
}

// storable says whether every text of a value is text to PostgreSQL.
func storable(v any) bool {
	switch v := v.(type) {
	case string:
		return utf8.ValidString(v) && !strings.ContainsRune(v, 0)
	case []any:
		for _, x := range v {
			if !storable(x) {
				return false
			}
		}
	case map[string]any:
		for k, x := range v {
			if !storable(k) || !storable(x) {
				return false
			}
		}
	}
	return true
}

// has says whether a value was sent at all; null was not.
func (b body) has(name string) bool { return b[name] != nil }

// text is a value that must be a string; ok is false for one of another type. A missing
// one is "".
func (b body) text(name string) (s string, ok bool) {
	switch v := b[name].(type) {
	case nil:
		return "", true
	case string:
		return v, true
	default:
		return "", false
	}
}

// word is a value that may come as a string or as a number: a code, an id, a weight. ok
// is false for anything else.
func (b body) word(name string) (s string, ok bool) {
	if n, isNumber := b[name].(json.Number); isNumber {
		return n.String(), true
	}
	return b.text(name)
}

// signed is a decimal number as JSON and forms write it, with its sign.
var signed = regexp.MustCompile(`^[+-]?[0-9]{1,40}(\.[0-9]{0,40})?([eE][+-]?[0-9]{1,4})?$`)

// code is a one-time code, which may come as a number: then without its leading zeros.
func (b body) code(name string) (s string, ok bool) {
	s, ok = b.word(name)
	if _, isNumber := b[name].(json.Number); isNumber && len(s) < 6 {
		s = strings.Repeat("0", 6-len(s)) + s
	}
	return s, ok
}
