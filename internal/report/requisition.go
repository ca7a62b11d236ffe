package report

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/errs"
)

// ErrRequisition says that there is no such slip.
var ErrRequisition = errs.New(errs.NotFound, "REQUISITION_NOT_FOUND", "error.rewards.requisition_not_found")

// slip is a Requisition and Issue Slip as it is printed.
type slip struct {
	id               uuid.UUID
	number           string
	place, to        string // to: empty when residents got it
	from, until      string // days
	division, office string
	center           string
	purpose          string
	signers          slipSigners
	voidedOn         string // day; empty: it stands
	whyVoid          string
	issues           int64 // to residents, that it covers
}

// slipSigners is what rewards keeps of the four people.
type slipSigners struct{ Requested, Approved, Issued, Received Person }

// RequisitionPaper is a slip as the form of Appendix 63, printed by somebody, and its number.
// Error: ErrRequisition.
func (s *Service) RequisitionPaper(ctx context.Context, id uuid.UUID, by string) (p Paper, number string, err error) {
	slip, err := slipByID(ctx, s.db, id)
	if err != nil {
		return Paper{}, "", fmt.Errorf("requisition %s: %w", id, err)
	}
	rows, err := slipRows(ctx, s.db, id)
	if err != nil {
		return Paper{}, "", fmt.Errorf("requisition %s: %w", id, err)
	}
	p = s.official("Appendix 63", "REQUISITION AND ISSUE SLIP", by)
	p.Half = 4
	p.Box = [][2]Entry{
		{{"Division :", slip.division}, {"Responsibility Center Code :", slip.center}},
		{{"Office :", slip.office}, {"RIS No. :", slip.number}},
	}
	p.Columns = []Column{{24, AtLeft}, {14, InMiddle}, {46, AtLeft}, {17, AtRight}, {13, InMiddle}, {13, InMiddle}, {30, AtRight}, {33, AtLeft}}
	p.Head = [][]Heading{
		{{"Requisition", 4, false}, {"Stock Available?", 2, false}, {"Issue", 2, false}},
		{{"Stock No.", 1, false}, {"Unit", 1, false}, {"Description", 1, false}, {"Quantity", 1, false}, {"Yes", 1, false}, {"No", 1, false}, {"Quantity", 1, false}, {"Remarks", 1, false}},
	}
	p.Rows = slice(rows)
	p.Purpose = slip.purpose
	p.Signs = []Sign{
		{"Requested by", slip.signers.Requested, 1}, {"Approved by", slip.signers.Approved, 3},
		{"Issued by", slip.signers.Issued, 1}, {"Received by", slip.signers.Received, 1},
	}
	sealed, err := s.sealed(ctx)
	if err != nil {
		return Paper{}, "", fmt.Errorf("requisition %s: %w", id, err)
	}
	p.Notes = appendText(slip.notes(), sealed)
	return p, slip.number, nil
}

// notes say what the slip is about, and that it is void.
func (s slip) notes() []string {
	var notes []string
	if s.voidedOn != "" {
		notes = append(notes, fmt.Sprintf("VOID since %s: %s", paperDay(s.voidedOn), s.whyVoid))
	}
	switch {
	case s.to != "":
		notes = append(notes, fmt.Sprintf("Goods carried from %s to %s.", s.place, s.to))
	case s.voidedOn == "":
		notes = append(notes, fmt.Sprintf("Sum of %s issues to residents at %s from %s to %s, each with a receipt of its own.",
			paperText(s.issues), s.place, paperDay(s.from), paperDay(s.until)))
	}
	return notes
}

// CountSheet is the list to count the stock of a place by: what the book says, and room for
// what lies there. Error: ErrStockCard when there is no such place.
func (s *Service) CountSheet(ctx context.Context, place uuid.UUID, by string) (Paper, error) {
	name, err := placeName(ctx, s.db, place)
	if err != nil {
		return Paper{}, fmt.Errorf("count sheet of %s: %w", place, err)
	}
	rows, err := countRows(ctx, s.db, place)
	if err != nil {
		return Paper{}, fmt.Errorf("count sheet of %s: %w", place, err)
	}
	p := s.official("", "INVENTORY COUNT SHEET", by)
	p.Half = 2
	p.Box = [][2]Entry{{{"Location :", name}, {"Balances as of :", paperText(p.At)}}}
	p.Columns = []Column{{26, AtLeft}, {56, AtLeft}, {16, InMiddle}, {24, AtRight}, {24, AtRight}, {24, AtRight}, {20, AtLeft}}
	p.Head = [][]Heading{
		{{"Stock No.", 1, true}, {"Article", 1, true}, {"Unit", 1, true}, {"Balance Per Card", 1, false}, {"On Hand Per Count", 1, false}, {"Shortage / Overage", 1, false}, {"Remarks", 1, true}},
		{{"", 1, false}, {"", 1, false}, {"", 1, false}, {"Quantity", 1, false}, {"Quantity", 1, false}, {"Quantity", 1, false}, {"", 1, false}},
	}
	p.Rows = slice(rows)
	p.Signs = []Sign{{"Counted by", Person{}, 2}, {"Witnessed by", Person{}, 2}, {"Verified by", Person{}, 2}}
	return p, nil
}
