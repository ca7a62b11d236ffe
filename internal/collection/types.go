package collection

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
)

// TypeForm is what a person says about a waste type.
type TypeForm struct {
	ID       uuid.UUID // uuid.Nil makes a new one
	Name     string
	NameFil  string
	Class    Class
	Factor   string // material of the WARM table; empty: none
	Icon     string
	Position int
	Active   bool
	Rate     ledger.Rate // of a new type; later ones come by SetRate
}

// Types lists every waste type with the rate in force now, in the Station's order. There
// are some dozens at most.
func (s *Service) Types(ctx context.Context) ([]WasteType, error) {
	types, err := listTypes(ctx, s.db, s.now())
	if err != nil {
		return nil, fmt.Errorf("list waste types: %w", err)
	}
	return types, nil
}

// PublicTypes is Types for those who only look: it may be a little behind.
func (s *Service) PublicTypes(ctx context.Context) ([]WasteType, error) {
	types, err := listTypes(ctx, s.shown, s.now())
	if err != nil {
		return nil, fmt.Errorf("list public waste types: %w", err)
	}
	return types, nil
}

// TypesIn is Types for those who join another read.
func (s *Service) TypesIn(ctx context.Context, q db.Q) ([]WasteType, error) {
	types, err := listTypes(ctx, q, s.now())
	if err != nil {
		return nil, fmt.Errorf("list waste types: %w", err)
	}
	return types, nil
}

// TypeByID finds a waste type. Error: ErrTypeNotFound.
func (s *Service) TypeByID(ctx context.Context, id uuid.UUID) (WasteType, error) {
	types, err := s.Types(ctx)
	if err != nil {
		return WasteType{}, err
	}
	i := slices.IndexFunc(types, func(t WasteType) bool { return t.ID == id })
	if i < 0 {
		return WasteType{}, ErrTypeNotFound
	}
	return types[i], nil
}

// SaveType makes or changes a waste type. A new one starts with its rate from now on.
// Errors: fields; ErrTypeExists for a name in use; ErrTypeNotFound.
func (s *Service) SaveType(ctx context.Context, actor audit.Actor, f TypeForm) (uuid.UUID, error) {
	f = f.trimmed()
	if err := f.check(); err != nil {
		return uuid.Nil, err
	}
	at, id := s.now(), f.ID
	if id == uuid.Nil {
		id = db.NewID()
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if f.ID == uuid.Nil {
			return addType(ctx, tx, actor, id, f, at)
		}
		return editType(ctx, tx, actor, f, at)
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("save waste type: %w", err)
	}
	return id, nil
}

func addType(ctx context.Context, tx *db.Tx, actor audit.Actor, id uuid.UUID, f TypeForm, at time.Time) error {
	fresh, err := insertType(ctx, tx, id, f, at)
	if err != nil {
		return err
	}
	if !fresh {
		return ErrTypeExists
	}
	if _, err := insertRate(ctx, tx, id, f.Rate, at, actor.ID, at); err != nil {
		return err
	}
	return audit.Record(ctx, tx, actor, at, audit.Event{Action: "waste_type.add", TargetKind: "waste_type", TargetID: id, TargetName: f.Name,
		Details: map[string]any{"class": f.Class, "rate": int64(f.Rate)}})
}

func editType(ctx context.Context, tx *db.Tx, actor audit.Actor, f TypeForm, at time.Time) error {
	taken, err := typeNameTaken(ctx, tx, fold(f.Name), f.ID)
	if err != nil {
		return err
	}
	if taken {
		return ErrTypeExists
	}
	n, err := updateType(ctx, tx, f, at)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrTypeNotFound
	}
	return audit.Record(ctx, tx, actor, at, audit.Event{Action: "waste_type.edit", TargetKind: "waste_type", TargetID: f.ID, TargetName: f.Name,
		Details: map[string]any{"class": f.Class, "active": f.Active}})
}

func (f TypeForm) trimmed() TypeForm {
	f.Name, f.NameFil = strings.TrimSpace(f.Name), strings.TrimSpace(f.NameFil)
	f.Factor, f.Icon = strings.TrimSpace(f.Factor), strings.TrimSpace(f.Icon)
	return f
}

func (f TypeForm) check() error {
	var wrong errs.Fields
	if f.Name == "" {
		wrong.Add("name", "error.collection.waste_type_name_missing")
	}
	if utf8.RuneCountInString(f.Name) > 100 {
		wrong.Add("name", "error.collection.too_long", "Max", 100)
	}
	if utf8.RuneCountInString(f.NameFil) > 100 {
		wrong.Add("name_fil", "error.collection.too_long", "Max", 100)
	}
	if !slices.Contains(Classes(), f.Class) {
		wrong.Add("class", "error.collection.waste_type_class")
	}
	if _, ok := FactorOf(f.Factor); f.Factor != "" && !ok {
		wrong.Add("factor", "error.collection.waste_type_factor")
	}
	checkRate(&wrong, f.Rate)
	return wrong.Err()
}

// fold makes the form of a name by which it is unique.
func fold(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }
