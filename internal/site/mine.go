package site

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// onMine is how many rows a page of one's rewards has.
const onMine = 20

type mineView struct {
	web.Page
	Open []waiting
	Tabs []ui.Tab
	All  bool // every reservation there was, instead of what was received
	Rows []ui.Move
	Next string
}

func (v mineView) listName(ctx context.Context) string {
	if v.All {
		return i18n.T(ctx, "site.mine.all")
	}
	return i18n.T(ctx, "site.mine.received")
}

// GET /rewards/mine/?show=&after= — what waits, and what was received; with show=all every
// reservation there was.
func (s *Site) mine(w http.ResponseWriter, r *http.Request) (err error) {
	ctx, f := r.Context(), form.Query(r)
	me := web.PrincipalOf(ctx).ID
	v := mineView{Page: web.NewPage(r, "site.mine.title"), All: f.Raw("show") == "all"}
	v.Tabs = []ui.Tab{
		{Href: minePath, Text: i18n.T(ctx, "site.mine.received"), Current: !v.All},
		{Href: minePath + "?show=all", Text: i18n.T(ctx, "site.mine.all"), Current: v.All},
	}
	if v.Open, err = s.openReservations(r); err != nil {
		return err
	}
	list := s.received
	if v.All {
		list = s.reserved
	}
	if v.Rows, v.Next, err = list(ctx, me, f.Text("after", 200)); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, mineTempl(v))
}

// received are a resident's redemptions, newest first, each leading to its receipt.
func (s *Site) received(ctx context.Context, me uuid.UUID, cursor string) ([]ui.Move, string, error) {
	page, _, err := s.rewards.Redemptions(ctx, people.City, rewards.RedemptionFilter{Resident: me, Cursor: cursor, Limit: onMine})
	if err != nil {
		return nil, "", err
	}
	rows := make([]ui.Move, 0, len(page.Rows))
	for _, d := range page.Rows {
		m := ui.Move{Icon: "gift", Text: whatOf(ctx, d), At: d.At, Amount: i18n.Signed(-d.Points), Out: true}
		if d.ReceiptID.Valid {
			m.Href = receiptPath(d.ReceiptID.UUID)
		}
		if d.ReturnedAt != nil {
			m.Icon, m.Note = "undo-2", i18n.T(ctx, "site.mine.returned")
		}
		rows = append(rows, m)
	}
	return rows, page.Next, nil
}

// reserved are a resident's reservations, newest first, each with what became of it.
func (s *Site) reserved(ctx context.Context, me uuid.UUID, cursor string) ([]ui.Move, string, error) {
	page, err := s.rewards.Reservations(ctx, people.City, rewards.ReservationFilter{Resident: me, Cursor: cursor, Limit: onMine})
	if err != nil {
		return nil, "", err
	}
	rows := make([]ui.Move, 0, len(page.Rows))
	for _, w := range waitingOf(ctx, page.Rows) {
		rows = append(rows, ui.Move{Icon: "clock", Text: w.What, At: w.At, Href: w.href(), Amount: i18n.Points(w.Points), Note: w.stateText(ctx)})
	}
	return rows, page.Next, nil
}
