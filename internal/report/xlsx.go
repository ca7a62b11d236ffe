package report

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
)

// ErrTooLong says that a list has more rows than a worksheet can hold.
var ErrTooLong = errs.New(errs.Invalid, "EXPORT_TOO_LONG", "error.report.export_too_long", "Max", int64(maxRows))

const (
	maxRows     = 1_048_576 // of a worksheet, the head included
	columnWidth = 18        // characters: a date and a time fit
)

// WriteXLSX writes a table as an Excel workbook with one sheet: the head stays in
// sight, numbers are numbers and times are times. Rows go to a temporary file once they
// are many. Error: ErrTooLong.
func WriteXLSX(w io.Writer, t Table) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	sheet := sheetName(t.Name)
	if err := book.SetSheetName(book.GetSheetName(0), sheet); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	styles, err := newStyles(book)
	if err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	if err := fill(book, sheet, t, styles); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	if _, err := book.WriteTo(w); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	return nil
}

func fill(book *excelize.File, sheet string, t Table, styles styles) error {
	out, err := book.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	if err := out.SetColWidth(1, len(t.Head), columnWidth); err != nil {
		return err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	head := make([]any, len(t.Head))
	for i, title := range t.Head {
		head[i] = excelize.Cell{StyleID: styles.head, Value: guard(title)}
	}
	if err := out.SetRow("A1", head); err != nil {
		return err
	}
	number := 1
	for row, err := range t.Rows {
		if err != nil {
			return err
		}
		if number++; number > maxRows {
			return ErrTooLong
		}
		cells := make([]any, len(row))
		for i := range row {
			cells[i] = styles.cell(t, row[i])
		}
		if err := out.SetRow(fmt.Sprintf("A%d", number), cells); err != nil {
			return err
		}
	}
	return out.Flush()
}

// styles are the number formats of a workbook.
type styles struct{ head, count, points, kilos, moment, day int }

func newStyles(book *excelize.File) (s styles, err error) {
	format := func(code string) *excelize.Style { return &excelize.Style{CustomNumFmt: &code} }
	for _, x := range []struct {
		into  *int
		style *excelize.Style
	}{
		{&s.head, &excelize.Style{Font: &excelize.Font{Bold: true}}},
		{&s.count, format("#,##0")},
		{&s.points, format("#,##0.00")},
		{&s.kilos, format("#,##0.000")},
		{&s.moment, format("yyyy-mm-dd hh:mm")},
		{&s.day, format("yyyy-mm-dd")},
	} {
		if *x.into, err = book.NewStyle(x.style); err != nil {
			return styles{}, err
		}
	}
	return s, nil
}

// cell is a value as Excel keeps it. Hundredths and thousandths become floating point
// numbers here and nowhere else, since a worksheet knows no others.
func (s styles) cell(t Table, v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case int64:
		return excelize.Cell{StyleID: s.count, Value: v}
	case ledger.Points:
		return excelize.Cell{StyleID: s.points, Value: float64(v) / 100}
	case ledger.Rate:
		return excelize.Cell{StyleID: s.points, Value: float64(v) / 100}
	case Pesos:
		return excelize.Cell{StyleID: s.points, Value: float64(v) / 100}
	case ledger.Grams:
		return excelize.Cell{StyleID: s.kilos, Value: float64(v) / 1000}
	case time.Time:
		return excelize.Cell{StyleID: s.moment, Value: onTheWall(v)}
	case Day:
		day, err := time.Parse(time.DateOnly, string(v))
		if err != nil {
			return guard(string(v))
		}
		return excelize.Cell{StyleID: s.day, Value: day}
	}
	return t.plain(v)
}

// onTheWall is the Manila clock's time, as if it were UTC: a worksheet has no zones.
func onTheWall(t time.Time) time.Time {
	m := t.In(db.Manila)
	return time.Date(m.Year(), m.Month(), m.Day(), m.Hour(), m.Minute(), m.Second(), 0, time.UTC)
}

// sheetName brings a title into the form that Excel allows: 31 characters, none of []:*?/\.
func sheetName(title string) string {
	title = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\'`, r) {
			return ' '
		}
		return r
	}, title)
	for utf8.RuneCountInString(title) > 31 {
		_, size := utf8.DecodeLastRuneInString(title)
		title = title[:len(title)-size]
	}
	if strings.TrimSpace(title) == "" {
		return "E-KOLEK"
	}
	return title
}
