package db

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// shape is a schema in lines: "table people_family: column code", "index people_family_code".
// Only what differs between two of them is ever shown.
type shape map[string]string

// drift compares the database with what its migrations make of an empty one. Tables of
// others are none of our business; what they add to ours is.
func (d *DB) drift(ctx context.Context) ([]string, error) {
	model, err := modelShape(ctx)
	if err != nil {
		return nil, err
	}
	var have shape
	if d.engine == Postgres {
		if model, err = postgresModel(model); err != nil {
			return nil, err
		}
		have, err = d.postgresShape(ctx, model)
	} else {
		have, err = d.sqliteShape(ctx)
	}
	if err != nil {
		return nil, err
	}
	return compare(model, have), nil
}

func compare(model, have shape) []string {
	var out []string
	tables := map[string]bool{}
	for name := range model {
		if table, ok := strings.CutPrefix(name, "table "); ok {
			tables[table] = true
		}
	}
	for name, text := range model {
		switch got, ok := have[name]; {
		case !ok:
			out = append(out, name+" is missing")
		case got != text:
			out = append(out, name+" differs")
		}
	}
	for name, text := range have {
		if _, ok := model[name]; !ok && !strings.HasPrefix(name, "the text ") && tables[text] {
			out = append(out, name+" of "+text+" is not from a migration")
		}
	}
	slices.Sort(out)
	return out
}

// modelShape migrates an empty SQLite database in a temporary folder and reads it.
func modelShape(ctx context.Context) (_ shape, err error) {
	dir, err := os.MkdirTemp("", "ekolek-model-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	m, err := Open(ctx, Options{Path: filepath.Join(dir, "model.sqlite3")})
	if err != nil {
		return nil, err
	}
	defer m.Close() //nolint:errcheck // nothing in it is kept
	if _, err := m.Migrate(ctx); err != nil {
		return nil, err
	}
	return m.sqliteShape(ctx)
}

var blanks = regexp.MustCompile(`\s+`)

// sqliteShape is what the file itself says: the texts that made its tables, indexes and
// triggers, each of which changes when it is changed.
func (d *DB) sqliteShape(ctx context.Context) (shape, error) {
	out := shape{}
	add := func(r Row) (struct{}, error) {
		var kind, name, table, text string
		if err := r.Scan(&kind, &name, &table, &text); err != nil {
			return struct{}{}, err
		}
		if kind == "table" {
			out["table "+name] = blanks.ReplaceAllString(text, " ")
		} else {
			out[kind+" "+name] = table
			out["the text of "+kind+" "+name] = blanks.ReplaceAllString(text, " ")
		}
		return struct{}{}, nil
	}
	_, err := Collect(ctx, d, add, `SELECT type, name, tbl_name, sql FROM sqlite_master
		WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' AND name <> 'db_migration' AND type IN ('table', 'index', 'trigger')`)
	if err != nil {
		return nil, err
	}
	column := func(r Row) (struct{}, error) {
		var table, name string
		err := r.Scan(&table, &name)
		out["column "+table+"."+name] = table
		return struct{}{}, err
	}
	_, err = Collect(ctx, d, column, `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> 'db_migration'`)
	return out, err
}

// ownTable is a table whose name the engine's own migration does not choose: the queue's
// are made by files of their own on each engine.
func ownTable(name string) bool { return !strings.HasPrefix(name, "river_") }

// steps finds, in order, what a migration makes and drops: indexes and triggers with their
// tables, and tables, with which theirs go.
var (
	remark = regexp.MustCompile(`--[^\n]*`)
	steps  = regexp.MustCompile(`(?is)\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:UNIQUE\s+)?(INDEX|TRIGGER)\s+(?:IF\s+NOT\s+EXISTS\s+)?([a-z_0-9]+)\b[^;]*?\sON\s+([a-z_0-9]+)|\bDROP\s+(INDEX|TRIGGER|TABLE)\s+(?:IF\s+EXISTS\s+)?([a-z_0-9]+)`)
)

// postgresModel is the model for PostgreSQL: the same tables, and the indexes and triggers
// that its migrations name.
func postgresModel(sqlite shape) (shape, error) {
	out := shape{}
	for name := range sqlite {
		if table, ok := strings.CutPrefix(name, "table "); ok && ownTable(table) {
			out[name] = ""
		}
		if column, ok := strings.CutPrefix(name, "column "); ok && ownTable(column) {
			out[name] = ""
		}
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	view := dialectFS{files, Postgres}
	names, err := view.Glob("*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	of := map[string]string{} // "index x" → its table
	for _, file := range names {
		data, err := view.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, m := range steps.FindAllStringSubmatch(remark.ReplaceAllString(string(data), ""), -1) {
			switch strings.ToUpper(m[4]) {
			case "":
				of[strings.ToLower(m[1])+" "+m[2]] = m[3]
			case "TABLE":
				maps.DeleteFunc(of, func(_, table string) bool { return table == m[5] })
			default:
				delete(of, strings.ToLower(m[4])+" "+m[5])
			}
		}
	}
	for what := range of {
		out[what] = ""
	}
	return out, nil
}

// postgresShape reads what the model asks about from the catalogue.
func (d *DB) postgresShape(ctx context.Context, model shape) (shape, error) {
	out := shape{}
	for kind, query := range map[string]string{
		"table": `SELECT c.relname, '' FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = to_regnamespace(current_schema())`,
		"column": `SELECT c.relname || '.' || a.attname, c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
			WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND c.relnamespace = to_regnamespace(current_schema())`,
		"index": `SELECT i.relname, c.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
			WHERE x.indisvalid AND c.relnamespace = to_regnamespace(current_schema())
				AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.oid)`,
		"trigger": `SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
			WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND c.relnamespace = to_regnamespace(current_schema())`,
	} {
		add := func(r Row) (struct{}, error) {
			var name, table string
			if err := r.Scan(&name, &table); err != nil {
				return struct{}{}, err
			}
			key := kind + " " + name
			if _, ok := model[key]; ok {
				table = "" // the model knows names only
			}
			out[key] = table
			return struct{}{}, nil
		}
		if _, err := Collect(ctx, d, add, query); err != nil {
			return nil, fmt.Errorf("read the names of each %s: %w", kind, err)
		}
	}
	return out, nil
}
