package db

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"runtime"

	_ "modernc.org/sqlite" // the driver
)

func openSQLite(ctx context.Context, o Options) (*DB, error) {
	// busy_timeout first: the other pragmas may already have to wait. Without
	// recursive_triggers, INSERT OR REPLACE would delete behind the back of the
	// triggers that keep the journals.
	common := "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(ON)&_pragma=recursive_triggers(ON)&_pragma=temp_store(MEMORY)&_time_format=sqlite"
	file := "file:" + (&url.URL{Path: o.Path}).EscapedPath()
	// With secure_delete nothing stays readable in the file of what was deleted or sealed.
	// The writer's page cache holds a city's hot pages; with the default of 2 MB a large
	// import spilled them to the log all the time and took three times as long.
	write, err := sql.Open("sqlite", file+"?"+common+"&_txlock=immediate&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(2000)&_pragma=secure_delete(ON)&_pragma=cache_size(-16000)")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", o.Path, err)
	}
	write.SetMaxOpenConns(1)
	if err := write.PingContext(ctx); err != nil {
		_ = write.Close() // the ping's error is the one that tells why
		return nil, fmt.Errorf("open %s: %w", o.Path, err)
	}
	read, err := sql.Open("sqlite", file+"?"+common+"&_pragma=query_only(ON)")
	if err != nil {
		_ = write.Close() // the open's error is the one that tells why
		return nil, fmt.Errorf("open %s: %w", o.Path, err)
	}
	readers := o.MaxConns
	if readers == 0 {
		readers = max(4, runtime.GOMAXPROCS(0)*2)
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	counters := new(counters)
	return &DB{engine: SQLite, counters: counters, path: o.Path, write: write, read: read, batch: newBatcher(write, o.Log, counters), reads: newStatements(read), log: o.Log}, nil
}

// lockMigrations keeps other programs from migrating the same file until release is
// called. The lock is that of a small SQLite file beside it, which stays; the
// operating system drops it when the program dies.
func (d *DB) lockMigrations(ctx context.Context) (release func(), err error) {
	lock, err := sql.Open("sqlite", "file:"+(&url.URL{Path: d.path + "-migrate"}).EscapedPath()+"?_pragma=busy_timeout(120000)&_txlock=exclusive")
	if err != nil {
		return nil, err
	}
	tx, err := lock.BeginTx(ctx, nil)
	if err != nil {
		_ = lock.Close() // the begin's error is the one that tells why
		return nil, err
	}
	return func() {
		_ = tx.Rollback() // nothing was written
		_ = lock.Close()
	}, nil
}
