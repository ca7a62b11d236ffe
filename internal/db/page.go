package db

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/errs"
)

// Rows of one page: what a list gives when it is not told, and the most it ever gives.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// Limit brings a wished number of rows into bounds.
func Limit(wish int) int {
	if wish <= 0 {
		return DefaultLimit
	}
	return min(wish, MaxLimit)
}

// Page is a part of a list, newest first.
type Page[T any] struct {
	Rows []T
	Next string // cursor of the page that follows; "" on the last one
}

// Cursor is where a page ended: the last row's moment and id.
type Cursor struct {
	At time.Time
	ID uuid.UUID
}

// newest lies before every row, so that the first page needs no SQL of its own.
var newest = Cursor{At: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), ID: uuid.Max}

// Newest is where the newest row comes first.
func Newest() Cursor { return newest }

// ErrCursor says that a cursor is not one of ours.
var ErrCursor = errs.New(errs.Invalid, "BAD_CURSOR", "error.bad_cursor")

// ParseCursor reads what String wrote; "" is where the newest row comes first.
func ParseCursor(text string) (Cursor, error) {
	if text == "" {
		return newest, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != 24 {
		return Cursor{}, ErrCursor
	}
	return Cursor{
		At: time.UnixMicro(int64(binary.BigEndian.Uint64(raw))).UTC(),
		ID: uuid.UUID(raw[8:]),
	}, nil
}

// String is the cursor as it stands in an address.
func (c Cursor) String() string {
	raw := binary.BigEndian.AppendUint64(nil, uint64(c.At.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(append(raw, c.ID[:]...))
}

// PageOf makes a page of rows that were asked for with one more than limit: the extra
// row tells that another page follows.
func PageOf[T any](rows []T, limit int, cursor func(T) Cursor) Page[T] {
	if len(rows) <= limit {
		return Page[T]{Rows: rows}
	}
	rows = rows[:limit]
	return Page[T]{Rows: rows, Next: cursor(rows[limit-1]).String()}
}

// Where joins conditions of a list with AND. Fragments are constants of a store; what
// a person typed travels only as an argument. The zero value is ready, and true.
type Where struct {
	text strings.Builder
	args []any
}

// And adds a condition; each ? in it stands for the next of args.
func (w *Where) And(fragment string, args ...any) {
	if w.text.Len() > 0 {
		w.text.WriteString(" AND ")
	}
	w.text.WriteString(w.Bind(fragment, args...))
}

// Bind numbers the ? of a fragment that stands elsewhere in the statement: $1, $2, ….
func (w *Where) Bind(fragment string, args ...any) string {
	if strings.Count(fragment, "?") != len(args) {
		panic("db: a condition's ? and its values differ in number: " + fragment)
	}
	var b strings.Builder
	for _, arg := range args {
		before, after, _ := strings.Cut(fragment, "?")
		w.args = append(w.args, arg)
		b.WriteString(before)
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(len(w.args)))
		fragment = after
	}
	b.WriteString(fragment)
	return b.String()
}

// String is the condition, TRUE when there is none.
func (w *Where) String() string {
	if w.text.Len() == 0 {
		return "TRUE"
	}
	return w.text.String()
}

// Args are the values of the $n, in their order.
func (w *Where) Args() []any { return w.args }
