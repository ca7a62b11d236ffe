package auth

import (
	"context"
	"fmt"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// FlowContact is a resident's new phone number or e-mail address that waits for its code.
const FlowContact Flow = "contact"

const contactLife = 30 * time.Minute

// contacting is what a change of a number or an address holds.
type contacting struct {
	Channel notify.Channel `json:"channel"`
	To      string         `json:"to"` // canonical
	SentAt  time.Time      `json:"sent_at"`
}

// StartContact begins to give a signed-in resident another number (notify.SMS) or address
// (notify.Mail): they give their password, and a code goes to the new one. Refusals are of
// the fields current_password, phone and email, and those of a code that cannot be sent.
func (s *Service) StartContact(ctx context.Context, actor audit.Actor, p Principal, channel notify.Channel, typed, password string) (secret string, until time.Time, err error) {
	data := contacting{Channel: channel, SentAt: s.now()}
	if data.To, err = s.checkContact(ctx, s.db, p.Resident, channel, typed); err != nil {
		return "", time.Time{}, err
	}
	a, err := s.reauthenticate(ctx, actor, p, password)
	if err != nil {
		return "", time.Time{}, err
	}
	var refused error
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := succeed(ctx, tx, a); err != nil {
			return err
		}
		var f flow
		if secret, f, err = s.openFlow(ctx, tx, FlowContact, p.ID, data, contactLife); err != nil {
			return err
		}
		until = f.expiresAt
		_, err := s.sendCode(ctx, tx, actor, contactCode(f, data, p.Resident))
		if refused = err; errs.KindOf(err) == errs.Internal {
			return err
		}
		return endFlow(ctx, tx, f.id) // a cap: the password was right all the same
	})
	if err != nil {
		return "", time.Time{}, fmt.Errorf("start new contact of %s: %w", p.ID, err)
	}
	return secret, until, refused
}

func (s *Service) checkContact(ctx context.Context, q db.Q, r people.Resident, channel notify.Channel, typed string) (string, error) {
	if channel == notify.Mail {
		return s.people.CheckEmail(ctx, q, r, typed)
	}
	return s.people.CheckPhone(ctx, q, r, typed)
}

func contactCode(f flow, data contacting, r people.Resident) codeOf {
	c := codeOf{purpose: ForNewPhone, channel: data.Channel, session: f.id.String(), subject: r.ID,
		to: notify.Recipient{Audience: notify.Resident, ID: r.ID, Name: r.FullName, Language: r.Language}}
	if data.Channel == notify.Mail {
		c.purpose, c.to.Email = ForNewEmail, data.To
	} else {
		c.to.Phone = data.To
	}
	return c
}

// findContact is ErrFlowOver for anybody's but the principal's.
func (s *Service) findContact(ctx context.Context, q db.Q, p Principal, secret string) (f flow, data contacting, err error) {
	if f, err = s.findFlow(ctx, q, FlowContact, secret, &data); err == nil && f.subject != p.ID {
		err = ErrFlowOver
	}
	return f, data, err
}

// ContactWait tells about a change that waits for its code; To is what was typed, so that
// a wrong figure is seen. Error: ErrFlowOver.
func (s *Service) ContactWait(ctx context.Context, p Principal, secret string) (CodeWait, error) {
	_, data, err := s.findContact(ctx, s.db, p, secret)
	if err != nil {
		return CodeWait{}, err
	}
	return CodeWait{Channel: data.Channel, To: people.LocalPhone(data.To), AgainIn: max(0, data.SentAt.Add(s.cfg.CodeAgain).Sub(s.now()))}, nil
}

// SendContactCode sends another code to the new number or address. Errors: ErrFlowOver,
// and those of a code that cannot be sent.
func (s *Service) SendContactCode(ctx context.Context, actor audit.Actor, p Principal, secret string) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		f, data, err := s.findContact(ctx, tx, p, secret)
		if err != nil {
			return err
		}
		data.SentAt = s.now()
		if _, err := s.sendCode(ctx, tx, actor, contactCode(f, data, p.Resident)); err != nil {
			return err
		}
		return s.keepFlow(ctx, tx, f, data)
	})
	if err != nil {
		return fmt.Errorf("send code to new contact of %s: %w", p.ID, err)
	}
	return nil
}

// FinishContact takes the code and changes the number or the address. The old ones are
// told, and every other sign-in of the resident ends; device is the secret of the browser
// that asks, which stays remembered. Errors: ErrCodeWrong, ErrCodeTries, ErrFlowOver, and
// of the fields phone and email when somebody was faster.
func (s *Service) FinishContact(ctx context.Context, actor audit.Actor, p Principal, secret, device, code string) error {
	f, data, err := s.findContact(ctx, s.db, p, secret)
	if err != nil {
		return err
	}
	err = s.takeCode(ctx, actor, contactCode(f, data, p.Resident), code, func(ctx context.Context, tx *db.Tx) error {
		old, err := s.people.ByID(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		if err := s.setContact(ctx, tx, actor, old, data); err != nil {
			return err
		}
		if err := deleteFlowsOf(ctx, tx, p.ID); err != nil { // this one too
			return err
		}
		return s.endOthers(ctx, tx, p, device)
	})
	if err != nil && errs.KindOf(err) == errs.Internal {
		// Two who took one number at once: the database let one of them.
		if _, taken := s.checkContact(ctx, s.db, p.Resident, data.Channel, data.To); errs.KindOf(taken) == errs.Invalid {
			return taken
		}
	}
	return err
}

// setContact changes what is on record, and tells the number and the address that stood
// there before: they are how a stranger's change is noticed.
func (s *Service) setContact(ctx context.Context, tx *db.Tx, actor audit.Actor, old people.Resident, data contacting) error {
	if data.Channel == notify.Mail {
		if err := s.people.SetEmail(ctx, tx, actor, old, data.To); err != nil {
			return err
		}
		return s.tell(ctx, tx, kindEmail, reachable(old), news{
			notice: "auth.email_changed.notice", sms: "auth.email_changed.sms", subject: "auth.email_changed.subject", mail: "auth.email_changed.mail",
		})
	}
	if err := s.people.SetPhone(ctx, tx, actor, old, data.To); err != nil {
		return err
	}
	return s.tell(ctx, tx, kindPhone, reachable(old), news{
		notice: "auth.phone_changed.notice", sms: "auth.phone_changed.sms", subject: "auth.phone_changed.subject", mail: "auth.phone_changed.mail",
	})
}

// endOthers ends every sign-in of a resident but the one that asks.
func (s *Service) endOthers(ctx context.Context, tx *db.Tx, p Principal, device string) error {
	if err := deleteSessionsOf(ctx, tx, ResidentSurface, p.ID, p.SessionID); err != nil {
		return err
	}
	if err := deleteBrowsersOf(ctx, tx, p.ID, hashToken(device)); err != nil {
		return err
	}
	return bumpEpoch(ctx, tx, p.ID, s.now())
}
