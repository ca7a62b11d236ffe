package people

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/notify"
)

// SetNews notes whether a resident wants news: bulk notices under the bell, by mail and by
// text. What concerns only them reaches them all the same. Doing it twice changes nothing.
func (s *Service) SetNews(ctx context.Context, actor audit.Actor, id uuid.UUID, wants bool) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.residentByID(ctx, tx, id)
		if err != nil {
			return err
		}
		changed, err := setNews(ctx, tx, id, wants)
		if err != nil || !changed {
			return err
		}
		return audit.Record(ctx, tx, actor, s.now(), audit.Event{Action: "resident.news", TargetKind: "resident", TargetID: id, TargetName: r.FullName,
			Details: map[string]any{"wants": wants}})
	})
	if err != nil {
		return fmt.Errorf("news of %s: %w", id, err)
	}
	return nil
}

// StopNews ends news for the resident whose mail carried this token: notify.ErrStopLink.
func (s *Service) StopNews(ctx context.Context, actor audit.Actor, token string) error {
	id, err := s.notify.Stopper(token)
	if err != nil {
		return err
	}
	return s.SetNews(ctx, actor, id, false)
}

// Crowd are the residents whom a campaign may tell: those who may sign in. A number or an
// address that somebody else had first is left out, so that nothing arrives there twice.
func (s *Service) Crowd() notify.Crowd {
	return notify.Crowd{Count: countCrowd, Next: s.nextOfCrowd}
}
