package report

import (
	"encoding/csv"
	"fmt"
	"io"
)

// WriteCSV writes a table as comma-separated values in UTF-8, with the mark by which
// Excel knows it. An error may leave a part of the file written.
func WriteCSV(w io.Writer, t Table) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	out := csv.NewWriter(w)
	record := make([]string, len(t.Head))
	for i, title := range t.Head {
		record[i] = guard(title)
	}
	if err := out.Write(record); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	for row, err := range t.Rows {
		if err != nil {
			return fmt.Errorf("write CSV: %w", err)
		}
		record = record[:0]
		for _, cell := range row {
			record = append(record, t.plain(cell))
		}
		if err := out.Write(record); err != nil {
			return fmt.Errorf("write CSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}
