package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// Session is a sign-in that goes on, as its holder sees it.
type Session struct {
	ID        uuid.UUID
	IP        string
	UserAgent string
	CreatedAt time.Time
	SeenAt    time.Time
	Current   bool // the one that asks
}

// maxSessions is how many sign-ins of one person are listed, the last seen first.
const maxSessions = 50

// ErrSessionNotFound says that a sign-in is over, or somebody else's.
var ErrSessionNotFound = errs.New(errs.NotFound, "SESSION_NOT_FOUND", "error.auth.session_not_found")

// Sessions lists where somebody is signed in. current is the session that asks; uuid.Nil
// when somebody else does.
func (s *Service) Sessions(ctx context.Context, surface Surface, subject, current uuid.UUID) ([]Session, error) {
	now := s.now()
	list, err := liveSessions(ctx, s.db, surface, subject, now, s.idleSince(surface, now))
	if err != nil {
		return nil, fmt.Errorf("sessions of %s: %w", subject, err)
	}
	for i := range list {
		list[i].Current = list[i].ID == current
	}
	return list, nil
}

// LiveSessions tells which of some sign-ins go on: they have not ended, and whoever holds
// them has not lost access. It asks once for all of them.
func (s *Service) LiveSessions(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	live := make(map[uuid.UUID]bool, len(ids))
	if len(ids) == 0 {
		return live, nil
	}
	now := s.now()
	list, err := whichLive(ctx, s.db, ids, now, s.idleSince(StaffSurface, now), s.idleSince(ResidentSurface, now))
	if err != nil {
		return nil, fmt.Errorf("live sessions: %w", err)
	}
	for _, id := range list {
		live[id] = true
	}
	return live, nil
}

// idleSince is when a session must have been seen to go on.
func (s *Service) idleSince(surface Surface, now time.Time) time.Time {
	if surface == StaffSurface {
		return now.Add(-s.cfg.StaffIdle)
	}
	return now.Add(-s.cfg.ResidentIdle)
}

// EndSession signs somebody out in one place: ErrSessionNotFound.
func (s *Service) EndSession(ctx context.Context, actor audit.Actor, surface Surface, subject, id uuid.UUID) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := deleteSessionOf(ctx, tx, surface, subject, id)
		if err == nil && n == 0 {
			err = ErrSessionNotFound
		}
		if err != nil {
			return err
		}
		return s.recordEnded(ctx, tx, actor, surface, subject, 1)
	})
	if err != nil {
		return fmt.Errorf("end session of %s: %w", subject, err)
	}
	return nil
}

// EndSessions signs somebody out everywhere but in the session kept, on phone apps too;
// uuid.Nil keeps none. ended is in how many places.
func (s *Service) EndSessions(ctx context.Context, actor audit.Actor, surface Surface, subject, keep uuid.UUID) (ended int, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		live, err := liveSessions(ctx, tx, surface, subject, s.now(), s.idleSince(surface, s.now()))
		if err != nil {
			return err
		}
		ended = len(live)
		for _, ses := range live {
			if ses.ID == keep {
				ended--
			}
		}
		if err := deleteSessionsOf(ctx, tx, surface, subject, keep); err != nil {
			return err
		}
		apps, err := s.endApps(ctx, tx, surface, subject)
		if ended += apps; err != nil || ended == 0 {
			return err
		}
		return s.recordEnded(ctx, tx, actor, surface, subject, ended)
	})
	if err != nil {
		return 0, fmt.Errorf("end sessions of %s: %w", subject, err)
	}
	return ended, nil
}

func (s *Service) recordEnded(ctx context.Context, tx *db.Tx, actor audit.Actor, surface Surface, subject uuid.UUID, n int) error {
	name, err := s.nameOf(ctx, tx, surface, subject)
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, actor, s.now(), audit.Event{
		Action: string(surface) + ".end_sessions", TargetKind: string(surface), TargetID: subject, TargetName: name,
		Details: map[string]any{"count": n},
	})
}

// nameOf is what the audit trail calls somebody.
func (s *Service) nameOf(ctx context.Context, q db.Q, surface Surface, id uuid.UUID) (string, error) {
	if surface == StaffSurface {
		st, err := s.staffByID(ctx, q, id)
		return st.FullName, err
	}
	r, err := s.people.ByID(ctx, q, id)
	return r.FullName, err
}
