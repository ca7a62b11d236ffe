package site

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"time"

	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type reserveView struct {
	web.Page
	Form     *form.Form
	Key      string // reserves once, however often it is sent
	Item     rewards.Item
	Name     string
	Places   []rewards.PlaceStock // where there is some
	Place    rewards.PlaceStock   // the chosen one
	Quantity int64
	Have     ledger.Points
	Until    time.Time
}

// GET /rewards/reserve/{id}/?quantity=&place=
func (s *Site) reservePage(w http.ResponseWriter, r *http.Request) error {
	return s.showReserve(w, r, form.Empty("quantity", r.FormValue("quantity"), "place", r.FormValue("place"), "key", rand.Text()))
}

// POST /rewards/reserve/{id}/
func (s *Site) reserve(w http.ResponseWriter, r *http.Request) error {
	item, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	ctx, me := r.Context(), web.PrincipalOf(r.Context())
	in := rewards.Reserving{RequestKey: f.Text("key", 100), Resident: me.ID, Item: item, Place: f.ID("place"), Quantity: int64(f.Int("quantity"))}
	if f.OK() {
		made, err := s.rewards.Reserve(ctx, web.ActorOf(r), in)
		if isKeyReused(err) {
			f.With("key", rand.Text())
			err = errs.New(errs.Conflict, "ALREADY_RESERVED", "site.reserve.already")
		}
		if err := f.Take(err); err != nil {
			return err
		}
		if f.OK() {
			web.Flash(w, r, ui.Done, "site.reserve.done")
			web.Redirect(w, r, reservationPath(made.ID))
			return nil
		}
	}
	return s.showReserve(w, r, f)
}

// isKeyReused says that the page in hand had reserved something before, and was changed
// after going back to it.
func isKeyReused(err error) bool {
	e, ok := errs.As(err)
	return ok && e.Code == "REQUEST_KEY_REUSED"
}

// showReserve is the page of the act with today's figures: what it costs, what it leaves,
// where and until when. Without a script, the steps of the quantity are links to itself.
func (s *Site) showReserve(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	ctx := r.Context()
	item, places, err := s.offered(r)
	if err != nil {
		return err
	}
	balance, err := s.report.Balance(ctx, web.PrincipalOf(ctx).ID)
	if err != nil {
		return err
	}
	places = slices.DeleteFunc(places, func(p rewards.PlaceStock) bool { return p.Available() <= 0 })
	v := reserveView{Form: f, Key: f.Raw("key"), Item: item, Name: nameOf(ctx, item), Places: places, Place: chosenPlace(places, f.Raw("place")),
		Have: balance.Available(), Until: s.now().Add(s.holds)}
	v.Page = web.NewPage(r, "site.reserve.title", "Reward", v.Name)
	if len(places) == 0 || v.Have < item.Price { // nothing to reserve: its page says why
		if f.OK() {
			web.Redirect(w, r, rewardPath(item.ID))
			return nil
		}
	}
	v.Quantity = min(max(quantityOf(f), 1), max(v.most(v.Place), 1))
	return web.RenderForm(w, r, f, reserveTempl(v))
}

// chosenPlace is the named one of the places, else the first.
func chosenPlace(places []rewards.PlaceStock, id string) rewards.PlaceStock {
	for _, p := range places {
		if p.Place.ID.String() == id {
			return p
		}
	}
	if len(places) == 0 {
		return rewards.PlaceStock{}
	}
	return places[0]
}

// quantityOf is the typed quantity, 0 when it is none.
func quantityOf(f *form.Form) int64 {
	n, err := strconv.ParseInt(f.Raw("quantity"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// most is how many points and the stock of a place allow.
func (v reserveView) most(p rewards.PlaceStock) int64 {
	return min(int64(v.Have/v.Item.Price), p.Available(), rewards.MaxQuantity)
}

func (v reserveView) mostText(p rewards.PlaceStock) string { return strconv.FormatInt(v.most(p), 10) }

func (v reserveView) quantityText() string { return strconv.FormatInt(v.Quantity, 10) }

func (v reserveView) cost() ledger.Points { return v.Item.Price * ledger.Points(v.Quantity) }

// step is the address of the same page with n more, or n fewer.
func (v reserveView) step(n int64) string {
	quantity := min(max(v.Quantity+n, 1), max(v.most(v.Place), 1))
	return reservePath(v.Item.ID) + "?quantity=" + strconv.FormatInt(quantity, 10) + "&place=" + v.Place.Place.ID.String()
}

// until tells where and until when.
func (v reserveView) until(ctx context.Context) string {
	if len(v.Places) == 1 {
		return i18n.T(ctx, "site.reserve.until", "Place", v.Place.Place.Name, "Until", v.Until)
	}
	return i18n.T(ctx, "site.reserve.until_there", "Until", v.Until)
}

func hundredths(p ledger.Points) string { return strconv.FormatInt(int64(p), 10) }
