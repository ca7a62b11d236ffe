package rewards

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// StockChange is what a person says about goods that came, or were counted.
type StockChange struct {
	RequestKey string // made by the form: the same key changes the stock once; empty: it is no form
	Item       uuid.UUID
	Place      uuid.UUID // uuid.Nil: the default
	Quantity   int64     // Receive: > 0; Adjust: signed
	Reason     string
	DocumentNo string // delivery receipt, count sheet
}

// Receive books goods that came in and gives the stock after them. Errors: fields;
// ErrItemNotFound; ErrPlaceNotFound.
func (s *Service) Receive(ctx context.Context, actor audit.Actor, c StockChange) (Move, error) {
	var wrong errs.Fields
	if c.Quantity <= 0 || c.Quantity > MaxMove {
		wrong.Add("quantity", "error.rewards.stock_received", "Max", MaxMove)
	}
	out, err := s.change(ctx, actor, c, Received, wrong)
	return out.Move, err
}

// Outcome is what came of an act that may need a second person.
type Outcome struct {
	Waiting bool // nothing happened yet: somebody else must agree
	Move    Move // of stock, when it happened
}

// Adjust corrects the stock after a count, breakage or loss, and says why. From a set
// size on it waits for a second person. Errors: fields; ErrItemNotFound;
// ErrPlaceNotFound; ErrStockTooLow when less would remain than nothing, or than
// reservations hold; approval.ErrAlreadyAsked.
func (s *Service) Adjust(ctx context.Context, actor audit.Actor, c StockChange) (Outcome, error) {
	var wrong errs.Fields
	if c.Quantity == 0 || c.Quantity > MaxMove || c.Quantity < -MaxMove {
		wrong.Add("quantity", "error.rewards.stock_adjusted", "Max", MaxMove)
	}
	if strings.TrimSpace(c.Reason) == "" {
		wrong.Add("reason", "error.rewards.stock_reason_missing")
	}
	return s.change(ctx, actor, c, Adjusted, wrong)
}

func (s *Service) change(ctx context.Context, actor audit.Actor, c StockChange, kind MoveKind, wrong errs.Fields) (out Outcome, err error) {
	c.Reason, c.DocumentNo = strings.TrimSpace(c.Reason), strings.TrimSpace(c.DocumentNo)
	checkText(&wrong, "reason", c.Reason, 0, 500)
	checkText(&wrong, "document_no", c.DocumentNo, 0, 100)
	if err := wrong.Err(); err != nil {
		return Outcome{}, err
	}
	m := Move{ItemID: c.Item, PlaceID: c.Place, Kind: kind, Quantity: c.Quantity, Reason: c.Reason, DocumentNo: c.DocumentNo}
	err = s.once(ctx, actor, "stock."+string(kind), c.RequestKey, c, &out, func(ctx context.Context, tx *db.Tx) error {
		if kind == Adjusted && s.needsSecond(c.Quantity) {
			out = Outcome{Waiting: true}
			return s.askStock(ctx, tx, actor, approval.AdjustStock, m)
		}
		m, err := s.shift(ctx, tx, actor, s.now(), m)
		out = Outcome{Move: m}
		return err
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("%s %s: %w", kind, c.Item, err)
	}
	return out, nil
}

// shift moves stock by the office, and says so in the trail.
func (s *Service) shift(ctx context.Context, tx *db.Tx, actor audit.Actor, at time.Time, m Move) (Move, error) {
	m, err := s.move(ctx, tx, actor, at, m, 0)
	if err != nil {
		return Move{}, err
	}
	return m, audit.Record(ctx, tx, actor, at, audit.Event{Action: "stock." + string(m.Kind), TargetKind: "reward", TargetID: m.ItemID, TargetName: m.ItemName,
		Details: map[string]any{"place": m.PlaceName, "quantity": m.Quantity, "stock": m.StockAfter, "reason": m.Reason, "document": m.DocumentNo}})
}

// once does an act of a form in a transaction: its key does it one time, and gives the
// first answer again when it comes back. Without a key it is no form's.
func (s *Service) once(ctx context.Context, actor audit.Actor, act, key string, request, answer any, do func(ctx context.Context, tx *db.Tx) error) error {
	body, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("hash request: %w", err)
	}
	if len(key) > 100 {
		return errs.NewField("request_key", "error.rewards.request_key_missing")
	}
	scope := "rewards." + act + ":" + actor.ID.String()
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if key == "" {
			return do(ctx, tx)
		}
		fresh, first, err := db.ClaimKey(ctx, tx, scope, key, db.HashRequest(body), s.now())
		if err != nil {
			return err
		}
		if !fresh {
			return json.Unmarshal([]byte(first), answer)
		}
		if err := do(ctx, tx); err != nil {
			return err
		}
		told, err := json.Marshal(answer)
		if err != nil {
			return fmt.Errorf("keep answer: %w", err)
		}
		return db.StoreAnswer(ctx, tx, scope, key, string(told))
	})
}

// moveStock changes what lies of an item at a place under its condition and writes the
// stock book. held of what is taken were set aside for this. Taking more than there is
// gives ErrStockTooLow with what is left.
func moveStock(ctx context.Context, tx *db.Tx, actor audit.Actor, at time.Time, m Move, held int64) (Move, error) {
	m.ID, m.At, m.ActorName = db.NewID(), at, actor.Name
	if err := nameStock(ctx, tx, &m); err != nil {
		return Move{}, err
	}
	var changed bool
	var err error
	if m.Quantity > 0 {
		changed, err = addStock(ctx, tx, &m)
	} else {
		changed, err = takeStock(ctx, tx, &m, held)
	}
	if err != nil {
		return Move{}, err
	}
	if !changed {
		return Move{}, tooLittle(ctx, tx, m)
	}
	return m, insertMove(ctx, tx, actor, m)
}

// move is moveStock, and tells when the item runs low.
func (s *Service) move(ctx context.Context, tx *db.Tx, actor audit.Actor, at time.Time, m Move, held int64) (Move, error) {
	m, err := moveStock(ctx, tx, actor, at, m, held)
	if err != nil || m.Kind == Transferred { // that is still the city's
		return m, err
	}
	return m, s.warnLow(ctx, tx, m.ItemID, m.Quantity+held)
}

// nameStock fills in the names of a move's item and place, which must be there.
func nameStock(ctx context.Context, q db.Q, m *Move) error {
	p, err := placeByID(ctx, q, m.PlaceID)
	if err != nil {
		return err
	}
	m.PlaceID, m.PlaceName = p.ID, p.Name
	m.ItemName, err = itemName(ctx, q, m.ItemID)
	return err
}

// tooLittle is the refusal of what the stock at a place does not allow.
func tooLittle(ctx context.Context, q db.Q, m Move) error {
	left, err := leftAt(ctx, q, m.ItemID, m.PlaceID)
	if err != nil {
		return err
	}
	refusal := *ErrStockTooLow
	if m.Kind == Issued {
		refusal = *ErrOutOfStock
	}
	refusal.Text = errs.T(refusal.Text.Key, "Item", m.ItemName, "Left", left, "Needed", -m.Quantity)
	return &refusal
}

// MoveFilter narrows the stock book; a zero field does not.
type MoveFilter struct {
	Item     uuid.UUID
	Place    uuid.UUID
	Kind     MoveKind
	From, To string // Manila days, both included
	Cursor   string
	Limit    int
}

// Moves gives one page of the stock book, newest first.
func (s *Service) Moves(ctx context.Context, f MoveFilter) (db.Page[Move], error) {
	after, err := db.ParseCursor(f.Cursor)
	if err != nil {
		return db.Page[Move]{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := listMoves(ctx, s.db, f, after, limit+1)
	if err != nil {
		return db.Page[Move]{}, fmt.Errorf("list stock moves: %w", err)
	}
	return db.PageOf(rows, limit, func(m Move) db.Cursor { return db.Cursor{At: m.At, ID: m.ID} }), nil
}
