package report

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"iter"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"golang.org/x/image/font/sfnt"

	"ekolek/internal/report/font"
)

func rowsOf(n int, row func(i int) []any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for i := range n {
			if !yield(row(i), nil) {
				return
			}
		}
	}
}

// aPaper has every part that a paper can have.
func aPaper(rows int) Paper {
	return Paper{
		Form: "Appendix 0", Title: "A FORM", Half: 2, At: time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC),
		Lines:   [][2]Entry{{{"Entity Name :", "Lungsod ng San Pedro"}, {"Fund Cluster :", "General Fund"}}},
		Box:     [][2]Entry{{{"Item :", "Rice"}, {"Stock No. :", "=R-1"}}},
		Columns: []Column{{30, AtLeft}, {90, AtLeft}, {30, AtRight}, {40, AtRight}},
		Head:    [][]Heading{{{"Date", 1, true}, {"What", 1, true}, {"Both", 2, false}}, {{"", 1, false}, {"", 1, false}, {"Quantity", 1, false}, {"Pesos", 1, false}}},
		Rows: rowsOf(rows, func(i int) []any {
			return []any{Day("2026-11-28"), "=HYPERLINK(1)", int64(1_000 + i), Pesos(123_450)}
		}),
		Closed: true, Purpose: "Peñafrancia’s ₱50 漢 ✓ ễ",
		Signs:   []Sign{{"Requested by", Person{"Ana Reyes", "Clerk", "2026-11-28"}, 1}, {"Issued by", Person{}, 2}},
		Notes:   []string{"A note."},
		Printed: "printed today",
	}
}

// Each sheet of a PDF repeats the head and says which of how many it is; what follows the
// table stands once, on the last one; a letter that the typeface lacks does no harm.
func TestPDF(t *testing.T) {
	sheets := pdfSheets(t, aPaper(100))
	if len(sheets) < 3 {
		t.Fatalf("%d sheets for 100 rows", len(sheets))
	}
	rows := 0
	for i, s := range sheets {
		for _, want := range []string{"Appendix 0", "A FORM", "Lungsod ng San Pedro", "Stock No. :", "=R-1", "Quantity", "Page " + paperText(int64(i+1)) + " of " + paperText(int64(len(sheets)))} {
			if !strings.Contains(s, want) {
				t.Errorf("sheet %d does not say %q", i+1, want)
			}
		}
		rows += strings.Count(s, "28 Nov 2026\n=HYPERLINK(1)\n1,0")
		last := i == len(sheets)-1
		for _, end := range []string{nothingFollows, "Purpose : Peñafrancia’s ₱50 ? ✓ e", "Ana Reyes", "Issued by :", "A note."} {
			if strings.Contains(s, end) != last {
				t.Errorf("%q on sheet %d of %d: %v", end, i+1, len(sheets), !last)
			}
		}
	}
	if rows != 100 {
		t.Errorf("%d rows of 100", rows)
	}
}

// The workbook has the same rows: numbers are numbers, days are days, no text is a formula,
// and every sheet that is printed has the head.
func TestPaperXLSX(t *testing.T) {
	var file bytes.Buffer
	if err := WritePaperXLSX(&file, aPaper(3)); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }() // in memory
	raw := excelize.Options{RawCellValue: true}
	for cell, want := range map[string]string{
		"A2": "A FORM", "A3": "Entity Name : Lungsod ng San Pedro", "C5": "Stock No. : =R-1", "A6": "Date", "C6": "Both", "D7": "Pesos",
		"A8": "28 Nov 2026", "B8": "'=HYPERLINK(1)", "C10": "1,002", "D8": "1,234.50", "A11": nothingFollows, "B13": "Requested by :", "B15": "Ana Reyes", "B17": "28 Nov 2026",
	} {
		if got, err := book.GetCellValue("A FORM", cell); got != want || err != nil {
			t.Errorf("%s is %q, %v; want %q", cell, got, err, want)
		}
	}
	if got, _ := book.GetCellValue("A FORM", "D8", raw); got != "1234.5" {
		t.Errorf("the pesos are kept as %q", got)
	}
	if kind, _ := book.GetCellType("A FORM", "B8"); kind == excelize.CellTypeFormula {
		t.Error("a text became a formula")
	}
	names := book.GetDefinedName()
	if len(names) != 1 || names[0].RefersTo != "'A FORM'!$1:$7" {
		t.Errorf("printed on each sheet: %+v", names)
	}
}

// A paper ends at a length that a machine can hold, and passes on why it could not be read.
func TestPaperBounds(t *testing.T) {
	if err := WritePDF(io.Discard, aPaper(maxPaper+1)); !errors.Is(err, ErrPaperTooLong) {
		t.Errorf("too long: %v", err)
	}
	broken := errors.New("broken")
	p := aPaper(0)
	p.Rows = func(yield func([]any, error) bool) { yield(nil, broken) }
	if err := WritePDF(io.Discard, p); !errors.Is(err, broken) {
		t.Errorf("broken: %v", err)
	}
	if err := WritePaperXLSX(io.Discard, p); !errors.Is(err, broken) {
		t.Errorf("broken: %v", err)
	}
}

// The same paper gives the same bytes.
func TestPDFIsRepeatable(t *testing.T) {
	var first, second bytes.Buffer
	for _, w := range []*bytes.Buffer{&first, &second} {
		if err := WritePDF(w, aPaper(40)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two PDFs of one paper differ")
	}
}

// What Has promises, both weights have.
func TestTypeface(t *testing.T) {
	for name, data := range map[string][]byte{"regular": font.Regular, "bold": font.Bold} {
		f, err := sfnt.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		for r := rune(0); r < 0x3000; r++ {
			glyph, err := f.GlyphIndex(nil, r)
			if err != nil {
				t.Fatal(err)
			}
			if font.Has(r) != (glyph != 0) {
				t.Errorf("%s: %U %q is glyph %d", name, r, r, glyph)
			}
		}
	}
}

// pdfSheets writes a paper and reads the text of each sheet back, a line for each piece.
func pdfSheets(t *testing.T, p Paper) []string {
	t.Helper()
	var file bytes.Buffer
	if err := WritePDF(&file, p); err != nil {
		t.Fatal(err)
	}
	return TextOfPDF(t, file.Bytes())
}

var (
	pdfStream = regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`)
	pdfString = regexp.MustCompile(`(?s)\(((?:[^\\)]|\\.)*)\) ?Tj`)
	pdfEscape = regexp.MustCompile(`(?s)\\(.)`)
)

// TextOfPDF reads the text of each sheet of a PDF that WritePDF wrote, a line for each piece.
func TextOfPDF(t *testing.T, file []byte) []string {
	t.Helper()
	var sheets []string
	for _, m := range pdfStream.FindAllSubmatch(file, -1) {
		z, err := zlib.NewReader(bytes.NewReader(m[1]))
		if err != nil {
			continue
		}
		content, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, s := range pdfString.FindAllSubmatch(content, -1) {
			text.WriteString(utf16be(pdfEscape.ReplaceAllFunc(s[1], unescaped)) + "\n")
		}
		if text.Len() > 0 {
			sheets = append(sheets, text.String())
		}
	}
	return sheets
}

func unescaped(s []byte) []byte {
	if s[1] == 'r' {
		return []byte{'\r'}
	}
	return s[1:]
}

func utf16be(b []byte) string {
	var units []uint16
	for i := 0; i+1 < len(b); i += 2 {
		units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
	}
	return string(utf16.Decode(units))
}
