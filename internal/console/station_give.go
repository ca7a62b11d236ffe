package console

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
)

// giveEntry is what was typed on the confirming page, and what is wrong with it. The
// resident's code or PIN is never shown again.
type giveEntry struct {
	Key   string     // takes points once, however often it is sent
	Proof uuid.UUID  // that the resident agrees, given before; Nil: not yet
	Ask   bool       // a proof is needed
	form  *form.Form // where refusals are kept
}

func (e giveEntry) wrong(field string) errs.Text {
	t, _ := e.form.FieldError(field)
	return t
}

// GET /console/station/residents/{id}/rewards/give/?q-ITEM=2&claim=RESERVATION
func (c *Console) confirmRewards(w http.ResponseWriter, r *http.Request) error {
	t, err := c.counter(r)
	if err != nil {
		return err
	}
	switch {
	case len(t.Cart.wrong) > 0:
		return c.showShelf(w, r, http.StatusUnprocessableEntity, t, errs.T("station.need_quantity"))
	case t.Cart.empty():
		return c.showShelf(w, r, http.StatusUnprocessableEntity, t, errs.T("station.need_choice"))
	}
	return c.showConfirm(w, r, http.StatusOK, t, giveEntry{Key: newRequestKey(), Proof: t.Who.Proof, form: form.Empty()})
}

// POST /console/station/residents/{id}/rewards/give/ — the cart is the address's, as it
// was confirmed.
func (c *Console) giveRewards(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	who, err := c.stationResident(r)
	if err != nil {
		return err
	}
	e := giveEntry{Key: f.Text("key", 100), Proof: f.ID("proof"), form: f}
	receipt, err := c.give(r, who, &e)
	if err != nil {
		return c.refuseRewards(w, r, e, err)
	}
	return goOn(w, r, receiptAddress("receipts", receipt.ID))
}

// give hands out, and where that takes a proof and a code was typed, proves first. It asks
// the book before the code: what was given under this key is told again, whatever has
// become of the code since.
func (c *Console) give(r *http.Request, who stationResident, e *giveEntry) (rewards.Receipt, error) {
	code := e.form.Secret("code")
	if err := e.form.Err(); err != nil {
		return rewards.Receipt{}, err
	}
	receipt, err := c.redeem(r, who, *e)
	if code == "" || !asksProof(err) {
		return receipt, err
	}
	if e.Proof, err = c.prove(r, who, code, e.Key); err != nil {
		return rewards.Receipt{}, besideCode(err)
	}
	return c.redeem(r, who, *e)
}

func (c *Console) redeem(r *http.Request, who stationResident, e giveEntry) (rewards.Receipt, error) {
	cart := readCart(r.URL.Query())
	return c.rewards.Redeem(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, rewards.Request{
		RequestKey: e.Key, Resident: who.ID, Place: cart.Place, Wants: cart.Wants, Reservations: cart.Claims, IdentifiedBy: string(who.By), Proof: e.Proof})
}

// prove takes the resident's code under the form's key; under another, when that one took
// a code for a cart that could not be given after all.
func (c *Console) prove(r *http.Request, who stationResident, code, key string) (uuid.UUID, error) {
	ctx, scope := r.Context(), web.PrincipalOf(r.Context()).Scope
	p, err := c.people.Prove(ctx, web.ActorOf(r), scope, people.Proving{RequestKey: key, Resident: who.ID, Text: code})
	if isKeyReused(err) {
		p, err = c.people.Prove(ctx, web.ActorOf(r), scope, people.Proving{RequestKey: newRequestKey(), Resident: who.ID, Text: code})
	}
	return p.ID, err
}

// besideCode puts what was wrong with a code beside its field.
func besideCode(err error) error {
	e, ok := errs.As(err)
	if !ok || e.Kind == errs.Unavailable {
		return err
	}
	told := *e
	told.Text, told.Fields = errs.T("error.invalid"), errs.Fields{"code": e.Text}
	return &told
}

// refuseRewards shows the page again with today's figures; a script gets the error alone.
// A key that took points for something else is replaced: giving again is then meant.
func (c *Console) refuseRewards(w http.ResponseWriter, r *http.Request, e giveEntry, refusal error) error {
	if asksProof(refusal) {
		e.Proof, e.Ask, refusal = uuid.Nil, true, besideCode(refusal)
	}
	if web.WantsJSON(r) {
		return refusal
	}
	if isKeyReused(refusal) {
		refusal, e.Key = errs.New(errs.Conflict, "ALREADY_SAVED", "station.already_given"), newRequestKey()
	}
	if e.form.OK() {
		if err := e.form.Take(refusal); err != nil {
			return err
		}
	}
	t, err := c.counter(r)
	if err != nil {
		return err
	}
	return c.showConfirm(w, r, web.StatusOf(refusal), t, e)
}

// asksProof says that the resident has to agree, or to agree again: a proof is good for
// some minutes, and once.
func asksProof(err error) bool {
	return errors.Is(err, rewards.ErrProofNeeded) || errors.Is(err, people.ErrProofInvalid)
}

func (c *Console) showConfirm(w http.ResponseWriter, r *http.Request, status int, t counter, e giveEntry) error {
	e.Ask = e.Ask || e.Proof == uuid.Nil && c.rewards.NeedsProof(string(t.Who.By), t.Cost)
	v := confirmView{Page: web.NewPage(r, "station.title"), counter: t, Entry: e}
	return web.Render(w, r, status, confirmPage(v))
}

// giveTexts are the sentences that redeem.js says.
func giveTexts(ctx context.Context, v confirmView) templ.Attributes {
	a := submitTexts(ctx, v.Address)
	a["data-redeem"], a["data-resident"] = true, v.Who.ID.String()
	a["data-say-already-saved"] = i18n.T(ctx, "station.already_given")
	return a
}

// cannotGive says with its numbers why the cart cannot be given; empty when it can.
func cannotGive(ctx context.Context, v confirmView) string {
	switch short := -v.rest(); {
	case !v.Who.CanEarn:
		return i18n.T(ctx, v.Who.barredText(), "Name", v.Who.FullName)
	case v.Cart.empty():
		return i18n.T(ctx, "station.need_choice")
	case short > 0:
		return i18n.T(ctx, "station.cannot_give_points", "Cost", v.Cost, "Name", v.Who.FullName, "Points", v.has())
	case !v.givable():
		return i18n.T(ctx, "station.cannot_give_lines")
	}
	return ""
}

// times is "2 × ", and nothing for one.
func times(n int64) string {
	if n == 1 {
		return ""
	}
	return strconv.FormatInt(n, 10) + " × "
}
