package collection

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// Entry is what the Station, or a collector's phone, sends about one visit to the scale.
type Entry struct {
	RequestKey   string // made by the client, once for each visit
	Unkeyed      bool   // the client makes none: what is the same within db.RepeatWithin is the same visit
	Resident     uuid.UUID
	Place        uuid.UUID // barangay; uuid.Nil: the resident's own
	At           time.Time // when it was weighed; zero: now
	IdentifiedBy string    // card, code, legacy_card, search
	Note         string
	Lines        []EntryLine
}

// EntryLine is one material on the scale.
type EntryLine struct {
	Type  uuid.UUID
	Gross ledger.Grams
	Tare  ledger.Grams // of the sack or crate
}

// Receipt is the answer to a weigh-in.
type Receipt struct {
	WeighIn
	Balance  ledger.Points // of the resident, after it; now, when it paid nothing
	Replayed bool          // this request key was answered before; nothing was paid again
}

// Record books a weigh-in and pays for it, in one transaction. The rates are those that
// were in force when it was weighed, at most MaxDelay ago. The same request key of the
// same collector gives the first receipt again; so do the same materials and weights of
// the same resident, soon after, when the entry is Unkeyed. Errors: fields; ErrResidentNotActive;
// people.ErrResidentNotFound and ErrPlaceNotInReach outside of the scope;
// db.ErrKeyReused for the same key with another entry.
func (s *Service) Record(ctx context.Context, actor audit.Actor, scope people.Scope, e Entry) (Receipt, error) {
	if actor.ID == uuid.Nil {
		return Receipt{}, errors.New("record weigh-in: a weigh-in needs a collector")
	}
	receipt, err := s.record(ctx, actor, scope, e)
	if err != nil {
		return Receipt{}, fmt.Errorf("record weigh-in %q: %w", e.RequestKey, err)
	}
	return receipt, nil
}

func (s *Service) record(ctx context.Context, actor audit.Actor, scope people.Scope, e Entry) (receipt Receipt, err error) {
	k, err := e.keyOf(actor.ID)
	if err != nil {
		return Receipt{}, err
	}
	w, refused := s.weigh(ctx, actor, scope, e)
	if refused != nil {
		// What is refused today may have been accepted when it first came.
		err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
			receipt, err = s.replay(ctx, tx, k)
			return err
		})
		if err == nil || errors.Is(err, db.ErrUnavailable) {
			return receipt, err
		}
		return Receipt{}, refused
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		receipt, err = s.book(ctx, tx, actor, w, k)
		return err
	})
	return receipt, err
}

// weigh checks an entry and works out its grams and points. It reads outside of the
// transaction what does not change afterwards: rates are append-only, and none begins
// in the past.
func (s *Service) weigh(ctx context.Context, actor audit.Actor, scope people.Scope, e Entry) (WeighIn, error) {
	now := s.now()
	if e.At.IsZero() || (e.At.After(now) && e.At.Sub(now) <= clockSkew) {
		e.At = now
	}
	types, err := typesAt(ctx, s.db, e.At, e.types())
	if err != nil {
		return WeighIn{}, fmt.Errorf("read rates: %w", err)
	}
	if err := e.check(types, now); err != nil {
		return WeighIn{}, err
	}
	w, err := visit(ctx, s.db, scope, e.Resident, e.Place)
	if err != nil {
		return WeighIn{}, err
	}
	w.ID, w.CollectorID, w.CollectorName = db.NewID(), db.NullID(actor.ID), actor.Name
	w.Identified, w.Note, w.CollectedAt, w.CreatedAt = e.IdentifiedBy, strings.TrimSpace(e.Note), e.At, now
	for i, l := range e.Lines {
		line, err := l.pay(i+1, types[l.Type])
		if err != nil {
			return WeighIn{}, err
		}
		w.Lines = append(w.Lines, line)
		w.Grams += line.Grams
		w.Points += line.Points
	}
	return w, nil
}

func (l EntryLine) pay(number int, t WasteType) (Line, error) {
	points, err := ledger.PointsFor(l.Gross-l.Tare, t.Rate)
	if err != nil {
		return Line{}, fmt.Errorf("pay line %d: %w", number, err)
	}
	return Line{Number: number, TypeID: t.ID, Name: t.Name, NameFil: t.NameFil, Icon: t.Icon,
		Gross: l.Gross, Tare: l.Tare, Grams: l.Gross - l.Tare, Rate: t.Rate, Points: points}, nil
}

// types are the materials that an entry names, at most as many as it may.
func (e Entry) types() []uuid.UUID {
	ids := make([]uuid.UUID, 0, MaxLines)
	for _, l := range e.Lines[:min(len(e.Lines), MaxLines)] {
		ids = append(ids, l.Type)
	}
	return ids
}

// check tells everything that is wrong with an entry, lines by their number:
// "lines.1.gross".
func (e Entry) check(types map[uuid.UUID]WasteType, now time.Time) error {
	var wrong errs.Fields
	if (e.RequestKey == "") != e.Unkeyed || len(e.RequestKey) > 100 {
		wrong.Add("request_key", "error.collection.request_key_missing")
	}
	if e.Resident == uuid.Nil {
		wrong.Add("resident", "error.collection.weigh_in_resident_missing")
	}
	if utf8.RuneCountInString(e.Note) > 500 {
		wrong.Add("note", "error.collection.too_long", "Max", 500)
	}
	if e.At.After(now) {
		wrong.Add("at", "error.collection.weigh_in_in_the_future")
	}
	if now.Sub(e.At) > MaxDelay {
		wrong.Add("at", "error.collection.weigh_in_too_old", "Days", int(MaxDelay.Hours()/24))
	}
	if len(e.Lines) == 0 || len(e.Lines) > MaxLines {
		wrong.Add("lines", "error.collection.weigh_in_lines", "Max", MaxLines)
		return wrong.Err()
	}
	for i, l := range e.Lines {
		l.check(&wrong, fmt.Sprintf("lines.%d.", i+1), types)
	}
	return wrong.Err()
}

func (l EntryLine) check(wrong *errs.Fields, at string, types map[uuid.UUID]WasteType) {
	if t, ok := types[l.Type]; !ok || !t.Active {
		wrong.Add(at+"type", "error.collection.weigh_in_type")
	}
	if l.Gross < MinGrams || l.Gross > MaxGrams {
		wrong.Add(at+"gross", "error.collection.weigh_in_weight", "Max", int64(MaxGrams)/1000)
	}
	if l.Tare < 0 || l.Tare >= l.Gross {
		wrong.Add(at+"tare", "error.collection.weigh_in_tare")
	}
}

// book is the transaction: the book first, which also finds a repeat; then lines,
// payment, trail and what the resident is told.
func (s *Service) book(ctx context.Context, tx *db.Tx, actor audit.Actor, w WeighIn, k key) (Receipt, error) {
	fresh, first, err := k.claim(ctx, tx, w)
	if err != nil {
		return Receipt{}, err
	}
	if !fresh {
		return again(ctx, tx, first)
	}
	booked, err := insertWeighIn(ctx, tx, w, k)
	if err != nil {
		return Receipt{}, err
	}
	if !booked {
		first, err := s.replay(ctx, tx, k)
		if db.IsNoRows(err) { // no repeat: then the resident's approval stood in the way
			err = ErrResidentNotActive
		}
		return first, err
	}
	if w.Number, err = numberOf(ctx, tx, w.ID); err != nil {
		return Receipt{}, err
	}
	if err := insertLines(ctx, tx, w.ID, w.Lines); err != nil {
		return Receipt{}, err
	}
	balance, err := pay(ctx, tx, actor, w)
	if err != nil {
		return Receipt{}, err
	}
	err = audit.Record(ctx, tx, actor, w.CreatedAt, audit.Event{Action: "weigh_in.record", TargetKind: "weigh_in", TargetID: w.ID, TargetName: w.ResidentName,
		Details: map[string]any{"grams": int64(w.Grams), "points": int64(w.Points), "lines": len(w.Lines), "identified": w.Identified}})
	if err != nil {
		return Receipt{}, err
	}
	_, err = s.notify.Add(ctx, tx, w.notice())
	return Receipt{WeighIn: w, Balance: balance}, err
}

// notice is what stands under the resident's bell. Its points are the true ones.
func (w WeighIn) notice() notify.Message {
	points := int64(w.Points)
	text := errs.T("notice.weigh_in", "Points", w.Points.String(), "Weight", w.Grams.Kilos(), "Type", w.Lines[0].Name, "Collector", w.CollectorName)
	if len(w.Lines) > 1 {
		text = errs.T("notice.weigh_in_several", "Points", w.Points.String(), "Weight", w.Grams.Kilos(), "Materials", len(w.Lines), "Collector", w.CollectorName)
	}
	return notify.Message{
		Kind: "weigh_in", To: notify.Recipient{Audience: notify.Resident, ID: w.ResidentID, Name: w.ResidentName},
		Notice: &notify.Notice{Type: "waste", Text: text, Points: &points, At: w.CreatedAt},
	}
}

// pay posts the points and gives the balance after them. A weigh-in of materials that
// pay nothing posts nothing.
func pay(ctx context.Context, tx *db.Tx, actor audit.Actor, w WeighIn) (ledger.Points, error) {
	if w.Points == 0 {
		b, err := ledger.BalanceOf(ctx, tx, w.ResidentID)
		return b.Posted, err
	}
	t, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindWeighIn, Source: w.ID, Account: w.ResidentID, Points: w.Points, Actor: actor, At: w.CreatedAt})
	return t.BalanceAfter, err
}
