package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
)

// cart is what is about to be handed out: how many of which item, and which reservations.
// The address carries it, so that it survives a reload, the way back and a lost
// connection, and needs no script.
type cart struct {
	Place  uuid.UUID // Nil: the default one
	Wants  []rewards.Want
	Claims []uuid.UUID
	wrong  map[uuid.UUID]string // quantities that are none, as they were typed
}

// wantPrefix begins the name of an item's quantity; the item's id is the rest.
const wantPrefix = "q-"

// readCart reads an address. Quantities of 0 and empty ones are left out; the order is
// always the same, so that the same cart is the same request.
func readCart(v url.Values) cart {
	c := cart{Place: parseID(v.Get("place")), wrong: map[uuid.UUID]string{}}
	for name, typed := range v {
		id := parseID(strings.TrimPrefix(name, wantPrefix))
		if !strings.HasPrefix(name, wantPrefix) || id == uuid.Nil || len(typed) == 0 {
			continue
		}
		text := strings.TrimSpace(clip(typed[0], 10))
		n, err := strconv.ParseInt(cmp.Or(text, "0"), 10, 64)
		switch {
		case err != nil || n < 0 || n > rewards.MaxQuantity:
			c.wrong[id] = text
		case n > 0:
			c.Wants = append(c.Wants, rewards.Want{Item: id, Quantity: n})
		}
	}
	for _, text := range v["claim"] {
		if id := parseID(text); id != uuid.Nil {
			c.Claims = append(c.Claims, id)
		}
	}
	slices.SortFunc(c.Wants, func(a, b rewards.Want) int { return strings.Compare(a.Item.String(), b.Item.String()) })
	slices.SortFunc(c.Claims, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
	c.Claims = slices.Compact(c.Claims)
	return c
}

// parseID is uuid.Nil for anything else.
func parseID(s string) uuid.UUID {
	id, err := uuid.Parse(s)
	if err != nil {
		return uuid.Nil
	}
	return id
}

func (c cart) empty() bool { return len(c.Wants) == 0 && len(c.Claims) == 0 }

// values are what readCart reads.
func (c cart) values() url.Values {
	v := url.Values{}
	if c.Place != uuid.Nil {
		v.Set("place", c.Place.String())
	}
	for _, w := range c.Wants {
		v.Set(wantPrefix+w.Item.String(), strconv.FormatInt(w.Quantity, 10))
	}
	for _, id := range c.Claims {
		v.Add("claim", id.String())
	}
	return v
}

func (c cart) quantity(item uuid.UUID) int64 {
	for _, w := range c.Wants {
		if w.Item == item {
			return w.Quantity
		}
	}
	return 0
}

func (c cart) claims(reservation uuid.UUID) bool { return slices.Contains(c.Claims, reservation) }

// typed is an item's quantity as its field shows it.
func (c cart) typed(item uuid.UUID) string {
	if text, ok := c.wrong[item]; ok {
		return text
	}
	return strconv.FormatInt(c.quantity(item), 10)
}

// counter is the table across which things are handed: the shelf of one place, what is
// set aside for one resident, and what of both was chosen.
type counter struct {
	Who    stationResident
	Place  rewards.Place
	Places []rewards.Place // where things are handed out
	Items  []rewards.Item  // with the stock of the place
	Cart   cart

	Lines []line        // the cart with its prices, what was set aside first
	Cost  ledger.Points // of all of them
	Held  ledger.Points // of that, for what was set aside
}

// counter reads whom and what an address names. A constant number of queries.
func (c *Console) counter(r *http.Request) (counter, error) {
	who, err := c.stationResident(r)
	if err != nil {
		return counter{}, err
	}
	t := counter{Who: who, Cart: readCart(r.URL.Query())}
	ctx := r.Context()
	if t.Places, err = c.placesToHandOut(ctx); err != nil {
		return counter{}, err
	}
	t.Place = placeFor(t.Places, t.Cart.Place, parseID(web.KeptPlace(r)))
	t.Cart.Place = t.Place.ID
	if t.Items, err = c.rewards.ItemsAt(ctx, t.Place.ID); err != nil {
		return counter{}, err
	}
	t.reckon()
	return t, nil
}

// reckon looks up what the cart names, and adds it up.
func (t *counter) reckon() {
	for _, id := range t.Cart.Claims {
		t.Lines = append(t.Lines, t.claimLine(id))
	}
	for _, w := range t.Cart.Wants {
		t.Lines = append(t.Lines, t.wantLine(w))
	}
	for _, l := range t.Lines {
		t.Cost += l.Points
		if l.Claim {
			t.Held += l.Points
		}
	}
}

// choosing is the address of the shelf with this cart.
func (t counter) choosing() string { return t.Who.rewards(t.Cart) }

// giving is the address that hands this cart out.
func (t counter) giving() string { return t.Who.giving(t.Cart) }

// line is one thing of the cart, as it is shown before it is given.
type line struct {
	rewards.Item
	Quantity int64
	Points   ledger.Points
	Claim    bool      // was set aside: its points and its stock are held
	Wrong    errs.Text // why it cannot be given
}

func (t counter) claimLine(id uuid.UUID) line {
	i := slices.IndexFunc(t.Who.Open, func(r rewards.Reservation) bool { return r.ID == id })
	if i < 0 {
		return line{Claim: true, Wrong: errs.T("station.claim_closed")}
	}
	r := t.Who.Open[i]
	l := line{Claim: true, Item: rewards.Item{Name: r.ItemName, NameFil: r.ItemNameFil, Icon: r.Icon, Price: r.Price}, Quantity: r.Quantity, Points: r.Points}
	if r.PlaceID != t.Place.ID {
		l.Wrong = errs.T("station.claim_elsewhere", "Place", r.PlaceName)
	}
	return l
}

func (t counter) wantLine(w rewards.Want) line {
	i := slices.IndexFunc(t.Items, func(i rewards.Item) bool { return i.ID == w.Item })
	if i < 0 {
		return line{Quantity: w.Quantity, Wrong: errs.T("error.rewards.not_found")}
	}
	l := line{Item: t.Items[i], Quantity: w.Quantity, Points: t.Items[i].Price * ledger.Points(w.Quantity)}
	if left := l.Available(); !l.Active || left < w.Quantity {
		l.Wrong = errs.T("station.only_left", "Left", max(left, 0))
	}
	return l
}

// has is what the resident can spend on this cart.
func (t counter) has() ledger.Points { return t.Who.Balance + t.Held }

// rest is what remains to spend; below zero the points do not reach.
func (t counter) rest() ledger.Points { return t.has() - t.Cost }

// givable says whether all of the cart can be handed out.
func (t counter) givable() bool {
	return t.Who.CanEarn && !t.Cart.empty() && t.rest() >= 0 &&
		!slices.ContainsFunc(t.Lines, func(l line) bool { return l.Wrong.Key != "" })
}

// forgotten counts what is set aside here and not in the cart.
func (t counter) forgotten() (n int) {
	here, _ := t.reservations()
	for _, r := range here {
		if !t.Cart.claims(r.ID) {
			n++
		}
	}
	return n
}

// shelf parts the items: now are those that the points buy here, the dearest first; later
// those that they do not, the nearest first. What is in the cart is among the first, so
// that it can be taken out again.
func (t counter) shelf() (now, later []rewards.Item) {
	for _, i := range t.Items {
		switch {
		case !i.Active:
		case most(i, t.Who.Balance) > 0 || t.Cart.typed(i.ID) != "0":
			now = append(now, i)
		default:
			later = append(later, i)
		}
	}
	slices.SortStableFunc(now, func(a, b rewards.Item) int { return cmp.Compare(b.Price, a.Price) })
	slices.SortStableFunc(later, func(a, b rewards.Item) int { return cmp.Compare(a.Price, b.Price) })
	return now, later
}

// most is how many of an item can be handed out at once.
func most(i rewards.Item, balance ledger.Points) int64 {
	return max(0, min(int64(balance/i.Price), i.Available(), rewards.MaxQuantity))
}

// reservations parts what is set aside: here are those that wait at this place, and elsewhere those that do not.
func (t counter) reservations() (here, elsewhere []rewards.Reservation) {
	for _, r := range t.Who.Open {
		if r.PlaceID == t.Place.ID {
			here = append(here, r)
		} else {
			elsewhere = append(elsewhere, r)
		}
	}
	return here, elsewhere
}
