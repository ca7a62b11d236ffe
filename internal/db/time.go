package db

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// sqliteTime has a fixed width, so that text order is time order.
const sqliteTime = "2006-01-02 15:04:05.000000+00:00"

// Time is a moment in UTC with microseconds, stored alike on both engines. Pass
// At(t) as an argument; scan into Into(&t) or IntoNull(&p).
type Time struct{ time.Time }

// At makes a Time of a moment.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Microsecond)} }

// AtNull makes an argument of a moment that may be missing.
func AtNull(t *time.Time) any {
	if t == nil {
		return nil
	}
	return At(*t)
}

// Value writes fixed-width text, which SQLite stores as it is and PostgreSQL parses.
func (t Time) Value() (driver.Value, error) {
	return t.UTC().Truncate(time.Microsecond).Format(sqliteTime), nil
}

// Scan reads what either engine returns.
func (t *Time) Scan(src any) error {
	switch v := src.(type) {
	case time.Time:
		t.Time = v.UTC()
		return nil
	case string:
		p, err := time.Parse(sqliteTime, v)
		if err != nil {
			return fmt.Errorf("scan time: %w", err)
		}
		t.Time = p.UTC()
		return nil
	default:
		return fmt.Errorf("scan time: unexpected %T", src)
	}
}

// Into scans a moment into a plain time.Time.
func Into(t *time.Time) any { return &into{t} }

// IntoNull scans a moment that may be missing.
func IntoNull(t **time.Time) any { return &intoNull{t} }

type into struct{ t *time.Time }

func (i *into) Scan(src any) error {
	var t Time
	if err := t.Scan(src); err != nil {
		return err
	}
	*i.t = t.Time
	return nil
}

type intoNull struct{ t **time.Time }

func (i *intoNull) Scan(src any) error {
	if src == nil {
		*i.t = nil
		return nil
	}
	var t Time
	if err := t.Scan(src); err != nil {
		return err
	}
	*i.t = &t.Time
	return nil
}
