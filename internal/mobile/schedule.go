package mobile

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/mobile/wire"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/web"
)

// truck is one time that the truck comes, as the app shows it.
type truck struct {
	ID     uuid.UUID `json:"id"`
	Day    string    `json:"day"` // Monday
	Start  string    `json:"start_time"`
	End    string    `json:"end_time"`
	Wastes []string  `json:"waste_types"`
	Notes  string    `json:"notes"`
	Active bool      `json:"is_active"`
}

// truckPlace is a barangay.
type truckPlace struct {
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
}

// placePlan is the weekly plan of a barangay among others.
type placePlan struct {
	ID     uuid.UUID `json:"barangay_id"`
	Name   string    `json:"barangay_name"`
	Trucks []truck   `json:"schedules"`
}

// planAnswer is the weekly plan of one barangay.
type planAnswer struct {
	answered
	Place  truckPlace `json:"barangay"`
	Trucks []truck    `json:"schedules"`
	Total  int        `json:"total_schedules"`
	At     wire.Time  `json:"timestamp"`
}

// noPlace answers for a barangay that is none.
type noPlace struct {
	envelope
	Trucks []truck `json:"schedules"`
}

var errNoPlace = &refusal{status: http.StatusNotFound,
	body: noPlace{envelope{Message: "Barangay not found", Code: "BARANGAY_NOT_FOUND"}, []truck{}}}

// GET /api/schedule/
func (m *Mobile) mySchedule(w http.ResponseWriter, r *http.Request) error {
	who := web.PrincipalOf(r.Context()).Resident
	return m.planOf(w, r, truckPlace{who.BarangayID, who.BarangayName})
}

// GET /api/schedule/barangay/{id}/, also by the id that the former system gave it.
func (m *Mobile) scheduleOf(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	b, err := m.people.BarangayKnownAs(r.Context(), id)
	if errors.Is(err, people.ErrBarangayNotFound) {
		err = errNoPlace.because(err)
	}
	if err != nil {
		return err
	}
	return m.planOf(w, r, truckPlace{b.ID, b.Name})
}

func (m *Mobile) planOf(w http.ResponseWriter, r *http.Request, place truckPlace) error {
	lines, err := m.schedule.Week(r.Context(), place.ID)
	if err != nil {
		return err
	}
	trucks := trucksOf(lines)
	return web.JSON(w, http.StatusOK, planAnswer{answered{true, "Garbage collection schedule retrieved successfully"}, place, trucks, len(trucks), wire.Time(m.now())})
}

// GET /api/schedule/today/. What the office suspended is not there; what it moved to today
// or added is.
func (m *Mobile) todaysSchedule(w http.ResponseWriter, r *http.Request) error {
	who, today := web.PrincipalOf(r.Context()).Resident, m.schedule.Today()
	all, err := m.schedule.Pickups(r.Context(), schedule.Query{Barangays: []uuid.UUID{who.BarangayID}, From: today, To: today})
	if err != nil {
		return err
	}
	day, trucks := schedule.WeekdayOf(today), []truck{}
	for _, p := range all {
		if p.Comes() {
			trucks = append(trucks, truckAt(p.Source, day, p.Start, p.End, p.Wastes, p.Other, cmp.Or(p.Notes, p.NotesFil)))
		}
	}
	return web.JSON(w, http.StatusOK, struct {
		answered
		Today  string     `json:"today"`
		Place  truckPlace `json:"barangay"`
		Trucks []truck    `json:"schedules"`
		Total  int        `json:"total_schedules"`
		Comes  bool       `json:"has_collection_today"`
		At     wire.Time  `json:"timestamp"`
	}{answered{true, "Today's garbage collection schedule retrieved successfully"}, day.String(), truckPlace{who.BarangayID, who.BarangayName},
		trucks, len(trucks), len(trucks) > 0, wire.Time(m.now())})
}

// GET /api/schedule/all/
func (m *Mobile) allSchedules(w http.ResponseWriter, r *http.Request) error {
	lines, err := m.schedule.Week(r.Context())
	if err != nil {
		return err
	}
	of, places := map[uuid.UUID][]schedule.Line{}, []placePlan{}
	for _, l := range lines {
		if of[l.Barangay] == nil {
			places = append(places, placePlan{ID: l.Barangay, Name: l.BarangayName})
		}
		of[l.Barangay] = append(of[l.Barangay], l)
	}
	slices.SortFunc(places, func(a, b placePlan) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID.String(), b.ID.String()))
	})
	for i := range places {
		places[i].Trucks = trucksOf(of[places[i].ID])
	}
	return web.JSON(w, http.StatusOK, struct {
		answered
		Mine   *string     `json:"user_barangay"`
		Places []placePlan `json:"barangays"`
		Total  int         `json:"total_barangays"`
		At     wire.Time   `json:"timestamp"`
	}{answered{true, "All garbage collection schedules retrieved successfully"}, wire.OrNull(web.PrincipalOf(r.Context()).Resident.BarangayName),
		places, len(places), wire.Time(m.now())})
}

// trucksOf puts a plan into the app's order: the names of the days by the alphabet, Friday
// first.
func trucksOf(lines []schedule.Line) []truck {
	trucks := make([]truck, len(lines))
	for i, l := range lines {
		trucks[i] = truckAt(l.ID, l.Weekday, l.Start, l.End, l.Wastes, l.Other, cmp.Or(l.Notes, l.NotesFil))
	}
	slices.SortFunc(trucks, func(a, b truck) int {
		return cmp.Or(strings.Compare(a.Day, b.Day), strings.Compare(a.Start, b.Start), strings.Compare(a.ID.String(), b.ID.String()))
	})
	return trucks
}

// lastMinute stands for midnight at the end of a day, which the app cannot read.
const lastMinute schedule.Minutes = 24*60 - 1

func truckAt(id uuid.UUID, day time.Weekday, start, end schedule.Minutes, wastes []schedule.Material, other []string, notes string) truck {
	names := make([]string, 0, len(wastes)+len(other))
	for _, w := range wastes {
		names = append(names, w.Name)
	}
	return truck{id, day.String(), start.String(), min(end, lastMinute).String(), append(names, other...), notes, true}
}
