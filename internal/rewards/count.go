package rewards

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// CountSheet is what somebody counted at a place.
type CountSheet struct {
	RequestKey string    // made by the form: the same key counts once; empty: it is no form
	Place      uuid.UUID // uuid.Nil: the default
	Reason     string    // "" is told as a count
	Lines      []CountLine
}

// CountLine is one item of a count.
type CountLine struct {
	Item     uuid.UUID
	Counted  int64
	Expected int64 // the stock that the sheet showed
}

// Field names the form field of a line, beside which its refusal stands.
func (l CountLine) Field() string { return "counted_" + l.Item.String() }

// Counted is what came of a count.
type Counted struct {
	DocumentNo string // under which the moves stand in the stock book
	Moves      []Move // of the differences
	Waiting    int    // differences that a second person must agree to
	Same       int    // lines without a difference
}

// Count adjusts the stock of a place to what was counted. Differences of a set size and
// more wait for a second person. Errors: fields, one for each line that is not possible or
// whose stock moved since the sheet was printed; ErrPlaceNotFound; ErrItemNotFound. With
// an error nothing of the sheet is taken.
func (s *Service) Count(ctx context.Context, actor audit.Actor, c CountSheet) (counted Counted, err error) {
	c.Lines = slices.Clone(c.Lines)
	slices.SortFunc(c.Lines, func(a, b CountLine) int { return compareIDs(a.Item, b.Item) })
	if err := c.check(); err != nil {
		return Counted{}, err
	}
	err = s.once(ctx, actor, "count", c.RequestKey, c, &counted, func(ctx context.Context, tx *db.Tx) error {
		counted, err = s.count(ctx, tx, actor, c)
		return err
	})
	if err != nil {
		return Counted{}, fmt.Errorf("count: %w", err)
	}
	return counted, nil
}

func (c CountSheet) check() error {
	var wrong errs.Fields
	checkText(&wrong, "reason", c.Reason, 0, 500)
	if len(c.Lines) == 0 || len(c.Lines) > db.MaxLimit {
		wrong.Add("lines", "error.rewards.count_lines", "Max", db.MaxLimit)
	}
	for i, l := range c.Lines {
		if l.Counted < 0 || l.Counted > MaxMove {
			wrong.Add(l.Field(), "error.rewards.count", "Max", MaxMove)
		}
		if i > 0 && c.Lines[i-1].Item == l.Item {
			wrong.Add(l.Field(), "error.rewards.count_twice")
		}
	}
	return wrong.Err()
}

// count goes through the sheet in the order in which everybody takes stock, and collects
// what is wrong with every line before it refuses.
func (s *Service) count(ctx context.Context, tx *db.Tx, actor audit.Actor, c CountSheet) (Counted, error) {
	place, err := placeByID(ctx, tx, c.Place)
	if err != nil {
		return Counted{}, err
	}
	at := s.now()
	out := Counted{DocumentNo: "COUNT-" + db.Day(at) + "-" + referenceOf(db.NewID())[10:]}
	if c.Reason == "" {
		c.Reason = "Count"
	}
	var wrong errs.Fields
	for _, l := range c.Lines {
		there, err := lockStock(ctx, tx, l.Item, place.ID)
		if err != nil {
			return Counted{}, err
		}
		m := Move{ItemID: l.Item, PlaceID: place.ID, Kind: Adjusted, Quantity: l.Counted - l.Expected, Reason: c.Reason, DocumentNo: out.DocumentNo}
		switch {
		case there != l.Expected:
			wrong.Add(l.Field(), "error.rewards.count_moved", "Now", there, "Expected", l.Expected)
		case m.Quantity == 0:
			out.Same++
		case s.needsSecond(m.Quantity):
			err = s.askStock(ctx, tx, actor, approval.CountStock, m)
			out.Waiting++
		default:
			m, err = s.shift(ctx, tx, actor, at, m)
			out.Moves = append(out.Moves, m)
		}
		if err := besideLine(&wrong, l, err); err != nil {
			return Counted{}, err
		}
	}
	return out, wrong.Err()
}

// besideLine puts a refusal of one line beside it; other errors stay.
func besideLine(wrong *errs.Fields, l CountLine, err error) error {
	e, ok := errs.As(err)
	if !ok || !(errors.Is(err, ErrStockTooLow) || errors.Is(err, approval.ErrAlreadyAsked)) {
		return err
	}
	if *wrong == nil {
		*wrong = errs.Fields{}
	}
	(*wrong)[l.Field()] = e.Text
	return nil
}
