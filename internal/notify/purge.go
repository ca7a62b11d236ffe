package notify

import (
	"context"
	"time"

	"ekolek/internal/db"
)

// How long things are kept. The texts of messages have a setting; this is its default.
const (
	noticesKept    = 365 * 24 * time.Hour
	messagesKept   = 365 * 24 * time.Hour
	numbersKept    = 2 * 24 * time.Hour
	purgeBatch     = 500 // bounds one transaction: every writer waits behind it on SQLite
	purgeMostTimes = 200 // batches of one run; the rest waits for the next one
)

// Purge drops old notices, forgets whom and what old messages told, and what single
// numbers cost on days that are over, and browsers that show nothing any more.
func (s *Service) Purge(ctx context.Context) error {
	now := s.now()
	if err := s.inBatches(ctx, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return deleteNotices(ctx, tx, now.Add(-noticesKept), purgeBatch)
	}); err != nil {
		return err
	}
	if err := s.inBatches(ctx, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return stripMessages(ctx, tx, now.Add(-s.opts.Keep), purgeBatch)
	}); err != nil {
		return err
	}
	if err := s.inBatches(ctx, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return forgetTurns(ctx, tx, now.Add(-s.opts.Keep), purgeBatch)
	}); err != nil {
		return err
	}
	if err := s.inBatches(ctx, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return forgetDevices(ctx, tx, now.Add(-devicesKept), purgeBatch)
	}); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return forgetNumbers(ctx, tx, now.Add(-numbersKept)) })
}

func (s *Service) inBatches(ctx context.Context, act func(context.Context, *db.Tx) (int64, error)) error {
	for range purgeMostTimes {
		var n int64
		err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			n, err = act(ctx, tx)
			return err
		})
		if err != nil || n < purgeBatch {
			return err
		}
	}
	return nil
}
