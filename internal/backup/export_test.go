package backup

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Nightly is what the queue runs every hour.
func (s *Service) Nightly(ctx context.Context, slot time.Time) error { return s.nightly(ctx, slot) }

// Wait waits for the run under way.
func (s *Service) Wait() { s.runs.Wait() }

// Claim takes the lease and does nothing under it, as a program that is killed does.
func (s *Service) Claim(ctx context.Context, id uuid.UUID) (bool, error) {
	return s.claim(ctx, id, Night)
}

// LastAt is the latest moment at which an hour began in Manila.
func LastAt(hour int, t time.Time) time.Time { return lastAt(hour, t) }

// NeedRoom refuses what a disk cannot take.
func NeedRoom(dir string, want int64) error { return needRoom(dir, want) }
