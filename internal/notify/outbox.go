package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// Status is where a message stands on its way.
type Status string

// The statuses. Delivered is known only of providers that tell it.
const (
	Queued    Status = "queued"
	Sending   Status = "sending"
	Sent      Status = "sent"
	Delivered Status = "delivered"
	Failed    Status = "failed"
	Expired   Status = "expired"
	Cancelled Status = "cancelled"
)

// Statuses are all of them, in the order of a message's life.
func Statuses() []Status {
	return []Status{Queued, Sending, Sent, Delivered, Failed, Expired, Cancelled}
}

// Entry is one row of the outbox: one recipient, one channel.
type Entry struct {
	ID         uuid.UUID
	Kind       string
	Audience   Audience
	Recipient  uuid.UUID // uuid.Nil for a Visitor
	Name       string    // of the recipient, as it stood; empty after a year
	Channel    Channel
	Address    string // empty after a year
	Language   string
	Urgent     bool
	Secret     bool // it holds a code, so it is never shown and never sent again
	Status     Status
	Attempts   int
	Deadline   time.Time
	Provider   string // who took it, or was asked last
	ProviderID string
	Cost       int    // centavos
	Reason     Reason // why it has not gone out
	Error      string // the provider's words of the last attempt, shortened, without secrets and addresses
	ResendOf   uuid.UUID
	Campaign   uuid.UUID // that it belongs to; uuid.Nil: to none
	CreatedAt  time.Time
	UpdatedAt  time.Time
	SentAt     *time.Time
}

// Final says that nothing more will happen to it.
func (e Entry) Final() bool { return e.Status != Queued && e.Status != Sending }

// Content is what a message says, with dots where its code was. It is empty after a year.
type Content struct {
	Subject string
	Lines   []string // paragraphs; of a text message one
	Link    string   // whole address of the button; empty: no button
	Button  string
}

// Filter narrows the outbox; a zero field does not.
type Filter struct {
	Status    Status
	Channel   Channel
	Kind      string
	Recipient uuid.UUID
	Address   string // a whole phone number or e-mail address, canonical
	Mark      string // what Mark gave for one
	ResendOf  uuid.UUID
	From, To  string // Manila days, both included
	Cursor    string
	Limit     int
}

// Refusals.
var (
	ErrNotFound  = errs.New(errs.NotFound, "MESSAGE_NOT_FOUND", "error.notify.not_found")
	ErrSecret    = errs.New(errs.Conflict, "MESSAGE_SECRET", "error.notify.secret")       // codes are asked for anew, not sent again
	ErrWaiting   = errs.New(errs.Conflict, "MESSAGE_WAITING", "error.notify.waiting")     // it, or its repeat, has not been sent yet
	ErrForgotten = errs.New(errs.Conflict, "MESSAGE_FORGOTTEN", "error.notify.forgotten") // its text was purged
	ErrBegun     = errs.New(errs.Conflict, "MESSAGE_BEGUN", "error.notify.begun")         // too late to cancel
)

// Outbox gives one page of messages, newest first.
func (s *Service) Outbox(ctx context.Context, f Filter) (db.Page[Entry], error) {
	after, err := db.ParseCursor(f.Cursor)
	if err != nil {
		return db.Page[Entry]{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := s.listEntries(ctx, s.db, f, after, limit+1)
	if err != nil {
		return db.Page[Entry]{}, fmt.Errorf("list messages: %w", err)
	}
	return db.PageOf(rows, limit, func(e Entry) db.Cursor { return db.Cursor{At: e.CreatedAt, ID: e.ID} }), nil
}

// countedDays is how far back Counts looks when nobody says.
const countedDays = 30

// Counts counts what Outbox would list under each status; the filter's own status,
// cursor and limit do not matter. Without a From it counts the last 30 days.
func (s *Service) Counts(ctx context.Context, f Filter) (map[Status]int, error) {
	var since time.Time
	if f.From == "" {
		since = s.now().AddDate(0, 0, -countedDays)
	}
	counts, err := s.countEntries(ctx, s.db, f, since)
	if err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	return counts, nil
}

// Kinds names every kind of message that the outbox holds, for the filter's choice.
func (s *Service) Kinds(ctx context.Context) ([]string, error) {
	found, err := kinds(ctx, s.db)
	if err != nil {
		return nil, fmt.Errorf("list kinds of messages: %w", err)
	}
	return found, nil
}

// Read gives a message and what it says: ErrNotFound.
func (s *Service) Read(ctx context.Context, id uuid.UUID) (Entry, Content, error) {
	m, err := s.messageByID(ctx, s.db, id)
	if err != nil || m.Shown == "" {
		return m.Entry, Content{}, err
	}
	var b body
	if err := json.Unmarshal([]byte(m.Shown), &b); err != nil {
		return Entry{}, Content{}, fmt.Errorf("read message %s: %w", id, err)
	}
	if m.Channel == Push && b.Link != "" {
		b.Link = s.opts.SiteURL + b.Link
	}
	return m.Entry, Content{Subject: b.Subject, Lines: b.Lines, Link: b.Link, Button: b.Button}, nil
}

// Resend sends a message once more, to the same address, as a message of its own:
// ErrNotFound, ErrSecret, ErrWaiting, ErrForgotten.
func (s *Service) Resend(ctx context.Context, actor audit.Actor, id uuid.UUID) (again uuid.UUID, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := s.messageByID(ctx, tx, id)
		if err != nil {
			return err
		}
		waits, err := resentWaits(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case m.Secret:
			return ErrSecret
		case waits || !m.Final():
			return ErrWaiting
		case m.Shown == "":
			return ErrForgotten
		}
		again = db.NewID()
		if err := s.insertAndEnqueue(ctx, tx, repeat(m, again, s.now())); err != nil {
			return err
		}
		return audit.Record(ctx, tx, actor, s.now(), audit.Event{Action: "message.resend", TargetKind: "message", TargetID: again, TargetName: m.Name,
			Details: map[string]any{"of": id.String(), "kind": m.Kind, "channel": string(m.Channel)}})
	})
	return again, err
}

// repeat is a new message that says what an old one said.
func repeat(m message, id uuid.UUID, now time.Time) message {
	return message{
		Entry: Entry{
			ID: id, Kind: m.Kind, Audience: m.Audience, Recipient: m.Recipient, Name: m.Name, Channel: m.Channel, Address: m.Address,
			Language: m.Language, Urgent: m.Urgent, Status: Queued, Deadline: now.Add(defaultLife), ResendOf: m.ID, CreatedAt: now, UpdatedAt: now,
		},
		Body: m.Shown, Shown: m.Shown,
	}
}

// Cancel keeps a message from being sent: ErrNotFound, ErrBegun.
func (s *Service) Cancel(ctx context.Context, actor audit.Actor, id uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := s.messageByID(ctx, tx, id)
		if err != nil {
			return err
		}
		ok, err := cancel(ctx, tx, id, s.now())
		if err != nil {
			return err
		}
		if !ok {
			return ErrBegun
		}
		return audit.Record(ctx, tx, actor, s.now(), audit.Event{Action: "message.cancel", TargetKind: "message", TargetID: id, TargetName: m.Name,
			Details: map[string]any{"kind": m.Kind, "channel": string(m.Channel)}})
	})
}

// Drop is Cancel inside the transaction of an act that makes a message pointless, such as
// a newer code. One that is under way already is left alone.
func (s *Service) Drop(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	_, err := cancel(ctx, tx, id, s.now())
	return err
}

// Backlog is what waits to be sent.
type Backlog struct {
	Waiting int
	Oldest  time.Time // zero when nothing waits
}

// Backlog tells how much waits, and since when: an old one means that no worker runs, or
// that a provider does not take messages.
func (s *Service) Backlog(ctx context.Context) (Backlog, error) {
	b, err := backlog(ctx, s.db)
	if err != nil {
		return Backlog{}, fmt.Errorf("count waiting messages: %w", err)
	}
	return b, nil
}

// Spending is what text messages cost, in centavos.
type Spending struct {
	Today, Month   int
	DailyCap       int // of the city; 0: none
	DailyNumberCap int // of one number; 0: none
}

// Spending tells what text messages have cost today and in this month.
func (s *Service) Spending(ctx context.Context) (Spending, error) {
	now := s.now().In(db.Manila)
	out := Spending{DailyCap: s.opts.CityCap, DailyNumberCap: s.opts.NumberCap}
	var err error
	if out.Today, err = spent(ctx, s.db, db.Day(now), db.Day(now)); err == nil {
		out.Month, err = spent(ctx, s.db, db.Day(now.AddDate(0, 0, 1-now.Day())), db.Day(now))
	}
	if err != nil {
		return Spending{}, fmt.Errorf("sum what messages cost: %w", err)
	}
	return out, nil
}
