package web

import (
	"io"
	"net/http"
	"strings"
	"time"

	"ekolek/internal/report"
	"ekolek/internal/web/i18n"
)

// xlsxType is the media type of an Excel workbook.
const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// Export answers with a list as a file, CSV or Excel by the address's ending. Rows are
// written as they are read. An error before the first byte is an error page; after it the
// connection is cut, so that nobody takes half a list for the whole.
func Export(w http.ResponseWriter, r *http.Request, name string, now time.Time, table report.Table) error {
	ctx := r.Context()
	table = table.Said(func(key string) string { return i18n.T(ctx, key) })
	write, kind, ending := report.WriteCSV, "text/csv; charset=utf-8", ".csv"
	if strings.HasSuffix(r.URL.Path, ".xlsx") {
		write, kind, ending = report.WriteXLSX, xlsxType, ".xlsx"
	}
	Attachment(w, kind, "e-kolek-"+name+"-"+i18n.DayStamp(now)+ending)
	begun := &counter{w: w}
	if err := write(begun, table); err != nil {
		if begun.n > 0 {
			panic(http.ErrAbortHandler)
		}
		return err
	}
	return nil
}

// counter knows whether anything was written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
