package djangodb

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"ekolek/internal/ledger"
)

// FindingKind groups findings for a reader.
type FindingKind int

// The groups, in the order in which a report prints them.
const (
	FindSource  FindingKind = iota // about the dump or the database itself
	FindSkipped                    // a row that is not brought over
	FindAltered                    // a row that cannot be held as it is, and comes over changed
	FindTotals                     // numbers of the old database that do not add up
	FindDiffers                    // a row that is here already, and is not what the source says
	FindNote                       // comes over as it is, and somebody should look at it
)

// String is the heading of the group.
func (k FindingKind) String() string {
	return [...]string{
		"About the source",
		"Not brought over",
		"Brought over with a change",
		"Does not add up in the old database (nothing was mended)",
		"Here already, and different (left as it is here)",
		"Worth a look",
	}[k]
}

// Finding is one thing that somebody should know. Texts name people by username or
// code; they hold no phone number, e-mail address or password.
type Finding struct {
	Kind  FindingKind
	Table string
	Row   string // the row's id in the old database; empty: the whole table
	Text  string
}

// Counts say what became of the rows of one table.
type Counts struct {
	Table   string
	Read    int
	New     int // brought over now, or to be brought over
	Present int // here already
	Differs int // here already, and different
	Skipped int
}

// Report is the outcome of an import, or what its outcome would be.
type Report struct {
	Source    string
	Applied   bool
	Finished  bool // false: an error ended the run before its last row
	Tables    []Counts
	Residents int           // who get an opening balance
	Opening   ledger.Points // its sum
	Findings  []Finding     // sorted
}

// Changed says whether anything was, or would be, written.
func (r Report) Changed() bool {
	return slices.ContainsFunc(r.Tables, func(c Counts) bool { return c.New > 0 })
}

// sort puts findings into an order that does not depend on the order of the source.
func (r *Report) sort() {
	place := map[string]int{}
	for i, c := range r.Tables {
		place[c.Table] = i
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(place[a.Table], place[b.Table]),
			cmp.Compare(len(a.Row), len(b.Row)), // whole numbers in their order
			cmp.Compare(a.Row, b.Row),
			cmp.Compare(a.Text, b.Text),
		)
	})
}

// Print writes the report for a person at a terminal.
func (r Report) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Import of %s\n\n", r.Source)
	fmt.Fprintf(&b, "  %-36s %9s %9s %9s %9s %9s\n", "table", "read", "new", "here", "different", "left out")
	for _, c := range r.Tables {
		fmt.Fprintf(&b, "  %-36s %9d %9d %9d %9d %9d\n", c.Table, c.Read, c.New, c.Present, c.Differs, c.Skipped)
	}
	fmt.Fprintf(&b, "\n  opening balances: %s points for %d residents\n", r.Opening, r.Residents)
	r.printFindings(&b)
	fmt.Fprintf(&b, "\n%s\n", r.closing())
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Report) printFindings(b *strings.Builder) {
	last := FindingKind(-1)
	for _, f := range r.Findings {
		if f.Kind != last {
			fmt.Fprintf(b, "\n%s:\n", f.Kind)
			last = f.Kind
		}
		where := strings.TrimSpace(f.Table + " " + f.Row)
		if where != "" {
			where += ": "
		}
		fmt.Fprintf(b, "  - %s%s\n", plain(where), plain(f.Text))
	}
}

// plain takes out what a terminal would obey: names come from people.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\ufffd'
	}, text)
}

func (r Report) closing() string {
	switch {
	case !r.Finished && r.Applied:
		return "Broken off. What was brought over until then stays; run it again to go on."
	case !r.Finished:
		return "Broken off. Nothing was written."
	case !r.Changed():
		return "Nothing to bring over: everything is here already."
	case r.Applied:
		return "Brought over. Running it again changes nothing."
	}
	return "Nothing was written. Run it again with --apply to bring this over."
}
