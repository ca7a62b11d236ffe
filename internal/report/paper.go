package report

import (
	"fmt"
	"iter"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
)

// Paper is a form on its way to a printer or into a workbook. Both are drawn from the same
// rows and the same grid of columns. Its words are those of the form: what the Commission on
// Audit prescribes in English is not translated.
type Paper struct {
	Form    string // in the corner of each sheet: "Appendix 58"
	Title   string
	Lines   [][2]Entry // over the frame: entity and fund
	Box     [][2]Entry // in the frame, over the table
	Half    int        // how many columns the first entry of a pair takes
	Columns []Column
	Head    [][]Heading // one or two rows; a column that one heading names takes both
	Rows    iter.Seq2[[]any, error]
	Closed  bool // a line after the last row says that nothing follows
	Purpose string
	Signs   []Sign
	Notes   []string // in small print at the end
	Printed string   // at the foot of each sheet: when and by whom
	At      time.Time
}

// Entry is something the form asks for, and the answer.
type Entry struct{ Label, Text string }

// Column is a column of a paper's table.
type Column struct {
	Wide  float64 // millimetres
	Align Align
}

// Align is the side of a cell on which its text stands.
type Align string

// The sides.
const (
	AtLeft   Align = "L"
	InMiddle Align = "C"
	AtRight  Align = "R"
)

// Heading is a cell of a table's head. With a Span of 0 the cell above goes on.
type Heading struct {
	Text string
	Span int // columns
	Down bool
}

// Sign is the place for one person's signature.
type Sign struct {
	Role   string // "Requested by"
	Person Person
	Span   int // columns
}

// Person signs a paper. What is empty is left for a pen.
type Person struct {
	Name        string
	Designation string
	Day         string // 2006-01-02
}

// A sheet of A4 and its margins, in millimetres.
const (
	sheetWide, sheetHigh = 210.0, 297.0
	sheetMargin          = 10.0
	sheetInside          = sheetWide - 2*sheetMargin
)

// maxPaper is how many rows a paper may have: a few hundred sheets, which nobody reads, and
// as many as are held in memory.
const maxPaper = 20_000

// ErrPaperTooLong says that a paper has more rows than anybody prints.
var ErrPaperTooLong = errs.New(errs.Invalid, "PAPER_TOO_LONG", "error.report.paper_too_long", "Max", int64(maxPaper))

// nothingFollows closes a table, so that no line can be added by hand.
const nothingFollows = "— nothing follows —"

// rows reads all rows, each as long as there are columns. Error: ErrPaperTooLong.
func (p Paper) rows() ([][]any, error) {
	var all [][]any
	for row, err := range p.Rows {
		if err != nil {
			return nil, err
		}
		if len(row) != len(p.Columns) {
			panic(fmt.Sprintf("report: a row of %d cells in a paper of %d columns", len(row), len(p.Columns)))
		}
		if len(all) == maxPaper {
			return nil, ErrPaperTooLong
		}
		all = append(all, row)
	}
	return all, nil
}

// wide is how wide some columns are together.
func (p Paper) wide(from, n int) (mm float64) {
	for _, c := range p.Columns[from : from+n] {
		mm += c.Wide
	}
	return mm
}

// signsFrom is the column with which the places for signatures begin; before it stand their
// labels.
func (p Paper) signsFrom() int {
	from := len(p.Columns)
	for _, s := range p.Signs {
		from -= s.Span
	}
	return from
}

// signRows are the lines of the places for signatures: a label and, of each person, what is
// known.
var signRows = []struct {
	label, style string
	high         float64
	of           func(Person) string
}{
	{"Signature :", "", 11, func(Person) string { return "" }},
	{"Printed Name :", "B", 6, func(s Person) string { return s.Name }},
	{"Designation :", "", 6, func(s Person) string { return s.Designation }},
	{"Date :", "", 6, func(s Person) string { return paperDay(s.Day) }},
}

// paperCell is a value as a worksheet keeps it, and the format in which it shows it.
func paperCell(cell any) (value any, format string) {
	switch v := cell.(type) {
	case int64:
		return v, "#,##0"
	case ledger.Points:
		return float64(v) / 100, "#,##0.00"
	case Pesos:
		return float64(v) / 100, "#,##0.00"
	case ledger.Grams:
		return float64(v) / 1000, "#,##0.000"
	case time.Time:
		return onTheWall(v), "d mmm yyyy hh:mm"
	case Day:
		if day, err := time.Parse(time.DateOnly, string(v)); err == nil {
			return day, "d mmm yyyy"
		}
	}
	return paperText(cell), ""
}

// paperText writes a cell as a printed form shows it.
func paperText(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case string:
		return v
	case int64:
		return commas(fmt.Sprint(v))
	case ledger.Points:
		return commas(v.Fixed())
	case ledger.Grams:
		return commas(v.Kilos())
	case Pesos:
		return commas(fmt.Sprintf("%d.%02d", v/100, v%100))
	case Day:
		return paperDay(string(v))
	case time.Time:
		return v.In(db.Manila).Format("2 Jan 2006 15:04")
	}
	panic("report: a cell of an unknown type in a paper")
}

// paperDay writes a day as forms have it, 28 Nov 2026; what is no day stays as it is.
func paperDay(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("2 Jan 2006")
}

// commas parts the thousands of a number.
func commas(s string) string {
	end := len(s)
	for i := range s {
		if s[i] == '.' {
			end = i
			break
		}
	}
	begin := 0
	if end > 0 && s[0] == '-' {
		begin = 1
	}
	for i := end - 3; i > begin; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
