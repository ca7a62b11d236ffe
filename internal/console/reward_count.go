package console

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/ui"
)

// countView is the count sheet, and what was entered into it on the page that shows the
// differences before they are booked.
type countView struct {
	web.Page
	Form   *form.Form
	Place  rewards.Place
	Places []ui.Option // empty: there is only one
	Lines  []countLine
	Now    time.Time
}

// countLine is an item on the sheet.
type countLine struct {
	Item     rewards.Item
	Counted  int64 // once entered
	Entered  bool  // somebody counted it
	Expected int64 // what the book said when the sheet was opened
}

// Names of the two fields of an item. What the book said travels with the sheet: a line
// whose stock moved meanwhile is refused and counted again.
func (l countLine) counted() string  { return l.line().Field() }
func (l countLine) expected() string { return "expected_" + l.Item.ID.String() }

func (l countLine) line() rewards.CountLine {
	return rewards.CountLine{Item: l.Item.ID, Counted: l.Counted, Expected: l.Expected}
}

// Difference is what the book must change by.
func (l countLine) Difference() int64 { return l.Counted - l.Expected }

// entered are the lines that somebody counted, differing those that do not agree with the
// book.
func (v countView) entered() int {
	n := 0
	for _, l := range v.Lines {
		if l.Entered {
			n++
		}
	}
	return n
}

func (v countView) differing() int {
	n := 0
	for _, l := range v.Lines {
		if l.Entered && l.Difference() != 0 {
			n++
		}
	}
	return n
}

// book is the figure that travels with the sheet.
func (l countLine) book() string { return strconv.FormatInt(l.Expected, 10) }

// labels name the lines for the summary of what was refused.
func (v countView) labels() []string {
	labels := make([]string, 0, 2*len(v.Lines))
	for _, l := range v.Lines {
		labels = append(labels, l.counted(), l.Item.Name)
	}
	return labels
}

// GET /console/rewards/count/?place=
func (c *Console) countPage(w http.ResponseWriter, r *http.Request) error {
	return c.showCount(w, r, form.Empty("place", r.URL.Query().Get("place"), "key", newRequestKey()), false)
}

// POST /console/rewards/count/ shows the differences; sent again from there with do=save, it
// books them.
func (c *Console) count(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	do := f.Choice("do", "check", "change", "save")
	if do == "change" {
		return c.showCount(w, r, f, false)
	}
	v, err := c.readCount(r, f)
	if err != nil {
		return err
	}
	if !f.OK() || do == "check" {
		return c.showCount(w, r, f, f.OK())
	}
	return c.saveCount(w, r, v)
}

// readCount reads the entered lines of the sheet.
func (c *Console) readCount(r *http.Request, f *form.Form) (v countView, err error) {
	v.Form = f
	if v.Place, err = c.placeOf(r.Context(), f.ID("place")); err != nil {
		return v, err
	}
	items, err := c.rewards.ItemsAt(r.Context(), v.Place.ID)
	if err != nil {
		return v, err
	}
	for _, i := range items {
		l := countLine{Item: i, Expected: i.Stock}
		if !i.Active && i.Stock == 0 {
			continue
		}
		if n, err := strconv.ParseInt(f.Raw(l.expected()), 10, 64); err == nil && !refused(f, l.counted()) {
			l.Expected = n
		}
		if strings.TrimSpace(f.Raw(l.counted())) != "" {
			l.Counted, l.Entered = int64(f.Int(l.counted())), true
			if l.Counted < 0 {
				f.Refuse(l.counted(), "form.whole_number")
			}
		}
		v.Lines = append(v.Lines, l)
	}
	return v, nil
}

func (c *Console) saveCount(w http.ResponseWriter, r *http.Request, v countView) error {
	sheet := rewards.CountSheet{Place: v.Place.ID, RequestKey: v.Form.Text("key", 100)}
	for _, l := range v.Lines {
		if l.Entered {
			sheet.Lines = append(sheet.Lines, l.line())
		}
	}
	done, err := c.rewards.Count(r.Context(), web.ActorOf(r), sheet)
	if err := v.Form.Take(err); err != nil {
		return err
	}
	if !v.Form.OK() {
		return c.showCount(w, r, v.Form, false)
	}
	web.Flash(w, r, ui.Done, "console.count.done", "Count", len(sheet.Lines), "Place", v.Place.Name)
	if done.Waiting > 0 {
		web.Flash(w, r, ui.Warning, "console.count.waits", "Count", done.Waiting)
	}
	web.Redirect(w, r, "/console/rewards/moves/?kind="+string(rewards.Adjusted)+"&place="+v.Place.ID.String())
	return nil
}

// showCount shows the sheet, or the differences that it would book.
func (c *Console) showCount(w http.ResponseWriter, r *http.Request, f *form.Form, differences bool) error {
	v, err := c.readCount(r, f)
	if err != nil {
		return err
	}
	v.Now = c.now()
	if v.Places, err = c.placeOptions(r.Context()); err != nil {
		return err
	}
	if differences && v.entered() == 0 {
		f.Refuse("lines", "console.count.nothing")
		differences = false
	}
	if differences {
		v.Page = web.NewPage(r, "console.count.differences")
		return web.Render(w, r, http.StatusOK, countDifferencesTempl(v))
	}
	v.Page = web.NewPage(r, "console.count.title", "Place", v.Place.Name)
	return web.RenderForm(w, r, f, countTempl(v))
}
