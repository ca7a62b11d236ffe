package site

import (
	"context"
	"errors"
	"net/http"
	"time"

	"ekolek/internal/ledger"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// movesOnHome is how many of the last movements the home page shows, newsOnHome how many
// notices that are new.
const (
	movesOnHome = 5
	newsOnHome  = 3
)

type homeView struct {
	web.Page
	Balance ui.BalanceCard
	Open    []waiting // reservations
	Family  people.Summary
	News    []ui.Told
	Moves   []ui.Move
	Bring   referral
	Truck   truck
}

// GET /home/
func (s *Site) home(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	me := web.PrincipalOf(ctx).Resident
	statement, err := s.report.Statement(ctx, me.ID, report.StatementFilter{Limit: movesOnHome})
	if err != nil {
		return err
	}
	family, err := s.people.FamilySummary(ctx, me.ID)
	if err != nil {
		return err
	}
	card, err := s.people.CardOf(ctx, me.ID)
	if err != nil {
		return err
	}
	news, err := s.notify.Notices(ctx, notify.Bell{Audience: notify.Resident, ID: me.ID}, notify.NoticeFilter{Unviewed: true, Limit: newsOnHome})
	if err != nil {
		return err
	}
	worth, err := s.worth(ctx, statement.Balance.Available())
	if err != nil {
		return err
	}
	open, err := s.openReservations(r)
	if err != nil {
		return err
	}
	bring, err := s.referralOf(ctx, me)
	if err != nil {
		return err
	}
	comes, err := s.truckOf(ctx, me.BarangayID, me.BarangayName)
	if err != nil {
		return err
	}
	v := homeView{Truck: comes, Bring: bring, Open: open, Page: web.NewPage(r, "site.home.title"), Family: family, News: web.Told(ctx, news.Rows), Moves: ui.MovesOf(ctx, statement.Rows),
		Balance: balanceCard(ctx, me, statement.Balance, card, worth)}
	return web.Render(w, r, http.StatusOK, homeTempl(v))
}

func balanceCard(ctx context.Context, me people.Resident, b ledger.Balance, card people.Card, worth string) ui.BalanceCard {
	v := ui.BalanceCard{Name: me.FullName, Title: i18n.T(ctx, "site.home.balance"), Label: i18n.T(ctx, "site.home.spend"),
		Points: i18n.Points(b.Available()), Worth: worth, QR: card.QR, Code: card.Typed(), CardHref: "/card/",
		Acts: []ui.Act{
			{Href: "/card/", Icon: "qr-code", Text: i18n.T(ctx, "site.home.my_qr")},
			{Href: "/rewards/", Icon: "gift", Text: i18n.T(ctx, "site.home.use")},
		}}
	if b.Held > 0 {
		v.Held = i18n.T(ctx, "site.home.held", "Points", b.Held)
	}
	return v
}

// worth tells points in the staple reward: "Buys 3 kg of rice". Empty when they buy none.
func (s *Site) worth(ctx context.Context, have ledger.Points) (string, error) {
	_, items, err := s.ratesAndRewards(ctx)
	if err != nil {
		return "", err
	}
	item, ok := staple(items)
	if !ok || have < item.Price {
		return "", nil
	}
	return i18n.T(ctx, "site.home.buys", "Quantity", int64(have/item.Price), "Unit", item.Unit, "Reward", i18n.Pick(ctx, item.Name, item.NameFil)), nil
}

type cardView struct {
	web.Page
	Card people.Card
	Me   people.Resident
	Live people.Live   // zero when the card has ended
	Left time.Duration // until the next live code
}

// GET /card/
func (s *Site) card(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	me := web.PrincipalOf(ctx).Resident
	card, err := s.people.CardOf(ctx, me.ID)
	if err != nil {
		return err
	}
	v := cardView{Page: web.NewPage(r, "site.card.title"), Card: card, Me: me}
	v.Live, err = s.people.LiveOf(ctx, me.ID)
	if err != nil && !errors.Is(err, people.ErrCardRevoked) && !errors.Is(err, people.ErrCardExpired) {
		return err
	}
	v.Left = v.Live.Until.Sub(s.now())
	return web.Render(w, r, http.StatusOK, cardTempl(v))
}
