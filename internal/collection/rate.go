package collection

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
)

// SetRate makes a rate apply from a moment on; the zero moment is now. What was weighed
// before keeps the rate it was paid at. Errors: fields, when the rate is out of bounds
// or the moment has passed; ErrRateExists when another rate begins at that very moment;
// ErrTypeNotFound.
func (s *Service) SetRate(ctx context.Context, actor audit.Actor, typeID uuid.UUID, rate ledger.Rate, from time.Time) error {
	at := s.now()
	from, err := rateStart(rate, from, at)
	if err != nil {
		return err
	}
	t, err := s.TypeByID(ctx, typeID)
	if err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		fresh, err := insertRate(ctx, tx, typeID, rate, from, actor.ID, at)
		if err != nil {
			return err
		}
		if !fresh {
			return ErrRateExists
		}
		return audit.Record(ctx, tx, actor, at, audit.Event{Action: "waste_type.rate", TargetKind: "waste_type", TargetID: typeID, TargetName: t.Name,
			Details: map[string]any{"rate": int64(rate), "before": int64(t.Rate), "from": from.UTC().Format(time.RFC3339)}})
	})
	if err != nil {
		return fmt.Errorf("set rate of %s: %w", typeID, err)
	}
	return nil
}

// RateHistory lists a waste type's rates, the latest first, future ones included.
// Error: ErrTypeNotFound.
func (s *Service) RateHistory(ctx context.Context, typeID uuid.UUID) ([]Rate, error) {
	rates, err := listRates(ctx, s.db, typeID, db.MaxLimit)
	if err != nil {
		return nil, fmt.Errorf("list rates of %s: %w", typeID, err)
	}
	if len(rates) == 0 { // every type has had a rate from its beginning
		return nil, ErrTypeNotFound
	}
	return rates, nil
}

// rateStart checks a new rate and gives the moment from which it applies. A form tells
// whole minutes, so the minute that is running counts as now.
func rateStart(rate ledger.Rate, from, now time.Time) (time.Time, error) {
	var wrong errs.Fields
	checkRate(&wrong, rate)
	if from.IsZero() || (from.Before(now) && now.Sub(from) < time.Minute) {
		from = now
	}
	if from.Before(now) {
		wrong.Add("from", "error.collection.rate_in_the_past")
	}
	if from.After(now.AddDate(1, 0, 0)) {
		wrong.Add("from", "error.collection.rate_too_far")
	}
	return from, wrong.Err()
}

func checkRate(wrong *errs.Fields, rate ledger.Rate) {
	if rate < 0 || rate > MaxRate {
		wrong.Add("rate", "error.collection.rate_bounds", "Max", int64(MaxRate)/100)
	}
}
