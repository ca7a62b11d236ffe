package auth

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/people"
)

// Enrollment is what comes with a registration at the counter.
type Enrollment struct {
	Password string
	Paper    uuid.UUID // the terms that they signed on paper; uuid.Nil: none
}

// EnrollFamily registers a family and gives its representative a password, in one
// transaction. Both wait for approval. Scope is that of whoever enrolls: a barangay
// outside of it is people.ErrOutside. What is wrong is told per field.
func (s *Service) EnrollFamily(ctx context.Context, actor audit.Actor, scope people.Scope, in people.NewFamily, e Enrollment) (people.Family, people.Resident, error) {
	if in.BarangayID != uuid.Nil {
		if err := s.people.Reaches(ctx, scope, in.BarangayID); err != nil {
			return people.Family{}, people.Resident{}, err
		}
	}
	var family people.Family
	resident, err := s.enroll(ctx, actor, in.Representative, e, func(ctx context.Context, tx *db.Tx) (r people.Resident, err error) {
		family, r, err = s.people.AddFamily(ctx, tx, actor, in)
		return r, err
	})
	return family, resident, err
}

// EnrollMember registers a member of an approved family, with a password.
func (s *Service) EnrollMember(ctx context.Context, actor audit.Actor, scope people.Scope, family people.Family, in people.NewResident, e Enrollment) (people.Resident, error) {
	if err := s.people.Reaches(ctx, scope, family.BarangayID); err != nil {
		return people.Resident{}, err
	}
	return s.enroll(ctx, actor, in, e, func(ctx context.Context, tx *db.Tx) (people.Resident, error) {
		return s.people.AddMember(ctx, tx, actor, family.Code, in)
	})
}

// enroll adds somebody with a password. The hash is made before the transaction; a
// refused password is told together with the other refused fields.
func (s *Service) enroll(ctx context.Context, actor audit.Actor, in people.NewResident, e Enrollment, add func(context.Context, *db.Tx) (people.Resident, error)) (people.Resident, error) {
	refused := CheckPassword("password", e.Password, ownWordsOf(in)...)
	hash := ""
	if refused == nil {
		var err error
		if hash, err = s.hasher.hash(ctx, e.Password); err != nil {
			return people.Resident{}, err
		}
	}
	var resident people.Resident
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if resident, err = add(ctx, tx); err != nil {
			return joinFields(err, refused)
		}
		if refused != nil {
			return refused
		}
		return s.settle(ctx, tx, actor, resident, hash, e.paperConsent(actor))
	})
	if err != nil {
		return people.Resident{}, fmt.Errorf("enroll: %w", err)
	}
	return resident, nil
}

// paperConsent is the consent of somebody who signed the terms on paper, kept by whoever
// has it; nil when they did not.
func (e Enrollment) paperConsent(actor audit.Actor) *people.Consent {
	if e.Paper == uuid.Nil {
		return nil
	}
	return &people.Consent{TermsID: e.Paper, IP: actor.IP, UserAgent: actor.UserAgent, RecordedBy: db.NullID(actor.ID)}
}

// joinFields adds the fields of a second refusal to those of the first.
func joinFields(first, second error) error {
	if first == nil {
		return second
	}
	a, ok := errs.As(first)
	if !ok {
		return first
	}
	b, ok := errs.As(second)
	if !ok || a.Fields == nil {
		return first
	}
	for field, text := range b.Fields {
		if _, taken := a.Fields[field]; !taken {
			a.Fields[field] = text
		}
	}
	return a
}
