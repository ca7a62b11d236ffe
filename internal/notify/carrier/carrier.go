// Package carrier speaks to those who carry messages out of the house: gateways for text
// messages, ways for mail, and the push services of browsers. It knows their protocols
// and how they refuse; it keeps nothing and tries nothing twice. That is the outbox's,
// which stands above it.
package carrier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Carrier takes messages of one sort. Send returns a *Failure, and when it returns none
// the carrier has accepted the message. It gives up when ctx ends.
type Carrier[T any] interface {
	Name() string
	Send(ctx context.Context, message T) (Receipt, error)
}

// Text is a text message on its way out.
type Text struct {
	ID     uuid.UUID
	To     string // +639XXXXXXXXX
	Body   string
	Urgent bool // somebody waits for it
}

// Letter is a mail on its way out. The same ID makes the same Message-ID, so that a mail
// program shows a repeat once.
type Letter struct {
	ID      uuid.UUID
	To      string
	Subject string
	Text    string
	HTML    string
	Stop    string // address that ends such mail by one POST (RFC 8058); empty: it is no news
}

// Receipt is what a carrier gives for a message that it took.
type Receipt struct {
	ID string // the carrier's own; "" when it tells none
}

// Outcome is what is known of a message that was not taken.
type Outcome int

// The outcomes.
const (
	Temporary Outcome = iota // surely not taken: try again, or another carrier
	Permanent                // this message or this address will never be taken
	Unclear                  // perhaps taken: no answer came, or none that can be read
)

// Failure is why a message was not taken. Its words are fit for staff to read: short, on
// one line, without secrets and addresses.
type Failure struct {
	Outcome Outcome
	Words   string
	Gone    bool          // nothing will ever be taken for this address
	After   time.Duration // not to be tried sooner; 0: as we like
	cause   error
}

// Error is the words.
func (f *Failure) Error() string { return f.Words }

// Unwrap is what was underneath, for tests; it is never shown.
func (f *Failure) Unwrap() error { return f.cause }

// FailureOf makes a Failure of any error; one that is none counts as temporary.
func FailureOf(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return &Failure{Outcome: Temporary, Words: "could not be handed over", cause: err}
}

func failure(o Outcome, format string, args ...any) *Failure {
	return &Failure{Outcome: o, Words: fmt.Sprintf(format, args...)}
}
