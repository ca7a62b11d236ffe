package site

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
)

func (s *Site) scheduleRoutes() []web.Route {
	return []web.Route{{Pattern: "GET /schedule/", Need: auth.Anyone, Handle: s.schedulePage}}
}

const (
	weekDays    = 7  // of the strip, and behind today for what became of them
	nextRows    = 8  // of the list of what comes
	monthsAside = 12 // that the month view turns back and forth
)

type scheduleView struct {
	web.Page
	City      string
	Barangays []people.Barangay // to choose from
	Unknown   bool              // the address names a barangay that is not there
	Chosen    string            // its name in addresses; empty: none yet
	Own       bool              // it is the reader's own
	Truck     truck
	Coming    []truckRow
	Past      []truckRow
	Month     month
	Calendar  calendarLinks
}

// calendarLinks are where a barangay's calendar is subscribed to and loaded.
type calendarLinks struct {
	Webcal, File, Address string
	Classes               []calendarLink
}

type calendarLink struct{ Class, Webcal string }

// GET /schedule/, of a barangay with ?barangay=0403425001, of a month with ?month=2026-12
func (s *Site) schedulePage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	all, err := s.openBarangays(ctx)
	if err != nil {
		return err
	}
	v := scheduleView{Page: web.NewPage(r, "site.schedule.title"), City: s.city, Barangays: all}
	b, found := chosenBarangay(r, all)
	if !found {
		status := http.StatusOK
		if v.Unknown = r.URL.Query().Get("barangay") != ""; v.Unknown {
			status = http.StatusNotFound
		}
		return web.Render(w, r, status, scheduleTempl(v))
	}
	v.Chosen, v.Own = placeName(b), ownBarangay(r) == b.ID
	if err := s.fillSchedule(r, &v, b); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, scheduleTempl(v))
}

// fillSchedule asks twice for pick-ups: around today, and of the month that is shown.
func (s *Site) fillSchedule(r *http.Request, v *scheduleView, b people.Barangay) error {
	ctx, now := r.Context(), s.now()
	today := i18n.DayStamp(now)
	found, err := s.pickupsFrom(ctx, b.ID, schedule.AddDays(today, -weekDays))
	if err != nil {
		return err
	}
	v.Truck = newTruck(ctx, b.Name, found, now)
	for _, p := range found {
		switch {
		case p.EndsAt().After(now) && len(v.Coming) < nextRows:
			v.Coming = append(v.Coming, newTruckRow(ctx, p))
		case !p.EndsAt().After(now) && p.State != schedule.MovedAway:
			v.Past = append(v.Past, newTruckRow(ctx, p))
		}
	}
	slices.Reverse(v.Past)
	first := monthAsked(r.URL.Query().Get("month"), now)
	grid := schedule.Monday(first.Format(time.DateOnly))
	shown, err := s.schedule.Pickups(ctx, schedule.Query{Barangays: []uuid.UUID{b.ID}, From: grid, To: schedule.AddDays(grid, 6*weekDays-1), Away: true})
	if err != nil {
		return err
	}
	v.Month = newMonth(ctx, first, shown, now)
	v.Calendar = s.calendarLinks(ctx, b, found)
	return nil
}

// pickupsFrom are a barangay's pick-ups for as many days as can be asked for at once.
func (s *Site) pickupsFrom(ctx context.Context, barangay uuid.UUID, day string) ([]schedule.Pickup, error) {
	return s.schedule.Pickups(ctx, schedule.Query{Barangays: []uuid.UUID{barangay}, From: day, To: schedule.AddDays(day, schedule.MaxSpan-1), Away: true})
}

// truckOf is when the truck comes to a barangay, for a panel.
func (s *Site) truckOf(ctx context.Context, barangay uuid.UUID, name string) (truck, error) {
	now := s.now()
	found, err := s.pickupsFrom(ctx, barangay, i18n.DayStamp(now))
	if err != nil {
		return truck{}, err
	}
	return newTruck(ctx, name, found, now), nil
}

// openBarangays are those that residents can choose.
func (s *Site) openBarangays(ctx context.Context) ([]people.Barangay, error) {
	all, err := s.people.Barangays(ctx)
	return slices.DeleteFunc(all, func(b people.Barangay) bool { return !b.Active }), err
}

// chosenBarangay is the one that the address names, else the reader's own.
func chosenBarangay(r *http.Request, all []people.Barangay) (people.Barangay, bool) {
	name, own := r.URL.Query().Get("barangay"), ownBarangay(r)
	i := slices.IndexFunc(all, func(b people.Barangay) bool {
		if name == "" {
			return b.ID == own
		}
		return placeName(b) == name
	})
	if i < 0 {
		return people.Barangay{}, false
	}
	return all[i], true
}

// ownBarangay is where the resident who is signed in lives; uuid.Nil for everybody else.
func ownBarangay(r *http.Request) uuid.UUID {
	return web.PrincipalOf(r.Context()).Resident.BarangayID
}

// monthAsked is the first day of a month; today's for what is none or lies far off.
func monthAsked(text string, now time.Time) time.Time {
	current := schedule.Midnight(i18n.DayStamp(now)[:len("2006-01")] + "-01")
	if !schedule.IsDay(text + "-01") {
		return current
	}
	t := schedule.Midnight(text + "-01")
	if t.Before(current.AddDate(0, -monthsAside, 0)) || t.After(current.AddDate(0, monthsAside, 0)) {
		return current
	}
	return t
}

// calendarLinks has a calendar of its own for each class, when there are several.
func (s *Site) calendarLinks(ctx context.Context, b people.Barangay, found []schedule.Pickup) calendarLinks {
	lang := i18n.From(ctx)
	path := calendarPath(b, "", lang)
	links := calendarLinks{Webcal: s.webcal(path), File: path, Address: s.siteURL + path}
	if classes := classesOf(found...); len(classes) > 1 {
		for _, c := range classes {
			links.Classes = append(links.Classes, calendarLink{c, s.webcal(calendarPath(b, c, lang))})
		}
	}
	return links
}
