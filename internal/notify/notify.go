// Package notify tells people things: a notice under the bell, a text message, a mail, a
// push message to their browser. A message is written to the outbox in the transaction
// of the act that causes it, and sent later by the queue's worker, so it leaves exactly
// when the act happened. It decides nothing about whom to tell and what; that is the
// capability's, and the words are the catalogues'.
package notify

import (
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/jobs"
	"ekolek/internal/notify/carrier"
)

// Channel is a way out of the house.
type Channel string

// The channels.
const (
	SMS  Channel = "sms"
	Mail Channel = "email"
	Push Channel = "push"
)

// Audience is what sort of person is told something.
type Audience string

// The audiences. A visitor has no account yet.
const (
	Resident Audience = "resident"
	Staff    Audience = "staff"
	Visitor  Audience = "visitor"
)

// Recipient is who is told. A channel without its address is left out.
type Recipient struct {
	Audience Audience
	ID       uuid.UUID // uuid.Nil for a Visitor
	Name     string
	Phone    string // +639XXXXXXXXX
	Email    string
	Language string // en, fil; empty: en
}

// Message is one thing that one person is told. Which of Notice, SMS, Mail and Push are
// there says how.
type Message struct {
	Kind   string // stable, "resident.approved": the console filters by it
	To     Recipient
	Notice *Notice
	SMS    *errs.Text // 160 GSM-7 characters, filled in
	Mail   *Letter
	Push   *Pushed // to each browser that they let show them
	// Code is a one-time code. Texts name it {{.Code}}; it is sealed until it is sent and
	// then forgotten, and the console never shows it.
	Code   string
	Urgent bool      // goes before the others: somebody is waiting for it
	Until  time.Time // not sent later; zero: three days from now

	campaign uuid.UUID // that it belongs to
}

// Letter is a mail in words: the same lines make its text and its HTML.
type Letter struct {
	Subject errs.Text
	Lines   []errs.Text // paragraphs; the code, if there is one, stands after the first
	Link    string      // local address of a button, below SITE_URL; empty: no button
	Button  errs.Text   // what it says
}

// Notice is what stands under the bell. The phone apps show its text in English.
type Notice struct {
	Type   string // of residents: waste, redeem, learning, game, other; of staff: new_registration, …
	Text   errs.Text
	Link   string // local address; empty: none
	Points *int64 // signed hundredths; nil: none
	Reward string
	At     time.Time // of the act; zero: now
}

// Options are what a city has set.
type Options struct {
	City    string // "San Pedro City"
	SiteURL string // links in mails begin with it
	// Words says a text in a language. It is the catalogues', which stand above this room.
	Words func(language string, t errs.Text) string

	Gateways []carrier.Carrier[carrier.Text]   // asked in this order
	Mailers  []carrier.Carrier[carrier.Letter] // asked in this order
	Push     *carrier.Push                     // nil: no push messages
	SMSOff   bool                              // no text message is sent
	Abroad   bool                              // other numbers than +639… too

	Cost      int           // centavos for one text message
	CityCap   int           // centavos a day for text messages to everybody; 0: no cap
	NumberCap int           // centavos a day for text messages to one number; 0: no cap
	Keep      time.Duration // how long it is known whom and what a message told; 0: a year
}

// defaultLife is how long a message is worth sending when nobody said.
const defaultLife = 3 * 24 * time.Hour

// Service is the outbox and the bell.
type Service struct {
	db    *db.DB
	vault *db.Vault
	queue *jobs.Queue
	opts  Options
	now   func() time.Time
	rests rests
	crowd Crowd // of campaigns
}

// New makes the service and gives the queue its work. The queue must not have started.
func New(d *db.DB, vault *db.Vault, queue *jobs.Queue, opts Options, now func() time.Time) *Service {
	if opts.Keep <= 0 {
		opts.Keep = messagesKept
	}
	s := &Service{db: d, vault: vault, queue: queue, opts: opts, now: now}
	queue.Lane(string(SMS), 1)
	queue.Lane(string(Mail), 1)
	queue.Lane(string(Push), pushWorkers)
	jobs.Register(queue, s.deliver)
	jobs.Register(queue, s.stepCampaign)
	return s
}
