// Package form reads what a person typed into a form: trimmed, bounded, and kept, so
// that a refused form comes back as it was sent with the reasons beside the fields.
package form

import (
	"errors"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
)

// ErrMalformed is a body that is not a form at all: nobody typed it.
var ErrMalformed = errors.New("malformed form")

// maxMemory is what a multipart form keeps in memory; the route bounds the whole body.
const maxMemory = 1 << 20

// mostFields is how many names a form of ours may have at most, and more.
const mostFields = 500

// Form is one submission, or an empty form to show. The zero value is an empty form.
type Form struct {
	values  url.Values
	fields  errs.Fields
	problem errs.Text
}

// Empty is a form to show for the first time, filled with pairs of field and value.
func Empty(pairs ...string) *Form {
	f := &Form{values: url.Values{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.values.Set(pairs[i], pairs[i+1])
	}
	return f
}

// With sets a value of a form to show.
func (f *Form) With(name, value string) *Form {
	f.values.Set(name, value)
	return f
}

// Read parses the body of a POST. An error is ErrMalformed or a body that is too large;
// hand it up, the surface answers 400 or 413.
func Read(r *http.Request) (*Form, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	err := r.ParseForm()
	if err == nil && kind == "multipart/form-data" {
		err = r.ParseMultipartForm(maxMemory)
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, err
	case err != nil:
		return nil, errors.Join(ErrMalformed, err)
	}
	if len(r.PostForm) > mostFields {
		return nil, errors.Join(ErrMalformed, errors.New("too many fields"))
	}
	return &Form{values: r.PostForm}, nil
}

// Query reads the filters of a list from the address.
func Query(r *http.Request) *Form { return &Form{values: r.URL.Query()} }

// Raw is a value as it was sent; for showing it again.
func (f *Form) Raw(name string) string {
	if f == nil {
		return ""
	}
	return f.values.Get(name)
}

// Text is one line of text: spaces trimmed and folded, characters dropped that control the
// screen or turn the direction of others, letters and their accents composed (NFC). More
// than limit characters is refused.
func (f *Form) Text(name string, limit int) string {
	s := strings.Join(strings.Fields(strings.Map(printable, f.Raw(name))), " ")
	return f.bounded(name, s, limit)
}

// Note is text of several lines, trimmed at its ends.
func (f *Form) Note(name string, limit int) string {
	s := strings.ReplaceAll(f.Raw(name), "\r\n", "\n")
	return f.bounded(name, strings.TrimSpace(strings.Map(printableLine, s)), limit)
}

// Secret is a password: every character counts. It is never shown again.
func (f *Form) Secret(name string) string {
	s := f.Raw(name)
	f.values.Del(name)
	if len(s) > 1024 {
		f.Refuse(name, "form.too_long", "Limit", 1024)
		return ""
	}
	return s
}

// RequiredSecret is a password that must be there.
func (f *Form) RequiredSecret(name string) string {
	s := f.Secret(name)
	if s == "" {
		f.Refuse(name, "form.required")
	}
	return s
}

func (f *Form) bounded(name, s string, limit int) string {
	s = norm.NFC.String(s)
	if utf8.RuneCountInString(s) > limit {
		f.Refuse(name, "form.too_long", "Limit", limit)
		return ""
	}
	return s
}

func printable(r rune) rune {
	if unicode.IsSpace(r) {
		return ' '
	}
	if unicode.IsControl(r) || r == utf8.RuneError || people.Reorders(r) {
		return -1
	}
	return r
}

func printableLine(r rune) rune {
	if r == '\n' {
		return r
	}
	return printable(r)
}

// Required is Text that must not be empty.
func (f *Form) Required(name string, limit int) string {
	s := f.Text(name, limit)
	if s == "" {
		f.Refuse(name, "form.required")
	}
	return s
}

// Reason is the sentence that a dangerous act asks for: 10 to 500 characters.
func (f *Form) Reason(name string) string {
	s := f.Note(name, 500)
	if utf8.RuneCountInString(s) < 10 {
		f.Refuse(name, "form.reason_short", "Least", 10)
	}
	return s
}

// Bool is a ticked box.
func (f *Form) Bool(name string) bool { return f.Raw(name) != "" }

// Int is a whole number, thousands separators allowed; empty is refused.
func (f *Form) Int(name string) int {
	n, err := strconv.Atoi(strings.ReplaceAll(f.Text(name, 20), ",", ""))
	if err != nil {
		f.Refuse(name, "form.whole_number")
	}
	return n
}

// Points is an amount of points, at most two decimals; empty is refused.
func (f *Form) Points(name string) ledger.Points {
	return amount(f, name, "form.points", ledger.ParsePoints)
}

// Pesos is an amount of money in centavos, at most two decimals; empty is 0, which stands
// for not known.
func (f *Form) Pesos(name string) int64 {
	if f.Text(name, 20) == "" {
		return 0
	}
	return int64(amount(f, name, "form.pesos", ledger.ParsePoints))
}

// Rate is points a kilo, at most two decimals; empty is refused.
func (f *Form) Rate(name string) ledger.Rate {
	return amount(f, name, "form.points", ledger.ParseRate)
}

// Kilos is a weight in kilos, at most three decimals; empty is refused.
func (f *Form) Kilos(name string) ledger.Grams {
	return amount(f, name, "form.kilos", ledger.ParseKilos)
}

// amount is zero when it was refused.
func amount[T any](f *Form, name, key string, parse func(string) (T, error)) T {
	v, err := parse(f.Text(name, 20))
	if err != nil {
		f.Refuse(name, key)
		var none T
		return none
	}
	return v
}

// Moment is a time of Manila as a datetime-local field sends it, "2026-11-24T07:00";
// empty is the zero time, anything else is refused.
func (f *Form) Moment(name string) time.Time {
	s := f.Text(name, 16)
	if s == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", s, db.Manila)
	if err != nil {
		f.Refuse(name, "form.moment")
		return time.Time{}
	}
	return t.UTC()
}

// Day is a civil date, "2026-11-24"; empty stays empty, anything else is refused.
func (f *Form) Day(name string) string {
	s := f.Text(name, 10)
	if s == "" {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		f.Refuse(name, "form.day")
		return ""
	}
	return s
}

// ID is an identifier that a select or a hidden field carries; uuid.Nil when empty.
func (f *Form) ID(name string) uuid.UUID {
	s := f.Text(name, 45)
	if s == "" {
		return uuid.Nil
	}
	id, err := uuid.Parse(s)
	if err != nil {
		f.Refuse(name, "form.choose")
	}
	return id
}

// IDs are the identifiers of several ticked boxes.
func (f *Form) IDs(name string) []uuid.UUID {
	ids := make([]uuid.UUID, 0, len(f.values[name]))
	for _, s := range f.values[name] {
		id, err := uuid.Parse(s)
		if err != nil {
			f.Refuse(name, "form.choose")
			continue
		}
		ids = append(ids, id)
	}
	return ids
}

// Ints are the whole numbers of several ticked boxes.
func (f *Form) Ints(name string) []int {
	numbers := make([]int, 0, len(f.values[name]))
	for _, s := range f.values[name] {
		n, err := strconv.Atoi(s)
		if err != nil {
			f.Refuse(name, "form.choose")
			continue
		}
		numbers = append(numbers, n)
	}
	return numbers
}

// Days are the civil dates of several ticked boxes.
func (f *Form) Days(name string) []string {
	days := make([]string, 0, len(f.values[name]))
	for _, s := range f.values[name] {
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			f.Refuse(name, "form.choose")
			continue
		}
		days = append(days, s)
	}
	return days
}

// Choice is one of the given values; anything else is refused, empty included.
func (f *Form) Choice(name string, of ...string) string {
	s := f.Text(name, 100)
	for _, c := range of {
		if s == c {
			return s
		}
	}
	f.Refuse(name, "form.choose")
	return ""
}

// Refuse notes what is wrong with a field; the first reason stays.
func (f *Form) Refuse(field, key string, args ...any) { f.fields.Add(field, key, args...) }

// Rename moves what was refused of one field to the field that stands for it on this page:
// a list has a field in each of its rows.
func (f *Form) Rename(from, to string) {
	if t, ok := f.fields[from]; ok {
		delete(f.fields, from)
		f.add(to, t)
	}
}

// OK is true while nothing was refused.
func (f *Form) OK() bool { return len(f.fields) == 0 && f.problem.Key == "" }

// Forgive forgets what was refused; the values stay. A form that is shown while somebody
// still writes it has no mistakes yet.
func (f *Form) Forgive() { f.fields, f.problem = nil, errs.Text{} }

// Err is what was refused as one error, nil while nothing was. Handlers that answer JSON
// return it.
func (f *Form) Err() error {
	if f.problem.Key != "" {
		return &errs.Error{Kind: errs.Invalid, Code: "INVALID", Text: f.problem, Fields: f.fields}
	}
	return f.fields.Err()
}

// Take keeps a refusal that a person can mend on this form (Invalid, Conflict, TooMany,
// Unauthenticated by a wrong password) and returns nil; every other error it returns,
// and the handler hands it up.
//
//	if err := f.Take(s.people.Approve(…)); err != nil { return err }
//	if !f.OK() { return web.Render(w, r, http.StatusUnprocessableEntity, page) }
func (f *Form) Take(err error) error {
	if e, ok := errs.As(err); ok && !mendable(e.Kind) {
		return err
	}
	return f.Keep(err)
}

// Keep is Take for every refusal that was made for a person, whatever its kind: at a
// sign-in, "your account waits for approval" belongs on the form. That the program is
// not able to answer now does not: nothing on the form can mend it.
func (f *Form) Keep(err error) error {
	if err == nil {
		return nil
	}
	e, ok := errs.As(err)
	if !ok || e.Kind == errs.Unavailable {
		return err
	}
	f.problem = e.Text
	for field, t := range e.Fields {
		if _, ok := f.fields[field]; !ok {
			f.add(field, t)
		}
	}
	return nil
}

func (f *Form) add(field string, t errs.Text) {
	if f.fields == nil {
		f.fields = errs.Fields{}
	}
	f.fields[field] = t
}

func mendable(k errs.Kind) bool {
	switch k {
	case errs.Invalid, errs.Conflict, errs.TooMany, errs.Unauthenticated:
		return true
	default:
		return false
	}
}

// Problem is what is wrong with the form as a whole; an empty key when nothing is.
func (f *Form) Problem() errs.Text {
	if f == nil {
		return errs.Text{}
	}
	return f.problem
}

// FieldError is what is wrong with one field.
func (f *Form) FieldError(name string) (errs.Text, bool) {
	if f == nil {
		return errs.Text{}, false
	}
	t, ok := f.fields[name]
	return t, ok
}

// Wrong is true when the form as a whole or a field was refused.
func (f *Form) Wrong() bool { return f != nil && !f.OK() }

// Has is true when the form carries a value for the field, be it empty.
func (f *Form) Has(name string) bool { return f != nil && f.values.Has(name) }

// Refused are the names of the refused fields, sorted.
func (f *Form) Refused() []string {
	if f == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(f.fields))
}
