package db

import (
	"context"
	"time"
)

// ClockSkew is how far this machine's clock is ahead of the database's; negative when
// it is behind. The answer's way counts half. SQLite has no clock of its own.
func (d *DB) ClockSkew(ctx context.Context) (time.Duration, error) {
	if d.engine == SQLite {
		return 0, nil
	}
	var theirs time.Time
	asked := time.Now()
	if err := d.read.QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&theirs); err != nil {
		return 0, err
	}
	return asked.Add(time.Since(asked) / 2).Sub(theirs), nil
}
