package site

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

func reservationPath(id uuid.UUID) string { return rewardsPath + "reservations/" + id.String() + "/" }

// waiting is a reservation as lists show it.
type waiting struct {
	rewards.Reservation
	What    string // "2 kg Rice"
	Picture string // address of a small one; empty: the drawing
}

func waitingOf(ctx context.Context, rows []rewards.Reservation) []waiting {
	list := make([]waiting, 0, len(rows))
	for _, r := range rows {
		list = append(list, waiting{Reservation: r, What: several(r.Quantity, r.Unit, i18n.Pick(ctx, r.ItemName, r.ItemNameFil))})
	}
	return list
}

func (w waiting) href() string { return reservationPath(w.ID) }

// openReservations are the reader's that hold points, the one that ends first on top.
func (s *Site) openReservations(r *http.Request) ([]waiting, error) {
	ctx := r.Context()
	page, err := s.rewards.Reservations(ctx, people.City, rewards.ReservationFilter{Resident: web.PrincipalOf(ctx).ID, State: rewards.Open})
	if err != nil {
		return nil, err
	}
	list := waitingOf(ctx, page.Rows)
	ids := make([]uuid.NullUUID, 0, len(list))
	for _, w := range list {
		ids = append(ids, w.ThumbnailID)
	}
	paths, err := s.pictures(r, ids...)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Picture = paths[list[i].ThumbnailID.UUID]
	}
	slices.SortStableFunc(list, func(a, b waiting) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
	return list, nil
}

// stateText is what became of a reservation, in a word or three.
func (w waiting) stateText(ctx context.Context) string {
	switch w.State {
	case rewards.Claimed:
		return i18n.T(ctx, "site.reservation.claimed")
	case rewards.Cancelled:
		return i18n.T(ctx, "site.reservation.cancelled")
	case rewards.Expired:
		return i18n.T(ctx, "site.reservation.expired")
	default:
		return i18n.T(ctx, "site.home.reserved_until", "Place", w.PlaceName, "Until", w.ExpiresAt)
	}
}

// paidText tells what it cost, or would have.
func (w waiting) paidText(ctx context.Context) string {
	switch w.State {
	case rewards.Open:
		return i18n.T(ctx, "site.reservation.held", "Points", w.Points)
	case rewards.Claimed:
		return i18n.T(ctx, "site.reservation.paid", "Points", w.Points)
	default:
		return w.stateText(ctx)
	}
}

// closedText tells when a reservation ended, and by whom if by a person.
func (w waiting) closedText(ctx context.Context) string {
	if w.ClosedAt == nil {
		return ""
	}
	if w.ClosedBy == "" || w.State == rewards.Expired {
		return i18n.Time(ctx, *w.ClosedAt)
	}
	return i18n.T(ctx, "site.reservation.closed", "When", *w.ClosedAt, "Name", w.ClosedBy)
}

type reservationView struct {
	web.Page
	waiting
	Left    time.Duration // until it expires
	Receipt string        // address of the receipt of a claimed one
}

// GET /rewards/reservations/{id}/ — the code to show, where, and until when.
func (s *Site) reservation(w http.ResponseWriter, r *http.Request) error {
	v, err := s.ownReservation(r, "site.reservation.title")
	if err != nil {
		return err
	}
	v.Left = v.ExpiresAt.Sub(s.now())
	if v.State == rewards.Claimed {
		given, err := s.rewards.RedemptionByID(r.Context(), people.City, v.ID)
		if err != nil {
			return err
		}
		v.Receipt = receiptPath(given.ReceiptID.UUID)
	}
	return web.Render(w, r, http.StatusOK, reservationTempl(v))
}

// ownReservation is that of the address, which is the reader's own.
func (s *Site) ownReservation(r *http.Request, title string) (reservationView, error) {
	ctx := r.Context()
	id, err := web.PathID(r, "id")
	if err != nil {
		return reservationView{}, err
	}
	found, err := s.rewards.ReservationOf(ctx, web.PrincipalOf(ctx).ID, id)
	if err != nil {
		return reservationView{}, err
	}
	list := waitingOf(ctx, []rewards.Reservation{found})
	return reservationView{Page: web.NewPage(r, title, "Reward", list[0].What), waiting: list[0]}, nil
}

// GET /rewards/reservations/{id}/cancel/
func (s *Site) cancelReservationPage(w http.ResponseWriter, r *http.Request) error {
	v, err := s.ownReservation(r, "site.reservation.cancel_title")
	if err != nil {
		return err
	}
	if v.State != rewards.Open { // somebody was faster: its page says how it ended
		web.Redirect(w, r, v.href())
		return nil
	}
	return web.Render(w, r, http.StatusOK, cancelReservationTempl(v))
}

// POST /rewards/reservations/{id}/cancel/ — pressed twice, the second finds it cancelled.
func (s *Site) cancelReservation(w http.ResponseWriter, r *http.Request) error {
	v, err := s.ownReservation(r, "site.reservation.cancel_title")
	if err != nil {
		return err
	}
	f := form.Empty()
	if err := f.Take(s.rewards.CancelOwn(r.Context(), web.ActorOf(r), v.ResidentID, v.ID)); err != nil {
		return err
	}
	if f.OK() {
		web.Flash(w, r, ui.Done, "site.reservation.done", "Points", v.Points)
	}
	web.Redirect(w, r, v.href()) // which tells what became of it, if somebody was faster
	return nil
}
