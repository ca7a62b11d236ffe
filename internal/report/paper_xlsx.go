package report

import (
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// WritePaperXLSX writes a paper as a workbook with one sheet that prints as the paper does:
// the same grid on A4, the head on each sheet, the number of the sheet at its foot. Numbers
// are numbers and days are days. Errors: ErrPaperTooLong; what reading the rows gives.
func WritePaperXLSX(w io.Writer, p Paper) (err error) {
	rows, err := p.rows()
	if err != nil {
		return fmt.Errorf("write paper as XLSX: %w", err)
	}
	file := excelize.NewFile()
	defer func() { err = errors.Join(err, file.Close()) }()
	b := &workbook{file: file, paper: p, sheet: sheetName(p.Title), styles: map[look]int{}}
	if err := errors.Join(file.SetSheetName(file.GetSheetName(0), b.sheet), b.draw(rows)); err != nil {
		return fmt.Errorf("write paper as XLSX: %w", err)
	}
	if _, err := file.WriteTo(w); err != nil {
		return fmt.Errorf("write paper as XLSX: %w", err)
	}
	return nil
}

// workbook draws one paper. The first error stops it.
type workbook struct {
	file   *excelize.File
	paper  Paper
	sheet  string
	line   int // the row that was drawn last
	styles map[look]int
	err    error
}

// look is how a cell appears.
type look struct {
	bold, framed bool
	size         float64
	align        Align
	format       string // of numbers; empty: as they are
}

var plainLook = look{size: 10, align: AtLeft}

func (l look) strong() look           { l.bold = true; return l }
func (l look) inFrame() look          { l.framed = true; return l }
func (l look) at(a Align) look        { l.align = a; return l }
func (l look) written(f string) look  { l.format = f; return l }
func (l look) sized(pt float64) look  { l.size = pt; return l }
func (b *workbook) last() int         { return len(b.paper.Columns) }
func (b *workbook) next(high float64) { b.line++; b.do(b.file.SetRowHeight(b.sheet, b.line, high)) }

func (b *workbook) draw(rows [][]any) error {
	p := b.paper
	for i, c := range p.Columns {
		name := b.column(i + 1)
		b.do(b.file.SetColWidth(b.sheet, name, name, c.Wide/millimetresOfWidth))
	}
	b.next(15)
	b.put(1, b.last(), p.Form, plainLook.at(AtRight))
	b.next(24)
	b.put(1, b.last(), p.Title, plainLook.strong().sized(14).at(InMiddle))
	for _, pair := range p.Lines {
		b.pair(pair, plainLook)
	}
	b.next(6)
	for _, pair := range p.Box {
		b.pair(pair, plainLook.inFrame())
	}
	b.head()
	headEnds := b.line
	for _, row := range rows {
		b.row(row)
	}
	b.after()
	b.print(headEnds)
	return b.err
}

// millimetresOfWidth is what one unit of a column's width measures on paper.
const millimetresOfWidth = 1.95

// pair writes two entries side by side.
func (b *workbook) pair(pair [2]Entry, l look) {
	b.next(18)
	half := b.paper.Half
	b.entry(1, half, pair[0], l)
	b.entry(half+1, b.last()-half, pair[1], l)
}

// entry writes a label, and after it the answer in bold.
func (b *workbook) entry(column, span int, e Entry, l look) {
	b.put(column, span, "", l)
	text := []excelize.RichTextRun{{Text: e.Label + " ", Font: &excelize.Font{Size: 10, Family: paperFont}}}
	if e.Text != "" {
		text = append(text, excelize.RichTextRun{Text: e.Text, Font: &excelize.Font{Size: 10, Bold: true, Family: paperFont}})
	}
	b.do(b.file.SetCellRichText(b.sheet, b.at(column), text))
}

// paperFont is on every machine that opens workbooks.
const paperFont = "Arial"

func (b *workbook) head() {
	first := b.line + 1
	for range b.paper.Head {
		b.next(20)
	}
	l := plainLook.strong().inFrame().at(InMiddle)
	for i, row := range b.paper.Head {
		b.line = first + i
		column := 1
		for _, h := range row {
			switch {
			case h.Text == "":
			case h.Down:
				b.block(column, h.Span, len(b.paper.Head), h.Text, l)
			default:
				b.put(column, h.Span, h.Text, l)
			}
			column += h.Span
		}
	}
	b.line = first + len(b.paper.Head) - 1
}

func (b *workbook) row(cells []any) {
	b.line++
	for i, cell := range cells {
		value, format := paperCell(cell)
		b.put(i+1, 1, value, plainLook.inFrame().at(b.paper.Columns[i].Align).written(format))
	}
}

// after draws what follows the table.
func (b *workbook) after() {
	p := b.paper
	if p.Closed {
		b.next(18)
		b.put(1, b.last(), nothingFollows, plainLook.inFrame().at(InMiddle))
	}
	if p.Purpose != "" {
		b.next(30)
		b.put(1, b.last(), "Purpose : "+p.Purpose, plainLook.inFrame())
	}
	b.signs()
	b.next(6)
	for _, note := range append(p.Notes, p.Printed) {
		b.next(24)
		b.put(1, b.last(), note, plainLook.sized(8))
	}
}

func (b *workbook) signs() {
	if len(b.paper.Signs) == 0 {
		return
	}
	b.signLine("", 18, plainLook, func(s Sign) string { return s.Role + " :" })
	for _, r := range signRows {
		b.signLine(r.label, r.high*3.5, look{size: 10, bold: r.style == "B"}, func(s Sign) string { return r.of(s.Person) })
	}
}

func (b *workbook) signLine(label string, high float64, l look, text func(Sign) string) {
	b.next(high)
	column := b.paper.signsFrom()
	b.put(1, column, label, plainLook.inFrame())
	for _, s := range b.paper.Signs {
		b.put(column+1, s.Span, guard(text(s)), l.inFrame().at(InMiddle))
		column += s.Span
	}
}

// print sets the sheet up for A4, the head on every sheet.
func (b *workbook) print(headEnds int) {
	a4, fit, across, down := 9, true, 1, 0
	narrow, bottom := 0.4, 0.6 // inches
	b.do(b.file.SetPageLayout(b.sheet, &excelize.PageLayoutOptions{Size: &a4, FitToWidth: &across, FitToHeight: &down}))
	b.do(b.file.SetSheetProps(b.sheet, &excelize.SheetPropsOptions{FitToPage: &fit}))
	b.do(b.file.SetPageMargins(b.sheet, &excelize.PageLayoutMarginsOptions{Left: &narrow, Right: &narrow, Top: &narrow, Bottom: &bottom}))
	b.do(b.file.SetHeaderFooter(b.sheet, &excelize.HeaderFooterOptions{OddFooter: "&L&8Page &P of &N"}))
	b.do(b.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: b.sheet,
		RefersTo: fmt.Sprintf("'%s'!$1:$%d", b.sheet, headEnds)}))
	b.do(b.file.SetDocProps(&excelize.DocProperties{Title: b.paper.Title, Creator: "E-KOLEK", Created: b.paper.At.UTC().Format("2006-01-02T15:04:05Z")}))
}

// put writes a value across some columns of the last row.
func (b *workbook) put(column, span int, value any, l look) { b.block(column, span, 1, value, l) }

// block writes a value across some columns and rows, from the last row down.
func (b *workbook) block(column, span, down int, value any, l look) {
	from := b.at(column)
	to, err := excelize.CoordinatesToCellName(column+span-1, b.line+down-1)
	b.do(err)
	style := b.style(l)
	if b.err != nil {
		return
	}
	if text, ok := value.(string); ok {
		value = guard(text)
	}
	b.do(b.file.SetCellStyle(b.sheet, from, to, style))
	if span > 1 || down > 1 {
		b.do(b.file.MergeCell(b.sheet, from, to))
	}
	if value != nil && value != "" {
		b.do(b.file.SetCellValue(b.sheet, from, value))
		b.do(b.file.SetCellStyle(b.sheet, from, to, style)) // a day brings a format of its own
	}
}

func (b *workbook) style(l look) int {
	if id, ok := b.styles[l]; ok || b.err != nil {
		return id
	}
	s := &excelize.Style{Font: &excelize.Font{Bold: l.bold, Size: l.size, Family: paperFont},
		Alignment: &excelize.Alignment{Horizontal: sides[l.align], Vertical: "center", WrapText: true}}
	if l.format != "" {
		s.CustomNumFmt = &l.format
	}
	if l.framed {
		for _, side := range []string{"left", "right", "top", "bottom"} {
			s.Border = append(s.Border, excelize.Border{Type: side, Color: "000000", Style: 1})
		}
	}
	id, err := b.file.NewStyle(s)
	b.do(err)
	b.styles[l] = id
	return id
}

var sides = map[Align]string{AtLeft: "left", InMiddle: "center", AtRight: "right", "": "left"}

func (b *workbook) column(n int) string {
	name, err := excelize.ColumnNumberToName(n)
	b.do(err)
	return name
}

// at names a cell of the last row.
func (b *workbook) at(column int) string {
	name, err := excelize.CoordinatesToCellName(column, b.line)
	b.do(err)
	return name
}

// do keeps the first error.
func (b *workbook) do(err error) {
	if b.err == nil {
		b.err = err
	}
}
