// Package approval keeps acts that wait for a second person. A capability asks in its
// own transaction instead of acting; another member of staff agrees, and the act happens
// in the transaction of that agreement. It does not know what the acts do: whoever asks
// says that in words, and registers who carries it out.
package approval

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// Kind names an act that may have to wait. It never changes once requests of it exist.
type Kind string

// The acts that may have to wait.
const (
	CorrectPoints    Kind = "points.correct"
	VoidWeighIn      Kind = "weigh_in.void"
	ReturnRedemption Kind = "redemption.return"
	AdjustStock      Kind = "stock.adjust"
	CountStock       Kind = "stock.count"
)

// Unit is what an amount counts. It also says who may decide: acts on points need
// another right than acts on stock.
type Unit string

// The units.
const (
	Points Unit = "points" // hundredths of a point
	Items  Unit = "items"
)

// State is where a request stands.
type State string

// The states. Only Waiting changes.
const (
	Waiting   State = "waiting"
	Agreed    State = "agreed"
	Refused   State = "refused"
	Withdrawn State = "withdrawn" // by whoever asked
)

// Request is one act that waits, or waited.
type Request struct {
	ID             uuid.UUID
	Kind           Kind
	TargetKind     string // as in the audit trail
	TargetID       uuid.UUID
	TargetName     string
	Amount         int64 // signed, in Unit
	Unit           Unit
	Barangay       uuid.UUID // uuid.Nil: only those who reach the whole city decide
	Reason         string
	Says           []errs.Text     // what will happen, in words and numbers
	Details        json.RawMessage // what carrying it out needs
	State          State
	AskedBy        uuid.UUID
	AskedByName    string
	AskedAt        time.Time
	DecidedBy      uuid.UUID
	DecidedByName  string
	DecidedAt      *time.Time
	DecisionReason string
}

// Asking is what somebody wants to happen.
type Asking struct {
	Kind       Kind
	TargetKind string
	TargetID   uuid.UUID // one request of a kind waits for a target at a time
	TargetName string
	Amount     int64
	Unit       Unit
	Barangay   uuid.UUID
	Reason     string
	Says       []errs.Text
	Details    any // becomes JSON
}

// Scope narrows what somebody reaches; people.Scope is one.
type Scope interface {
	Narrow(w *db.Where, column string)
}

// Reach is what somebody may see and decide: acts on one unit, in their barangays.
type Reach struct {
	Unit  Unit
	Scope Scope
}

// Handler carries an agreed act out, in the transaction of the agreement. actor is who
// agreed; who asked stands in the request. Its error undoes the agreement, and the
// request waits on.
type Handler func(ctx context.Context, tx *db.Tx, actor audit.Actor, r Request) error

// Refusals that callers compare with errors.Is.
var (
	ErrNotFound     = errs.New(errs.NotFound, "APPROVAL_NOT_FOUND", "error.approval.not_found")
	ErrAlreadyAsked = errs.New(errs.Conflict, "APPROVAL_WAITING", "error.approval.already_asked")
	ErrOwnRequest   = errs.New(errs.Forbidden, "OWN_REQUEST", "error.approval.own_request")
	ErrDecided      = errs.New(errs.Conflict, "APPROVAL_DECIDED", "error.approval.decided")
	ErrNotYours     = errs.New(errs.Forbidden, "NOT_YOUR_REQUEST", "error.approval.not_yours")
)

// Service keeps the requests.
type Service struct {
	db       *db.DB
	now      func() time.Time
	handlers map[Kind]Handler
	tell     func(ctx context.Context, tx *db.Tx, r Request) error
}

// Open makes the service. Handle and Tell come before the first request.
func Open(d *db.DB, now func() time.Time) *Service {
	return &Service{db: d, now: now, handlers: map[Kind]Handler{}}
}

// Handle says who carries acts of a kind out.
func (s *Service) Handle(k Kind, h Handler) {
	if _, twice := s.handlers[k]; twice {
		panic("approval: two handlers for " + string(k))
	}
	s.handlers[k] = h
}

// Tell says who is told of a decision, in its transaction: the one who asked.
func (s *Service) Tell(f func(ctx context.Context, tx *db.Tx, r Request) error) { s.tell = f }
