// Package rewards keeps what points buy: the catalogue, the stock book and the
// redemptions. Points themselves are the ledger's.
package rewards

import (
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
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

// Item is a reward.
type Item struct {
	ID           uuid.UUID
	CategoryID   uuid.NullUUID
	CategoryName string
	Name         string
	NameFil      string
	Description  string
	Price        ledger.Points // of one
	Unit         string        // kg, can, piece
	Stock        int64
	Held         int64 // of the stock, set aside by reservations
	ReorderPoint int64 // low at this stock or below; 0: never low
	Icon         string
	Picture      string // name in the file store
	Active       bool
}

// Available is what can be handed out now.
func (i Item) Available() int64 { return i.Stock - i.Held }

// Low says whether it is time to order more.
func (i Item) Low() bool { return i.Active && i.ReorderPoint > 0 && i.Available() <= i.ReorderPoint }

// MoveKind says why stock moved.
type MoveKind string

// The kinds of stock moves.
const (
	Opening  MoveKind = "opening"  // counted when the item was made or imported
	Received MoveKind = "received" // from a supplier
	Issued   MoveKind = "issued"   // by a redemption
	Returned MoveKind = "returned" // of a redemption
	Adjusted MoveKind = "adjusted" // after a count, breakage, loss
)

// MoveKinds lists the kinds in the order in which filters show them.
func MoveKinds() []MoveKind { return []MoveKind{Received, Issued, Adjusted, Returned, Opening} }

// Move is one row of the stock book. Rows are never changed.
type Move struct {
	ID           uuid.UUID
	ItemID       uuid.UUID
	ItemName     string
	Version      int64 // the item's moves count 1, 2, 3, … without a gap
	Kind         MoveKind
	Quantity     int64 // signed
	StockAfter   int64
	Reason       string
	DocumentNo   string
	RedemptionID uuid.NullUUID
	ActorName    string // as it stood at the time
	At           time.Time
}

// Redemption is points turned into goods.
type Redemption struct {
	ID           uuid.UUID
	ResidentID   uuid.UUID
	ResidentName string
	FamilyID     uuid.UUID
	FamilyName   string
	FamilyCode   string
	BarangayID   uuid.UUID
	BarangayName string
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
	Identified   string        // card, code, legacy_card, search, import
	Note         string
	Imported     bool
	At           time.Time
}

// Bounds of what a form may say.
const (
	MaxQuantity int64         = 1_000        // of one redemption
	MaxMove     int64         = 1_000_000    // of one stock move
	MaxPrice    ledger.Points = 1_000_000_00 // a million points
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
)

// Service keeps the catalogue and the stock book.
type Service struct {
	db     *db.DB
	shown  db.Q // for lists that anybody may look at, which may be a little behind
	notify *notify.Service
	now    func() time.Time
}

// New makes the service. n tells residents what they were handed.
func New(d *db.DB, n *notify.Service, now func() time.Time) *Service {
	return &Service{db: d, shown: d, notify: n, now: now}
}

// Reading has the public catalogue read through r, which may be a little behind.
func (s *Service) Reading(r *db.Reader) *Service {
	s.shown = r
	return s
}
