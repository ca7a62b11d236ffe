// Package errs holds the one error type that a person may read. Everything else is
// internal: it is logged once, and the person sees a request id instead.
package errs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Kind says what sort of refusal an error is. Surfaces turn it into a status in one map.
type Kind int

// Internal is the kind of every error that is not an *Error.
const (
	Internal Kind = iota
	Invalid
	Unauthenticated
	Forbidden
	NotFound
	Conflict
	TooMany
	Unavailable
	Full // no room to keep what was sent
)

// Text is a sentence by its key in the catalogues, with the values that it names.
type Text struct {
	Key  string
	Args map[string]any
}

// Error is a refusal made for a person.
type Error struct {
	Kind       Kind
	Code       string          // stable, for apps: "OUT_OF_STOCK"
	Text       Text            // what happened and what to do, for people
	Fields     map[string]Text // what is wrong with which form field
	RetryAfter time.Duration   // with TooMany and Unavailable, when known
	cause      error
}

// New makes a refusal. args are pairs of name and value for the sentence.
func New(kind Kind, code, key string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Text: T(key, args...)}
}

// T makes a Text of a key and pairs of name and value.
func T(key string, args ...any) Text {
	if len(args)%2 != 0 {
		panic("errs: odd number of values for " + key)
	}
	t := Text{Key: key}
	for i := 0; i < len(args); i += 2 {
		if t.Args == nil {
			t.Args = make(map[string]any, len(args)/2)
		}
		t.Args[args[i].(string)] = args[i+1]
	}
	return t
}

// Because returns a copy that remembers the cause for the log. A person never sees it.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// After returns a copy that tells when to try again.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// Error is for logs: keys and causes, never shown to a person.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Code)
	if e.Text.Key != "" {
		fmt.Fprintf(&b, " (%s)", e.Text.Key)
	}
	for _, f := range slices.Sorted(maps.Keys(e.Fields)) {
		fmt.Fprintf(&b, " %s: %s", f, e.Fields[f].Key)
	}
	if e.cause != nil {
		fmt.Fprintf(&b, ": %v", e.cause)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is compare by code, so that a sentinel matches its copies.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Kind == e.Kind
}

// KindOf tells the kind of an error; Internal when no *Error is in its chain.
func KindOf(err error) Kind {
	if e, ok := As(err); ok {
		return e.Kind
	}
	return Internal
}

// As finds the *Error in a chain.
func As(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// Fields collects what is wrong with a form. The zero value is ready.
type Fields map[string]Text

// Add notes the first thing wrong with a field; later ones are dropped.
func (f *Fields) Add(field, key string, args ...any) {
	if *f == nil {
		*f = Fields{}
	}
	if _, ok := (*f)[field]; !ok {
		(*f)[field] = T(key, args...)
	}
}

// Err is nil while nothing is wrong.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Code: "INVALID", Text: T("error.invalid"), Fields: f}
}

// NewField is the refusal of a form for one field.
func NewField(field, key string, args ...any) error {
	var f Fields
	f.Add(field, key, args...)
	return f.Err()
}
