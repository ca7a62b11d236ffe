// Package rewards keeps what points buy: the catalogue, the stock book of every place,
// reservations and redemptions. Points themselves are the ledger's.
package rewards

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/files"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
)

// Category groups items on the rewards page.
type Category struct {
	ID          uuid.UUID
	Name        string
	Description string
	Active      bool
}

// Item is a reward. Its stock is that of all places, or of one where the caller asked
// for one.
type Item struct {
	ID             uuid.UUID
	CategoryID     uuid.NullUUID
	CategoryName   string
	Name           string
	NameFil        string
	Description    string
	DescriptionFil string
	Price          ledger.Points // of one
	Unit           string        // kg, can, piece
	UnitCost       int64         // centavos; 0: not known
	StockNumber    string
	Stock          int64
	Held           int64 // of the stock, set aside by reservations
	ReorderPoint   int64 // low at this stock or below; 0: never low
	Icon           string
	Picture        string        // its path in the former system
	PictureID      uuid.NullUUID // 1200 pixels wide
	ThumbnailID    uuid.NullUUID // 320
	Active         bool
}

// Available is what can be handed out now.
func (i Item) Available() int64 { return i.Stock - i.Held }

// Low says whether it is time to order more.
func (i Item) Low() bool { return i.Active && i.ReorderPoint > 0 && i.Available() <= i.ReorderPoint }

// MoveKind says why stock moved.
type MoveKind string

// The kinds of stock moves.
const (
	Opening     MoveKind = "opening"     // counted when the item was made or imported
	Received    MoveKind = "received"    // from a supplier
	Issued      MoveKind = "issued"      // by a redemption
	Returned    MoveKind = "returned"    // of a redemption
	Adjusted    MoveKind = "adjusted"    // after a count, breakage, loss
	Transferred MoveKind = "transferred" // from one place to another: two moves
)

// MoveKinds lists the kinds in the order in which filters show them.
func MoveKinds() []MoveKind {
	return []MoveKind{Received, Issued, Adjusted, Transferred, Returned, Opening}
}

// Move is one row of the stock book. Rows are never changed.
type Move struct {
	ID           uuid.UUID
	ItemID       uuid.UUID
	ItemName     string
	PlaceID      uuid.UUID
	PlaceName    string
	Version      int64 // the item's moves at the place count 1, 2, 3, … without a gap
	Kind         MoveKind
	Quantity     int64 // signed
	StockAfter   int64 // at the place
	Reason       string
	DocumentNo   string
	RedemptionID uuid.NullUUID
	ActorName    string // as it stood at the time
	At           time.Time
}

// Redemption is points turned into goods: so many of one item.
type Redemption struct {
	ID           uuid.UUID
	ReceiptID    uuid.NullUUID // not valid: imported
	Reference    string        // of the receipt
	ResidentID   uuid.UUID
	ResidentName string
	FamilyID     uuid.UUID
	FamilyName   string
	FamilyCode   string
	BarangayID   uuid.UUID
	BarangayName string
	PlaceID      uuid.UUID
	PlaceName    string
	ItemID       uuid.UUID
	ItemName     string
	ItemNameFil  string
	Unit         string
	Icon         string
	Quantity     int64
	Price        ledger.Points // of one, when it was paid
	Points       ledger.Points
	StaffID      uuid.NullUUID // not valid: imported without one
	StaffName    string        // as it stood at the time
	Identified   string        // card, code, live, legacy_card, search, reservation, import
	Note         string
	Imported     bool
	At           time.Time
	ReturnedAt   *time.Time // nil: it stands
	ReturnedBy   string     // the name, as it stood at the time
	ReturnReason string
}

// Bounds of what a form may say.
const (
	MaxQuantity int64         = 1_000        // of one redemption
	MaxMove     int64         = 1_000_000    // of one stock move
	MaxPrice    ledger.Points = 1_000_000_00 // a million points
	MaxCost     int64         = 1_000_000_00 // centavos: a million pesos
	MaxWants    int           = 20           // different things on one receipt
)

// Refusals that callers compare with errors.Is.
var (
	ErrItemNotFound      = errs.New(errs.NotFound, "REWARD_NOT_FOUND", "error.rewards.not_found")
	ErrCategoryNotFound  = errs.New(errs.NotFound, "REWARD_CATEGORY_NOT_FOUND", "error.rewards.category_not_found")
	ErrCategoryExists    = errs.New(errs.Conflict, "REWARD_CATEGORY_EXISTS", "error.rewards.category_exists")
	ErrOutOfStock        = errs.New(errs.Conflict, "OUT_OF_STOCK", "error.rewards.out_of_stock")
	ErrStockTooLow       = errs.New(errs.Conflict, "STOCK_TOO_LOW", "error.rewards.stock_too_low")
	ErrItemNotActive     = errs.New(errs.Conflict, "REWARD_NOT_ACTIVE", "error.rewards.not_active")
	ErrResidentNotActive = errs.New(errs.Conflict, "RESIDENT_NOT_ACTIVE", "error.rewards.resident_not_active")
	ErrNotRedeemed       = errs.New(errs.NotFound, "REDEMPTION_NOT_FOUND", "error.rewards.redemption_not_found")
	ErrReceiptNotFound   = errs.New(errs.NotFound, "RECEIPT_NOT_FOUND", "error.rewards.receipt_not_found")
	ErrProofNeeded       = errs.New(errs.Conflict, "PROOF_NEEDED", "error.rewards.proof_needed")

	ErrPlaceNotFound  = errs.New(errs.NotFound, "PLACE_NOT_FOUND", "error.rewards.place_not_found")
	ErrPlaceNotActive = errs.New(errs.Conflict, "PLACE_NOT_ACTIVE", "error.rewards.place_not_active")
	ErrPlaceExists    = errs.New(errs.Conflict, "PLACE_EXISTS", "error.rewards.place_exists")

	ErrReservationNotFound = errs.New(errs.NotFound, "RESERVATION_NOT_FOUND", "error.rewards.reservation_not_found")
	ErrReservationClosed   = errs.New(errs.Conflict, "RESERVATION_CLOSED", "error.rewards.reservation_closed")
	ErrReservedElsewhere   = errs.New(errs.Conflict, "RESERVED_ELSEWHERE", "error.rewards.reserved_elsewhere")
	ErrTooManyReservations = errs.New(errs.Conflict, "TOO_MANY_RESERVATIONS", "error.rewards.too_many_reservations")

	ErrAlreadyReturned = errs.New(errs.Conflict, "ALREADY_RETURNED", "error.rewards.already_returned")
	ErrNotReturnable   = errs.New(errs.Conflict, "NOT_RETURNABLE", "error.rewards.not_returnable")
)

// Rules are what a city has set.
type Rules struct {
	ReservationLife time.Duration
	ReservationsMax int           // of one resident, open at once
	ProofAbove      ledger.Points // a receipt of more needs a second proof of who the resident is
	SecondPoints    ledger.Points // a return of as much or more waits for a second person; 0: never
	SecondStock     int64         // an adjustment by as many or more waits for one; 0: never
}

// DefaultRules are the settings' own.
var DefaultRules = Rules{ReservationLife: 3 * 24 * time.Hour, ReservationsMax: 5, ProofAbove: 500_00, SecondPoints: 1000_00, SecondStock: 100}

// Service keeps the catalogue, the stock book and what is handed out.
type Service struct {
	db     *db.DB
	shown  db.Q // for lists that anybody may look at, which may be a little behind
	notify *notify.Service
	files  *files.Service
	rules  Rules
	now    func() time.Time

	approval *approval.Service                                      // nil: nobody waits for a second person
	managers func(ctx context.Context, q db.Q) ([]uuid.UUID, error) // nil: nobody is told that stock runs low
}

// New makes the service under the default rules. n tells residents what they were handed.
func New(d *db.DB, n *notify.Service, now func() time.Time) *Service {
	return &Service{db: d, shown: d, notify: n, rules: DefaultRules, now: now}
}

// Reading has the public catalogue read through r, which may be a little behind.
func (s *Service) Reading(r *db.Reader) *Service {
	s.shown = r
	return s
}

// Under sets the city's rules.
func (s *Service) Under(r Rules) *Service {
	s.rules = r
	return s
}

// TwoPersons has returns and changes of stock from the set size on wait for a second
// person.
func (s *Service) TwoPersons(a *approval.Service) *Service {
	s.approval = a
	a.Handle(approval.ReturnRedemption, s.returnAgreed)
	a.Handle(approval.AdjustStock, s.adjustAgreed)
	a.Handle(approval.CountStock, s.adjustAgreed)
	return s
}

// Telling has those whom managers gives told when stock runs low.
func (s *Service) Telling(managers func(ctx context.Context, q db.Q) ([]uuid.UUID, error)) *Service {
	s.managers = managers
	return s
}

// Keeping has pictures kept by f.
func (s *Service) Keeping(f *files.Service) *Service {
	s.files = f
	return s
}
