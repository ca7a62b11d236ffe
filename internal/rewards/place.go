package rewards

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// DefaultPlace is the place that every city begins with, made by migration 23. Another
// one may have become the default since.
var DefaultPlace = uuid.MustParse("00000000-0000-7000-8000-000000000010")

// Place is where stock lies and is handed out.
type Place struct {
	ID      uuid.UUID
	Name    string
	Active  bool
	Default bool // where nobody says another one; exactly one is
}

// PlaceForm is what a person says about a place.
type PlaceForm struct {
	ID      uuid.UUID // uuid.Nil makes a new one
	Name    string
	Active  bool
	Default bool // from now on; the former default stays as an ordinary place
}

// PlaceStock is what lies of an item at a place.
type PlaceStock struct {
	Place Place
	Stock int64
	Held  int64 // of the stock, set aside by reservations
}

// Available is what can be handed out there now.
func (p PlaceStock) Available() int64 { return p.Stock - p.Held }

// Places lists every place, the default first, the others by name.
func (s *Service) Places(ctx context.Context) ([]Place, error) {
	found, err := listPlaces(ctx, s.db)
	if err != nil {
		return nil, fmt.Errorf("list places: %w", err)
	}
	return found, nil
}

// SavePlace makes or changes a place. Errors: fields; ErrPlaceExists for a name in use;
// ErrPlaceNotFound. The default place is active and gives that up only to another one.
func (s *Service) SavePlace(ctx context.Context, actor audit.Actor, f PlaceForm) (uuid.UUID, error) {
	f.Name = strings.TrimSpace(f.Name)
	var wrong errs.Fields
	checkText(&wrong, "name", f.Name, 1, 100)
	if f.Default && !f.Active {
		wrong.Add("active", "error.rewards.default_place")
	}
	if err := wrong.Err(); err != nil {
		return uuid.Nil, err
	}
	at, id := s.now(), f.ID
	if id == uuid.Nil {
		id = db.NewID()
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		action, err := savePlace(ctx, tx, id, f, at)
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, actor, at, audit.Event{Action: action, TargetKind: "reward_place", TargetID: id, TargetName: f.Name,
			Details: map[string]any{"active": f.Active, "default": f.Default}})
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("save place: %w", err)
	}
	return id, nil
}

func savePlace(ctx context.Context, tx *db.Tx, id uuid.UUID, f PlaceForm, at time.Time) (action string, err error) {
	if f.Default {
		if err := clearDefault(ctx, tx, id, at); err != nil {
			return "", err
		}
	}
	if f.ID == uuid.Nil {
		fresh, err := insertPlace(ctx, tx, id, f, at)
		if err == nil && !fresh {
			err = ErrPlaceExists
		}
		return "reward_place.add", err
	}
	taken, err := placeNameTaken(ctx, tx, fold(f.Name), id)
	if err != nil {
		return "", err
	}
	if taken {
		return "", ErrPlaceExists
	}
	changed, err := updatePlace(ctx, tx, f, at)
	if err == nil && !changed {
		err = whyNotPlace(ctx, tx, id)
	}
	return "reward_place.edit", err
}

// whyNotPlace tells why a place was not changed: it is not there, or it is the default,
// which somebody wanted to close.
func whyNotPlace(ctx context.Context, q db.Q, id uuid.UUID) error {
	if _, err := placeByID(ctx, q, id); err != nil {
		return err
	}
	return errs.NewField("active", "error.rewards.default_place")
}

// StockOf tells where an item lies, the default place first, then by name. A place that
// never had any is left out, the default and active places are not.
func (s *Service) StockOf(ctx context.Context, item uuid.UUID) ([]PlaceStock, error) {
	found, err := stockOf(ctx, s.db, item)
	if err != nil {
		return nil, fmt.Errorf("stock of %s: %w", item, err)
	}
	return found, nil
}

// ItemsAt is Items with the stock of one place; uuid.Nil is the default.
func (s *Service) ItemsAt(ctx context.Context, place uuid.UUID) ([]Item, error) {
	found, err := listItems(ctx, s.db, itemFilter{at: true, place: place})
	if err != nil {
		return nil, fmt.Errorf("list rewards at %s: %w", place, err)
	}
	return found, nil
}
