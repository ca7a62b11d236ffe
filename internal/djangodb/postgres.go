package djangodb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"
)

// live is a reference database on a running PostgreSQL server, read in one transaction
// that cannot write and sees one moment, whatever the old program does meanwhile.
//
// Rows come by COPY TO STDOUT, the text in which a dump has them: both ways into this
// package share every line behind it.
type live struct {
	name    string
	conn    *pgx.Conn
	schema  string
	columns map[string][]string
}

// OpenPostgres connects to a live reference database. Its errors do not show the URL,
// which may hold a password.
func OpenPostgres(ctx context.Context, url string) (Source, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("read PostgreSQL: the URL cannot be read")
	}
	cfg.ConnectTimeout = 10 * time.Second
	for name, setting := range map[string]string{
		"timezone": "UTC", "datestyle": "ISO", "client_encoding": "UTF8", "extra_float_digits": "3",
		"default_transaction_read_only": "on", "application_name": "ekolek import",
	} {
		cfg.RuntimeParams[name] = setting
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("read PostgreSQL at %s: %w", cfg.Host, err)
	}
	l := &live{name: fmt.Sprintf("PostgreSQL database %s at %s", cfg.Database, cfg.Host), conn: conn}
	if err := l.begin(ctx); err != nil {
		_ = l.Close() // the first error is the one that tells why
		return nil, fmt.Errorf("read %s: %w", l.name, err)
	}
	return l, nil
}

// begin starts the transaction and looks at the tables that are read.
func (l *live) begin(ctx context.Context) error {
	if _, err := l.conn.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); err != nil {
		return err
	}
	bySchema, err := selectTables(ctx, l.conn)
	if err != nil {
		return err
	}
	if len(bySchema) > 1 {
		return errors.New("tables of the reference stand in more than one schema; take a dump of the right one with pg_dump --schema")
	}
	for l.schema, l.columns = range bySchema {
		return nil
	}
	return nil // without any table: Import says that it is not the reference
}

func (l *live) Name() string { return l.name }

func (l *live) Remarks() []Finding { return nil }

// Close ends the transaction with the connection.
func (l *live) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return l.conn.Close(ctx)
}

func (l *live) Columns(table string) ([]string, bool) {
	columns, ok := l.columns[table]
	return columns, ok
}

func (l *live) Rows(ctx context.Context, table string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		columns, ok := l.columns[table]
		if !ok {
			return
		}
		r, w := io.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, err := l.conn.PgConn().CopyTo(ctx, w, copyStatement(l.schema, table, columns))
			_ = w.CloseWithError(err) // nil makes it the end of the rows; it never fails
		}()
		for row, err := range readCopy(r, 1, columns) {
			if err != nil {
				err = fmt.Errorf("%s: %w", table, err)
			}
			if !yield(row, err) {
				break
			}
		}
		_ = r.Close() // after the last row there is nothing to lose; before it the reader stopped
		<-done
	}
}
