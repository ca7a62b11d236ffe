package app

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/jobs"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
	"ekolek/internal/notify/carrier"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/schedule"
)

// demoDays is how long the demo city has been running.
const demoDays = 77

// demoLoaded is the name under which the database remembers that the demo is whole.
const demoLoaded = "demo.loaded"

// DemoLoaded says whether LoadDemo once came to its end here.
func (a *App) DemoLoaded(ctx context.Context) (bool, error) {
	value, err := db.Value(ctx, a.DB, demoLoaded)
	return value != "", err
}

// LoadDemo plays eleven weeks of a made-up city into an empty, migrated database. It goes
// through the capabilities as everybody does, only with a clock of its own.
func (a *App) LoadDemo(ctx context.Context) error {
	now := a.now()
	d := &demo{db: a.DB, rng: rand.New(rand.NewPCG(1, 2)), offices: map[uuid.UUID]*office{}} //nolint:gosec // a play, not a secret
	if err := a.demoOutbox(d); err != nil {
		return fmt.Errorf("load demo: %w", err)
	}
	d.people = people.New(a.DB, a.Vault, d.notify, d.now)
	d.auth = auth.New(a.DB, a.Vault, d.notify, d.people, a.signIns(), d.now)
	d.collection = collection.New(a.DB, d.notify, d.now)
	d.rewards = rewards.New(a.DB, d.notify, d.now)
	d.schedule = schedule.New(a.DB, d.notify, d.now).Naming(a.materials).Crewing(a.crew)
	d.notify.Telling(d.people.Crowd())
	for _, act := range []func(context.Context) error{
		at(d, now.AddDate(0, 0, -demoDays-5), d.hire),
		at(d, now.AddDate(0, 0, -demoDays-4), d.open),
		at(d, now.AddDate(0, 0, -demoDays-4), d.plan),
		at(d, now.AddDate(0, 0, -demoDays-3), d.register),
		func(ctx context.Context) error { return d.play(ctx, now) },
		at(d, now.Add(-time.Minute), d.tidy),
	} {
		if err := act(ctx); err != nil {
			return fmt.Errorf("load demo: %w", err)
		}
	}
	return a.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return db.SetValue(ctx, tx, demoLoaded, db.Day(now), now) })
}

// demoOutbox gives the play an outbox that keeps its clock. What people are told goes
// into the files of development at once: the queue has another clock, and would find it
// too late.
func (a *App) demoOutbox(d *demo) error {
	options, err := a.outbox(carrier.NewFolder(a.OutboxDir(), d.now))
	if err != nil {
		return err
	}
	q, err := jobs.Open(a.DB, jobs.Config{}, a.Log) // never started
	if err != nil {
		return err
	}
	d.notify = notify.New(a.DB, a.Vault, q, options, d.now)
	return nil
}

// demo is the play: its clock, its dice, its people.
type demo struct {
	db         *db.DB
	notify     *notify.Service
	clock      time.Time
	rng        *rand.Rand
	people     *people.Service
	auth       *auth.Service
	collection *collection.Service
	rewards    *rewards.Service
	schedule   *schedule.Service

	admin     *office
	offices   map[uuid.UUID]*office // who collects in a barangay
	materials []uuid.UUID           // as in demoMaterials
	items     []demoItem
	residents []demoResident
	keys      int
	marks     int
}

// office is a member of staff at work.
type office struct {
	actor audit.Actor
	scope people.Scope
}

type demoItem struct {
	id    uuid.UUID
	price ledger.Points
	stock int64
}

type demoResident struct {
	id    uuid.UUID
	zeal  float64
	saves ledger.Points // not to be spent
	by    *office
}

func (d *demo) now() time.Time { return d.clock }

// at sets the clock and then acts.
func at(d *demo, t time.Time, act func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		d.clock = t
		if err := act(ctx); err != nil {
			return err
		}
		return d.notify.SendWaiting(ctx)
	}
}

// key is a request key: every act of the play happens once.
func (d *demo) key() string {
	d.keys++
	return fmt.Sprintf("demo-%d", d.keys)
}

// hire makes the accounts of the office.
func (d *demo) hire(ctx context.Context) error {
	barangays, err := d.barangays(ctx)
	if err != nil {
		return err
	}
	for _, s := range DemoOffice() {
		in := auth.NewStaff{Username: s.Username, FullName: s.Name, Role: s.Role, Password: DemoPassword}
		for _, name := range s.Barangays {
			in.Barangays = append(in.Barangays, barangays[name])
		}
		st, err := d.auth.CreateStaff(ctx, audit.Command("demo"), in)
		if err != nil {
			return fmt.Errorf("staff %s: %w", s.Username, err)
		}
		o := &office{audit.Actor{Kind: audit.Staff, ID: st.ID, Name: st.FullName}, st.Scope()}
		if s.Role == auth.SuperAdmin {
			d.admin = o
		}
		for _, id := range in.Barangays {
			d.offices[id] = o
		}
	}
	return nil
}

// open makes what the city weighs and what it gives.
func (d *demo) open(ctx context.Context) error {
	for i, m := range demoMaterials() {
		rate, err := ledger.ParseRate(m.points)
		if err != nil {
			return err
		}
		id, err := d.collection.SaveType(ctx, d.admin.actor, collection.TypeForm{
			Name: m.name, NameFil: m.nameFil, Class: m.class, Factor: m.factor, Icon: m.icon, Position: i + 1, Active: true, Rate: rate,
		})
		if err != nil {
			return err
		}
		d.materials = append(d.materials, id)
	}
	hall, err := d.places(ctx)
	if err != nil {
		return err
	}
	categories := map[string]uuid.UUID{}
	for i, r := range demoRewards() {
		if categories[r.category] == uuid.Nil {
			id, err := d.rewards.SaveCategory(ctx, d.admin.actor, rewards.CategoryForm{Name: r.category, Active: true})
			if err != nil {
				return err
			}
			categories[r.category] = id
		}
		form := rewards.ItemForm{Category: categories[r.category], Name: r.name, NameFil: r.nameFil, Description: r.about, DescriptionFil: r.aboutFil,
			Unit: r.unit, UnitCost: r.cost, StockNumber: fmt.Sprintf("EK-%03d", i+1), Icon: r.icon, ReorderPoint: r.reorder, Active: true}
		if err := d.stock(ctx, r, form, hall); err != nil {
			return err
		}
	}
	return nil
}

// places names the office's own place and opens another one.
func (d *demo) places(ctx context.Context) (hall uuid.UUID, err error) {
	_, err = d.rewards.SavePlace(ctx, d.admin.actor, rewards.PlaceForm{ID: rewards.DefaultPlace, Name: demoPlace, Active: true, Default: true})
	if err != nil {
		return uuid.Nil, err
	}
	return d.rewards.SavePlace(ctx, d.admin.actor, rewards.PlaceForm{Name: demoHallPlace, Active: true})
}

// stock makes one reward and receives its first deliveries.
func (d *demo) stock(ctx context.Context, r demoReward, form rewards.ItemForm, hall uuid.UUID) (err error) {
	if form.Price, err = ledger.ParsePoints(r.points); err != nil {
		return err
	}
	id, err := d.rewards.SaveItem(ctx, d.admin.actor, form)
	if err != nil {
		return err
	}
	d.items = append(d.items, demoItem{id, form.Price, r.received})
	_, err = d.rewards.Receive(ctx, d.admin.actor, rewards.StockChange{Item: id, Quantity: r.received, Reason: "First delivery", DocumentNo: "DR-0001"})
	if err == nil && r.hall > 0 {
		_, err = d.rewards.Receive(ctx, d.admin.actor, rewards.StockChange{Item: id, Place: hall, Quantity: r.hall, Reason: "First delivery", DocumentNo: "DR-0002"})
	}
	return err
}

// register lets the families register, and the office decide.
func (d *demo) register(ctx context.Context) error {
	barangays, err := d.barangays(ctx)
	if err != nil {
		return err
	}
	for i, f := range demoFamilies() {
		if f.state == demoPending { // these came this week and still wait
			d.clock = d.clock.AddDate(0, 0, demoDays)
		}
		if err := d.registerFamily(ctx, i, f, barangays[f.barangay]); err != nil {
			return fmt.Errorf("family %s: %w", f.name, err)
		}
		if err := d.notify.SendWaiting(ctx); err != nil {
			return err
		}
		if f.state == demoPending {
			d.clock = d.clock.AddDate(0, 0, -demoDays)
		}
	}
	return nil
}

func (d *demo) barangays(ctx context.Context) (map[string]uuid.UUID, error) {
	list, err := d.people.Barangays(ctx)
	ids := make(map[string]uuid.UUID, len(list))
	for _, b := range list {
		ids[b.Name] = b.ID
	}
	return ids, err
}

func (d *demo) registerFamily(ctx context.Context, i int, f demoFamily, barangay uuid.UUID) error {
	var family people.Family
	for j, m := range f.members {
		d.clock = d.clock.Add(7 * time.Minute)
		in := people.NewResident{
			Username: m.username, FirstName: m.first, LastName: m.last, Gender: m.gender, Language: []string{"fil", "en"}[(i+j)%2],
			Phone: fmt.Sprintf("0900000%02d%02d", i+1, j+1), BirthDate: fmt.Sprintf("%d-%02d-%02d", 1968+7*j+i, 1+i%12, 5+i+j),
		}
		var r people.Resident
		var err error
		if j == 0 {
			family, r, err = d.people.RegisterFamily(ctx, demoVisitor(), people.NewFamily{Name: f.name, BarangayID: barangay, Address: f.address, Representative: in})
		} else {
			r, err = d.people.JoinFamily(ctx, demoVisitor(), family.Code, in)
		}
		if err != nil {
			return err
		}
		if err := d.decide(ctx, f, m, r); err != nil {
			return err
		}
	}
	return nil
}

// demoVisitor is somebody on the registration page.
func demoVisitor() audit.Actor { return audit.Actor{Kind: audit.Nobody} }

// decide gives the resident a password and says yes, no, or nothing yet.
func (d *demo) decide(ctx context.Context, f demoFamily, m demoMember, r people.Resident) error {
	if err := d.auth.SetResidentPassword(ctx, demoVisitor(), r.ID, DemoPassword); err != nil {
		return err
	}
	var err error
	switch by := cmp.Or(d.offices[r.BarangayID], d.admin); f.state {
	case demoApproved:
		_, err = d.people.Approve(ctx, by.actor, by.scope, r.ID)
		d.residents = append(d.residents, demoResident{r.ID, m.zeal, ledger.Points(m.zeal * 300_00), by})
	case demoRejected:
		_, err = d.people.Reject(ctx, by.actor, by.scope, r.ID, "The address is outside of the barangay named.")
	case demoPending:
	}
	return err
}

// play runs the collection days in the order of time, the last one until now.
func (d *demo) play(ctx context.Context, now time.Time) error {
	for day := demoDays; day >= 0; day-- {
		if day == demoDays/2 {
			if err := d.raiseRate(ctx, now.AddDate(0, 0, -day).Truncate(24*time.Hour)); err != nil {
				return err
			}
		}
		if day == 0 {
			if err := d.readNotices(ctx); err != nil {
				return err
			}
		}
		if err := d.playDay(ctx, now.AddDate(0, 0, -day), day == 0); err != nil {
			return err
		}
		if day <= demoMarkedDays {
			if err := d.mark(ctx, dayEnd(now.AddDate(0, 0, -day), day == 0)); err != nil {
				return err
			}
		}
	}
	return nil
}

// dayEnd is the last moment of a past day; of today it is a little while ago.
func dayEnd(t time.Time, today bool) time.Time {
	if today {
		return t.Add(-5 * time.Minute)
	}
	local := t.In(db.Manila)
	return time.Date(local.Year(), local.Month(), local.Day(), 23, 59, 0, 0, db.Manila)
}

// readNotices lets everybody have seen what they were told until yesterday.
func (d *demo) readNotices(ctx context.Context) error {
	for _, r := range d.residents {
		if _, err := d.notify.MarkViewed(ctx, notify.Bell{Audience: notify.Resident, ID: r.id}); err != nil {
			return err
		}
	}
	return nil
}

// raiseRate shows that a rate has a history.
func (d *demo) raiseRate(ctx context.Context, t time.Time) error {
	d.clock = t
	return d.collection.SetRate(ctx, d.admin.actor, d.materials[0], 1350, time.Time{})
}

// visit is one resident at the scale.
type visit struct {
	at time.Time
	by demoResident
}

func (d *demo) playDay(ctx context.Context, day time.Time, today bool) error {
	local := day.In(db.Manila)
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, db.Manila)
	from, to := midnight.Add(7*time.Hour), midnight.Add(11*time.Hour)
	if latest := day.Add(-5 * time.Minute); today && latest.Before(to) { // it is early: end before now
		from, to = midnight, latest
	}
	if !from.Before(to) || (local.Weekday() == time.Sunday && !today) {
		return nil
	}
	var visits []visit
	for _, r := range d.residents {
		if d.rng.Float64() < r.zeal || (today && r.zeal >= 0.4) {
			visits = append(visits, visit{from.Add(time.Duration(d.rng.Float64() * float64(to.Sub(from)))), r})
		}
	}
	slices.SortFunc(visits, func(a, b visit) int { return a.at.Compare(b.at) })
	for _, v := range visits {
		d.clock = v.at
		if err := d.visit(ctx, v.by); err != nil {
			return err
		}
	}
	return d.notify.SendWaiting(ctx)
}

// visit weighs what a resident brought, and now and then takes a reward home.
func (d *demo) visit(ctx context.Context, r demoResident) error {
	receipt, err := d.collection.Record(ctx, r.by.actor, r.by.scope, collection.Entry{
		RequestKey: d.key(), Resident: r.id, IdentifiedBy: "card", Lines: d.load(),
	})
	if err != nil || d.rng.Float64() > 0.4 {
		return err
	}
	item := &d.items[0] // rice, half of the time
	if d.rng.IntN(2) == 0 {
		item = &d.items[d.rng.IntN(len(d.items))]
	}
	if item.price > receipt.Balance-r.saves || item.stock == 0 {
		return nil
	}
	item.stock--
	d.clock = d.clock.Add(time.Minute)
	_, err = d.rewards.Redeem(ctx, r.by.actor, r.by.scope, rewards.Request{RequestKey: d.key(), Resident: r.id, Wants: []rewards.Want{{Item: item.id, Quantity: 1}}, IdentifiedBy: "card"})
	return err
}

// load is one to three materials, common ones more often.
func (d *demo) load() []collection.EntryLine {
	materials := demoMaterials()
	var lines []collection.EntryLine
	for _, i := range d.rng.Perm(len(materials))[:1+d.rng.IntN(3)] {
		if d.rng.IntN(10) < materials[i].often {
			lines = append(lines, d.line(i))
		}
	}
	if len(lines) == 0 { // everybody has bottles
		lines = append(lines, d.line(0))
	}
	return lines
}

// line is one material in a sack of 120 g, on a scale that shows 10 g.
func (d *demo) line(i int) collection.EntryLine {
	middling := demoMaterials()[i].grams
	grams := (middling/2 + d.rng.IntN(middling)) / 10 * 10
	return collection.EntryLine{Type: d.materials[i], Gross: ledger.Grams(grams + 120), Tare: 120}
}

// tidy ends with what happens in any office: a mistake taken back, a broken tray.
func (d *demo) tidy(ctx context.Context) error {
	r := d.residents[len(d.residents)-1]
	receipt, err := d.collection.Record(ctx, r.by.actor, r.by.scope, collection.Entry{
		RequestKey: d.key(), Resident: r.id, IdentifiedBy: "search", Lines: []collection.EntryLine{{Type: d.materials[2], Gross: 42_000}},
	})
	if err != nil {
		return err
	}
	if _, err := d.collection.Void(ctx, r.by.actor, r.by.scope, receipt.ID, "Typed 42 kg instead of 4.2 kg."); err != nil {
		return err
	}
	if _, err = d.rewards.Adjust(ctx, d.admin.actor, rewards.StockChange{Item: d.items[3].id, Quantity: -1, Reason: "One tray broke."}); err != nil {
		return err
	}
	if err := d.reserve(ctx); err != nil {
		return err
	}
	return d.storm(ctx)
}

// reserve has two people set something aside, to be fetched at the Station.
func (d *demo) reserve(ctx context.Context) error {
	for _, r := range d.residents[:2] {
		_, err := d.rewards.Reserve(ctx, audit.Actor{Kind: audit.Resident, ID: r.id}, rewards.Reserving{RequestKey: d.key(), Resident: r.id, Item: d.items[0].id, Quantity: 1})
		if err != nil {
			return err
		}
	}
	return nil
}
