package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/notify"
)

// CodeOf is codeOf for tests from outside.
type CodeOf struct {
	Purpose Purpose
	Channel notify.Channel
	To      notify.Recipient
	Session string
	Subject uuid.UUID
	Open    bool
}

func (c CodeOf) inside() codeOf {
	return codeOf{purpose: c.Purpose, channel: c.Channel, to: c.To, session: c.Session, subject: c.Subject, open: c.Open}
}

// SendCode sends in a transaction of its own.
func (s *Service) SendCode(ctx context.Context, actor audit.Actor, c CodeOf) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := s.sendCode(ctx, tx, actor, c.inside())
		return err
	})
}

// TakeCode is takeCode.
func (s *Service) TakeCode(ctx context.Context, actor audit.Actor, c CodeOf, code string, open func(context.Context, *db.Tx) error) error {
	return s.takeCode(ctx, actor, c.inside(), code, open)
}

// TakeCodeOrRepeat is takeCodeOrRepeat.
func (s *Service) TakeCodeOrRepeat(ctx context.Context, actor audit.Actor, c CodeOf, code string,
	open func(context.Context, *db.Tx) (uuid.UUID, error)) (uuid.UUID, bool, error) {
	return s.takeCodeOrRepeat(ctx, actor, c.inside(), code, open)
}

// EpochOf is epochOf.
var EpochOf = epochOf

// BumpEpoch is bumpEpoch in a transaction of its own.
func BumpEpoch(ctx context.Context, d *db.DB, subject uuid.UUID, now time.Time) error {
	return d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return bumpEpoch(ctx, tx, subject, now) })
}

// TellLocked is the job that tells of a lock.
func (s *Service) TellLocked(ctx context.Context, subject uuid.UUID) error {
	return s.tellLocked(ctx, lockedArgs{Subject: subject})
}

// HoldHasher takes every place at the hasher until release.
func (s *Service) HoldHasher() (release func()) {
	for range cap(s.hasher.slots) {
		s.hasher.slots <- struct{}{}
	}
	return func() {
		for range cap(s.hasher.slots) {
			<-s.hasher.slots
		}
	}
}
