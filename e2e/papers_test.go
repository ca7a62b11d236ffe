package e2e

import (
	"testing"

	"ekolek/internal/audit"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
)

// The office makes slips, voids one, supplies another place and announces a reward: each
// form is refused once where it can be, and sent.
func TestOfficeWritesPapers(t *testing.T) {
	for _, d := range devices {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			c := newCity(t)
			admin := c.setUp(d)
			nena := c.register(admin)
			c.approve(admin, nena)
			rice := c.stocked(nena)
			admin.makesSlip()
			admin.suppliesPlace(rice)
			admin.announces(rice)
			c.booksBalance()
		})
	}
}

// stocked puts rice on the shelf of two places and hands some of it out.
func (c *city) stocked(r people.Resident) rewards.Item {
	c.t.Helper()
	ctx, actor := c.t.Context(), c.staff()
	id, err := c.app.Rewards.SaveItem(ctx, actor, rewards.ItemForm{Name: "Rice", Price: 1000, Unit: "kg", Active: true, Stock: 20})
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.app.Rewards.SavePlace(ctx, actor, rewards.PlaceForm{Name: "Langgam hall", Active: true}); err != nil {
		c.t.Fatal(err)
	}
	c.gives(r, 100_00)
	_, err = c.app.Rewards.Redeem(ctx, actor, people.City, rewards.Request{RequestKey: "one", Resident: r.ID, IdentifiedBy: "card", Wants: []rewards.Want{{Item: id, Quantity: 3}}})
	if err != nil {
		c.t.Fatal(err)
	}
	item, err := c.app.Rewards.ItemByID(ctx, id)
	if err != nil {
		c.t.Fatal(err)
	}
	return item
}

// staff is the first member of staff, as the one who acts.
func (c *city) staff() audit.Actor {
	c.t.Helper()
	staff, err := c.app.Auth.StaffList(c.t.Context())
	if err != nil || len(staff) == 0 {
		c.t.Fatalf("%d members of staff, %v", len(staff), err)
	}
	actor := command()
	actor.ID, actor.Name = staff[0].ID, staff[0].FullName
	return actor
}

func (p *person) makesSlip() {
	p.t.Helper()
	p.open("/console/requisitions/new/")
	p.sees("3 kg")
	p.unchecked()
	p.fill("#office", "")
	p.refused()
	p.find("#office-error")
	p.shot("slip-refused")
	p.fill("#office", "City ENRO")
	p.fill("#purpose", "Rewards of the week")
	p.fill("#requested_name", "Ana Reyes")
	p.submit()
	p.sees("Ana Reyes")
	p.find("a[href$='slip.pdf']")
	p.shot("slip")
	slip := p.path()
	p.open("/console/requisitions/")
	p.sees("RIS-")
	p.open("/console/stock-card/")
	p.sees("RIS-")
	p.shot("stock-card")
	p.open(slip + "void/")
	p.unchecked()
	p.refused()
	p.find("#reason-error")
	p.fill("#reason", "The office was the wrong one")
	p.submit()
	p.sees("The office was the wrong one")
	p.shot("slip-void")
}

func (p *person) suppliesPlace(i rewards.Item) {
	p.t.Helper()
	l := rewards.RequisitionLine{Item: i.ID}
	p.open("/console/requisitions/supply/")
	p.unchecked()
	p.refused()
	p.find("#to-error")
	p.shot("supply-refused")
	p.page.MustEval(`() => { const to = document.querySelector("#to"); to.value = to.options[to.options.length - 1].value }`)
	p.fill("#"+l.RequestedField(), "5")
	p.fill("#office", "Langgam hall")
	p.fill("#purpose", "Supply")
	p.submit()
	p.sees("RIS-")
	p.shot("supplied")
}

func (p *person) announces(i rewards.Item) {
	p.t.Helper()
	p.open("/console/rewards/" + i.ID.String() + "/announce/")
	p.shot("announce")
	p.submit()
	p.find("#progress")
	p.shot("announced")
	p.open("/console/campaigns/")
	p.sees(i.Name)
	p.shot("campaigns")
}
