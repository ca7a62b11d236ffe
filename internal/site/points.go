package site

import (
	"net/http"
	"strconv"

	"ekolek/internal/ledger"
	"ekolek/internal/report"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type pointsView struct {
	web.Page
	Form    *form.Form
	Balance ledger.Balance
	Moves   []ui.Move
	Next    string
	Prior   []ui.Move // lines of a former system, shown after the last page, never counted
}

// GET /points/?from=&to=&after= — the passbook, newest first.
func (s *Site) points(w http.ResponseWriter, r *http.Request) error {
	ctx, f := r.Context(), form.Query(r)
	me := web.PrincipalOf(ctx).ID
	filter := report.StatementFilter{From: f.Day("from"), To: f.Day("to"), Before: beforeOf(r), Limit: 20}
	statement, err := s.report.Statement(ctx, me, filter)
	if err != nil {
		return err
	}
	v := pointsView{Page: web.NewPage(r, "site.points.title"), Form: f, Balance: statement.Balance, Moves: ui.MovesOf(ctx, statement.Rows)}
	if statement.Next > 0 {
		v.Next = strconv.FormatInt(statement.Next, 10)
	} else if v.Prior, err = s.priorMoves(r, filter); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, pointsTempl(v))
}

// beforeOf reads the cursor; a damaged one starts from the newest.
func beforeOf(r *http.Request) int64 {
	n, err := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// priorMoves are the newest lines that a former system wrote for this resident.
func (s *Site) priorMoves(r *http.Request, f report.StatementFilter) ([]ui.Move, error) {
	ctx := r.Context()
	entries, err := s.report.PriorEntries(ctx, web.PrincipalOf(ctx).ID, ledger.PriorPage{From: f.From, To: f.To, Limit: 100})
	if err != nil {
		return nil, err
	}
	var moves []ui.Move
	for _, e := range entries.Rows {
		moves = append(moves, ui.Move{Icon: "clock", Text: e.Description, At: e.At, Amount: i18n.Signed(e.Points), Out: e.Points < 0})
	}
	return moves, nil
}

// GET /points.csv: the whole passbook of the filter.
func (s *Site) pointsCSV(w http.ResponseWriter, r *http.Request) error {
	ctx, f := r.Context(), form.Query(r)
	table := s.report.StatementTable(ctx, web.PrincipalOf(ctx).ID, f.Day("from"), f.Day("to"))
	return web.Export(w, r, "points", s.now(), table)
}
