package auth

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// lockedArgs is the job that tells a resident that their account was locked.
type lockedArgs struct {
	Subject uuid.UUID `json:"subject"` // uuid.Nil: nobody has the name
}

// Kind names the work.
func (lockedArgs) Kind() string { return "auth.tell_locked" }

// tellOnce is how long a text message about a lock stands for those that follow: whoever
// locks an account again and again must not make its owner's phone ring all day.
const tellOnce = 24 * time.Hour

func (s *Service) tellLocked(ctx context.Context, args lockedArgs) error {
	if args.Subject == uuid.Nil {
		return nil
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.people.ByID(ctx, tx, args.Subject)
		if errors.Is(err, people.ErrResidentNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		told, err := toldSince(ctx, tx, r.ID, kindLocked, s.now().Add(-tellOnce))
		if err != nil {
			return err
		}
		m := notify.Message{Kind: kindLocked, To: reachable(r), Notice: &notify.Notice{Type: "other", Text: errs.T("auth.locked.notice"), Link: "/me/security/"}}
		if !told {
			text := errs.T("auth.locked.sms")
			m.SMS = &text
		}
		_, err = s.notify.Add(ctx, tx, m)
		return err
	})
}

// The kinds of messages to the owner of an account.
const (
	kindLocked   = "auth.locked"
	kindPassword = "auth.password_changed"
	kindPhone    = "auth.phone_changed"
	kindEmail    = "auth.email_changed"
)

// reachable is a resident at what is on record: news, not codes.
func reachable(r people.Resident) notify.Recipient {
	to := notify.Recipient{Audience: notify.Resident, ID: r.ID, Name: r.FullName, Email: r.Email, Language: r.Language}
	if phone, ok := people.CanonicalPhone(r.Phone); ok {
		to.Phone = phone
	}
	return to
}

// tellPasswordChanged tells a resident, on every way, that their password is another now.
func (s *Service) tellPasswordChanged(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	r, err := s.people.ByID(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, kindPassword, reachable(r), news{
		notice: "auth.password_changed.notice", sms: "auth.password_changed.sms",
		subject: "auth.password_changed.subject", mail: "auth.password_changed.mail",
	})
}

// news are the catalogue keys of something that an owner is told.
type news struct{ notice, sms, subject, mail string }

func (s *Service) tell(ctx context.Context, tx *db.Tx, kind string, to notify.Recipient, n news) error {
	text := errs.T(n.sms)
	_, err := s.notify.Add(ctx, tx, notify.Message{
		Kind: kind, To: to,
		Notice: &notify.Notice{Type: "other", Text: errs.T(n.notice), Link: "/me/security/"},
		SMS:    &text,
		Mail:   &notify.Letter{Subject: errs.T(n.subject), Lines: []errs.Text{errs.T(n.mail), errs.T("auth.news.not_you")}},
	})
	return err
}
