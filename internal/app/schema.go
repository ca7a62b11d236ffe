package app

import (
	"context"
	"fmt"
	"strings"

	"ekolek/internal/db"
)

// SchemaError says that the database's schema is not this program's.
type SchemaError struct{ Status db.Status }

func (e *SchemaError) Error() string {
	s := e.Status
	if s.Current > s.Latest {
		return fmt.Sprintf("the database is at version %d, newer than this program's %d: use the newer program", s.Current, s.Latest)
	}
	return fmt.Sprintf("the database is at version %d and needs %d (%s): run `ekolek migrate`", s.Current, s.Latest, strings.Join(s.Pending, ", "))
}

// CheckSchema is a *SchemaError when the database's schema is behind or ahead.
func (a *App) CheckSchema(ctx context.Context) error {
	status, err := a.DB.MigrationStatus(ctx)
	if err != nil {
		return err
	}
	if !status.Ready() {
		return &SchemaError{status}
	}
	return nil
}

// Migrate brings the database to this program's version, loads the city's barangays
// and the first terms, and tells which files it applied.
func (a *App) Migrate(ctx context.Context) ([]string, error) {
	applied, err := a.DB.Migrate(ctx)
	if err != nil {
		return applied, err
	}
	if err = a.attachVault(ctx); err != nil {
		return applied, err
	}
	if _, err = a.People.LoadPSGC(ctx); err != nil {
		return applied, err
	}
	return applied, a.People.LoadTerms(ctx)
}
