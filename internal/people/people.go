// Package people keeps barangays, families and residents: who they are, whether they
// are approved, and the cards by which a collector knows them. It does not know how
// anyone signs in (auth), and points are the ledger's; a resident's ledger account
// has the resident's id.
package people

import (
	"log/slog"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/approval"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/files"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
)

// Status is where a family or a resident stands in the approval.
type Status string

// The statuses of the reference's model.
const (
	Pending  Status = "pending"
	Approved Status = "approved"
	Rejected Status = "rejected"
)

// Suspended is not a stored status but a state of an approved resident: inactive.
// Lists filter by it as by a status.
const Suspended Status = "suspended"

// Barangay is one of the city's.
type Barangay struct {
	ID         uuid.UUID
	PSGC       string // ten digits; empty for one that PSGC does not know
	Name       string
	Population int // census of 2020; 0: not known
	Active     bool
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Family is a household: the unit that registers, and that members join by its code.
type Family struct {
	ID           uuid.UUID
	Code         string // 12 characters
	Name         string
	BarangayID   uuid.UUID
	BarangayName string
	Address      string
	City         string
	Status       Status
	StatusReason string
	DecidedBy    uuid.NullUUID
	DecidedAt    *time.Time
	Members      int // filled by lists and FamilyByID
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Resident is a member of exactly one family.
type Resident struct {
	ID              uuid.UUID // also the ledger account, and the payload of old QR cards
	FamilyID        uuid.UUID
	FamilyName      string
	FamilyCode      string
	FamilyStatus    Status
	BarangayID      uuid.UUID
	BarangayName    string
	Username        string
	FirstName       string
	LastName        string
	FullName        string
	Phone           string // +639XXXXXXXXX; empty: none
	PhoneVerifiedAt *time.Time
	Email           string
	EmailVerifiedAt *time.Time
	BirthDate       string // 2006-01-02; empty: not told
	Gender          string // male, female, other; empty: not told
	Representative  bool
	ReferralCode    string
	ReferredByCode  string
	ReferralPaidAt  *time.Time    // the bonus for ReferredByCode is paid once
	ReplacedBy      uuid.NullUUID // of a rejected one: the account with which they registered anew
	Status          Status
	StatusReason    string
	DecidedBy       uuid.NullUUID
	DecidedAt       *time.Time
	Active          bool // false: suspended
	SuspendedReason string
	SuspendedBy     uuid.NullUUID
	SuspendedAt     *time.Time
	Language        string // en, fil; empty: not chosen
	News            bool   // false: wants no bulk notices
	LastLoginAt     *time.Time
	CreatedAt       time.Time
	UpdatedAt       time.Time
}

// LogValue keeps names, phones and addresses out of logs.
func (r Resident) LogValue() slog.Value { return slog.StringValue(r.ID.String()) }

// State is the resident's status as a list shows it: Suspended wins over Approved.
func (r Resident) State() Status {
	if r.Status == Approved && !r.Active {
		return Suspended
	}
	return r.Status
}

// CanAccess says whether a resident may sign in, earn and redeem: approved, in an
// approved family, and not suspended (rule of the reference).
func CanAccess(r Resident) bool {
	return r.Status == Approved && r.FamilyStatus == Approved && r.Active
}

// Scope says which barangays someone reaches. The zero value reaches none. Narrow
// puts it into SQL.
type Scope struct {
	All   bool
	Staff uuid.UUID // the barangays assigned to this member of staff
}

// City reaches every barangay: super administrators, and the program itself.
var City = Scope{All: true}

// Refusals that callers compare with errors.Is.
var (
	ErrResidentNotFound = errs.New(errs.NotFound, "RESIDENT_NOT_FOUND", "error.people.resident_not_found")
	ErrFamilyNotFound   = errs.New(errs.NotFound, "FAMILY_NOT_FOUND", "error.people.family_not_found")
	ErrBarangayNotFound = errs.New(errs.NotFound, "BARANGAY_NOT_FOUND", "error.people.barangay_not_found")
	ErrOutside          = errs.New(errs.Forbidden, "OUTSIDE_BARANGAYS", "error.people.outside_barangays")
	ErrReplaced         = errs.New(errs.Conflict, "REGISTERED_ANEW", "error.people.replaced")
	ErrAlreadyDecided   = errs.New(errs.Conflict, "ALREADY_DECIDED", "error.people.already_decided")
)

// Service is the office that keeps the register.
type Service struct {
	db     *db.DB
	vault  *db.Vault
	notify *notify.Service
	files  *files.Service // of Keeping; nil: no papers of terms
	now    func() time.Time

	referral Referral

	approval    *approval.Service // of TwoPersons
	secondFrom  ledger.Points     // 0: nothing waits
	legacyUntil string            // the last Manila day of old cards; empty: no end
}

// New makes the service. vault seals phones, e-mail addresses, birth dates, house
// addresses and the card-signing key.
func New(d *db.DB, vault *db.Vault, n *notify.Service, now func() time.Time) *Service {
	return &Service{db: d, vault: vault, notify: n, now: now, referral: defaultReferral}
}
