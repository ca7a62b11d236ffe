package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// material is a button of the scale.
type material struct {
	ID   string
	Name string // in the reader's language
	Rate ledger.Rate
}

// materials are the waste types that can be weighed now.
func (c *Console) materials(ctx context.Context) ([]material, error) {
	types, err := c.collection.Types(ctx)
	if err != nil {
		return nil, err
	}
	var list []material
	for _, t := range types {
		if t.Active {
			list = append(list, material{ID: t.ID.String(), Name: i18n.Pick(ctx, t.Name, t.NameFil), Rate: t.Rate})
		}
	}
	return list, nil
}

// heaviest is what a line may weigh at the Station: more is a slip of the thumb there. The
// book itself takes ten times as much, as the phone app's contract has it.
const heaviest ledger.Grams = 1_000_000

// typedLine is a line as it was typed: nothing of it is lost when it is refused.
type typedLine struct{ Type, Gross, Tare string }

func (l typedLine) empty() bool { return l == typedLine{} }

// parse reads a line and notes on the form what is wrong with it, as at+"gross", ….
func (l typedLine) parse(f *form.Form, at string) collection.EntryLine {
	id, err := uuid.Parse(l.Type)
	if err != nil {
		f.Refuse(at+"type", "station.need_type")
	}
	gross, err := ledger.ParseKilos(l.Gross)
	switch {
	case l.Gross == "" || err == nil && gross < collection.MinGrams:
		f.Refuse(at+"gross", "station.need_weight")
	case err != nil:
		f.Refuse(at+"gross", "station.bad_weight")
	case gross > heaviest:
		f.Refuse(at+"gross", "station.too_heavy", "Limit", heaviest)
	}
	tare, err := l.tare()
	switch {
	case err != nil:
		f.Refuse(at+"tare", "station.bad_tare")
	case tare >= gross && tare > 0:
		f.Refuse(at+"tare", "station.tare_too_big")
	}
	return collection.EntryLine{Type: id, Gross: gross, Tare: tare}
}

func (l typedLine) tare() (ledger.Grams, error) {
	if l.Tare == "" {
		return 0, nil
	}
	return ledger.ParseKilos(l.Tare)
}

// grams is the net weight, 0 while the numbers make no sense.
func (l typedLine) grams() ledger.Grams {
	gross, err := ledger.ParseKilos(l.Gross)
	tare, tareErr := l.tare()
	if err != nil || tareErr != nil || tare >= gross {
		return 0
	}
	return gross - tare
}

// points is what the line pays at today's rates; the book computes it again.
func (l typedLine) points(materials []material) ledger.Points {
	i := slices.IndexFunc(materials, func(m material) bool { return m.ID == l.Type })
	if i < 0 {
		return 0
	}
	p, err := ledger.PointsFor(l.grams(), materials[i].Rate)
	if err != nil {
		return 0
	}
	return p
}

// shownLine is a line on the list.
type shownLine struct {
	typedLine
	Name, Kilos, Points string
}

func (l typedLine) shown(materials []material) shownLine {
	s := shownLine{typedLine: l, Kilos: l.Gross, Points: i18n.Points(l.points(materials))}
	if g := l.grams(); g > 0 {
		s.Kilos = i18n.KilosNumber(g)
	}
	for _, m := range materials {
		if m.ID == l.Type {
			s.Name = m.Name
		}
	}
	return s
}

// weighEntry is everything typed on the scale's page, and what is wrong with it.
type weighEntry struct {
	Key string // pays once, however often it is sent
	typedLine
	Lines []typedLine
	Note  string
	form  *form.Form // where refusals are kept
}

// readWeighEntry reads the page's form.
func readWeighEntry(r *http.Request) (weighEntry, error) {
	f, err := form.Read(r)
	if err != nil {
		return weighEntry{}, err
	}
	return weighEntry{Key: f.Text("key", 100), Note: f.Note("note", 500), Lines: readLines(r.PostForm), form: f,
		typedLine: typedLine{Type: f.Text("type", 50), Gross: f.Text("gross", 20), Tare: f.Text("tare", 20)}}, nil
}

// readLines reads the lines already added; three fields of one name each, side by side.
func readLines(v url.Values) []typedLine {
	types, gross, tare := v["line_type"], v["line_gross"], v["line_tare"]
	n := min(len(types), len(gross), len(tare), collection.MaxLines+1) // one too many is refused, more are noise
	lines := make([]typedLine, 0, n)
	for i := range n {
		lines = append(lines, typedLine{Type: clip(types[i], 50), Gross: clip(gross[i], 20), Tare: clip(tare[i], 20)})
	}
	return lines
}

// add moves what is being typed onto the list, unless something is wrong with it.
func (e *weighEntry) add() {
	e.parse(e.form, "")
	if len(e.Lines) >= collection.MaxLines {
		e.form.Refuse("lines", "station.too_many_lines", "Limit", collection.MaxLines)
	}
	if e.form.OK() {
		e.Lines, e.typedLine = append(e.Lines, e.typedLine), typedLine{}
	}
}

// remove takes line n, counted from 1, off the list.
func (e *weighEntry) remove(n int) {
	if n >= 1 && n <= len(e.Lines) {
		e.Lines = slices.Delete(e.Lines, n-1, n)
	}
}

// entry is what the book is asked to record. What is still being typed counts as the
// last line.
func (e *weighEntry) entry(of stationResident) (collection.Entry, error) {
	if !e.empty() || len(e.Lines) == 0 {
		e.add()
	}
	entry := collection.Entry{RequestKey: e.Key, Resident: of.ID, IdentifiedBy: string(of.By), Note: e.Note}
	for i, l := range e.Lines {
		entry.Lines = append(entry.Lines, l.parse(e.form, lineField(i+1)+"."))
	}
	return entry, e.form.Err()
}

func (e weighEntry) wrong(field string) errs.Text {
	t, _ := e.form.FieldError(field)
	return t
}

// wrongLine is the first thing wrong with a line of the list.
func (e weighEntry) wrongLine(n int) errs.Text {
	for _, field := range []string{".type", ".gross", ".tare"} {
		if t, ok := e.form.FieldError(lineField(n) + field); ok {
			return t
		}
	}
	return errs.Text{}
}

func (e weighEntry) totalGrams() ledger.Grams {
	sum := e.grams()
	for _, l := range e.Lines {
		sum += l.grams()
	}
	return sum
}

func (e weighEntry) totalPoints(materials []material) ledger.Points {
	sum := e.points(materials)
	for _, l := range e.Lines {
		sum += l.points(materials)
	}
	return sum
}

// lineField names a line as collection's refusals do: "lines.1".
func lineField(n int) string { return "lines." + strconv.Itoa(n) }

// errorID is the id of a field's error, for aria-describedby.
func errorID(field string) string { return strings.ReplaceAll(field, ".", "-") + "-error" }

// GET /console/station/residents/{id}/
func (c *Console) weigh(w http.ResponseWriter, r *http.Request) error {
	who, err := c.stationResident(r)
	if err != nil {
		return err
	}
	return c.showScale(w, r, http.StatusOK, who, weighEntry{Key: newRequestKey(), form: form.Empty()})
}

// POST /console/station/residents/{id}/ — do=save records; do=add and remove=N
// only change the list, for pages without JavaScript.
func (c *Console) recordWeighIn(w http.ResponseWriter, r *http.Request) error {
	e, err := readWeighEntry(r)
	if err != nil {
		return err
	}
	who, err := c.stationResident(r)
	if err != nil {
		return err
	}
	if r.PostForm.Get("do") != "save" {
		return c.editScale(w, r, who, e)
	}
	entry, err := e.entry(who)
	if err != nil {
		return c.refuseWeighIn(w, r, who, e, err)
	}
	receipt, err := c.collection.Record(r.Context(), web.ActorOf(r), web.PrincipalOf(r.Context()).Scope, entry)
	if err != nil {
		return c.refuseWeighIn(w, r, who, e, err)
	}
	return goOn(w, r, receiptAddress("weigh-ins", receipt.ID))
}

// editScale adds or removes a line and shows the page again.
func (c *Console) editScale(w http.ResponseWriter, r *http.Request, who stationResident, e weighEntry) error {
	if n, err := strconv.Atoi(r.PostForm.Get("remove")); err == nil {
		e.remove(n)
	} else {
		e.add()
	}
	status := http.StatusOK
	if e.form.Wrong() {
		status = http.StatusUnprocessableEntity
	}
	return c.showScale(w, r, status, who, e)
}

// refuseWeighIn shows the page again with what was typed and what is wrong with it; a
// script keeps its page and gets the error alone. A key that paid for something else is
// replaced: saving again is then meant.
func (c *Console) refuseWeighIn(w http.ResponseWriter, r *http.Request, who stationResident, e weighEntry, refusal error) error {
	if web.WantsJSON(r) {
		return refusal
	}
	if isKeyReused(refusal) {
		refusal, e.Key = errs.New(errs.Conflict, "ALREADY_SAVED", "station.already_saved"), newRequestKey()
	}
	if e.form.OK() {
		if err := e.form.Take(refusal); err != nil {
			return err
		}
	}
	return c.showScale(w, r, web.StatusOf(refusal), who, e)
}

func (c *Console) showScale(w http.ResponseWriter, r *http.Request, status int, who stationResident, e weighEntry) error {
	materials, err := c.materials(r.Context())
	if err != nil {
		return err
	}
	v := weighView{Page: web.NewPage(r, "station.title"), Who: who, Materials: materials, Entry: e}
	return web.Render(w, r, status, weighPage(v))
}

// scanTexts are the sentences that scan.js says.
func scanTexts(ctx context.Context) templ.Attributes {
	a := ui.CameraTexts(ctx)
	a["data-scan"], a["data-find"] = true, stationFind
	return says(ctx, a, map[string]string{
		"say-asking": "station.asking", "say-no-signal": "station.no_signal_asking", "say-failed": "station.failed",
	})
}

// weighTexts are the sentences that weigh.js says.
func weighTexts(ctx context.Context, who stationResident, address string) templ.Attributes {
	a := submitTexts(ctx, address)
	a["data-weigh"], a["data-resident"] = true, who.ID.String()
	a["data-say-too-heavy"] = i18n.T(ctx, "station.too_heavy", "Limit", heaviest)
	a["data-say-too-many"] = i18n.T(ctx, "station.too_many_lines", "Limit", collection.MaxLines)
	a["data-most-lines"] = strconv.Itoa(collection.MaxLines)
	a["data-say-added"] = i18n.T(ctx, "station.line_added", "What", "{what}", "Points", "{points}")
	a["data-say-remove"] = i18n.T(ctx, "station.remove_line", "What", "{what}", "Kilos", "{kilos}")
	return says(ctx, a, map[string]string{
		"say-need-type": "station.need_type", "say-need-weight": "station.need_weight", "say-bad-weight": "station.bad_weight",
		"say-bad-tare": "station.bad_tare", "say-tare-too-big": "station.tare_too_big", "say-removed": "station.line_removed",
	})
}

// submitTexts are the sentences that submit.js says; address is where signing in again
// leads back to.
func submitTexts(ctx context.Context, address string) templ.Attributes {
	a := templ.Attributes{"data-sign-in": "/console/login/?" + url.Values{"next": {address}}.Encode()}
	return says(ctx, a, map[string]string{
		"say-saving": "station.saving", "say-no-signal": "station.no_signal", "say-failed": "station.failed",
		"say-sign-in": "station.signed_out", "say-sign-in-link": "station.sign_in",
	})
}

// says adds data-NAME attributes with the sentences of catalogue keys.
func says(ctx context.Context, a templ.Attributes, keys map[string]string) templ.Attributes {
	for name, key := range keys {
		a["data-"+name] = i18n.T(ctx, key)
	}
	return a
}
