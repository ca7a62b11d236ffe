package web

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"ekolek/internal/report"
	"ekolek/internal/web/i18n"
)

// Print answers with a paper as a file, PDF or Excel by the address's ending. It is whole
// before its first byte leaves.
func Print(w http.ResponseWriter, r *http.Request, name string, now time.Time, paper report.Paper) error {
	write, kind, ending := report.WritePDF, "application/pdf", ".pdf"
	if strings.HasSuffix(r.URL.Path, ".xlsx") {
		write, kind, ending = report.WritePaperXLSX, xlsxType, ".xlsx"
	}
	var file bytes.Buffer
	if err := write(&file, paper); err != nil {
		return err
	}
	Attachment(w, kind, "e-kolek-"+name+"-"+i18n.DayStamp(now)+ending)
	_, err := file.WriteTo(w)
	return err
}
