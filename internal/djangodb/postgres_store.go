package djangodb

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// selectTables gives the columns of the tables that are read, by schema and table.
func selectTables(ctx context.Context, conn *pgx.Conn) (map[string]map[string][]string, error) {
	rows, err := conn.Query(ctx, `SELECT CAST(table_schema AS TEXT), CAST(table_name AS TEXT), CAST(column_name AS TEXT)
		FROM information_schema.columns WHERE table_schema NOT IN ('information_schema', 'pg_catalog')
		ORDER BY table_schema, table_name, ordinal_position`)
	if err != nil {
		return nil, err
	}
	tables := map[string]map[string][]string{}
	var schema, table, column string
	_, err = pgx.ForEachRow(rows, []any{&schema, &table, &column}, func() error {
		if !knownTable(table) {
			return nil
		}
		if tables[schema] == nil {
			tables[schema] = map[string][]string{}
		}
		tables[schema][table] = append(tables[schema][table], column)
		return nil
	})
	return tables, err
}

// copyStatement is made of names that the server itself gave.
func copyStatement(schema, table string, columns []string) string {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = pgx.Identifier{c}.Sanitize()
	}
	return "COPY (SELECT " + strings.Join(quoted, ", ") + " FROM " + pgx.Identifier{schema, table}.Sanitize() + ") TO STDOUT"
}
