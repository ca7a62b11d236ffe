// Package backup makes copies of everything that cannot be made again (the database and
// the uploads), puts them back, and proves that they can be put back: each night's copy
// is restored into a scratch database and its books are recomputed. It holds no keys but
// the one that seals its archives; without the city's other keys a copy is of little use.
package backup

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"ekolek/internal/db"
)

// Options say what is copied and where to.
type Options struct {
	Database db.Options
	Uploads  Uploads // nil: none
	Remote   Remote  // nil: none
	Dir      string  // where archives are kept
	WorkDir  string  // where the readable copy lies for as long as it is needed
	Key      string  // seals archives: a passphrase, an age identity or an age recipient; empty: readable archives
	TestURL  string  // PostgreSQL: where scratch databases are made; empty: beside the database
	Program  string  // this program's version

	// Keys are fingerprints of the keys without which the database is of little use, so
	// that a restore can tell that it was given others.
	Keys map[string]string
	// Former are fingerprints of keys that still open what they sealed.
	Former map[string][]string
	// Verify looks further into a restored database than this package can see; nil: not.
	Verify func(ctx context.Context, d *db.DB) error

	Log *slog.Logger
	Now func() time.Time
}

// Problem is what a person should mend. Its code is stable, its words are for the
// terminal and the log.
type Problem struct {
	Code  Code
	words string
	cause error
}

// Code says what sort of problem it is.
type Code string

// The codes.
const (
	Damaged    Code = "damaged"      // cut short, or not what was written
	NotOurs    Code = "not_ours"     // no backup of this program
	NeedsKey   Code = "needs_key"    // sealed, and no key was given
	WrongKey   Code = "wrong_key"    // sealed with another key
	BadKey     Code = "bad_key"      // BACKUP_ENCRYPTION_KEY cannot be used
	DiskShort  Code = "disk_short"   // not enough room
	Exists     Code = "exists"       // there is a file of that name
	HasData    Code = "has_data"     // the database to restore into is not empty
	InUse      Code = "in_use"       // the database to replace is open elsewhere
	OtherKind  Code = "other_engine" // SQLite into PostgreSQL, or the other way round
	Newer      Code = "newer"        // made by a newer program
	NoTool     Code = "no_tool"      // pg_dump or pg_restore is not there, or too old
	ToolFailed Code = "tool_failed"  // pg_dump or pg_restore said no
	Denied     Code = "denied"       // the database user may not make a database
	NotSame    Code = "not_same"     // the restored database is not what was backed up
	BadBooks   Code = "bad_books"    // the points do not add up, or pages are damaged
)

// Error is the words, and why.
func (p *Problem) Error() string {
	if p.cause != nil {
		return p.words + ": " + p.cause.Error()
	}
	return p.words
}

// Unwrap is why.
func (p *Problem) Unwrap() error { return p.cause }

func problem(code Code, words string, args ...any) *Problem {
	return &Problem{Code: code, words: fmt.Sprintf(words, args...)}
}

// because adds why.
func (p *Problem) because(err error) *Problem {
	p.cause = err
	return p
}
