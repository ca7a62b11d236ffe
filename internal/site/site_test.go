package site_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/cache"
	"ekolek/internal/collection"
	"ekolek/internal/console"
	"ekolek/internal/db"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/schedule"
	"ekolek/internal/site"
	"ekolek/internal/testkit"
	"ekolek/internal/web"
)

// town is a World with the residents' pages on top of it, and the console beside them as
// in the program.
type town struct {
	*testkit.World
	t          *testing.T
	collection *collection.Service
	rewards    *rewards.Service
	schedule   *schedule.Service
	sealing    *ledger.Sealing
	url        string
}

func newTown(t *testing.T, d *db.DB) *town {
	t.Helper()
	return newTownOf(t, testkit.NewWorld(t, d))
}

func newTownOf(t *testing.T, w *testkit.World) *town {
	t.Helper()
	memory, err := cache.Memory()
	must(t, err)
	c := &town{World: w, t: t, collection: collection.New(w.DB, w.Notify, w.Clock.Now), rewards: rewards.New(w.DB, w.Notify, w.Clock.Now).Keeping(w.Files),
		sealing: ledger.NewSealing(w.DB, w.Vault, "San Pedro City", w.Clock.Now)}
	c.schedule = schedule.New(w.DB, w.Notify, w.Clock.Now).Naming(c.materials).Reminding(w.People, w.Queue, 18)
	figures := report.New(w.DB, w.People, w.Clock.Now)
	pages := site.New(site.Deps{Auth: w.Auth, Notify: w.Notify, Sealing: c.sealing, People: w.People, Collection: c.collection, Rewards: c.rewards, Schedule: c.schedule, Report: figures,
		Files: w.Files, Cache: memory, City: "San Pedro City", SiteURL: "https://ekolek.test", Reserved: 72 * time.Hour, Now: w.Clock.Now})
	office := console.New(console.Deps{Schedule: c.schedule, Files: w.Files, Auth: w.Auth, Notify: w.Notify, Approval: w.Approval, Queue: w.Queue, People: w.People, Collection: c.collection, Rewards: c.rewards, Report: figures, Now: w.Clock.Now})
	c.url = w.Serve(t, func(srv *web.Server) {
		srv.Mount(pages.Surface(), pages.Routes())
		srv.Mount(office.Surface(), office.Routes())
	})
	return c
}

// materials are the waste types as the plan names them.
func (c *town) materials(ctx context.Context, q db.Q) ([]schedule.Material, error) {
	types, err := c.collection.TypesIn(ctx, q)
	out := make([]schedule.Material, len(types))
	for i, t := range types {
		out[i] = schedule.Material{ID: t.ID, Name: t.Name, NameFil: t.NameFil, Class: string(t.Class)}
	}
	return out, err
}

// visitor is a browser that nobody signed in with.
func (c *town) visitor() *testkit.Browser { return c.Browser(c.t, c.url) }

// as is a browser signed in as a resident.
func (c *town) as(r people.Resident) *testkit.Browser {
	c.t.Helper()
	return c.visitor().SignIn("/login/", r.Username)
}

// pet makes a waste type that pays 5 points a kilo, rice a reward of 60 points of which
// ten are there.
func (c *town) pet() collection.WasteType {
	c.t.Helper()
	id, err := c.collection.SaveType(c.t.Context(), c.Actor(c.Admin), collection.TypeForm{Name: "PET bottles", NameFil: "Boteng PET",
		Class: collection.Recyclable, Factor: "PET", Icon: "art-pet", Rate: 500, Active: true})
	must(c.t, err)
	t, err := c.collection.TypeByID(c.t.Context(), id)
	must(c.t, err)
	return t
}

func (c *town) rice() uuid.UUID {
	c.t.Helper()
	return c.reward(rewards.ItemForm{Name: "Rice", NameFil: "Bigas", Price: 6000, Unit: "kg", Icon: "art-rice", Active: true, Stock: 10})
}

func (c *town) reward(f rewards.ItemForm) uuid.UUID {
	c.t.Helper()
	id, err := c.rewards.SaveItem(c.t.Context(), c.Actor(c.Admin), f)
	must(c.t, err)
	return id
}

// weigh records so many grams of a type for a resident, wherever the resident lives.
func (c *town) weigh(r people.Resident, t collection.WasteType, g ledger.Grams, key string) collection.Receipt {
	c.t.Helper()
	receipt, err := c.collection.Record(c.t.Context(), c.Actor(c.Admin), people.City, collection.Entry{RequestKey: key, Resident: r.ID,
		IdentifiedBy: "card", Lines: []collection.EntryLine{{Type: t.ID, Gross: g}}})
	must(c.t, err)
	return receipt
}

// give posts so many adjustments of one point each, a minute apart, with the reasons
// "move 1", "move 2", …
func (c *town) give(r people.Resident, n int) {
	c.t.Helper()
	for i := range n {
		c.adjust(r, "move "+strconv.Itoa(i+1))
	}
}

func (c *town) adjust(r people.Resident, reason string) {
	c.t.Helper()
	must(c.t, c.DB.InTx(c.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := ledger.Post(ctx, tx, ledger.Posting{Kind: ledger.KindAdjustment, Source: db.NewID(), Account: r.ID, Points: 100,
			Actor: audit.Command("test"), Reason: reason, At: c.Clock.Now()})
		return err
	}))
}

// prior keeps lines of a former system for a resident.
func (c *town) prior(r people.Resident, entries ...ledger.PriorEntry) {
	c.t.Helper()
	must(c.t, c.DB.InTx(c.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		for _, e := range entries {
			e.ID, e.Account, e.At = db.NewID(), r.ID, c.Clock.Now()
			if _, err := ledger.AddPrior(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	}))
}

// suspend bars a resident.
func (c *town) suspend(r people.Resident) {
	c.t.Helper()
	_, err := c.People.Suspend(c.t.Context(), c.Actor(c.Admin), people.City, r.ID, "Lent the card to strangers")
	must(c.t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
