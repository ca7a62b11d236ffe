package console

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/people"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type residentsView struct {
	web.Page
	Form      *form.Form // the filters
	Status    people.Status
	Tabs      []ui.Tab
	Barangays []ui.Option
	Rows      []people.Resident
	Next      string
	Now       time.Time
}

// GET /console/residents/?status=&q=&barangay=&after=
func (c *Console) residents(w http.ResponseWriter, r *http.Request) error {
	ctx, scope := r.Context(), web.PrincipalOf(r.Context()).Scope
	f := form.Query(r)
	filter := residentFilter(f)
	counts, err := c.people.ResidentCounts(ctx, scope, filter)
	if err != nil {
		return err
	}
	if filter.Status == "" && counts.Pending > 0 && !r.URL.Query().Has("status") {
		filter.Status = people.Pending // the work to do comes first
	}
	page, err := c.people.Residents(ctx, scope, filter)
	if err != nil {
		return err
	}
	barangays, err := c.barangayOptions(ctx, scope)
	if err != nil {
		return err
	}
	v := residentsView{Page: web.NewPage(r, "console.residents.title"), Form: f, Status: filter.Status,
		Barangays: barangays, Rows: page.Rows, Next: page.Next, Now: c.now()}
	v.Tabs = v.tabs(ctx, counts)
	return web.Render(w, r, http.StatusOK, residentsTempl(v))
}

// residentFilter reads the filters of the list from its address.
func residentFilter(f *form.Form) people.ResidentFilter {
	return people.ResidentFilter{
		Search: f.Text("q", 100), Status: knownStatus(f.Text("status", 20)), Barangay: f.ID("barangay"), Cursor: f.Text("after", 200),
	}
}

// knownStatus drops a status that is none.
func knownStatus(s string) people.Status {
	switch status := people.Status(s); status {
	case people.Pending, people.Approved, people.Rejected, people.Suspended:
		return status
	default:
		return ""
	}
}

// tabs are the states of residents with how many are in each.
func (v residentsView) tabs(ctx context.Context, n people.Counts) []ui.Tab {
	tab := func(status people.Status, text string, count int) ui.Tab {
		return ui.Tab{Href: v.Query("status", statusValue(status)), Text: text, Count: count, Counted: true, Current: v.Status == status}
	}
	return []ui.Tab{
		tab(people.Pending, i18n.T(ctx, "console.residents.tab.pending"), n.Pending),
		tab(people.Approved, i18n.T(ctx, "console.residents.tab.approved"), n.Approved),
		tab(people.Suspended, i18n.T(ctx, "console.residents.tab.suspended"), n.Suspended),
		tab(people.Rejected, i18n.T(ctx, "console.residents.tab.rejected"), n.Rejected),
		tab("", i18n.T(ctx, "console.residents.tab.all"), n.All),
	}
}

// barangayOptions are the barangays within reach as choices, with one for all of them.
func (c *Console) barangayOptions(ctx context.Context, scope people.Scope) ([]ui.Option, error) {
	list, err := c.people.BarangaysOf(ctx, scope)
	if err != nil {
		return nil, err
	}
	options := []ui.Option{{Text: i18n.T(ctx, "console.all_barangays", "Count", len(list))}}
	for _, b := range list {
		options = append(options, ui.Option{Value: b.ID.String(), Text: b.Name})
	}
	return options, nil
}

// statusText is a resident's state in a word.
func statusText(ctx context.Context, s people.Status) string {
	switch s {
	case people.Pending:
		return i18n.T(ctx, "console.state.pending")
	case people.Approved:
		return i18n.T(ctx, "console.state.approved")
	case people.Rejected:
		return i18n.T(ctx, "console.state.rejected")
	default:
		return i18n.T(ctx, "console.state.suspended")
	}
}

// stateTone is the colour that goes with the word.
func stateTone(s people.Status) string {
	switch s {
	case people.Pending:
		return "sun"
	case people.Approved:
		return "leaf"
	default:
		return "clay"
	}
}

// about is a resident in a line: gender, age and a phone that nobody can read off a
// screen from behind.
func about(ctx context.Context, r people.Resident, now time.Time) string {
	s := genderText(ctx, r.Gender)
	if age, ok := ageOn(r.BirthDate, now); ok {
		if s != "" {
			s += ", "
		}
		s += i18n.T(ctx, "console.years", "Count", age)
	}
	if r.Phone != "" {
		if s != "" {
			s += " · "
		}
		s += maskPhone(r.Phone)
	}
	return s
}

func genderText(ctx context.Context, gender string) string {
	switch gender {
	case "female":
		return i18n.T(ctx, "console.gender.female")
	case "male":
		return i18n.T(ctx, "console.gender.male")
	case "other":
		return i18n.T(ctx, "console.gender.other")
	default:
		return ""
	}
}

// ageOn is somebody's age in full years in Manila; false when the birth date is not known.
func ageOn(birthDate string, now time.Time) (int, bool) {
	born, err := time.Parse(time.DateOnly, birthDate)
	if err != nil {
		return 0, false
	}
	age := now.Year() - born.Year()
	if now.YearDay() < born.AddDate(age, 0, 0).YearDay() {
		age--
	}
	return age, age >= 0
}

// maskPhone shows the ends of a phone number: 0917 ••• 0142.
func maskPhone(phone string) string {
	if len(phone) != len("+639171234567") {
		return "•••"
	}
	return "0" + phone[3:6] + " ••• " + phone[9:]
}

// waitsLong marks a registration that waits for longer than the two working days that
// the office promises.
func waitsLong(r people.Resident, now time.Time) bool { return now.Sub(r.CreatedAt) > 48*time.Hour }

// GET /console/residents.csv and .xlsx: what the list shows, all of its pages.
func (c *Console) exportResidents(w http.ResponseWriter, r *http.Request) error {
	filter := residentFilter(form.Query(r))
	return web.Export(w, r, "residents", c.now(), c.report.Residents(r.Context(), web.PrincipalOf(r.Context()).Scope, filter))
}

// residentPath is the page of a resident.
func residentPath(id uuid.UUID) string { return "/console/residents/" + id.String() + "/" }

// familyPath is the page of a family.
func familyPath(id uuid.UUID) string { return "/console/families/" + id.String() + "/" }

// statusValue is a state as it stands in an address; "all" for no state, so that a list
// that begins with the pending ones can also show everybody.
func statusValue(s people.Status) string {
	if s == "" {
		return "all"
	}
	return string(s)
}
