package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// grants let a role do the program's work and no more: it reads and writes rows, and owns
// nothing, so that whoever takes over the program cannot change the schema or drop the
// triggers that keep the journals.
var grants = []string{
	`GRANT USAGE ON SCHEMA %[2]s TO %[1]s`,
	`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %[2]s TO %[1]s`,
	`GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %[2]s TO %[1]s`,
	`GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %[2]s TO %[1]s`,
	`REVOKE INSERT, UPDATE, DELETE ON ` + migrationTable + ` FROM %[1]s`,
}

// Grant gives a role of a PostgreSQL database what the program needs of it, and takes
// away from it what rewrites a journal. The caller owns the tables, as after Migrate; it
// has to be called again after each, for the tables that are new.
func (d *DB) Grant(ctx context.Context, role string) error {
	if d.engine != Postgres {
		return fmt.Errorf("grant to %s: SQLite has no roles", role)
	}
	var schema string
	if err := d.write.QueryRowContext(ctx, `SELECT current_schema()`).Scan(&schema); err != nil {
		return fmt.Errorf("grant to %s: %w", role, err)
	}
	journals, err := d.journals(ctx)
	if err != nil {
		return fmt.Errorf("grant to %s: %w", role, err)
	}
	return d.InTx(ctx, func(ctx context.Context, tx *Tx) error {
		name, where := pgx.Identifier{role}.Sanitize(), pgx.Identifier{schema}.Sanitize()
		for _, grant := range grants {
			if _, err := tx.ExecContext(ctx, fmt.Sprintf(grant, name, where)); err != nil {
				return fmt.Errorf("grant to %s: %w", role, err)
			}
		}
		for _, journal := range journals {
			if _, err := tx.ExecContext(ctx, fmt.Sprintf(`REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %s`, pgx.Identifier{journal}.Sanitize(), name)); err != nil {
				return fmt.Errorf("grant to %s: %w", role, err)
			}
		}
		return nil
	})
}

// journals are the tables that a trigger keeps from every rewriting.
func (d *DB) journals(ctx context.Context) ([]string, error) {
	return Collect(ctx, d, func(r Row) (name string, err error) {
		err = r.Scan(&name)
		return name, err
	}, `SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
		WHERE p.proname = 'db_append_only' AND CAST(t.tgattr AS TEXT) = '' AND c.relnamespace = to_regnamespace(current_schema())`)
}
