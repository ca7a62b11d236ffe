package auth

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// RegisterWho keeps the first page: who registers, for a new family or to join one. secret
// is that of the draft so far, if there is one; the draft's own comes back. An empty
// password keeps the one before. What is wrong is told per field.
func (s *Service) RegisterWho(ctx context.Context, actor audit.Actor, secret string, family bool, in people.NewResident, password string) (string, error) {
	if err := s.mayRegister(ctx, actor); err != nil {
		return "", err
	}
	var old draft
	_, err := s.findFlow(ctx, s.db, FlowRegistration, secret, &old)
	if err != nil && !errors.Is(err, ErrFlowOver) {
		return "", err
	}
	open := err != nil
	if in, err = s.checkWho(ctx, in, old, family, password); err != nil {
		return "", err
	}
	hash := old.Hash
	if password != "" {
		if hash, err = s.hasher.hash(ctx, password); err != nil {
			return "", err
		}
	}
	put := func(d *draft) {
		in.ReferralCode = d.Who.ReferralCode
		d.Placed = d.Placed && d.Family == family
		d.Family, d.Who, d.Hash = family, in, hash
	}
	if open {
		var d draft
		put(&d)
		err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			secret, _, err = s.openFlow(ctx, tx, FlowRegistration, uuid.Nil, d, DraftLife)
			return err
		})
		return secret, err
	}
	return secret, s.editDraft(ctx, secret, func(_ context.Context, _ *db.Tx, _ flow, d *draft) error { put(d); return nil })
}

// checkWho checks the first page and gives what is kept of it.
func (s *Service) checkWho(ctx context.Context, in people.NewResident, old draft, family bool, password string) (people.NewResident, error) {
	in.ReferralCode, in.PhoneVerifiedAt, in.EmailVerifiedAt = "", nil, nil // of the last page
	var f errs.Fields
	if family && strings.TrimSpace(in.Email) == "" {
		f.Add("email", "form.required")
	}
	switch own := ownWordsOf(in); {
	case password != "":
		checkPassword(&f, "password", password, own...)
	case old.Hash == "":
		f.Add("password", "form.required")
	case !slices.Equal(own, ownWordsOf(old.Who)):
		f.Add("password", "error.auth.password_again") // it was checked against the old names
	}
	err := s.people.CheckResident(ctx, in)
	if err != nil && errs.KindOf(err) != errs.Invalid {
		return in, err
	}
	if err := joinFields(err, f.Err()); err != nil {
		return in, err
	}
	in.Username, in.FirstName, in.LastName = oneSpace(in.Username), oneSpace(in.FirstName), oneSpace(in.LastName)
	in.Phone, _ = people.CanonicalPhone(in.Phone)
	in.Email, _ = people.CanonicalEmail(in.Email)
	return in, nil
}

func ownWordsOf(in people.NewResident) []string {
	return []string{oneSpace(in.Username), oneSpace(in.FirstName), oneSpace(in.LastName), strings.ToLower(oneSpace(in.Email))}
}

func oneSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

// RegisterWhere keeps the second page of a new family: where it lives. Then the codes of
// the third page are on their way.
func (s *Service) RegisterWhere(ctx context.Context, actor audit.Actor, secret string, in people.NewFamily) error {
	if err := s.people.CheckFamily(ctx, in); err != nil {
		return err
	}
	in.Representative = people.NewResident{}
	err := s.editDraft(ctx, secret, func(_ context.Context, _ *db.Tx, _ flow, d *draft) error {
		d.Household, d.Placed = in, true
		return nil
	})
	if err != nil {
		return err
	}
	return s.sendFirstCodes(ctx, actor, secret)
}

// RegisterFamilyCode is the second page of somebody who joins: the family's code. sure
// says that they have seen whose it is.
func (s *Service) RegisterFamilyCode(ctx context.Context, actor audit.Actor, secret, code string, sure bool) error {
	if err := s.mayRegister(ctx, actor); err != nil { // codes must not be tried out
		return err
	}
	family, err := s.people.FamilyToJoin(ctx, code)
	if err != nil {
		return err
	}
	err = s.editDraft(ctx, secret, func(_ context.Context, _ *db.Tx, _ flow, d *draft) error {
		d.FamilyCode, d.Placed = family.Code, sure
		return nil
	})
	if err != nil || !sure {
		return err
	}
	return s.sendFirstCodes(ctx, actor, secret)
}

// sendFirstCodes sends what the third page will ask for, so that it need not be asked for
// first. A cap is no reason to stop here: the page has a button, and that says why.
func (s *Service) sendFirstCodes(ctx context.Context, actor audit.Actor, secret string) error {
	r, err := s.Registration(ctx, secret)
	if err != nil {
		return err
	}
	due := map[notify.Channel]bool{notify.SMS: !r.Phone.Verified && !r.Phone.Sent, notify.Mail: r.Family && !r.Email.Verified && !r.Email.Sent}
	for _, channel := range []notify.Channel{notify.SMS, notify.Mail} {
		if !due[channel] {
			continue
		}
		err := s.SendRegistrationCode(ctx, actor, secret, channel)
		if err != nil && errs.KindOf(err) != errs.TooMany {
			return err
		}
	}
	return nil
}

// SendRegistrationCode sends a code to the draft's phone or e-mail address. Errors: those
// of the caps on codes, ErrFlowOver.
func (s *Service) SendRegistrationCode(ctx context.Context, actor audit.Actor, secret string, channel notify.Channel) error {
	return s.editDraft(ctx, secret, func(ctx context.Context, tx *db.Tx, f flow, d *draft) error {
		c := d.codeOf(f, channel)
		out, err := s.sendCode(ctx, tx, actor, c)
		if err != nil {
			return atField(codeFieldOf(channel), err)
		}
		p, address := &d.Phone, c.to.Phone
		if channel == notify.Mail {
			p, address = &d.Email, c.to.Email
		}
		p.Sent, p.ExpiresAt, p.AgainAt = address, out.expiresAt, out.againAt
		return nil
	})
}

func codeFieldOf(channel notify.Channel) string {
	if channel == notify.SMS {
		return "phone_code"
	}
	return "email_code"
}

// atField puts a refusal beside a field of the form.
func atField(field string, err error) error {
	e, ok := errs.As(err)
	if !ok {
		return err
	}
	told := *e
	told.Fields = errs.Fields{field: e.Text}
	return &told
}

// KeepReferral keeps a referral code as it was typed while a code is sent.
func (s *Service) KeepReferral(ctx context.Context, secret, code string) error {
	return s.editDraft(ctx, secret, func(_ context.Context, _ *db.Tx, _ flow, d *draft) error {
		d.Who.ReferralCode = code
		return nil
	})
}
