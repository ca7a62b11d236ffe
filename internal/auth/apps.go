package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

// App is a phone app's sign-in that goes on, as its holder sees it.
type App struct {
	ID        uuid.UUID
	IP        string // where it was last heard of
	UserAgent string
	CreatedAt time.Time
	SeenAt    time.Time // when it last refreshed its tokens
}

// Apps lists the phone apps on which somebody is signed in, the last seen first.
func (s *Service) Apps(ctx context.Context, surface Surface, subject uuid.UUID) ([]App, error) {
	epoch, err := epochSecond(ctx, s.db, subject, nil)
	if err != nil {
		return nil, err
	}
	apps, err := liveApps(ctx, s.db, surface, subject, max(epoch, s.now().Add(-s.cfg.RefreshLife).Unix()), s.now().Unix())
	if err != nil {
		return nil, fmt.Errorf("apps of %s: %w", subject, err)
	}
	return apps, nil
}

// EndApp ends one of them: it gets no new access token, and the one that it has lives for
// an hour at most. ErrSessionNotFound for one that is over, or somebody else's.
func (s *Service) EndApp(ctx context.Context, actor audit.Actor, surface Surface, subject, id uuid.UUID) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		ended, err := endChainOf(ctx, tx, surface, subject, id, s.now())
		if err == nil && !ended {
			err = ErrSessionNotFound
		}
		if err != nil {
			return err
		}
		return s.recordEnded(ctx, tx, actor, surface, subject, 1)
	})
	if err != nil {
		return fmt.Errorf("end app of %s: %w", subject, err)
	}
	return nil
}

// endApps ends all of them at once, access tokens too.
func (s *Service) endApps(ctx context.Context, tx *db.Tx, surface Surface, subject uuid.UUID) (int, error) {
	now := s.now()
	if err := bumpEpoch(ctx, tx, subject, now); err != nil {
		return 0, err
	}
	return endChainsOf(ctx, tx, surface, subject, now)
}
