package console

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type reservationsView struct {
	web.Page
	Form   *form.Form
	State  rewards.State // empty: all
	Items  []ui.Option
	Places []ui.Option // empty: there is only one
	Rows   []rewards.Reservation
	Next   string
}

// allStates is the value of ?state= that asks for reservations in every state; without one
// the list shows those that are open.
const allStates = "all"

// GET /console/reservations/?state=&code=&place=&item=&after=
func (c *Console) reservations(w http.ResponseWriter, r *http.Request) error {
	ctx, f := r.Context(), form.Query(r)
	v := reservationsView{Page: web.NewPage(r, "console.reservations.title"), Form: f}
	filter := reservationFilter(f)
	v.State = filter.State
	var err error
	if v.Rows, v.Next, err = c.reservationRows(ctx, f, filter); err != nil {
		return err
	}
	if v.Items, err = c.itemOptions(ctx); err != nil {
		return err
	}
	if v.Places, err = c.placeOptions(ctx); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, reservationsTempl(v))
}

// reservationRows are a page of the list, or the one reservation whose code was typed.
func (c *Console) reservationRows(ctx context.Context, f *form.Form, filter rewards.ReservationFilter) ([]rewards.Reservation, string, error) {
	scope := web.PrincipalOf(ctx).Scope
	code := f.Text("code", 40)
	if code == "" {
		page, err := c.rewards.Reservations(ctx, scope, filter)
		return page.Rows, page.Next, err
	}
	found, err := c.rewards.ReservationByCode(ctx, scope, code)
	if err := f.Keep(err); err != nil {
		return nil, "", err
	}
	if f.Wrong() {
		return nil, "", nil
	}
	return []rewards.Reservation{found}, "", nil
}

func reservationFilter(f *form.Form) rewards.ReservationFilter {
	state := rewards.State(f.Text("state", 20))
	switch state {
	case "":
		state = rewards.Open
	case allStates:
		state = ""
	}
	return rewards.ReservationFilter{State: state, Place: f.ID("place"), Item: f.ID("item"), Resident: f.ID("resident"), Cursor: f.Text("after", 200)}
}

// tabs are the states.
func (v reservationsView) tabs(ctx context.Context) []ui.Tab {
	tab := func(state rewards.State, value, text string) ui.Tab {
		return ui.Tab{Href: v.Query("state", value, "code", ""), Text: text, Current: v.State == state && v.Form.Raw("code") == ""}
	}
	return []ui.Tab{
		tab(rewards.Open, "", i18n.T(ctx, "console.reservations.open")),
		tab(rewards.Claimed, string(rewards.Claimed), i18n.T(ctx, "console.reservations.claimed")),
		tab(rewards.Cancelled, string(rewards.Cancelled), i18n.T(ctx, "console.reservations.cancelled")),
		tab(rewards.Expired, string(rewards.Expired), i18n.T(ctx, "console.reservations.expired")),
		tab("", allStates, i18n.T(ctx, "console.reservations.all")),
	}
}

// reservationKey names a state.
func reservationKey(s rewards.State) string {
	switch s {
	case rewards.Claimed:
		return "console.reservations.claimed"
	case rewards.Cancelled:
		return "console.reservations.cancelled"
	case rewards.Expired:
		return "console.reservations.expired"
	default:
		return "console.reservations.open"
	}
}

// GET /console/reservations.csv and .xlsx: what the list shows, all of its pages.
func (c *Console) exportReservations(w http.ResponseWriter, r *http.Request) error {
	f, ctx := form.Query(r), r.Context()
	table := report.Table{
		Name: "console.reservations.title",
		Head: []string{"console.reservations.code", "console.state", "report.col.resident", "report.col.family_code", "report.col.barangay", "console.reward",
			"console.quantity", "report.col.points", "console.place", "console.reservations.made_at", "console.reservations.until", "console.reservations.closed_at",
			"console.reservations.closed_by", "report.col.reason", "report.col.id"},
		Rows: rowsOf(func(cursor string) ([]rewards.Reservation, string, error) {
			filter := reservationFilter(f)
			filter.Cursor, filter.Limit = cursor, exportChunk
			return c.reservationRows(ctx, f, filter)
		}, reservationCells),
	}
	return web.Export(w, r, "reservations", c.now(), table)
}

func reservationCells(v rewards.Reservation) []any {
	return []any{v.Code, report.Word(reservationKey(v.State)), v.ResidentName, v.FamilyCode, v.BarangayName, v.ItemName, v.Quantity, v.Points, v.PlaceName,
		v.At, v.ExpiresAt, moment(v.ClosedAt), v.ClosedBy, v.CloseReason, v.ID.String()}
}

// moment is a time for a file that may not have come.
func moment(t *time.Time) any {
	if t == nil {
		return nil
	}
	return *t
}

type cancelReservationView struct {
	web.Page
	Form        *form.Form
	Reservation rewards.Reservation
}

// reservationOf is the reservation that the address names, within the reader's reach.
func (c *Console) reservationOf(r *http.Request) (rewards.Reservation, error) {
	id, err := web.PathID(r, "id")
	if err != nil {
		return rewards.Reservation{}, err
	}
	return c.rewards.ReservationByID(r.Context(), web.PrincipalOf(r.Context()).Scope, id)
}

// cancelPath is where the office gives a reservation up.
func cancelPath(id uuid.UUID) string { return "/console/reservations/" + id.String() + "/cancel/" }

// GET /console/reservations/{id}/cancel/
func (c *Console) cancelReservationPage(w http.ResponseWriter, r *http.Request) error {
	found, err := c.reservationOf(r)
	if err != nil {
		return err
	}
	return c.showCancel(w, r, found, form.Empty())
}

// POST /console/reservations/{id}/cancel/
func (c *Console) cancelReservation(w http.ResponseWriter, r *http.Request) error {
	found, err := c.reservationOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	reason := f.Reason("reason")
	if f.OK() {
		if err := f.Take(c.rewards.Cancel(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, found.ID, reason)); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showCancel(w, r, found, f)
	}
	web.Flash(w, r, ui.Done, "console.reservations.cancel_done", "Points", found.Points, "Name", found.ResidentName)
	web.Redirect(w, r, "/console/reservations/")
	return nil
}

func (c *Console) showCancel(w http.ResponseWriter, r *http.Request, found rewards.Reservation, f *form.Form) error {
	v := cancelReservationView{Page: web.NewPage(r, "console.reservations.cancel_title"), Form: f, Reservation: found}
	return web.RenderForm(w, r, f, cancelReservationTempl(v))
}
