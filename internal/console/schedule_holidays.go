package console

import (
	"context"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"ekolek/internal/schedule"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type holidaysView struct {
	web.Page
	Year  int
	Rows  []schedule.Holiday
	Today string
}

// GET /console/schedule/holidays/?year=
func (c *Console) holidays(w http.ResponseWriter, r *http.Request) error {
	year := c.yearOf(r)
	list, err := c.schedule.Holidays(r.Context(), year)
	if err != nil {
		return err
	}
	v := holidaysView{Page: web.NewPage(r, "console.schedule.holidays"), Year: year, Rows: list, Today: c.schedule.Today()}
	return web.Render(w, r, http.StatusOK, holidaysTempl(v))
}

// yearOf is the year that the address names, this one when it names none.
func (c *Console) yearOf(r *http.Request) int {
	year, err := strconv.Atoi(r.URL.Query().Get("year"))
	if err != nil || year < 2000 || year > 2199 {
		return parseDay(c.schedule.Today()).Year()
	}
	return year
}

type holidayView struct {
	web.Page
	Form *form.Form
	Back string
}

// GET /console/schedule/holidays/new/?year=
func (c *Console) newHolidayPage(w http.ResponseWriter, r *http.Request) error {
	return c.showHoliday(w, r, form.Empty("kind", string(schedule.Special)))
}

// GET /console/schedule/holidays/{id}/?year=
func (c *Console) holidayPage(w http.ResponseWriter, r *http.Request) error {
	h, err := c.holidayOf(r)
	if err != nil {
		return err
	}
	return c.showHoliday(w, r, form.Empty("day", h.Day, "name", h.Name, "name_fil", h.NameFil, "kind", string(h.Kind)))
}

// POST to either adds a holiday, or changes the one that the address names.
func (c *Console) saveHoliday(w http.ResponseWriter, r *http.Request) error {
	var in schedule.Holiday
	if r.PathValue("id") != "" {
		h, err := c.holidayOf(r)
		if err != nil {
			return err
		}
		in = h
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in.Day, in.Name, in.NameFil, in.Kind = f.Day("day"), f.Required("name", 150), f.Text("name_fil", 150), schedule.HolidayKind(f.Text("kind", 20))
	if in.Day == "" {
		f.Refuse("day", "form.required")
	}
	if f.OK() {
		_, err := c.schedule.SaveHoliday(r.Context(), web.ActorOf(r), in)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showHoliday(w, r, f)
	}
	web.Flash(w, r, ui.Done, "console.saved")
	web.Redirect(w, r, holidaysOf(in.Day))
	return nil
}

func (c *Console) showHoliday(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	v := holidayView{Page: web.NewPage(r, "console.schedule.holiday.new"), Form: f, Back: holidaysPath + "?year=" + strconv.Itoa(c.yearOf(r))}
	if r.PathValue("id") != "" {
		v.Title = i18n.T(r.Context(), "console.schedule.holiday.edit")
	}
	return web.RenderForm(w, r, f, holidayTempl(v))
}

// holidaysOf is the page of a day's year.
func holidaysOf(day string) string { return holidaysPath + "?year=" + day[:4] }

// holidayAt is the page of a holiday, or of an act on it.
func holidayAt(h schedule.Holiday, act string) string {
	return holidaysPath + h.ID.String() + "/" + act + "?year=" + h.Day[:4]
}

// yearTabs lead to the years around the one that is shown.
func (v holidaysView) yearTabs() (tabs []ui.Tab) {
	for year := v.Year - 1; year <= v.Year+1; year++ {
		tabs = append(tabs, ui.Tab{Href: holidaysPath + "?year=" + strconv.Itoa(year), Text: strconv.Itoa(year), Current: year == v.Year})
	}
	return tabs
}

// comes says whether something can still be suspended on some holiday of the year.
func (v holidaysView) comes() bool {
	return len(v.Rows) > 0 && v.Rows[len(v.Rows)-1].Day >= v.Today
}

func holidayWords(ctx context.Context, k schedule.HolidayKind) string {
	if k == schedule.Regular {
		return i18n.T(ctx, "console.schedule.holiday.regular")
	}
	return i18n.T(ctx, "console.schedule.holiday.special")
}

func holidayOptions(ctx context.Context) []ui.Option {
	return []ui.Option{{Value: string(schedule.Special), Text: holidayWords(ctx, schedule.Special)}, {Value: string(schedule.Regular), Text: holidayWords(ctx, schedule.Regular)}}
}

type deleteHolidayView struct {
	web.Page
	Form    *form.Form
	Holiday schedule.Holiday
	Effects []string
}

// GET /console/schedule/holidays/{id}/delete/?year=
func (c *Console) deleteHolidayPage(w http.ResponseWriter, r *http.Request) error {
	return c.showDeleteHoliday(w, r, form.Empty())
}

// POST /console/schedule/holidays/{id}/delete/?year=
func (c *Console) deleteHoliday(w http.ResponseWriter, r *http.Request) error {
	h, err := c.holidayOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	if err := f.Take(c.schedule.DeleteHoliday(r.Context(), web.ActorOf(r), h.ID)); err != nil {
		return err
	}
	if !f.OK() {
		return c.showDeleteHoliday(w, r, f)
	}
	web.Flash(w, r, ui.Done, "console.schedule.holiday.deleted", "Name", i18n.Pick(r.Context(), h.Name, h.NameFil))
	web.Redirect(w, r, holidaysOf(h.Day))
	return nil
}

// holidayOf is the holiday that the address names, among those of its year.
func (c *Console) holidayOf(r *http.Request) (schedule.Holiday, error) {
	id, err := web.PathID(r, "id")
	if err != nil {
		return schedule.Holiday{}, err
	}
	list, err := c.schedule.Holidays(r.Context(), c.yearOf(r))
	if err != nil {
		return schedule.Holiday{}, err
	}
	for _, h := range list {
		if h.ID == id && id != uuid.Nil {
			return h, nil
		}
	}
	return schedule.Holiday{}, schedule.ErrHolidayNotFound
}

func (c *Console) showDeleteHoliday(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	h, err := c.holidayOf(r)
	if err != nil {
		return err
	}
	v := deleteHolidayView{Page: web.NewPage(r, "console.schedule.holiday.question"), Form: f, Holiday: h,
		Effects: []string{i18n.T(r.Context(), "console.schedule.holiday.effect"), i18n.T(r.Context(), "console.schedule.holiday.kept")}}
	return web.RenderForm(w, r, f, deleteHolidayTempl(v))
}
