package schedule

import (
	"cmp"
	"context"
	"embed"
	"encoding/csv"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// HolidayKind is a sort of holiday by law.
type HolidayKind string

// The kinds.
const (
	Regular HolidayKind = "regular"
	Special HolidayKind = "special" // non-working
)

// Holiday is a day that the office may want to suspend. By itself it suspends nothing.
type Holiday struct {
	ID      uuid.UUID // uuid.Nil in a form: a new one
	Day     string
	Name    string
	NameFil string
	Kind    HolidayKind
}

// holidayFiles hold a year's holidays each, as far as they are known: those that RA 9492,
// RA 9849 and RA 10966 put on a date, the Thursday and Friday before Easter, the last Monday
// of August, and what has been proclaimed for the year. Both feasts of the Muslim year are
// proclaimed some days before: the office adds them.
//
//go:embed data/holidays_*.csv
var holidayFiles embed.FS

// knownHolidays are those of the files by their ids, which follow from day and name: the
// same in every city, and in every version of the program.
var knownHolidays = sync.OnceValues(func() (map[uuid.UUID]Holiday, error) {
	known := map[uuid.UUID]Holiday{}
	names, err := fs.Glob(holidayFiles, "data/*.csv")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := fs.ReadFile(holidayFiles, name)
		if err != nil {
			return nil, err
		}
		rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		for _, r := range rows[1:] {
			h := Holiday{ID: uuid.NewSHA1(holidaySpace, []byte(r[0]+" "+r[2])), Day: r[0], Kind: HolidayKind(r[1]), Name: r[2], NameFil: r[3]}
			known[h.ID] = h
		}
	}
	return known, nil
})

var holidaySpace = uuid.MustParse("7d0b7ac3-31f5-4b53-9f0c-6f6c1f6f0e11")

// edited is what the office made of a holiday.
type edited struct {
	Holiday
	deleted bool
}

// Holidays lists a year's holidays by day: those that the program knows, with what the
// office has added, changed and deleted.
func (s *Service) Holidays(ctx context.Context, year int) ([]Holiday, error) {
	all, err := s.holidays(ctx, s.db)
	if err != nil {
		return nil, fmt.Errorf("list holidays: %w", err)
	}
	out := slices.DeleteFunc(slices.Collect(maps.Values(all)), func(h Holiday) bool { return h.Day[:4] != fmt.Sprintf("%04d", year) })
	slices.SortFunc(out, func(a, b Holiday) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Name, b.Name)) })
	return out, nil
}

func (s *Service) holidays(ctx context.Context, q db.Q) (map[uuid.UUID]Holiday, error) {
	known, err := knownHolidays()
	if err != nil {
		return nil, err
	}
	all := maps.Clone(known)
	edits, err := listHolidays(ctx, q)
	for _, e := range edits {
		if e.deleted {
			delete(all, e.ID)
		} else {
			all[e.ID] = e.Holiday
		}
	}
	return all, err
}

// SaveHoliday adds or changes a holiday. Errors: fields day, name, name_fil, kind;
// ErrHolidayNotFound.
func (s *Service) SaveHoliday(ctx context.Context, actor audit.Actor, h Holiday) (uuid.UUID, error) {
	h.Name, h.NameFil = strings.TrimSpace(h.Name), strings.TrimSpace(h.NameFil)
	if err := h.check(); err != nil {
		return uuid.Nil, err
	}
	action := "holiday.edit"
	if h.ID == uuid.Nil {
		h.ID, action = db.NewID(), "holiday.add"
	}
	at := s.now()
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if action == "holiday.edit" {
			if _, err := s.holidayByID(ctx, tx, h.ID); err != nil {
				return err
			}
		}
		return putHoliday(ctx, tx, actor, edited{Holiday: h}, action, at)
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("save holiday: %w", err)
	}
	return h.ID, nil
}

func (h Holiday) check() error {
	var wrong errs.Fields
	checkDay(&wrong, "day", h.Day)
	if h.Name == "" {
		wrong.Add("name", "form.required")
	}
	for field, text := range map[string]string{"name": h.Name, "name_fil": h.NameFil} {
		if utf8.RuneCountInString(text) > 100 {
			wrong.Add(field, "error.schedule.long", "Max", 100)
		}
	}
	if h.Kind != Regular && h.Kind != Special {
		wrong.Add("kind", "form.required")
	}
	return wrong.Err()
}

// DeleteHoliday takes a holiday from the list; it stays away. Error: ErrHolidayNotFound.
func (s *Service) DeleteHoliday(ctx context.Context, actor audit.Actor, id uuid.UUID) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		h, err := s.holidayByID(ctx, tx, id)
		if err != nil {
			return err
		}
		return putHoliday(ctx, tx, actor, edited{Holiday: h, deleted: true}, "holiday.delete", s.now())
	})
	if err != nil {
		return fmt.Errorf("delete holiday %s: %w", id, err)
	}
	return nil
}

func (s *Service) holidayByID(ctx context.Context, q db.Q, id uuid.UUID) (Holiday, error) {
	all, err := s.holidays(ctx, q)
	if err != nil {
		return Holiday{}, err
	}
	h, ok := all[id]
	if !ok {
		return Holiday{}, ErrHolidayNotFound
	}
	return h, nil
}

func putHoliday(ctx context.Context, tx *db.Tx, actor audit.Actor, e edited, action string, at time.Time) error {
	if err := upsertHoliday(ctx, tx, e, at); err != nil {
		return err
	}
	return audit.Record(ctx, tx, actor, at, audit.Event{Action: action, TargetKind: "holiday", TargetID: e.ID, TargetName: e.Name,
		Details: map[string]any{"day": e.Day, "kind": e.Kind}})
}
