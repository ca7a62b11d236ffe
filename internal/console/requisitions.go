package console

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type requisitionsView struct {
	web.Page
	Form   *form.Form
	Places []ui.Option // empty: there is only one
	Rows   []rewards.Requisition
	Next   string
}

// GET /console/requisitions/?place=&from=&to=&after=
func (c *Console) requisitions(w http.ResponseWriter, r *http.Request) error {
	f := form.Query(r)
	page, err := c.rewards.Requisitions(r.Context(), rewards.RequisitionFilter{Place: f.ID("place"), From: f.Day("from"), To: f.Day("to"), Cursor: f.Text("after", 200)})
	if err != nil {
		return err
	}
	v := requisitionsView{Page: web.NewPage(r, "forms.slips.title"), Form: f, Rows: page.Rows, Next: page.Next}
	if v.Places, err = c.placeOptions(r.Context()); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, requisitionsTempl(v))
}

// slipView is a slip that is being written.
type slipView struct {
	web.Page
	Form        *form.Form
	Places      []ui.Option // empty: there is only one
	Place       rewards.Place
	From, Until string
	Lines       []rewards.RequisitionLine // that residents were handed
	Items       []rewards.Item            // that may be carried, with the stock of the place
}

// GET /console/requisitions/new/?place=&from=&until=
func (c *Console) newRequisition(w http.ResponseWriter, r *http.Request) error {
	f, err := c.emptySlip(r.Context())
	if err != nil {
		return err
	}
	q := form.Query(r)
	for _, name := range []string{"place", "from", "until"} {
		f = f.With(name, q.Raw(name))
	}
	return c.showRequisition(w, r, f)
}

// emptySlip has the offices and people of the last slip: they rarely change.
func (c *Console) emptySlip(ctx context.Context) (*form.Form, error) {
	today := i18n.DayStamp(c.now())
	f := form.Empty("key", newRequestKey(), "requested_day", today, "approved_day", today, "issued_day", today, "received_day", today)
	last, err := c.rewards.Requisitions(ctx, rewards.RequisitionFilter{Limit: 1})
	if err != nil || len(last.Rows) == 0 {
		return f, err
	}
	s := last.Rows[0]
	for name, text := range map[string]string{
		"division": s.Division, "office": s.Office, "center": s.Center, "purpose": s.Purpose,
		"requested_name": s.Signers.Requested.Name, "requested_designation": s.Signers.Requested.Designation,
		"approved_name": s.Signers.Approved.Name, "approved_designation": s.Signers.Approved.Designation,
		"issued_name": s.Signers.Issued.Name, "issued_designation": s.Signers.Issued.Designation,
		"received_name": s.Signers.Received.Name, "received_designation": s.Signers.Received.Designation,
	} {
		f = f.With(name, text)
	}
	return f, nil
}

// POST /console/requisitions/new/
func (c *Console) makeRequisition(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := readSlip(f)
	in.From, in.Until = f.Day("from"), f.Day("until")
	return c.make(w, r, f, in, c.showRequisition)
}

// make makes a slip, or shows its form again.
func (c *Console) make(w http.ResponseWriter, r *http.Request, f *form.Form, in rewards.RequisitionForm, again func(http.ResponseWriter, *http.Request, *form.Form) error) error {
	var made rewards.Requisition
	if f.OK() {
		var err error
		made, err = c.rewards.MakeRequisition(r.Context(), web.ActorOf(r), in)
		if err := f.Take(err); err != nil {
			return err
		}
	}
	if !f.OK() {
		return again(w, r, f)
	}
	web.Flash(w, r, ui.Done, "forms.slip.done", "Number", made.Number)
	web.Redirect(w, r, requisitionPath(made.ID))
	return nil
}

// readSlip reads what both kinds of slips say.
func readSlip(f *form.Form) rewards.RequisitionForm {
	signer := func(name string) rewards.Signer {
		return rewards.Signer{Name: f.Text(name+"_name", 100), Designation: f.Text(name+"_designation", 100), Day: f.Day(name + "_day")}
	}
	return rewards.RequisitionForm{RequestKey: f.Text("key", 100), Place: f.ID("place"),
		Division: f.Text("division", 100), Office: f.Required("office", 100), Center: f.Text("center", 50), Purpose: f.Required("purpose", 300),
		Signers: rewards.Signers{Requested: signer("requested"), Approved: signer("approved"), Issued: signer("issued"), Received: signer("received")}}
}

// showRequisition shows what a slip of those days would have on it, and the rest of the form.
// Without days they begin with the first that has no slip.
func (c *Console) showRequisition(w http.ResponseWriter, r *http.Request, f *form.Form) (err error) {
	ctx, today := r.Context(), i18n.DayStamp(c.now())
	v := slipView{Page: web.NewPage(r, "forms.slip.new"), Form: f, From: f.Raw("from"), Until: orElse(f.Raw("until"), today)}
	if v.Place, err = c.placeOf(ctx, f.ID("place")); err != nil {
		return err
	}
	if v.Places, err = c.placeOptions(ctx); err != nil {
		return err
	}
	if v.From == "" {
		if v.From, err = c.rewards.UncoveredSince(ctx, v.Place.ID); err != nil {
			return err
		}
		v.From = orElse(v.From, today)
	}
	if v.Lines, err = c.rewards.Uncovered(ctx, v.Place.ID, v.From, v.Until); err != nil {
		return err
	}
	f.With("place", v.Place.ID.String()).With("from", v.From).With("until", v.Until)
	return web.RenderForm(w, r, f, newRequisitionTempl(v))
}

// GET /console/requisitions/supply/?place=&to=
func (c *Console) newSupply(w http.ResponseWriter, r *http.Request) error {
	f, err := c.emptySlip(r.Context())
	if err != nil {
		return err
	}
	q := form.Query(r)
	return c.showSupply(w, r, f.With("place", q.Raw("place")).With("to", q.Raw("to")))
}

// POST /console/requisitions/supply/
func (c *Console) makeSupply(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	in := readSlip(f)
	if in.To = f.ID("to"); in.To == uuid.Nil {
		f.Refuse("to", "form.choose")
	}
	items, err := c.rewards.ItemsAt(r.Context(), in.Place)
	if err != nil {
		return err
	}
	in.Lines = readSupply(f, items)
	return c.make(w, r, f, in, c.showSupply)
}

// readSupply reads the items of which some are requested; what is issued is all of it when
// nobody says less.
func readSupply(f *form.Form, items []rewards.Item) []rewards.RequisitionLine {
	var lines []rewards.RequisitionLine
	for _, i := range items {
		l := rewards.RequisitionLine{Item: i.ID}
		if f.Raw(l.RequestedField()) == "" {
			continue
		}
		l.Requested = int64(f.Int(l.RequestedField()))
		if l.Issued = l.Requested; f.Raw(l.IssuedField()) != "" {
			l.Issued = int64(f.Int(l.IssuedField()))
		}
		l.Remarks = f.Text("remarks_"+i.ID.String(), 100)
		lines = append(lines, l)
	}
	return lines
}

func (c *Console) showSupply(w http.ResponseWriter, r *http.Request, f *form.Form) (err error) {
	ctx := r.Context()
	v := slipView{Page: web.NewPage(r, "forms.supply.title"), Form: f}
	if v.Place, err = c.placeOf(ctx, f.ID("place")); err != nil {
		return err
	}
	if v.Places, err = c.placeOptions(ctx); err != nil {
		return err
	}
	if v.Items, err = c.rewards.ItemsAt(ctx, v.Place.ID); err != nil {
		return err
	}
	f.With("place", v.Place.ID.String())
	return web.RenderForm(w, r, f, supplyTempl(v))
}

// elsewhere are the places to which goods can be carried.
func (v slipView) elsewhere(ctx context.Context) []ui.Option {
	options := []ui.Option{{Text: i18n.T(ctx, "forms.supply.choose")}}
	for _, o := range v.Places {
		if o.Value != v.Place.ID.String() {
			options = append(options, o)
		}
	}
	return options
}

// labels name the fields in the summary of what is wrong.
func (v slipView) labels(ctx context.Context) []string {
	labels := []string{"from", i18n.T(ctx, "console.from"), "until", i18n.T(ctx, "console.to"), "to", i18n.T(ctx, "forms.supply.to"), "lines", i18n.T(ctx, "forms.supply.goods"),
		"division", i18n.T(ctx, "forms.slip.division"), "office", i18n.T(ctx, "forms.slip.office"), "center", i18n.T(ctx, "forms.slip.center"), "purpose", i18n.T(ctx, "forms.slip.purpose")}
	for _, i := range v.Items {
		l := rewards.RequisitionLine{Item: i.ID}
		labels = append(labels, l.RequestedField(), i.Name, l.IssuedField(), i.Name, "remarks_"+i.ID.String(), i.Name)
	}
	return labels
}

// signerRoles are the four people of a slip and what the form calls them.
func signerRoles(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Value: "requested", Text: i18n.T(ctx, "forms.slip.requested")},
		{Value: "approved", Text: i18n.T(ctx, "forms.slip.approved")},
		{Value: "issued", Text: i18n.T(ctx, "forms.slip.issued")},
		{Value: "received", Text: i18n.T(ctx, "forms.slip.received")},
	}
}

type requisitionView struct {
	web.Page
	Form *form.Form
	Slip rewards.Requisition
}

// voidable is false for a slip that is void, and for one by which goods were carried.
func (v requisitionView) voidable() bool { return v.Slip.VoidedAt == nil && v.Slip.ToName == "" }

func requisitionPath(id uuid.UUID) string { return "/console/requisitions/" + id.String() + "/" }

func (c *Console) requisitionOf(r *http.Request) (rewards.Requisition, error) {
	id, err := web.PathID(r, "id")
	if err != nil {
		return rewards.Requisition{}, err
	}
	return c.rewards.RequisitionByID(r.Context(), id)
}

// GET /console/requisitions/{id}/
func (c *Console) requisition(w http.ResponseWriter, r *http.Request) error {
	slip, err := c.requisitionOf(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, requisitionTempl(requisitionView{Page: web.NewPage(r, "forms.slip.title", "Number", slip.Number), Slip: slip}))
}

// GET /console/requisitions/{id}/slip.pdf and slip.xlsx
func (c *Console) printRequisition(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	paper, number, err := c.report.RequisitionPaper(r.Context(), id, web.ActorOf(r).Name)
	if err != nil {
		return err
	}
	return web.Print(w, r, number, c.now(), paper)
}

// GET /console/requisitions/{id}/void/
func (c *Console) voidRequisitionPage(w http.ResponseWriter, r *http.Request) error {
	slip, err := c.requisitionOf(r)
	if err != nil {
		return err
	}
	return c.showVoidRequisition(w, r, slip, form.Empty())
}

// POST /console/requisitions/{id}/void/
func (c *Console) voidRequisition(w http.ResponseWriter, r *http.Request) error {
	slip, err := c.requisitionOf(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	reason := f.Reason("reason")
	if f.OK() {
		if err := f.Take(c.rewards.VoidRequisition(r.Context(), web.ActorOf(r), slip.ID, reason)); err != nil {
			return err
		}
	}
	if !f.OK() {
		return c.showVoidRequisition(w, r, slip, f)
	}
	web.Flash(w, r, ui.Done, "forms.slip.voided", "Number", slip.Number)
	web.Redirect(w, r, requisitionPath(slip.ID))
	return nil
}

func (c *Console) showVoidRequisition(w http.ResponseWriter, r *http.Request, slip rewards.Requisition, f *form.Form) error {
	return web.RenderForm(w, r, f, voidRequisitionTempl(requisitionView{Page: web.NewPage(r, "forms.slip.void_title", "Number", slip.Number), Form: f, Slip: slip}))
}

// countOrDash writes a number; nothing is a dash.
func countOrDash(n int64) string {
	if n == 0 {
		return "—"
	}
	return i18n.Number(n)
}

// slipAbout says in a line what a slip is about.
func slipAbout(ctx context.Context, s rewards.Requisition) string {
	if s.ToName != "" {
		return i18n.T(ctx, "forms.slip.carried", "From", s.PlaceName, "To", s.ToName)
	}
	return i18n.T(ctx, "forms.slip.handed", "Place", s.PlaceName, "From", i18n.CivilDate(ctx, s.From), "To", i18n.CivilDate(ctx, s.Until))
}

// signerText is a person of a slip in a line.
func signerText(ctx context.Context, s rewards.Signer) string {
	text := orDash(s.Name)
	if s.Designation != "" {
		text += ", " + s.Designation
	}
	if s.Day != "" {
		text += " · " + i18n.CivilDate(ctx, s.Day)
	}
	return text
}
