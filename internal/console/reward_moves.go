package console

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type stockBookView struct {
	web.Page
	Form   *form.Form
	Items  []ui.Option
	Places []ui.Option // empty: there is only one
	Kinds  []ui.Option
	Rows   []rewards.Move
	Next   string
	Former bool // there is a former system's book too
}

type formerBookView struct {
	web.Page
	Form  *form.Form
	Items []ui.Option
	Rows  []report.PriorMove
	Next  string
}

// former is the value of ?book= that asks for the stock history of the former system.
const former = "former"

// GET /console/rewards/moves/?book=&item=&place=&kind=&from=&to=&after=
func (c *Console) stockBook(w http.ResponseWriter, r *http.Request) error {
	f := form.Query(r)
	if f.Text("book", 20) == former {
		return c.showFormerBook(w, r, f)
	}
	ctx := r.Context()
	page, err := c.rewards.Moves(ctx, moveFilter(f))
	if err != nil {
		return err
	}
	v := stockBookView{Page: web.NewPage(r, "console.moves.title"), Form: f, Rows: page.Rows, Next: page.Next, Kinds: kindOptions(ctx)}
	if v.Items, err = c.itemOptions(ctx); err != nil {
		return err
	}
	if v.Places, err = c.placeOptions(ctx); err != nil {
		return err
	}
	if v.Former, err = c.report.HasPriorMoves(ctx); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, stockBookTempl(v))
}

func (c *Console) showFormerBook(w http.ResponseWriter, r *http.Request, f *form.Form) error {
	page, err := c.report.PriorMoves(r.Context(), priorFilter(f))
	if err != nil {
		return err
	}
	v := formerBookView{Page: web.NewPage(r, "console.moves.title"), Form: f, Rows: page.Rows, Next: page.Next}
	if v.Items, err = c.itemOptions(r.Context()); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, formerBookTempl(v))
}

func moveFilter(f *form.Form) rewards.MoveFilter {
	return rewards.MoveFilter{Item: f.ID("item"), Place: f.ID("place"), Kind: rewards.MoveKind(f.Text("kind", 20)),
		From: f.Day("from"), To: f.Day("to"), Cursor: f.Text("after", 200)}
}

func priorFilter(f *form.Form) report.PriorMoveFilter {
	return report.PriorMoveFilter{Item: f.ID("item"), From: f.Day("from"), To: f.Day("to"), Cursor: f.Text("after", 200)}
}

// bookTabs lead from one book to the other, with the filters that both have.
func bookTabs(ctx context.Context, p web.Page, isFormer bool) []ui.Tab {
	return []ui.Tab{
		{Href: p.Query("book", ""), Text: i18n.T(ctx, "console.moves.ours"), Current: !isFormer},
		{Href: p.Query("book", former, "place", "", "kind", ""), Text: i18n.T(ctx, "console.moves.former"), Current: isFormer},
	}
}

// GET /console/rewards/moves.csv and .xlsx: what the book shows, all of its pages.
func (c *Console) exportStockBook(w http.ResponseWriter, r *http.Request) error {
	f, ctx := form.Query(r), r.Context()
	if f.Text("book", 20) == former {
		return web.Export(w, r, "former-stock-book", c.now(), c.report.PriorMoveTable(ctx, priorFilter(f)))
	}
	table := report.Table{
		Name: "console.moves.title",
		Head: []string{"report.col.at", "console.reward", "console.place", "console.stock.kind", "console.quantity", "console.stock.after",
			"console.document_no", "report.col.reason", "console.who", "report.col.id"},
		Rows: rowsOf(func(cursor string) ([]rewards.Move, string, error) {
			filter := moveFilter(f)
			filter.Cursor, filter.Limit = cursor, exportChunk
			page, err := c.rewards.Moves(ctx, filter)
			return page.Rows, page.Next, err
		}, moveCells),
	}
	return web.Export(w, r, "stock-book", c.now(), table)
}

func moveCells(m rewards.Move) []any {
	return []any{m.At, m.ItemName, m.PlaceName, report.Word(kindKey(m.Kind)), m.Quantity, m.StockAfter, m.DocumentNo, m.Reason, m.ActorName, m.ID.String()}
}

func (c *Console) itemOptions(ctx context.Context) ([]ui.Option, error) {
	items, err := c.rewards.Items(ctx)
	if err != nil {
		return nil, err
	}
	options := []ui.Option{{Text: i18n.T(ctx, "console.all_items")}}
	for _, i := range items {
		options = append(options, ui.Option{Value: i.ID.String(), Text: i18n.Pick(ctx, i.Name, i.NameFil)})
	}
	return options, nil
}

func kindOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Text: i18n.T(ctx, "console.all_kinds")}}
	for _, k := range rewards.MoveKinds() {
		options = append(options, ui.Option{Value: string(k), Text: i18n.T(ctx, kindKey(k))})
	}
	return options
}

// kindKey names why stock moved.
func kindKey(k rewards.MoveKind) string {
	switch k {
	case rewards.Received:
		return "console.kind.received"
	case rewards.Issued:
		return "console.kind.issued"
	case rewards.Adjusted:
		return "console.kind.adjusted"
	case rewards.Returned:
		return "console.kind.returned"
	case rewards.Transferred:
		return "console.kind.transferred"
	default:
		return "console.kind.opening"
	}
}

// kindIcon is the icon that goes with why stock moved.
func kindIcon(k rewards.MoveKind) string {
	switch k {
	case rewards.Issued:
		return "gift"
	case rewards.Adjusted:
		return "list-checks"
	case rewards.Returned:
		return "undo-2"
	case rewards.Transferred:
		return "truck"
	default:
		return "plus"
	}
}

// moveLink is where a move came from: the redemption that it handed out or took back.
func moveLink(m rewards.Move) string {
	if m.RedemptionID.UUID == uuid.Nil {
		return ""
	}
	return redemptionPath(m.RedemptionID.UUID)
}

// orDash stands in for what is not known.
func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}
