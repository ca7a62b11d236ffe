package backup

import (
	"context"
	"fmt"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
)

// checkRestored proves that a restored database is what was backed up: its pages are
// sound, its schema is known, every table has as many rows as were counted, its books
// balance and have the totals of that moment. It migrates the database when it is older
// than this program, and tells which files that took.
func checkRestored(ctx context.Context, o Options, d *db.DB, m Manifest) (applied []string, err error) {
	wrong, err := d.Integrity(ctx)
	if err != nil {
		return nil, problem(BadBooks, "the restored database cannot be read").because(err)
	}
	if wrong != "" {
		return nil, problem(BadBooks, "the restored database is damaged: %s", wrong)
	}
	if err := checkSchema(ctx, d, m); err != nil {
		return nil, err
	}
	if err := checkRows(ctx, d, m); err != nil {
		return nil, err
	}
	if applied, err = d.Migrate(ctx); err != nil {
		return applied, err
	}
	return applied, checkBooks(ctx, o, d, m)
}

func checkSchema(ctx context.Context, d *db.DB, m Manifest) error {
	status, err := d.MigrationStatus(ctx)
	if err != nil {
		return err
	}
	if status.Current > status.Latest {
		return newerSchema(status.Current, status.Latest, m)
	}
	if status.Current != m.Schema {
		return problem(NotSame, "the restored database is at version %d, the backup says %d", status.Current, m.Schema)
	}
	return nil
}

func newerSchema(is, known int64, m Manifest) *Problem {
	return problem(Newer, "the backup's database is at version %d, newer than this program's %d: use the program that made it (%s) or a later one", is, known, m.Program)
}

func checkRows(ctx context.Context, d *db.DB, m Manifest) error {
	rows, err := db.CountRows(ctx, d, d.Engine())
	if err != nil {
		return err
	}
	for name, want := range m.Tables {
		if got, there := rows[name]; !there || got != want {
			return problem(NotSame, "the restored table %s has %d rows, the backup says %d", name, got, want)
		}
	}
	if len(rows) != len(m.Tables) {
		return problem(NotSame, "the restored database has %d tables, the backup says %d", len(rows), len(m.Tables))
	}
	return nil
}

func checkBooks(ctx context.Context, o Options, d *db.DB, m Manifest) error {
	report, err := ledger.Verify(ctx, d)
	if err != nil {
		return err
	}
	books := booksOf(report)
	switch {
	case books.Wrong != "":
		return problem(BadBooks, "the points do not add up: %s", books.Wrong)
	case books != m.Ledger:
		return problem(NotSame, "the restored books have %s points in balances, the backup says %s", books.Balances, m.Ledger.Balances)
	}
	if o.Verify == nil {
		return nil
	}
	if err := o.Verify(ctx, d); err != nil {
		return fmt.Errorf("verify the restored database: %w", err)
	}
	return nil
}
