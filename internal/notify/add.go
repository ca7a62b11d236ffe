package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// Added tells the ids of the rows that a message became; uuid.Nil for a channel that it
// does not go by.
type Added struct {
	SMS  uuid.UUID
	Mail uuid.UUID
	Push uuid.UUID
}

// Add writes a message to the outbox and under the bell, in the caller's transaction. It
// is sent after the commit, after a rollback never. Nothing to send to is no error.
func (s *Service) Add(ctx context.Context, tx *db.Tx, m Message) (Added, error) {
	var out Added
	if m.Notice != nil && m.To.Audience != Visitor {
		if err := s.addNotice(ctx, tx, m); err != nil {
			return Added{}, fmt.Errorf("add notice %s: %w", m.Kind, err)
		}
	}
	var err error
	if m.SMS != nil && m.To.Phone != "" {
		if out.SMS, err = s.enqueue(ctx, tx, m, SMS, m.To.Phone, s.smsBody(m)); err != nil {
			return Added{}, err
		}
	}
	if m.Mail != nil && m.To.Email != "" {
		if out.Mail, err = s.enqueue(ctx, tx, m, Mail, m.To.Email, s.mailBody(m)); err != nil {
			return Added{}, err
		}
	}
	if m.Push != nil && m.To.ID != uuid.Nil {
		if out.Push, err = s.addPush(ctx, tx, m); err != nil {
			return Added{}, fmt.Errorf("add push message %s: %w", m.Kind, err)
		}
	}
	return out, nil
}

// body is what leaves the house, in the recipient's language.
type body struct {
	Subject string   `json:"subject,omitempty"`
	Lines   []string `json:"lines"` // of a text or push message: one
	Code    string   `json:"code,omitempty"`
	Link    string   `json:"link,omitempty"` // whole; of a push message local
	Button  string   `json:"button,omitempty"`
	Stop    string   `json:"stop,omitempty"` // whole address that ends news; of campaigns' mails
	Tag     string   `json:"tag,omitempty"`  // of a push message: a newer one takes its place
}

func (s *Service) smsBody(m Message) body {
	return body{Lines: []string{s.fit(m)}, Code: m.Code}
}

func (s *Service) mailBody(m Message) body {
	language := languageOf(m.To)
	b := body{Subject: oneLine(s.say(m, m.Mail.Subject, language)), Code: m.Code}
	for _, line := range m.Mail.Lines {
		b.Lines = append(b.Lines, s.say(m, line, language))
	}
	if m.Mail.Link != "" {
		b.Link, b.Button = s.opts.SiteURL+m.Mail.Link, s.say(m, m.Mail.Button, language)
	}
	return b
}

// hiddenCode stands where a code was.
const hiddenCode = "••••••"

// hidden is what the console may show of a message: without its code.
func (b body) hidden() body {
	if b.Code == "" {
		return b
	}
	lines := make([]string, len(b.Lines))
	for i, line := range b.Lines {
		lines[i] = strings.ReplaceAll(line, b.Code, hiddenCode)
	}
	return body{Subject: strings.ReplaceAll(b.Subject, b.Code, hiddenCode), Lines: lines, Link: b.Link, Button: b.Button, Tag: b.Tag}
}

// text is what a text message says.
func (b body) text() string { return strings.Join(b.Lines, "\n") }

// say writes a text for the recipient. Every text may name City and Name, and Code.
func (s *Service) say(m Message, t errs.Text, language string) string {
	args := map[string]any{"City": s.opts.City, "Name": m.To.Name, "Code": m.Code}
	maps.Copy(args, t.Args)
	return s.opts.Words(language, errs.Text{Key: t.Key, Args: args})
}

func languageOf(r Recipient) string {
	if r.Language == "" {
		return "en"
	}
	return r.Language
}

// oneLine keeps a name from adding headers to a mail.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// enqueue writes one row of the outbox and its job.
func (s *Service) enqueue(ctx context.Context, tx *db.Tx, m Message, c Channel, address string, b body) (uuid.UUID, error) {
	sent, err := json.Marshal(b)
	if err != nil {
		return uuid.Nil, fmt.Errorf("write message %s: %w", m.Kind, err)
	}
	shown, err := json.Marshal(b.hidden())
	if err != nil {
		return uuid.Nil, fmt.Errorf("write message %s: %w", m.Kind, err)
	}
	now := s.now()
	r := message{
		Entry: Entry{
			ID: db.NewID(), Kind: m.Kind, Audience: m.To.Audience, Recipient: m.To.ID, Name: m.To.Name, Channel: c, Address: address,
			Language: languageOf(m.To), Urgent: m.Urgent, Secret: m.Code != "", Status: Queued, Deadline: deadline(m.Until, now), Campaign: m.campaign,
			CreatedAt: now, UpdatedAt: now,
		},
		Body: string(sent), Shown: string(shown),
	}
	return r.ID, s.insertAndEnqueue(ctx, tx, r)
}

func (s *Service) insertAndEnqueue(ctx context.Context, tx *db.Tx, m message) error {
	if err := s.insertMessage(ctx, tx, m); err != nil {
		return fmt.Errorf("add message %s: %w", m.Kind, err)
	}
	return s.queue.Enqueue(ctx, tx, deliverArgs{ID: m.ID, Channel: m.Channel, Now: m.Urgent, News: m.Campaign != uuid.Nil})
}

func deadline(until, now time.Time) time.Time {
	if until.IsZero() {
		return now.Add(defaultLife)
	}
	return until
}

// addNotice keeps the words themselves, in both languages: a notice still says next year
// what it said.
func (s *Service) addNotice(ctx context.Context, tx *db.Tx, m Message) error {
	return insertNotice(ctx, tx, Bell{m.To.Audience, m.To.ID}, Notification{
		ID: db.NewID(), Type: m.Notice.Type, Message: s.say(m, m.Notice.Text, "en"), MessageFil: s.say(m, m.Notice.Text, "fil"),
		Link: m.Notice.Link, Points: m.Notice.Points, Reward: m.Notice.Reward, CreatedAt: cmp.Or(m.Notice.At, s.now()),
	})
}
