package rewards

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// Signer is a person on a requisition. What is empty is left for a pen.
type Signer struct {
	Name        string
	Designation string
	Day         string // 2006-01-02
}

// Signers are the four people of a requisition, in the form's order.
type Signers struct{ Requested, Approved, Issued, Received Signer }

// RequisitionForm is what a person says about a Requisition and Issue Slip. Without To it
// is about what residents were handed at a place in a span of days; the lines are read from
// the stock book. With To it has lines, and the goods are carried there.
type RequisitionForm struct {
	RequestKey  string    // made by the form: the same key makes one slip
	Place       uuid.UUID // where the goods lie; uuid.Nil: the default
	From, Until string    // without To: Manila days, both included
	To          uuid.UUID
	Lines       []RequisitionLine // with To: Item, Requested, Issued, Remarks
	Division    string
	Office      string
	Center      string // responsibility center code
	Purpose     string
	Signers     Signers
}

// Requisition is a Requisition and Issue Slip.
type Requisition struct {
	ID          uuid.UUID
	Number      string // RIS-2026-11-0042
	PlaceID     uuid.UUID
	PlaceName   string
	ToName      string // the place that got the goods; empty: residents
	From, Until string // Manila days, both included
	Division    string
	Office      string
	Center      string
	Purpose     string
	Signers     Signers
	StaffName   string // who made it, as it stood at the time
	At          time.Time
	VoidedAt    *time.Time // nil: it stands
	VoidedBy    string
	VoidReason  string
	Lines       []RequisitionLine // of RequisitionByID and of one just made
}

// RequisitionLine is one item of a slip, named as it was at the time.
type RequisitionLine struct {
	Item        uuid.UUID
	StockNumber string
	Unit        string
	Description string
	Requested   int64
	Available   bool // the place had as many as were requested
	Issued      int64
	Remarks     string
}

// RequestedField names the form field of a line, beside which its refusal stands.
func (l RequisitionLine) RequestedField() string { return "requested_" + l.Item.String() }

// IssuedField names the form field of what is issued.
func (l RequisitionLine) IssuedField() string { return "issued_" + l.Item.String() }

// Refusals that callers compare with errors.Is.
var (
	ErrRequisitionNotFound = errs.New(errs.NotFound, "REQUISITION_NOT_FOUND", "error.rewards.requisition_not_found")
	ErrNothingIssued       = errs.New(errs.Conflict, "NOTHING_ISSUED", "error.rewards.nothing_issued")
	ErrRequisitionStands   = errs.New(errs.Conflict, "REQUISITION_STANDS", "error.rewards.requisition_stands")
)

// maxSpan is how many days a slip may cover.
const maxSpan = 366

// errRepeated ends the transaction of a request that was answered before, so that it takes
// no number.
var errRepeated = errors.New("this request was answered before")

// MakeRequisition makes a slip and gives it the year's next number. Without To it covers what
// residents were handed at the place on those days and no other slip covers yet; with To it
// carries the goods in the same transaction. The same key of the same member of staff gives
// the first slip again. Errors: fields; ErrPlaceNotFound; ErrNothingIssued; ErrItemNotFound;
// ErrStockTooLow; db.ErrKeyReused.
func (s *Service) MakeRequisition(ctx context.Context, actor audit.Actor, f RequisitionForm) (made Requisition, err error) {
	if actor.ID == uuid.Nil {
		return Requisition{}, errors.New("make requisition: it needs a member of staff")
	}
	f = f.trimmed()
	if err := f.check(); err != nil {
		return Requisition{}, err
	}
	d, err := s.draftOf(actor, f)
	if err != nil {
		return Requisition{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return d.write(ctx, tx) })
	if errors.Is(err, errRepeated) {
		return s.requisitionAgain(ctx, d)
	}
	if err != nil {
		return Requisition{}, fmt.Errorf("make requisition: %w", err)
	}
	return s.RequisitionByID(ctx, d.id)
}

func (f RequisitionForm) trimmed() RequisitionForm {
	for _, text := range []*string{&f.Division, &f.Office, &f.Center, &f.Purpose} {
		*text = strings.TrimSpace(*text)
	}
	f.Lines = slices.Clone(f.Lines)
	for i := range f.Lines {
		f.Lines[i].Remarks = strings.TrimSpace(f.Lines[i].Remarks)
	}
	return f
}

func (f RequisitionForm) check() error {
	var wrong errs.Fields
	if f.RequestKey == "" || len(f.RequestKey) > 100 {
		wrong.Add("request_key", "error.rewards.request_key_missing")
	}
	checkText(&wrong, "division", f.Division, 0, 100)
	checkText(&wrong, "office", f.Office, 1, 100)
	checkText(&wrong, "center", f.Center, 0, 50)
	checkText(&wrong, "purpose", f.Purpose, 1, 300)
	for name, p := range f.Signers.byField() {
		checkText(&wrong, name+"_name", p.Name, 0, 100)
		checkText(&wrong, name+"_designation", p.Designation, 0, 100)
	}
	if f.To == uuid.Nil {
		f.checkSpan(&wrong)
	} else {
		f.checkLines(&wrong)
	}
	return wrong.Err()
}

func (s Signers) byField() map[string]Signer {
	return map[string]Signer{"requested": s.Requested, "approved": s.Approved, "issued": s.Issued, "received": s.Received}
}

func (f RequisitionForm) checkSpan(wrong *errs.Fields) {
	from, err := time.Parse(time.DateOnly, f.From)
	if err != nil {
		wrong.Add("from", "error.rewards.requisition_day")
		return
	}
	until, err := time.Parse(time.DateOnly, f.Until)
	switch {
	case err != nil:
		wrong.Add("until", "error.rewards.requisition_day")
	case until.Before(from):
		wrong.Add("until", "error.rewards.requisition_span")
	case until.Sub(from) > (maxSpan-1)*24*time.Hour:
		wrong.Add("until", "error.rewards.requisition_long", "Max", maxSpan)
	}
}

func (f RequisitionForm) checkLines(wrong *errs.Fields) {
	if len(f.Lines) == 0 {
		wrong.Add("lines", "error.rewards.requisition_no_lines")
	}
	for _, l := range f.Lines {
		if l.Requested < 1 || l.Requested > MaxMove {
			wrong.Add(l.RequestedField(), "error.rewards.stock_received", "Max", MaxMove)
		}
		if l.Issued < 0 || l.Issued > l.Requested {
			wrong.Add(l.IssuedField(), "error.rewards.requisition_issued")
		}
		checkText(wrong, "remarks_"+l.Item.String(), l.Remarks, 0, 100)
	}
}

// draft is a slip on its way into the book.
type draft struct {
	RequisitionForm
	id      uuid.UUID
	number  string
	hash    string // of the request, to be compared under its key
	signers string // JSON
	actor   audit.Actor
	at      time.Time
}

func (s *Service) draftOf(actor audit.Actor, f RequisitionForm) (*draft, error) {
	d := &draft{RequisitionForm: f, id: db.NewID(), actor: actor, at: s.now()}
	f.RequestKey = ""
	body, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("hash requisition: %w", err)
	}
	signers, err := json.Marshal(f.Signers)
	if err != nil {
		return nil, fmt.Errorf("write signers: %w", err)
	}
	d.hash, d.signers = db.HashRequest(body), string(signers)
	return d, nil
}

// write is the transaction: the number first, whose row lines makers up; a repeat rolls it
// back.
func (d *draft) write(ctx context.Context, tx *db.Tx) error {
	place, err := placeByID(ctx, tx, d.Place)
	if err != nil {
		return err
	}
	if d.Place = place.ID; d.To == place.ID {
		return errs.NewField("to", "error.rewards.requisition_same_place")
	}
	if d.number, err = nextRequisitionNumber(ctx, tx, d.at); err != nil {
		return err
	}
	fresh, err := insertRequisition(ctx, tx, d)
	if err != nil {
		return err
	}
	if !fresh {
		return errRepeated
	}
	details := map[string]any{"place": place.Name, "office": d.Office, "purpose": d.Purpose}
	if d.To == uuid.Nil {
		details["from"], details["until"] = d.From, d.Until
		err = d.cover(ctx, tx)
	} else {
		details["to"], err = d.carry(ctx, tx)
	}
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, d.actor, d.at, audit.Event{Action: "requisition.make", TargetKind: "requisition", TargetID: d.id, TargetName: d.number, Details: details})
}

// cover takes the issues that no slip covers yet, and sums them up by item.
func (d *draft) cover(ctx context.Context, tx *db.Tx) error {
	n, err := coverIssues(ctx, tx, d)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrNothingIssued
	}
	return sumIntoLines(ctx, tx, d.id)
}

// carry moves the lines' goods to the other place, stock rows in ascending order, and writes
// the lines. It gives the place's name.
func (d *draft) carry(ctx context.Context, tx *db.Tx) (string, error) {
	to, err := placeByID(ctx, tx, d.To)
	if err != nil {
		return "", err
	}
	if !to.Active {
		return "", ErrPlaceNotActive
	}
	for _, m := range d.legs() {
		if _, err := moveStock(ctx, tx, d.actor, d.at, m, 0); err != nil {
			return "", err
		}
	}
	for i, l := range d.Lines {
		left, err := leftAt(ctx, tx, l.Item, d.Place)
		if err != nil {
			return "", err
		}
		l.Available = left+l.Issued >= l.Requested
		if err := insertRequisitionLine(ctx, tx, d.id, i+1, l); err != nil {
			return "", err
		}
	}
	return to.Name, nil
}

// legs are the stock moves of what is carried, two for each line, in the order in which
// stock rows are locked.
func (d *draft) legs() []Move {
	var legs []Move
	for _, l := range d.Lines {
		if l.Issued == 0 {
			continue
		}
		m := Move{ItemID: l.Item, Kind: Transferred, DocumentNo: d.number, Reason: d.Purpose}
		m.PlaceID, m.Quantity = d.Place, -l.Issued
		legs = append(legs, m)
		m.PlaceID, m.Quantity = d.To, l.Issued
		legs = append(legs, m)
	}
	slices.SortFunc(legs, func(a, b Move) int {
		return cmp.Or(bytes.Compare(a.ItemID[:], b.ItemID[:]), bytes.Compare(a.PlaceID[:], b.PlaceID[:]))
	})
	return legs
}

// requisitionAgain is the slip that a request made before.
func (s *Service) requisitionAgain(ctx context.Context, d *draft) (first Requisition, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		id, hash, err := requisitionByKey(ctx, tx, d.actor.ID, d.RequestKey)
		if err != nil {
			return err
		}
		if hash != d.hash {
			return db.ErrKeyReused
		}
		if err := db.Confirm(ctx, tx); err != nil {
			return err
		}
		first, err = requisitionByID(ctx, tx, id)
		return err
	})
	if err != nil {
		return Requisition{}, fmt.Errorf("make requisition again: %w", err)
	}
	return first, nil
}

// VoidRequisition takes back a slip about what residents were handed, and says why: its
// number stays used, and what it covered may stand on another one. Errors: fields;
// ErrRequisitionNotFound; ErrRequisitionStands for one that is void already, or by which
// goods were carried.
func (s *Service) VoidRequisition(ctx context.Context, actor audit.Actor, id uuid.UUID, reason string) error {
	reason = strings.TrimSpace(reason)
	var wrong errs.Fields
	checkText(&wrong, "reason", reason, 1, 500)
	if err := wrong.Err(); err != nil {
		return err
	}
	at := s.now()
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		number, err := voidRequisition(ctx, tx, id, actor.Name, reason, at)
		if err != nil {
			return err
		}
		if number == "" {
			return whyNotVoid(ctx, tx, id)
		}
		if err := uncover(ctx, tx, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, actor, at, audit.Event{Action: "requisition.void", TargetKind: "requisition", TargetID: id, TargetName: number,
			Details: map[string]any{"reason": reason}})
	})
	if err != nil {
		return fmt.Errorf("void requisition %s: %w", id, err)
	}
	return nil
}

func whyNotVoid(ctx context.Context, q db.Q, id uuid.UUID) error {
	if _, err := requisitionByID(ctx, q, id); err != nil {
		return err
	}
	return ErrRequisitionStands
}

// RequisitionFilter narrows the list of slips; a zero field does not.
type RequisitionFilter struct {
	Place    uuid.UUID
	From, To string // Manila days on which they were made, both included
	Cursor   string
	Limit    int
}

// Requisitions gives one page of slips, newest first, without their lines.
func (s *Service) Requisitions(ctx context.Context, f RequisitionFilter) (db.Page[Requisition], error) {
	after, err := db.ParseCursor(f.Cursor)
	if err != nil {
		return db.Page[Requisition]{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := listRequisitions(ctx, s.db, f, after, limit+1)
	if err != nil {
		return db.Page[Requisition]{}, fmt.Errorf("list requisitions: %w", err)
	}
	return db.PageOf(rows, limit, func(r Requisition) db.Cursor { return db.Cursor{At: r.At, ID: r.ID} }), nil
}

// RequisitionByID finds a slip with its lines. Error: ErrRequisitionNotFound.
func (s *Service) RequisitionByID(ctx context.Context, id uuid.UUID) (Requisition, error) {
	r, err := requisitionByID(ctx, s.db, id)
	if err != nil {
		return Requisition{}, fmt.Errorf("requisition %s: %w", id, err)
	}
	return r, nil
}

// Uncovered sums up by item what residents were handed at a place and no
// slip covers: what a slip of those days would have on it.
func (s *Service) Uncovered(ctx context.Context, place uuid.UUID, from, until string) ([]RequisitionLine, error) {
	lines, err := uncovered(ctx, s.db, place, from, until)
	if err != nil {
		return nil, fmt.Errorf("issues without a slip: %w", err)
	}
	return lines, nil
}

// UncoveredSince is the first day, of the last ninety, with an issue at a place that no slip
// covers; empty when all are covered.
func (s *Service) UncoveredSince(ctx context.Context, place uuid.UUID) (day string, err error) {
	day, err = firstUncovered(ctx, s.db, place, db.Day(s.now().AddDate(0, 0, -90)))
	if err != nil {
		return "", fmt.Errorf("first issue without a slip: %w", err)
	}
	return day, nil
}
