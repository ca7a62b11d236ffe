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
	// busy_timeout first: the other pragmas may already have to wait.
	common := "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)&_time_format=sqlite"
	file := "file:" + (&url.URL{Path: o.Path}).EscapedPath()
	write, err := sql.Open("sqlite", file+"?"+common+"&_txlock=immediate&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(2000)")
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
	return &DB{engine: SQLite, write: write, read: read, batch: newBatcher(write), log: o.Log}, nil
}
