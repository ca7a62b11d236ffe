// Package blob keeps the bytes of uploads: on this machine's disk, in an S3-compatible
// store, or in a Google Drive folder. A store knows keys and bytes and nothing else; whose
// they are, and whether they came back whole, is the business of package files above it.
package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"time"
)

// Store keeps objects under keys of its own. Every method gives up when ctx ends and
// returns a *Failure. It is safe for use by many goroutines.
type Store interface {
	// Name is the storage as a row names it: local, s3, drive.
	Name() string
	// NewKey makes the key of an object that is going to be put, so that it can be noted
	// down before the object is there.
	NewKey(ctx context.Context) (string, error)
	// Put keeps an object whole or not at all. The same object under the same key again is
	// no failure: a try whose answer was lost may be repeated. content is read from its
	// beginning, perhaps several times.
	Put(ctx context.Context, key string, about About, content io.ReadSeeker) error
	// Get reads an object. The bytes are as the storage sends them: the caller compares
	// their hash. Missing when there is none.
	Get(ctx context.Context, key string) (io.ReadCloser, error)
	// Delete removes an object; one that is not there is no failure.
	Delete(ctx context.Context, key string) error
}

// About is what a store may tell its own users about an object.
type About struct {
	Type   string // media type
	Size   int64
	SHA256 string // hexadecimal
}

// Limits of one operation. An upload ends before the browser's own request does.
const (
	putTimeout    = 90 * time.Second
	getTimeout    = 90 * time.Second
	deleteTimeout = 20 * time.Second
)

// Outcome says what can be done about a failure.
type Outcome int

// The outcomes.
const (
	Down    Outcome = iota // no answer, or not now: later it may work
	Refused                // the storage does not let us: a person has to mend that
	Missing                // there is no such object
)

// Failure is why a storage did not do something. Its words are fit for staff and logs:
// without keys, tokens and addresses of people.
type Failure struct {
	Outcome Outcome
	Words   string // what the storage said: "403: storageQuotaExceeded"
	Mend    string // what a person can do about it, for whoever runs `ekolek test-storage`; may be empty
	cause   error
	again   bool          // another try may help at once
	after   time.Duration // that the storage asks to wait; 0: nothing said
}

// Error is the words, with what to do.
func (f *Failure) Error() string {
	if f.Mend == "" {
		return f.Words
	}
	return f.Words + ". " + f.Mend
}

// Unwrap is what was underneath.
func (f *Failure) Unwrap() error { return f.cause }

// FailureOf finds the Failure in a chain, and makes one of any other error.
func FailureOf(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return &Failure{Outcome: Down, Words: err.Error(), cause: err}
}

// IsMissing says that there is no such object.
func IsMissing(err error) bool {
	var f *Failure
	return errors.As(err, &f) && f.Outcome == Missing
}

// randomKey is a name that nobody can guess and no person chose: two folders deep, so
// that none grows too large.
func randomKey() string {
	name := strings.ToLower(rand.Text())
	return name[:2] + "/" + name
}
