// Package audit keeps who did what, when and from where, in the same transaction as
// the act itself. It is not the log file: rows here are evidence and only grow.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// ActorKind says what sort of actor did something.
type ActorKind string

// The kinds of actors.
const (
	Staff    ActorKind = "staff"
	Resident ActorKind = "resident"
	System   ActorKind = "system" // a job or a command
	Nobody   ActorKind = "anyone" // not signed in
)

// Actor is who acts, and from where. It travels from the surface to the row.
type Actor struct {
	Kind      ActorKind
	ID        uuid.UUID // uuid.Nil for System and Nobody
	Name      string    // as it stood at the time
	IP        string
	UserAgent string
	RequestID string
}

// Command is the actor of a command or a job, by its name: "import django".
func Command(name string) Actor { return Actor{Kind: System, Name: name} }

// Event is one act.
type Event struct {
	Action     string // subject.verb: resident.approve, weigh_in.void
	TargetKind string // resident, weigh_in, …
	TargetID   uuid.UUID
	TargetName string
	Details    map[string]any // never secrets, phones or e-mail addresses
}

// Record writes the event in the act's own transaction. Once that is durable, the
// security log tells of it too.
func Record(ctx context.Context, tx *db.Tx, a Actor, at time.Time, e Event) error {
	details := []byte("{}")
	if len(e.Details) > 0 {
		var err error
		if details, err = json.Marshal(e.Details); err != nil {
			return fmt.Errorf("audit %s: %w", e.Action, err)
		}
	}
	if err := insert(ctx, tx, a, at, e, string(details)); err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	tx.AfterCommit(func() { tell(ctx, tx.Log(), a, at, e) })
	return nil
}
