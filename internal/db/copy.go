package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// CopyTo writes a consistent copy of a SQLite database into a new file, while others
// write. It reads in one transaction, so the copy holds all of what was committed before
// it began. The copy is not synced to the disk.
func (d *DB) CopyTo(ctx context.Context, file string) error {
	if d.engine != SQLite {
		return errors.New("copy database: not SQLite")
	}
	// A connection of its own: the readers are query_only, which refuses VACUUM.
	from, err := sql.Open("sqlite", "file:"+(&url.URL{Path: d.path}).EscapedPath()+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		return fmt.Errorf("copy database: %w", err)
	}
	_, err = from.ExecContext(ctx, "VACUUM INTO $1", file)
	if err = errors.Join(err, from.Close()); err != nil {
		return fmt.Errorf("copy database: %w", err)
	}
	return nil
}

// Snapshot runs f at one moment of a PostgreSQL database, under a name by which other
// programs see the same moment (pg_dump --snapshot). It holds a connection meanwhile.
func (d *DB) Snapshot(ctx context.Context, f func(ctx context.Context, q Q, name string) error) error {
	if d.engine != Postgres {
		return errors.New("snapshot: not PostgreSQL")
	}
	tx, err := d.write.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("snapshot: %w", unavailable(err))
	}
	defer tx.Rollback() //nolint:errcheck // it only read
	for _, limit := range []string{"statement_timeout", "idle_in_transaction_session_timeout"} {
		if _, err := tx.ExecContext(ctx, "SET LOCAL "+limit+" = 0"); err != nil {
			return fmt.Errorf("snapshot: %w", err)
		}
	}
	var name string
	if err := tx.QueryRowContext(ctx, "SELECT pg_export_snapshot()").Scan(&name); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	return f(ctx, tx, name)
}

// Size is about how many bytes the database takes on its disk.
func (d *DB) Size(ctx context.Context) (int64, error) {
	if d.engine == Postgres {
		var n int64
		err := d.QueryRowContext(ctx, "SELECT pg_database_size(current_database())").Scan(&n)
		return n, err
	}
	var n int64
	for _, file := range []string{d.path, d.path + "-wal"} {
		info, err := os.Stat(file)
		if err == nil {
			n += info.Size()
		} else if !errors.Is(err, os.ErrNotExist) {
			return 0, err
		}
	}
	return n, nil
}

// ServerVersion is PostgreSQL's: 150004 for 15.4. It is 0 on SQLite.
func (d *DB) ServerVersion(ctx context.Context) (int, error) {
	if d.engine == SQLite {
		return 0, nil
	}
	var n int
	err := d.QueryRowContext(ctx, "SELECT CAST(current_setting('server_version_num') AS INTEGER)").Scan(&n)
	return n, err
}

// Tables lists the tables by name.
func Tables(ctx context.Context, q Q, engine Engine) ([]string, error) {
	query := "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
	if engine == SQLite {
		query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name"
	}
	names, err := Collect(ctx, q, func(r Row) (name string, err error) { return name, r.Scan(&name) }, query)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	return names, nil
}

// CountRows counts the rows of every table.
func CountRows(ctx context.Context, q Q, engine Engine) (map[string]int64, error) {
	names, err := Tables(ctx, q, engine)
	if err != nil {
		return nil, err
	}
	counts := make(map[string]int64, len(names))
	for _, name := range names {
		var n int64
		if err := q.QueryRowContext(ctx, `SELECT count(*) FROM "`+name+`"`).Scan(&n); err != nil {
			return nil, fmt.Errorf("count rows of %s: %w", name, err)
		}
		counts[name] = n
	}
	return counts, nil
}

// Integrity looks for damaged pages, indexes and references of a SQLite file, and gives
// what it found in SQLite's words; "" when nothing is wrong. PostgreSQL checks its pages
// itself, when it reads them, if the cluster was made with checksums.
func (d *DB) Integrity(ctx context.Context) (string, error) {
	if d.engine == Postgres {
		return "", nil
	}
	found, err := Collect(ctx, d, func(r Row) (line string, err error) { return line, r.Scan(&line) }, "PRAGMA integrity_check(5)")
	if err != nil {
		return "", fmt.Errorf("check integrity: %w", err)
	}
	if len(found) != 1 || found[0] != "ok" {
		return strings.Join(found, "; "), nil
	}
	broken, err := Collect(ctx, d, func(r Row) (line string, err error) {
		var table, parent string
		var row, key sql.NullInt64
		err = r.Scan(&table, &row, &parent, &key)
		return table + " refers to a row of " + parent + " that is not there", err
	}, "PRAGMA foreign_key_check")
	if err != nil || len(broken) == 0 {
		return "", err
	}
	return broken[0], nil
}

// Rest takes a SQLite file out of use: what its log holds is folded into it, and the log
// is gone. ErrInUse when another program has it open.
func Rest(ctx context.Context, file string) error {
	conn, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+"?mode=rw&_pragma=busy_timeout(500)")
	if err != nil {
		return fmt.Errorf("close %s: %w", file, err)
	}
	var mode string
	err = conn.QueryRowContext(ctx, "PRAGMA journal_mode=DELETE").Scan(&mode)
	if err != nil && strings.Contains(err.Error(), "SQLITE_BUSY") || err == nil && mode != "delete" {
		err = ErrInUse
	}
	if err = errors.Join(err, conn.Close()); err != nil {
		return fmt.Errorf("close %s: %w", file, err)
	}
	return nil
}

// ErrInUse says that another program has the database open.
var ErrInUse = errors.New("another program has the database open")
