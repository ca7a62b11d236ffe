// Package schedule keeps when the truck comes: the weekly plan of each barangay, what the
// office changes on some days, and what collectors mark of it. It decides neither what is
// weighed (collection) nor who works where (auth, people); days and times are Manila's.
package schedule

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
)

// Material is a waste type as the plan names it. Waste types are collection's.
type Material struct {
	ID      uuid.UUID
	Name    string
	NameFil string
	Class   string // of RA 9003: recyclable, biodegradable, residual, special
}

// Collector is somebody to whom a line can be assigned.
type Collector struct {
	ID   uuid.UUID
	Name string
}

// Place is a barangay.
type Place struct {
	ID   uuid.UUID
	Name string

	source uuid.UUID // of what an addition makes there
}

// Line is one rule of the weekly plan.
type Line struct {
	ID            uuid.UUID
	Series        uuid.UUID // the first line of those that followed each other by changes
	Barangay      uuid.UUID
	BarangayName  string
	Weekday       time.Weekday
	Start, End    Minutes
	Wastes        []Material
	Other         []string // names of a former system that match no waste type
	Notes         string
	NotesFil      string
	Active        bool
	ValidFrom     string    // the first day
	ValidUntil    string    // the last one; empty: no end
	Collector     uuid.UUID // uuid.Nil: whoever works there
	CollectorName string
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// State is how a pick-up stands to the plan.
type State string

// The states.
const (
	Planned   State = "planned"
	Suspended State = "suspended"
	Moved     State = "moved" // to its Day
	Added     State = "added"
	MovedAway State = "moved_away" // a shadow on the day from which it was moved; Day is that day, To the other
)

// Pickup is one time that the truck comes, or would have come. Source and Original name
// it, whatever happens to it.
type Pickup struct {
	Source        uuid.UUID // the line, or what an addition made in the barangay
	Line          *Line     // nil: added
	Barangay      uuid.UUID
	BarangayName  string
	Original      string // the day of the plan
	Day           string // on which it is, or would have been
	To            string // of MovedAway: where it went
	Start, End    Minutes
	Wastes        []Material
	Other         []string
	Notes         string
	NotesFil      string
	State         State
	Why           *Exception // what made it so; nil: planned
	Visit         *Visit     // nil: nobody has marked it
	Collector     uuid.UUID  // uuid.Nil: whoever works there
	CollectorName string
}

// Comes says that the truck is expected on the pick-up's day.
func (p Pickup) Comes() bool { return p.State != Suspended && p.State != MovedAway }

// StartsAt is the moment at which it begins.
func (p Pickup) StartsAt() time.Time { return moment(p.Day, p.Start) }

// EndsAt is the moment at which it is over.
func (p Pickup) EndsAt() time.Time { return moment(p.Day, p.End) }

// Kind is what an exception does.
type Kind string

// The kinds.
const (
	Suspend Kind = "suspend"
	Move    Kind = "move"
	Add     Kind = "add"
)

// Kinds lists them in the order in which forms show them.
func Kinds() []Kind { return []Kind{Suspend, Move, Add} }

// Reason is why an exception was made.
type Reason string

// The reasons.
const (
	ReasonTyphoon Reason = "typhoon"
	ReasonHoliday Reason = "holiday"
	ReasonTruck   Reason = "truck"
	ReasonOther   Reason = "other"
)

// Reasons lists them in the order in which forms show them.
func Reasons() []Reason { return []Reason{ReasonTyphoon, ReasonHoliday, ReasonTruck, ReasonOther} }

// DayMove is a day of an exception, and where a move takes it.
type DayMove struct {
	Day string
	To  string // of a move
}

// Exception is an act of the office that changes the plan on some days of some barangays.
type Exception struct {
	ID         uuid.UUID
	Kind       Kind
	Reason     Reason
	Note       string
	NoteFil    string
	Barangays  []Place
	Days       []DayMove  // by day
	Series     uuid.UUID  // only the line of this Series; uuid.Nil: every one
	Start, End *Minutes   // of an addition; of a move that also changes the time
	Wastes     []Material // of an addition
	Campaign   uuid.UUID  // that told the residents; uuid.Nil: nobody was told
	CreatedBy  uuid.UUID
	Creator    string // the name, as it stood
	CreatedAt  time.Time
	Lifter     string // the name, as it stood
	LiftedAt   *time.Time

	hash string // of the request
	line *Line  // of Series, where it is about to be told
}

// Lifted says that the exception is as if it never were.
func (e Exception) Lifted() bool { return e.LiftedAt != nil }

// VisitState is what became of a pick-up.
type VisitState string

// The states.
const (
	Collected VisitState = "collected"
	Missed    VisitState = "missed"
)

// MissReason is why nothing was collected.
type MissReason string

// The reasons.
const (
	MissTruck   MissReason = "truck"
	MissRoad    MissReason = "road"
	MissWeather MissReason = "weather"
	MissNothing MissReason = "none_put_out"
	MissOther   MissReason = "other"
)

// MissReasons lists them in the order in which forms show them.
func MissReasons() []MissReason {
	return []MissReason{MissTruck, MissRoad, MissWeather, MissNothing, MissOther}
}

// Visit is what somebody marked of a pick-up.
type Visit struct {
	ID           uuid.UUID
	Source       uuid.UUID // with Original: of which pick-up
	Original     string
	Barangay     uuid.UUID
	BarangayName string
	Day          string // on which it was due
	State        VisitState
	Reason       MissReason // of a missed one
	Note         string
	At           time.Time // when the truck was there, or should have been
	By           uuid.UUID
	ByName       string // as it stood
	Version      int    // 1; corrections count on
	CreatedAt    time.Time
	UpdatedAt    time.Time

	createdDay string
}

// Bounds of what the plan may say.
const (
	MaxMove   = 60  // days from its day of the plan to which a pick-up may be moved
	MaxSpan   = 62  // days for which pick-ups are asked at once
	MaxAhead  = 366 // days ahead on which an exception may lie
	MaxDays   = 62  // days of one exception
	MaxNote   = 300
	MaxWastes = 20
)

// Refusals that callers compare with errors.Is.
var (
	ErrLineNotFound      = errs.New(errs.NotFound, "SCHEDULE_NOT_FOUND", "error.schedule.line_not_found")
	ErrExceptionNotFound = errs.New(errs.NotFound, "SCHEDULE_EXCEPTION_NOT_FOUND", "error.schedule.exception_not_found")
	ErrAlreadyLifted     = errs.New(errs.Conflict, "ALREADY_LIFTED", "error.schedule.already_lifted")
	ErrPickupNotFound    = errs.New(errs.NotFound, "PICKUP_NOT_FOUND", "error.schedule.pickup_not_found")
	ErrPickupSuspended   = errs.New(errs.Conflict, "PICKUP_SUSPENDED", "error.schedule.pickup_suspended")
	ErrPickupNotDue      = errs.New(errs.Conflict, "PICKUP_NOT_DUE", "error.schedule.pickup_not_due") // on another day to come, or too long ago
	ErrVisitClosed       = errs.New(errs.Conflict, "VISIT_CLOSED", "error.schedule.visit_closed")     // corrections end with the day of the mark
	ErrHolidayNotFound   = errs.New(errs.NotFound, "HOLIDAY_NOT_FOUND", "error.schedule.holiday_not_found")
)

// Service keeps the plan.
type Service struct {
	db     *db.DB
	shown  db.Q // for what anybody may look at, which may be a little behind
	notify *notify.Service
	now    func() time.Time

	materials func(ctx context.Context, q db.Q) ([]Material, error)
	crew      func(ctx context.Context, q db.Q) ([]Collector, error)

	reminding reminding
}

// New makes the service. n tells residents what changes.
func New(d *db.DB, n *notify.Service, now func() time.Time) *Service {
	return &Service{db: d, shown: d, notify: n, now: now,
		materials: func(context.Context, db.Q) ([]Material, error) { return nil, nil },
		crew:      func(context.Context, db.Q) ([]Collector, error) { return nil, nil },
	}
}

// Naming has the plan's materials named by f: waste types are collection's, which stands
// beside this room.
func (s *Service) Naming(f func(ctx context.Context, q db.Q) ([]Material, error)) *Service {
	s.materials = f
	return s
}

// Crewing has f tell to whom lines can be assigned: staff are auth's.
func (s *Service) Crewing(f func(ctx context.Context, q db.Q) ([]Collector, error)) *Service {
	s.crew = f
	return s
}

// Reading has public lists read through r, which may be a little behind.
func (s *Service) Reading(r *db.Reader) *Service {
	s.shown = r
	return s
}
