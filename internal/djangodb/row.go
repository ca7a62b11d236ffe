package djangodb

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Row is one row of the old database. Its readers give the zero value for what is null
// or not there, and keep the first thing that cannot be read; see Err.
type Row struct {
	columns map[string]int
	values  []value
	err     *error
}

func newRow(columns map[string]int, values []value) Row {
	return Row{columns: columns, values: values, err: new(error)}
}

// columnIndex tells where each column stands in a row.
func columnIndex(columns []string) map[string]int {
	index := make(map[string]int, len(columns))
	for i, name := range columns {
		index[name] = i
	}
	return index
}

// Err is the first field that could not be read.
func (r Row) Err() error { return *r.err }

func (r Row) fail(column, kind string) {
	if *r.err == nil {
		*r.err = fmt.Errorf("%s is not %s", column, kind)
	}
}

func (r Row) get(column string) (string, bool) {
	i, ok := r.columns[column]
	if !ok || r.values[i].null {
		return "", false
	}
	return r.values[i].text, true
}

// Text gives a field as it stands.
func (r Row) Text(column string) string {
	text, _ := r.get(column)
	return text
}

// UUID gives an id that must be there.
func (r Row) UUID(column string) uuid.UUID {
	id := r.NullUUID(column)
	if !id.Valid {
		r.fail(column, "an id")
	}
	return id.UUID
}

// NullUUID gives an id that may be missing.
func (r Row) NullUUID(column string) uuid.NullUUID {
	text, ok := r.get(column)
	if !ok {
		return uuid.NullUUID{}
	}
	id, err := uuid.Parse(text)
	if err != nil {
		r.fail(column, "an id")
		return uuid.NullUUID{}
	}
	return uuid.NullUUID{UUID: id, Valid: true}
}

// Bool gives a truth value in any of PostgreSQL's spellings; ifMissing when null.
func (r Row) Bool(column string, ifMissing bool) bool {
	text, ok := r.get(column)
	if !ok {
		return ifMissing
	}
	switch strings.ToLower(text) {
	case "t", "true", "1", "yes", "on":
		return true
	case "f", "false", "0", "no", "off":
		return false
	}
	r.fail(column, "true or false")
	return ifMissing
}

// Int gives a whole number, 0 when null.
func (r Row) Int(column string) int64 {
	text, ok := r.get(column)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		r.fail(column, "a whole number")
	}
	return n
}

// NullInt gives a whole number that may be missing.
func (r Row) NullInt(column string) *int64 {
	if _, ok := r.get(column); !ok {
		return nil
	}
	n := r.Int(column)
	return &n
}

// timeLayouts are PostgreSQL's ISO spellings; the fraction is optional to the parser.
// A dump carries the offset of whoever dumped it.
var timeLayouts = []string{"2006-01-02 15:04:05Z07", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z07:00:00"}

// Time gives a moment that must be there.
func (r Row) Time(column string) time.Time {
	t := r.NullTime(column)
	if t == nil {
		r.fail(column, "a moment")
		return time.Time{}
	}
	return *t
}

// NullTime gives a moment that may be missing.
func (r Row) NullTime(column string) *time.Time {
	text, ok := r.get(column)
	if !ok {
		return nil
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			t = t.UTC()
			return &t
		}
	}
	r.fail(column, "a moment")
	return nil
}

// Points gives hundredths of a point. exact is false when the old number had more
// decimals, and was rounded half up.
func (r Row) Points(column string) (hundredths int64, exact bool) {
	return r.scaled(column, 2)
}

// NullPoints gives hundredths of a point that may be missing.
func (r Row) NullPoints(column string) *int64 {
	if _, ok := r.get(column); !ok {
		return nil
	}
	n, _ := r.Points(column)
	return &n
}

// Grams gives the grams of a weight in kilograms, rounded half up: the old system kept
// weights as floating-point numbers.
func (r Row) Grams(column string) int64 {
	grams, _ := r.scaled(column, 3)
	return grams
}

func (r Row) scaled(column string, decimals int) (n int64, exact bool) {
	text, ok := r.get(column)
	if !ok {
		return 0, true
	}
	n, exact, err := parseScaled(text, decimals)
	if err != nil {
		r.fail(column, "a number that can be held")
		return 0, true
	}
	return n, exact
}
