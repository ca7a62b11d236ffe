package auth

import (
	"context"
	"fmt"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// A registration takes three pages. What was typed waits here, sealed, until the last one
// writes it all at once; then the same cookie shows how the registration stands.
const (
	FlowRegistration Flow = "registration"
	flowRegistered   Flow = "registered"

	DraftLife  = 24 * time.Hour
	StatusLife = 30 * 24 * time.Hour // after it is finished
)

// draft is what a registration holds until it is finished. The password is here as its
// hash only.
type draft struct {
	Family     bool // a new family; else somebody joins one
	Who        people.NewResident
	Hash       string
	Household  people.NewFamily // of a new family, without its representative
	FamilyCode string           // of the family to join
	Placed     bool             // the second page is done
	Phone      proof
	Email      proof
}

// proof is how far an address has been verified. One that is no longer the draft's
// proves nothing.
type proof struct {
	Sent       string // the address that the newest code went to
	ExpiresAt  time.Time
	AgainAt    time.Time
	Verified   string // the address that answered
	VerifiedAt time.Time
}

// of is the moment at which an address was verified, nil for any other address.
func (p proof) of(address string) *time.Time {
	if address == "" || p.Verified != address {
		return nil
	}
	return &p.VerifiedAt
}

// Registration is a registration on its way, as its pages show it.
type Registration struct {
	Family      bool // a new family; else somebody joins one
	Who         people.NewResident
	HasPassword bool
	Household   people.NewFamily
	FamilyCode  string
	Placed      bool // where they live, or whom they join, is settled
	Phone       Contact
	Email       Contact
}

// Contact is a phone or an e-mail address and how far it has been verified, as the page tells it.
type Contact struct {
	Address  string // canonical; empty: none was given
	Verified bool
	Sent     bool      // a code is on its way and still good
	AgainAt  time.Time // when another one may be asked for
}

func (p proof) shown(address string, now time.Time) Contact {
	return Contact{
		Address: address, Verified: p.of(address) != nil,
		Sent: address != "" && p.Sent == address && p.ExpiresAt.After(now), AgainAt: p.AgainAt,
	}
}

// Registration reads the draft that a cookie's secret opens: ErrFlowOver.
func (s *Service) Registration(ctx context.Context, secret string) (Registration, error) {
	var d draft
	if _, err := s.findFlow(ctx, s.db, FlowRegistration, secret, &d); err != nil {
		return Registration{}, err
	}
	now := s.now()
	return Registration{
		Family: d.Family, Who: d.Who, HasPassword: d.Hash != "", Household: d.Household, FamilyCode: d.FamilyCode, Placed: d.Placed,
		Phone: d.Phone.shown(d.Who.Phone, now), Email: d.Email.shown(d.Who.Email, now),
	}, nil
}

// codeOf is the code of one of the draft's addresses. It is bound to the draft: nobody
// else's code opens it.
func (d *draft) codeOf(f flow, channel notify.Channel) codeOf {
	to := notify.Recipient{Audience: notify.Visitor, Name: d.Who.FirstName + " " + d.Who.LastName, Language: d.Who.Language}
	if channel == notify.SMS {
		to.Phone = d.Who.Phone
	} else {
		to.Email = d.Who.Email
	}
	return codeOf{purpose: ForRegistration, channel: channel, to: to, session: f.id.String()}
}

// editDraft changes a draft in one transaction.
func (s *Service) editDraft(ctx context.Context, secret string, edit func(context.Context, *db.Tx, flow, *draft) error) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		var d draft
		f, err := s.findFlow(ctx, tx, FlowRegistration, secret, &d)
		if err != nil {
			return err
		}
		if err := edit(ctx, tx, f, &d); err != nil {
			return err
		}
		return s.keepFlow(ctx, tx, f, d)
	})
}

// DropRegistration forgets a draft, or how a finished one stands, on this device.
func (s *Service) DropRegistration(ctx context.Context, secret string) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return deleteFlowByHash(ctx, tx, hashToken(secret)) })
	if err != nil {
		return fmt.Errorf("drop registration: %w", err)
	}
	return nil
}
