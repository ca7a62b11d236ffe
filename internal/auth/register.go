package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// Refusals of registrations.
var (
	// ErrNotPlaced says that the second page of a registration is not done yet.
	ErrNotPlaced = errs.New(errs.Conflict, "REGISTRATION_NOT_PLACED", "error.auth.registration_not_placed")
	// ErrTooOften is an address that asks too much.
	ErrTooOften = errs.New(errs.TooMany, "TOO_OFTEN", "error.auth.too_often")
)

// Finish is the last page of a registration.
type Finish struct {
	PhoneCode    string
	EmailCode    string
	ReferralCode string
	Terms        uuid.UUID // the text that was shown
	Agreed       bool
}

// Register finishes a registration: it judges the codes, and then writes the family, the
// resident, the password and the consent in one transaction. What is wrong is told per
// field, also of the pages before: somebody may have taken the username meanwhile. A
// draft that was finished already is ErrFlowOver; its Registered tells how it stands.
func (s *Service) Register(ctx context.Context, actor audit.Actor, secret string, in Finish) (people.Resident, error) {
	var d draft
	f, err := s.findFlow(ctx, s.db, FlowRegistration, secret, &d)
	if err != nil {
		return people.Resident{}, err
	}
	if !d.Placed {
		return people.Resident{}, ErrNotPlaced
	}
	if err := s.KeepReferral(ctx, secret, in.ReferralCode); err != nil {
		return people.Resident{}, err
	}
	if err := s.checkFinish(ctx, actor, f, &d, in); err != nil {
		return people.Resident{}, err
	}
	var r people.Resident
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		r, err = s.write(ctx, tx, actor, f, in)
		return err
	})
	if errors.Is(err, people.ErrTermsChanged) {
		err = errs.NewField("consent", "error.people.terms_changed")
	}
	if err != nil {
		return people.Resident{}, fmt.Errorf("register: %w", err)
	}
	return r, nil
}

// checkFinish judges everything of the last page, so that all that is wrong is told at once.
func (s *Service) checkFinish(ctx context.Context, actor audit.Actor, f flow, d *draft, in Finish) error {
	var refused errs.Fields
	phone := codeField{codeFieldOf(notify.SMS), in.PhoneCode, true}
	if err := s.judge(ctx, actor, f, d, &refused, notify.SMS, d.Phone.of(d.Who.Phone), phone); err != nil {
		return err
	}
	email := codeField{codeFieldOf(notify.Mail), in.EmailCode, d.Family}
	if err := s.judge(ctx, actor, f, d, &refused, notify.Mail, d.Email.of(d.Who.Email), email); err != nil {
		return err
	}
	if !in.Agreed {
		refused.Add("consent", "error.auth.consent_missing")
	} else if t, err := s.people.TermsByID(ctx, in.Terms); err != nil && !errors.Is(err, people.ErrTermsNotFound) {
		return err
	} else if !t.Active {
		refused.Add("consent", "error.people.terms_changed")
	}
	return joinFields(s.people.CheckReferral(ctx, in.ReferralCode), refused.Err())
}

// codeField is a code as it was typed, and whether it must be there.
type codeField struct {
	name, code string
	required   bool
}

// judge takes a code unless its address has answered already, and notes in the draft that
// it has. A refusal stands at the code's field.
func (s *Service) judge(ctx context.Context, actor audit.Actor, f flow, d *draft, refused *errs.Fields, channel notify.Channel, verified *time.Time, in codeField) error {
	switch {
	case verified != nil:
		return nil
	case in.code == "" && in.required:
		refused.Add(in.name, "error.auth.code_missing")
		return nil
	case in.code == "":
		return nil
	}
	c := d.codeOf(f, channel)
	err := s.takeCode(ctx, actor, c, in.code, func(ctx context.Context, tx *db.Tx) error {
		var now draft
		if err := s.draftByID(ctx, tx, f.id, &now); err != nil {
			return err
		}
		if channel == notify.SMS {
			now.Phone.Verified, now.Phone.VerifiedAt = c.to.Phone, s.now()
		} else {
			now.Email.Verified, now.Email.VerifiedAt = c.to.Email, s.now()
		}
		return s.keepFlow(ctx, tx, f, now)
	})
	if e, ok := errs.As(err); ok && !errors.Is(err, ErrFlowOver) {
		refused.Add(in.name, e.Text.Key, pairs(e.Text)...)
		return nil
	}
	return err
}

// pairs are a sentence's values as Fields takes them.
func pairs(t errs.Text) []any {
	var out []any
	for name, value := range t.Args {
		out = append(out, name, value)
	}
	return out
}

// write ends the draft, of which one of two who finish it at the same time is the winner,
// and makes of it what it describes.
func (s *Service) write(ctx context.Context, tx *db.Tx, actor audit.Actor, f flow, in Finish) (people.Resident, error) {
	var d draft
	if err := s.turnFlow(ctx, tx, f.id, FlowRegistration, flowRegistered, s.now().Add(StatusLife), &d); err != nil {
		return people.Resident{}, err
	}
	who := d.Who
	who.ReferralCode = in.ReferralCode
	who.PhoneVerifiedAt, who.EmailVerifiedAt = d.Phone.of(who.Phone), d.Email.of(who.Email)
	if who.PhoneVerifiedAt == nil || d.Family && who.EmailVerifiedAt == nil || !d.Placed {
		return people.Resident{}, ErrNotPlaced // changed in another window since
	}
	r, err := s.addResident(ctx, tx, actor, d, who)
	if err != nil {
		return people.Resident{}, err
	}
	consent := people.Consent{TermsID: in.Terms, IP: actor.IP, UserAgent: actor.UserAgent}
	if err := s.settle(ctx, tx, actor, r, d.Hash, &consent); err != nil {
		return people.Resident{}, err
	}
	if err := s.people.TellReceived(ctx, tx, r); err != nil {
		return people.Resident{}, err
	}
	return r, s.fillFlow(ctx, tx, f.id, r.ID)
}

func (s *Service) addResident(ctx context.Context, tx *db.Tx, actor audit.Actor, d draft, who people.NewResident) (people.Resident, error) {
	if !d.Family {
		return s.people.AddMember(ctx, tx, actor, d.FamilyCode, who)
	}
	household := d.Household
	household.Representative = who
	_, r, err := s.people.AddFamily(ctx, tx, actor, household)
	return r, err
}

// Registered is whom a finished registration made, as they stand now: ErrFlowOver.
func (s *Service) Registered(ctx context.Context, secret string) (people.Resident, error) {
	var none struct{}
	f, err := s.findFlow(ctx, s.db, flowRegistered, secret, &none)
	if err != nil {
		return people.Resident{}, err
	}
	r, err := s.people.ByID(ctx, s.db, f.subject)
	if errors.Is(err, people.ErrResidentNotFound) {
		return people.Resident{}, ErrFlowOver
	}
	return r, err
}

// How often one network may ask what only the office should know all of: which phones,
// addresses, usernames and family codes exist. A barangay hall stands behind one network.
const (
	registrationsAnHour = 120
	questionsAnHour     = 60
)

func (s *Service) mayRegister(ctx context.Context, actor audit.Actor) error {
	return s.mayAsk(ctx, actor, "registration", registrationsAnHour)
}

// PhoneTaken and EmailTaken tell a phone app whether somebody has registered with a phone
// or an e-mail address. Error: ErrTooOften.
func (s *Service) PhoneTaken(ctx context.Context, actor audit.Actor, phone string) (bool, error) {
	phone, _ = people.CanonicalPhone(phone)
	return s.taken(ctx, actor, phone, "")
}

// EmailTaken is PhoneTaken for an e-mail address.
func (s *Service) EmailTaken(ctx context.Context, actor audit.Actor, email string) (bool, error) {
	email, _ = people.CanonicalEmail(email)
	return s.taken(ctx, actor, "", email)
}

func (s *Service) taken(ctx context.Context, actor audit.Actor, phone, email string) (bool, error) {
	if err := s.mayAsk(ctx, actor, "question", questionsAnHour); err != nil {
		return false, err
	}
	return s.people.Taken(ctx, phone, email)
}

// mayAsk counts a question of a network and refuses it when there were too many.
func (s *Service) mayAsk(ctx context.Context, actor audit.Actor, kind string, anHour int) error {
	var refused error
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		refused, err = s.countAct(ctx, tx, kind, actor.IP, limit{most: anHour, within: time.Hour}, func(wait time.Duration) error { return inMinutes(ErrTooOften, wait) })
		return err
	})
	if err != nil {
		return fmt.Errorf("count %s: %w", kind, err)
	}
	return refused
}
