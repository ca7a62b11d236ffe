package report

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"

	"ekolek/internal/report/font"
)

// WritePDF writes a paper as sheets of A4. Each repeats the form's head and says which of
// how many it is. Errors: ErrPaperTooLong; what reading the rows gives.
func WritePDF(w io.Writer, p Paper) error {
	rows, err := p.rows()
	if err != nil {
		return fmt.Errorf("write PDF: %w", err)
	}
	s := newSheets(p)
	s.AddPage()
	for i, row := range rows {
		s.row(row, i == len(rows)-1)
	}
	s.end()
	if err := s.Output(w); err != nil {
		return fmt.Errorf("write PDF: %w", err)
	}
	return nil
}

// Sizes of type, in points, and of lines, in millimetres.
const (
	typeTitle, typeText, typeSmall = 14.0, 9.0, 7.0
	lineHigh, smallHigh            = 4.2, 3.4
	rowHigh                        = 6.2
	footHigh                       = 6.0
	hairline                       = 0.2
)

// pageTotal stands for the number of sheets until it is known. No text holds it: it is not
// in the typeface.
const pageTotal = "\ue000"

// sheets draw one paper.
type sheets struct {
	*fpdf.Fpdf
	paper Paper
	top   float64 // where the table's rows begin on each sheet
}

func newSheets(p Paper) *sheets {
	s := &sheets{Fpdf: fpdf.New("P", "mm", "A4", ""), paper: p}
	s.SetMargins(sheetMargin, sheetMargin, sheetMargin)
	s.SetAutoPageBreak(false, 0)
	s.SetCellMargin(1.2)
	s.AddUTF8FontFromBytes("figtree", "", font.Regular)
	s.AddUTF8FontFromBytes("figtree", "B", font.Bold)
	s.AliasNbPages(pageTotal)
	s.SetTitle(p.Title, true)
	s.SetProducer("E-KOLEK", true)
	s.SetCreator("E-KOLEK", true)
	s.SetLang("en")
	s.SetCreationDate(p.At)
	s.SetModificationDate(p.At)
	s.SetCatalogSort(true)
	s.SetHeaderFunc(s.head)
	s.SetFooterFunc(s.foot)
	return s
}

// head begins a sheet: the form's name, whose it is, the box and the table's head.
func (s *sheets) head() {
	p := s.paper
	s.SetLineWidth(hairline)
	s.write(typeText, "")
	s.CellFormat(sheetInside, lineHigh, printable(p.Form), "", 1, "R", false, 0, "")
	s.write(typeTitle, "B")
	s.CellFormat(sheetInside, 9, printable(p.Title), "", 1, "C", false, 0, "")
	s.Ln(2)
	for _, pair := range p.Lines {
		s.pair(pair, "")
	}
	s.Ln(1)
	for _, pair := range p.Box {
		s.pair(pair, "1")
	}
	s.tableHead()
	s.top = s.GetY()
}

// pair writes two entries side by side, as high as the longer one needs.
func (s *sheets) pair(pair [2]Entry, border string) {
	half := s.paper.wide(0, s.paper.Half)
	wide := [2]float64{half, sheetInside - half}
	var lines [2][]string
	high := rowHigh
	for i, e := range pair {
		s.write(typeText, "B")
		lines[i] = s.split(e.Text, wide[i]-s.labelWide(e))
		high = max(high, highOf(lines[i]))
	}
	x, y := s.GetXY()
	for i, e := range pair {
		if border != "" {
			s.Rect(x, y, wide[i], high, "D")
		}
		s.write(typeText, "")
		s.SetXY(x, y+1)
		s.CellFormat(s.labelWide(e), lineHigh, printable(e.Label), "", 0, "L", false, 0, "")
		s.write(typeText, "B")
		s.lines(x+s.labelWide(e), y+1, wide[i]-s.labelWide(e), lines[i], AtLeft)
		x += wide[i]
	}
	s.SetXY(sheetMargin, y+high)
}

// labelWide is the room that an entry's label takes.
func (s *sheets) labelWide(e Entry) float64 {
	s.write(typeText, "")
	return s.GetStringWidth(printable(e.Label)) + 3
}

// tableHead draws the headings in one or two rows, each as high as its longest needs.
func (s *sheets) tableHead() {
	s.write(typeText, "B")
	high, down := make([]float64, len(s.paper.Head)), 0.0
	for i, row := range s.paper.Head {
		column := 0
		for _, h := range row {
			if need := highOf(s.split(h.Text, s.paper.wide(column, h.Span))); h.Down {
				down = max(down, need)
			} else {
				high[i] = max(high[i], need)
			}
			column += h.Span
		}
	}
	high[len(high)-1] += max(0, down-sum(high))
	y := s.GetY()
	for i, row := range s.paper.Head {
		x, column := sheetMargin, 0
		for _, h := range row {
			wide, tall := s.paper.wide(column, h.Span), high[i]
			if h.Down {
				tall = sum(high)
			}
			if h.Text != "" {
				s.box(x, y, wide, tall, s.split(h.Text, wide), InMiddle)
			}
			x, column = x+wide, column+h.Span
		}
		y += high[i]
	}
	s.SetXY(sheetMargin, y)
}

func sum(all []float64) (n float64) {
	for _, f := range all {
		n += f
	}
	return n
}

// row draws a row of the table, on a new sheet when this one is full. The last one takes
// with it what closes the table.
func (s *sheets) row(cells []any, last bool) {
	s.write(typeText, "")
	high, texts := rowHigh, make([][]string, len(cells))
	for i, cell := range cells {
		texts[i] = s.split(paperText(cell), s.paper.Columns[i].Wide)
		high = max(high, highOf(texts[i]))
	}
	need := high
	if last && s.paper.Closed {
		need += rowHigh
	}
	s.room(need)
	x, y := s.GetXY()
	for i, c := range s.paper.Columns {
		s.box(x, y, c.Wide, high, texts[i], c.Align)
		x += c.Wide
	}
	s.SetXY(sheetMargin, y+high)
}

// end draws what follows the table: that nothing follows, purpose, signatures and notes. They
// stay together.
func (s *sheets) end() {
	p := s.paper
	s.write(typeText, "")
	purpose := s.split("Purpose : "+p.Purpose, sheetInside)
	signs := s.signLines()
	need := 0.0
	if p.Closed {
		need += rowHigh
	}
	if p.Purpose != "" {
		need += highOf(purpose)
	}
	for _, l := range signs {
		need += l.high
	}
	s.room(need)
	s.write(typeText, "")
	if p.Closed {
		s.CellFormat(sheetInside, rowHigh, nothingFollows, "1", 1, "C", false, 0, "")
	}
	if p.Purpose != "" {
		y := s.GetY()
		s.box(sheetMargin, y, sheetInside, highOf(purpose), purpose, AtLeft)
		s.SetXY(sheetMargin, y+highOf(purpose))
	}
	s.drawSigns(signs)
	s.notes()
}

// signLine is one line of the places for signatures, broken to fit.
type signLine struct {
	label string
	style string
	high  float64
	texts [][]string
}

// signLines lays the places for signatures out.
func (s *sheets) signLines() []signLine {
	if len(s.paper.Signs) == 0 {
		return nil
	}
	all := []signLine{s.signLine("", "", rowHigh, func(sign Sign) string { return sign.Role + " :" })}
	for _, r := range signRows {
		all = append(all, s.signLine(r.label, r.style, r.high, func(sign Sign) string { return r.of(sign.Person) }))
	}
	return all
}

func (s *sheets) signLine(label, style string, high float64, text func(Sign) string) signLine {
	s.write(typeText, style)
	l := signLine{label: label, style: style, high: high}
	column := s.paper.signsFrom()
	for _, sign := range s.paper.Signs {
		lines := s.split(text(sign), s.paper.wide(column, sign.Span))
		l.texts, l.high = append(l.texts, lines), max(l.high, highOf(lines))
		column += sign.Span
	}
	return l
}

func (s *sheets) drawSigns(all []signLine) {
	labels := s.paper.wide(0, s.paper.signsFrom())
	for _, l := range all {
		s.write(typeText, "")
		x, y := s.GetXY()
		s.CellFormat(labels, l.high, l.label, "1", 0, "L", false, 0, "")
		s.write(typeText, l.style)
		x += labels
		column := s.paper.signsFrom()
		for i, sign := range s.paper.Signs {
			wide := s.paper.wide(column, sign.Span)
			s.box(x, y, wide, l.high, l.texts[i], InMiddle)
			x, column = x+wide, column+sign.Span
		}
		s.SetXY(sheetMargin, y+l.high)
	}
}

func (s *sheets) notes() {
	s.write(typeSmall, "")
	s.Ln(2)
	for _, note := range s.paper.Notes {
		lines := s.split(note, sheetInside)
		s.room(float64(len(lines)) * smallHigh)
		for _, line := range lines {
			s.CellFormat(sheetInside, smallHigh, line, "", 1, "L", false, 0, "")
		}
	}
}

// foot ends a sheet.
func (s *sheets) foot() {
	s.SetXY(sheetMargin, sheetHigh-sheetMargin-4)
	s.write(typeSmall, "")
	s.CellFormat(30, 4, fmt.Sprintf("Page %d of %s", s.PageNo(), pageTotal), "", 0, "L", false, 0, "")
	s.CellFormat(sheetInside-30, 4, printable(s.paper.Printed), "", 0, "R", false, 0, "")
}

// room begins a new sheet when so much does not fit on this one. Nothing is higher than a
// sheet: texts have bounds.
func (s *sheets) room(high float64) {
	if s.GetY()+high > sheetHigh-sheetMargin-footHigh && s.GetY() > s.top {
		s.AddPage()
		s.write(typeText, "")
	}
}

func (s *sheets) write(size float64, style string) { s.SetFont("figtree", style, size) }

// split breaks a text into lines that fit into a cell.
func (s *sheets) split(text string, wide float64) []string {
	return s.SplitText(printable(text), wide)
}

// lines writes lines below each other.
func (s *sheets) lines(x, y, wide float64, lines []string, a Align) {
	for i, line := range lines {
		s.SetXY(x, y+float64(i)*lineHigh)
		s.CellFormat(wide, lineHigh, strings.TrimSpace(line), "", 0, string(a), false, 0, "")
	}
}

// box draws a frame and lines in the middle of its height.
func (s *sheets) box(x, y, wide, high float64, lines []string, a Align) {
	s.Rect(x, y, wide, high, "D")
	s.lines(x, y+(high-float64(len(lines))*lineHigh)/2, wide, lines, a)
}

// highOf is how high a row must be for some lines.
func highOf(lines []string) float64 { return max(rowHigh, float64(len(lines))*lineHigh+1.6) }

// printable is a text in letters that the typeface has: of any other letter the base is
// kept, without its accent, and any other sign becomes a question mark.
func printable(text string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(text) {
		base := []rune(norm.NFKD.String(string(r)))[0]
		switch {
		case r == '\n' || font.Has(r):
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case font.Has(base):
			b.WriteRune(base)
		case !unicode.In(r, unicode.Mn, unicode.Cf):
			b.WriteByte('?')
		}
	}
	return b.String()
}
