// Package collection keeps weigh-ins: what a resident brought, what it weighed and
// what it paid. It owns waste types, their rates, and the weigh-ins themselves. Points
// are the ledger's; who the resident is, people's.
package collection

import (
	"time"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
)

// Class is a class of solid waste of RA 9003, section 3.
type Class string

// The four classes that RA 9003 tells households to keep apart.
const (
	Biodegradable Class = "biodegradable"
	Recyclable    Class = "recyclable"
	Residual      Class = "residual"
	Special       Class = "special"
)

// Classes lists the classes in the order in which forms show them.
func Classes() []Class { return []Class{Recyclable, Biodegradable, Residual, Special} }

// WasteType is a material that the city weighs.
type WasteType struct {
	ID        uuid.UUID
	Name      string
	NameFil   string
	Class     Class
	Factor    string // material of the WARM table; empty: none
	Icon      string // a drawing of the sprite: art-pet
	Position  int    // order on the Station's buttons
	Active    bool
	Rate      ledger.Rate // in force now
	RateSince time.Time
}

// Rate is one row of a waste type's history of rates.
type Rate struct {
	ID        uuid.UUID
	Rate      ledger.Rate
	From      time.Time // applies from here until the next one does
	CreatedBy uuid.NullUUID
	CreatedAt time.Time
}

// WeighIn is one visit to the scale.
type WeighIn struct {
	ID            uuid.UUID
	Number        int64 // by which the phone app knows it; later ones are higher
	ResidentID    uuid.UUID
	ResidentName  string
	FamilyID      uuid.UUID
	FamilyName    string
	FamilyCode    string
	BarangayID    uuid.UUID // the place
	BarangayName  string
	CollectorID   uuid.NullUUID // not valid: imported without one
	CollectorName string        // as it stood at the time
	Identified    string        // card, code, legacy_card, search, import
	Grams         ledger.Grams  // net
	Points        ledger.Points
	Note          string
	Imported      bool // paid by a former system
	CollectedAt   time.Time
	CreatedAt     time.Time
	VoidedAt      *time.Time
	VoidReason    string
	Lines         []Line
}

// Voided says whether the weigh-in was taken back.
func (w WeighIn) Voided() bool { return w.VoidedAt != nil }

// Line is one material of a weigh-in.
type Line struct {
	Number  int // 1, 2, 3, …
	TypeID  uuid.UUID
	Name    string
	NameFil string
	Icon    string
	Gross   ledger.Grams
	Tare    ledger.Grams
	Grams   ledger.Grams // gross − tare
	Rate    ledger.Rate  // what it was paid at
	Points  ledger.Points
}

// Bounds of a weigh-in.
const (
	MinGrams  ledger.Grams = 1          // of a line, net
	MaxGrams  ledger.Grams = 10_000_000 // of a line, gross and net
	MaxLines               = 20
	MaxRate   ledger.Rate  = 1_000_000 // 10,000 points a kilogram
	MaxDelay               = 7 * 24 * time.Hour
	clockSkew              = 5 * time.Minute // a phone's clock may be ahead by this
)

// Refusals that callers compare with errors.Is.
var (
	ErrTypeNotFound      = errs.New(errs.NotFound, "WASTE_TYPE_NOT_FOUND", "error.collection.waste_type_not_found")
	ErrTypeExists        = errs.New(errs.Conflict, "WASTE_TYPE_EXISTS", "error.collection.waste_type_exists")
	ErrRateExists        = errs.New(errs.Conflict, "RATE_EXISTS", "error.collection.rate_exists")
	ErrWeighInNotFound   = errs.New(errs.NotFound, "WEIGH_IN_NOT_FOUND", "error.collection.weigh_in_not_found")
	ErrAlreadyVoided     = errs.New(errs.Conflict, "ALREADY_VOIDED", "error.collection.weigh_in_already_voided")
	ErrVoidImported      = errs.New(errs.Conflict, "IMPORTED_WEIGH_IN", "error.collection.weigh_in_imported")
	ErrVoidSpent         = errs.New(errs.Conflict, "POINTS_SPENT", "error.collection.weigh_in_points_spent")
	ErrResidentNotActive = errs.New(errs.Conflict, "RESIDENT_NOT_ACTIVE", "error.collection.resident_not_active")
	ErrPlaceNotInReach   = errs.New(errs.Forbidden, "PLACE_NOT_IN_REACH", "error.collection.place_not_in_reach")
)

// Service keeps the weigh-in book.
type Service struct {
	db     *db.DB
	shown  db.Q // for lists that anybody may look at, which may be a little behind
	notify *notify.Service
	now    func() time.Time

	approval   *approval.Service // of TwoPersons
	secondFrom ledger.Points     // 0: nothing waits
}

// New makes the service. n tells residents what was weighed.
func New(d *db.DB, n *notify.Service, now func() time.Time) *Service {
	return &Service{db: d, shown: d, notify: n, now: now}
}

// TwoPersons puts voids of weigh-ins that paid an amount or more before a second person;
// of none, when it is 0.
func (s *Service) TwoPersons(a *approval.Service, from ledger.Points) *Service {
	s.approval, s.secondFrom = a, from
	a.Handle(approval.VoidWeighIn, s.voidAgreed)
	return s
}

// Reading has public lists read through r, which may be a little behind.
func (s *Service) Reading(r *db.Reader) *Service {
	s.shown = r
	return s
}
