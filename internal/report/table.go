package report

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
)

// Table is a list on its way into a file. Its rows are read while they are written, so
// that a long list needs no memory. A cell is a string, an int64, a ledger.Points,
// ledger.Grams or ledger.Rate, a time.Time, a Day, Pesos, a Word, or nil.
type Table struct {
	Name string   // catalogue key; once Said, the sheet's title
	Head []string // catalogue keys; once Said, the columns' titles
	Rows iter.Seq2[[]any, error]

	say func(key string) string
}

// Word is a cell whose text comes from the catalogues, by its key.
type Word string

// Day is a cell with a Manila day, 2006-01-02.
type Day string

// Pesos is a cell with money, in centavos.
type Pesos int64

// Said gives the table in a language: say turns a catalogue key into its text.
func (t Table) Said(say func(key string) string) Table {
	t.Name = say(t.Name)
	t.Head = slices.Clone(t.Head)
	for i, key := range t.Head {
		t.Head[i] = say(key)
	}
	t.say = say
	return t
}

// text is a Word in the table's language.
func (t Table) text(w Word) string {
	if t.say == nil || w == "" {
		return string(w)
	}
	return t.say(string(w))
}

// plain writes a cell for CSV: numbers with a decimal point and without separators,
// times of Manila. Only text can be mistaken for a formula, so only text is guarded.
func (t Table) plain(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case int64:
		return strconv.FormatInt(v, 10)
	case ledger.Points:
		return v.String()
	case ledger.Rate:
		return v.String()
	case ledger.Grams:
		return v.Kilos()
	case time.Time:
		return v.In(db.Manila).Format("2006-01-02 15:04:05")
	case Day:
		return string(v)
	case Pesos:
		return fmt.Sprintf("%d.%02d", v/100, v%100)
	case Word:
		return guard(t.text(v))
	case string:
		return guard(v)
	}
	panic("report: a cell of an unknown type")
}

// guard keeps a spreadsheet from taking text for a formula: by OWASP's list, and the
// full-width signs that some spreadsheets fold to plain ones.
func guard(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(text)[0]) {
		return "'" + text
	}
	return text
}
