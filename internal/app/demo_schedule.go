package app

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
)

// demoMarkedDays is for how many past days the collectors of the play have marked what
// they fetched.
const demoMarkedDays = 14

// demoFetched are wastes that trucks fetch and nobody weighs.
func demoFetched() []collection.TypeForm {
	return []collection.TypeForm{
		{Name: "Kitchen and garden waste", NameFil: "Tira sa kusina at hardin", Class: collection.Biodegradable, Position: 20},
		{Name: "Residual waste", NameFil: "Basurang hindi na magagamit", Class: collection.Residual, Position: 21},
	}
}

// plan gives each barangay two or three rounds of the truck a week.
func (d *demo) plan(ctx context.Context) error {
	var fetched []uuid.UUID
	for _, f := range demoFetched() {
		id, err := d.collection.SaveType(ctx, d.admin.actor, f)
		if err != nil {
			return err
		}
		fetched = append(fetched, id)
	}
	list, err := d.people.Barangays(ctx)
	if err != nil {
		return err
	}
	kitchen, residual := fetched[0], fetched[1]
	for i, b := range list {
		day, hour := 1+i%3, schedule.Minutes(6+i%4)*60 // Monday and Thursday, Tuesday and Friday, Wednesday and Saturday
		lines := []schedule.LineForm{
			{Weekday: day, Start: hour, End: hour + 120, Wastes: []uuid.UUID{kitchen, residual}, Notes: "Bring it out before the truck comes.", NotesFil: "Ilabas bago dumating ang trak."},
			{Weekday: day + 3, Start: hour + 60, End: hour + 180, Wastes: d.materials, Notes: "Clean and dry, please.", NotesFil: "Malinis at tuyo sana."},
		}
		if i%2 == 0 {
			lines = append(lines, schedule.LineForm{Weekday: day + 3, Start: 14 * 60, End: 15*60 + 30, Wastes: []uuid.UUID{kitchen}})
		}
		for _, f := range lines {
			f.Barangay, f.Active = b.ID, true
			if o := d.offices[b.ID]; o != nil {
				f.Collector = o.actor.ID
			}
			if _, err := d.schedule.SaveLine(ctx, d.admin.actor, people.City, f); err != nil {
				return fmt.Errorf("plan of %s: %w", b.Name, err)
			}
		}
	}
	return nil
}

// mark has the collectors mark what they fetched on a day, until a moment.
func (d *demo) mark(ctx context.Context, until time.Time) error {
	day := db.Day(until)
	found, err := d.schedule.Pickups(ctx, schedule.Query{From: day, To: day})
	if err != nil {
		return err
	}
	for _, p := range found {
		by := d.offices[p.Barangay]
		if by == nil || p.EndsAt().After(until) {
			continue
		}
		d.clock = p.EndsAt()
		d.marks++
		f := schedule.MarkForm{RequestKey: d.key(), Source: p.Source, Original: p.Original, State: schedule.Collected}
		if d.marks%12 == 0 {
			f.State, f.Reason, f.Note = schedule.Missed, schedule.MissTruck, "Flat tire. We come back tomorrow."
		}
		if _, err := d.schedule.Mark(ctx, by.actor, by.scope, f); err != nil {
			return fmt.Errorf("mark %s of %s: %w", p.BarangayName, day, err)
		}
	}
	return nil
}

// storm suspends a barangay's first round of next week, and those of its neighbors by the
// lake, and moves another one's by a day.
func (d *demo) storm(ctx context.Context) error {
	barangays, err := d.barangays(ctx)
	if err != nil {
		return err
	}
	monday := schedule.AddDays(schedule.Monday(db.Day(d.clock)), 7)
	first := func(name string) (string, error) {
		found, err := d.schedule.Pickups(ctx, schedule.Query{Barangays: []uuid.UUID{barangays[name]}, From: monday, To: schedule.AddDays(monday, 6)})
		if err != nil || len(found) == 0 {
			return "", fmt.Errorf("no truck for %s next week: %w", name, err)
		}
		return found[0].Day, nil
	}
	day, err := first("San Antonio")
	if err != nil {
		return err
	}
	f := schedule.ExceptionForm{RequestKey: d.key(), Kind: schedule.Suspend, Reason: schedule.ReasonTyphoon, Days: []schedule.DayMove{{Day: day}}, Tell: true,
		Note: "Please keep your waste dry and indoors.", NoteFil: "Pakitago muna ang basura sa tuyong lugar."}
	for _, name := range []string{"San Antonio", "Landayan", "Cuyab"} {
		f.Barangays = append(f.Barangays, barangays[name])
	}
	if _, err := d.schedule.Except(ctx, d.admin.actor, people.City, f); err != nil {
		return err
	}
	if day, err = first("Pacita 1"); err != nil {
		return err
	}
	_, err = d.schedule.Except(ctx, d.admin.actor, people.City, schedule.ExceptionForm{RequestKey: d.key(), Kind: schedule.Move, Reason: schedule.ReasonTruck,
		Barangays: []uuid.UUID{barangays["Pacita 1"]}, Days: []schedule.DayMove{{Day: day, To: schedule.AddDays(day, 1)}}, Tell: true})
	return err
}
