package notify

import (
	"context"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify/carrier"
)

// Checked is what came of a check.
type Checked struct {
	OK       bool
	Provider string // who took it, or was asked last; empty when nobody was asked
	ID       string // the provider's own
	Words    string // why it was not taken
	Unclear  bool   // it may have been taken all the same
}

// Check sends one message to an address at once, past the outbox, to see whether that
// works. It counts towards no limit.
func (s *Service) Check(ctx context.Context, c Channel, address string) (Checked, error) {
	ask := Message{To: Recipient{Phone: address, Email: address}}
	text := errs.T("notify.check.sms", "City", s.opts.City)
	ask.SMS = &text
	ask.Mail = &Letter{Subject: errs.T("notify.check.subject"), Lines: []errs.Text{errs.T("notify.check.line", "City", s.opts.City)}}
	b := s.smsBody(ask)
	if c == Mail {
		b = s.mailBody(ask)
	}
	m := message{Entry: Entry{ID: db.NewID(), Channel: c, Address: address, Language: languageOf(ask.To)}}
	if status, reason := s.barred(m); status != "" {
		return Checked{Words: s.opts.Words("en", reason.Text())}, nil
	}
	out, err := s.hand(ctx, m, b)
	if err != nil {
		return Checked{}, err
	}
	if f := out.failure; f != nil {
		return Checked{Provider: out.provider, Words: f.Words, Unclear: f.Outcome == carrier.Unclear}, nil
	}
	return Checked{OK: true, Provider: out.provider, ID: out.receipt.ID}, nil
}
