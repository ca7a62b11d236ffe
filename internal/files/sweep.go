package files

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ekolek/internal/db"
)

// sweepBatch bounds one sweep: removing is slow in a remote storage.
const sweepBatch = 50

// Sweep removes what nobody needs: files that were half written when a program died,
// objects without a row that are older than an hour, old copies in the cache. It runs
// every hour.
func (s *Service) Sweep(ctx context.Context) error {
	return errors.Join(s.SweepTemp(), s.cache.trim(cacheLimit), s.sweepStrays(ctx, s.now().Add(-strayLife)))
}

// SweepTemp removes only the half-written files of this machine. It runs at every start.
func (s *Service) SweepTemp() error {
	_, err := s.local.Sweep()
	return err
}

func (s *Service) sweepStrays(ctx context.Context, before time.Time) error {
	var strays []stray
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		strays, err = leavingStrays(ctx, tx, before, sweepBatch)
		return err
	})
	if err != nil {
		return fmt.Errorf("sweep files: %w", err)
	}
	var failed []error
	for _, o := range strays {
		if err := s.removeStray(ctx, o); err != nil {
			failed = append(failed, fmt.Errorf("remove %s from %s: %w", o.key, o.storage, err))
		}
	}
	return errors.Join(failed...)
}

// removeStray takes the object out of its storage first: what is not noted down any more
// is surely gone.
func (s *Service) removeStray(ctx context.Context, o stray) error {
	store, err := s.store(o.storage)
	if err != nil {
		return err
	}
	if err := store.Delete(ctx, o.key); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return deleteStray(ctx, tx, o) })
}
