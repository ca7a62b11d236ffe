package report

import (
	"context"
	"fmt"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
)

// Issuer is in whose name official forms are printed.
type Issuer struct {
	Entity string // "City Government of San Pedro"
	Fund   string // "General Fund"; empty is left for a pen
}

// Issuing has official forms printed in somebody's name.
func (s *Service) Issuing(i Issuer) *Service {
	s.issuer = i
	return s
}

// official begins a form: whose it is, and at its foot when and by whom it was printed.
func (s *Service) official(form, title, by string) Paper {
	at := s.now()
	return Paper{
		Form: form, Title: title, At: at, Closed: true,
		Lines:   [][2]Entry{{{"Entity Name :", s.issuer.Entity}, {"Fund Cluster :", s.issuer.Fund}}},
		Printed: fmt.Sprintf("E-KOLEK · printed %s by %s", at.In(db.Manila).Format("2 Jan 2006, 3:04 PM"), by),
	}
}

// sealed is the line by which whoever keeps a form can prove later what the books were
// when it was printed; empty before the first checkpoint.
func (s *Service) sealed(ctx context.Context) (string, error) {
	c, _, err := ledger.LastCheckpoint(ctx, s.db)
	if err != nil {
		return "", fmt.Errorf("read the last checkpoint: %w", err)
	}
	return c.Line(), nil
}

// appendText adds a text to notes, unless it is empty.
func appendText(notes []string, text string) []string {
	if text == "" {
		return notes
	}
	return append(notes, text)
}

// mark is a tick in the column that applies.
func mark(yes bool) any {
	if yes {
		return "✓"
	}
	return nil
}

// shortened is a text of at most so many letters, for a box of a form.
func shortened(text string, most int) string {
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	return string(letters[:most-1]) + "…"
}

// slice gives rows that are known already.
func slice(rows [][]any) func(func([]any, error) bool) {
	return func(yield func([]any, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}
