package report_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"ekolek/internal/audit"
	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/report"
)

// said translates as a catalogue that answers every key with its last part.
func said(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

func readCSV(t *testing.T, table report.Table) [][]string {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteCSV(&b, table.Said(said)); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(b.String(), "\ufeff")
	if !ok {
		t.Error("Excel would not know that this is UTF-8")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// column is a column's cells by its title, without the head.
func column(t *testing.T, rows [][]string, title string) []string {
	t.Helper()
	for i, head := range rows[0] {
		if head != title {
			continue
		}
		var cells []string
		for _, row := range rows[1:] {
			cells = append(cells, row[i])
		}
		return cells
	}
	t.Fatalf("no column %s in %v", title, rows[0])
	return nil
}

func TestWeighInsExport(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.weigh(t, w.juan, w.pet, 2_450)
		w.Clock.Advance(time.Minute)
		w.void(t, w.weigh(t, w.juan, w.glass, 1_000).ID)
		w.Clock.Advance(time.Minute)
		w.weigh(t, w.ines, w.pet, 500)
		rows := readCSV(t, w.report.WeighIns(t.Context(), people.City, report.WeighInFilter{}))
		for title, want := range map[string][]string{
			"material":    {"PET bottles", "'=Glass", "PET bottles"},
			"gross_kg":    {"0.6", "1.1", "2.55"},
			"kg":          {"0.5", "1", "2.45"},
			"rate":        {"5", "1", "5"},
			"points":      {"2.5", "1", "12.25"},
			"note":        {"'+1 sack", "'+1 sack", "'+1 sack"},
			"void_reason": {"", "wrong card", ""},
			"identified":  {"card", "card", "card"},
			"barangay":    {w.Barangays[2].Name, w.Barangays[0].Name, w.Barangays[0].Name},
		} {
			if diff := cmp.Diff(want, column(t, rows, title)); diff != "" {
				t.Errorf("%s:\n%s", title, diff)
			}
		}
		for name, c := range map[string]struct {
			scope  people.Scope
			filter report.WeighInFilter
			want   int
		}{
			"assigned":    {w.Manager.Scope, report.WeighInFilter{}, 2},
			"nobody's":    {people.Scope{}, report.WeighInFilter{}, 0},
			"a material":  {people.City, report.WeighInFilter{Type: w.pet}, 2},
			"a resident":  {people.City, report.WeighInFilter{Resident: w.ines.ID}, 1},
			"a barangay":  {people.City, report.WeighInFilter{Barangay: w.Barangays[0].ID}, 2},
			"a collector": {people.City, report.WeighInFilter{Collector: w.Admin.ID}, 3},
			"tomorrow":    {people.City, report.WeighInFilter{From: w.day(-1)}, 0},
			"today":       {people.City, report.WeighInFilter{From: w.day(0), To: w.day(0)}, 3},
		} {
			if got := len(readCSV(t, w.report.WeighIns(t.Context(), c.scope, c.filter))) - 1; got != c.want {
				t.Errorf("%s: %d rows, want %d", name, got, c.want)
			}
		}
	})
}

func TestRedemptionsExport(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.weigh(t, w.juan, w.pet, 30_000)
		w.redeem(t, w.juan, 2)
		rows := readCSV(t, w.report.Redemptions(t.Context(), w.Manager.Scope, report.RedemptionFilter{Item: w.rice, Resident: w.juan.ID, From: w.day(0), To: w.day(0)}))
		for title, want := range map[string]string{"reward": "Rice", "quantity": "2", "unit": "kg", "price": "50", "points": "100", "identified": "search", "resident": w.juan.FullName} {
			if got := column(t, rows, title); len(got) != 1 || got[0] != want {
				t.Errorf("%s: %v, want %s", title, got, want)
			}
		}
		none := readCSV(t, w.report.Redemptions(t.Context(), people.City, report.RedemptionFilter{Barangay: w.Barangays[2].ID, Staff: w.Admin.ID}))
		if len(none) != 1 {
			t.Errorf("another barangay: %v", none)
		}
	})
}

func TestResidentsExportShowsWhatTheListShows(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.weigh(t, w.juan, w.pet, 2_000)
		if _, err := w.People.Suspend(t.Context(), w.Actor(w.Admin), people.City, w.juan.ID, "lost card"); err != nil {
			t.Fatal(err)
		}
		rows := readCSV(t, w.report.Residents(t.Context(), w.Manager.Scope, people.ResidentFilter{}))
		if len(rows) != 2 {
			t.Fatalf("%d rows", len(rows)-1)
		}
		for title, want := range map[string]string{"resident": w.juan.FullName, "status": "suspended", "status_reason": "lost card", "points": "10", "phone": "'" + w.juan.Phone, "representative": "yes"} {
			if got := column(t, rows, title); got[0] != want {
				t.Errorf("%s: %v, want %s", title, got, want)
			}
		}
		if got := readCSV(t, w.report.Residents(t.Context(), people.City, people.ResidentFilter{Status: people.Approved})); len(got) != 2 {
			t.Errorf("%d approved residents", len(got)-1)
		}
	})
}

func TestStatementAndTrailExports(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for range 3 {
			w.weigh(t, w.juan, w.pet, 20_000)
		}
		w.redeem(t, w.juan, 1)
		rows := readCSV(t, w.report.StatementTable(t.Context(), w.juan.ID, "", ""))
		if diff := cmp.Diff([]string{"-50", "100", "100", "100"}, column(t, rows, "points")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"Rice", "PET bottles", "PET bottles", "PET bottles"}, column(t, rows, "what")); diff != "" {
			t.Error(diff)
		}
		trail := readCSV(t, w.report.TrailTable(t.Context(), audit.Filter{Action: "weigh_in.record"}))
		if got := column(t, trail, "action"); len(got) != 3 || got[0] != "record" {
			t.Errorf("actions %v", got)
		}
	})
}

// Every row must come once, however many chunks an export takes.
func TestExportsLongerThanAChunk(t *testing.T) {
	w := newWorld(t, openSQLite(t))
	const n = 1_203
	for range n {
		w.weigh(t, w.juan, w.pet, 1_000)
	}
	for name, table := range map[string]report.Table{
		"weigh-ins": w.report.WeighIns(t.Context(), people.City, report.WeighInFilter{}),
		"statement": w.report.StatementTable(t.Context(), w.juan.ID, "", ""),
		"trail":     w.report.TrailTable(t.Context(), audit.Filter{Action: "weigh_in.record"}),
	} {
		ids := map[string]bool{}
		for _, id := range column(t, readCSV(t, table), "id") {
			ids[id] = true
		}
		if len(ids) != n {
			t.Errorf("%s: %d of %d rows", name, len(ids), n)
		}
	}
}

// cells is a table of one row.
func cells(row ...any) report.Table {
	head := make([]string, len(row))
	for i := range head {
		head[i] = "col." + string(rune('A'+i))
	}
	return report.Table{Name: "x.sheet", Head: head, Rows: func(yield func([]any, error) bool) { yield(row, nil) }}
}

func TestCSVCells(t *testing.T) {
	at := time.Date(2026, 11, 23, 16, 30, 5, 0, time.UTC) // half past midnight on the 24th in Manila
	rows := readCSV(t, cells("plain", int64(-3), ledger.Points(-1_250), ledger.Grams(2_450), ledger.Rate(275), at, report.Day("2026-11-24"), report.Word("x.word"), nil, "a,\"b\"\nñ"))
	want := []string{"plain", "-3", "-12.5", "2.45", "2.75", "2026-11-24 00:30:05", "2026-11-24", "word", "", "a,\"b\"\nñ"}
	if diff := cmp.Diff(want, rows[1]); diff != "" {
		t.Error(diff)
	}
}

func TestFilesAreFormulaSafe(t *testing.T) {
	for _, evil := range []string{`=HYPERLINK("http://x")`, "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"} {
		if got := readCSV(t, cells(evil))[1][0]; got != "'"+evil {
			t.Errorf("CSV: %q became %q", evil, got)
		}
		book := readXLSX(t, cells(evil))
		if got, err := book.GetCellValue("sheet", "A2"); err != nil || !strings.HasPrefix(got, "'") {
			t.Errorf("XLSX: %q became %q, %v", evil, got, err)
		}
		if formula, err := book.GetCellFormula("sheet", "A2"); err != nil || formula != "" {
			t.Errorf("XLSX: %q is a formula %q, %v", evil, formula, err)
		}
	}
}

func readXLSX(t *testing.T, table report.Table) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteXLSX(&b, table.Said(said)); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	})
	return book
}

func TestXLSXKeepsNumbersAndTimes(t *testing.T) {
	at := time.Date(2026, 11, 23, 16, 30, 0, 0, time.UTC)
	book := readXLSX(t, cells("ñ & <b>", int64(1_234), ledger.Points(118_650), ledger.Grams(2_450), at, report.Day("2026-11-24"), nil, report.Word("x.word")))
	shown, err := book.GetRows("sheet")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"A", "B", "C", "D", "E", "F", "G", "H"}, {"ñ & <b>", "1,234", "1,186.50", "2.450", "2026-11-24 00:30", "2026-11-24", "", "word"}}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Error(diff)
	}
	for cell, want := range map[string]string{"B2": "1234", "C2": "1186.5", "D2": "2.45", "F2": "46350"} {
		raw, err := book.GetCellValue("sheet", cell, excelize.Options{RawCellValue: true})
		kind, kindErr := book.GetCellType("sheet", cell)
		if err != nil || kindErr != nil || raw != want || (kind != excelize.CellTypeNumber && kind != excelize.CellTypeUnset) {
			t.Errorf("%s is %q of type %v, %v; want the number %s", cell, raw, kind, errors.Join(err, kindErr), want)
		}
	}
	if panes, err := book.GetPanes("sheet"); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the head does not stay: %+v, %v", panes, err)
	}
}

func TestXLSXSheetNames(t *testing.T) {
	for title, want := range map[string]string{"": "E-KOLEK", "a/b:c": "a b c", strings.Repeat("ñ", 40): strings.Repeat("ñ", 31)} {
		table := cells("x")
		table.Name = title
		var b bytes.Buffer
		if err := report.WriteXLSX(&b, table); err != nil {
			t.Fatal(err)
		}
		book, err := excelize.OpenReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		if got := book.GetSheetName(0); got != want {
			t.Errorf("%q became %q", title, got)
		}
		_ = book.Close() // it was only read
	}
}

func TestWritersTellOfBrokenReads(t *testing.T) {
	broken := errors.New("connection lost")
	table := report.Table{Name: "x", Head: []string{"a"}, Rows: rowsThenError(broken)}
	if err := report.WriteCSV(io.Discard, table); !errors.Is(err, broken) {
		t.Errorf("CSV: %v", err)
	}
	if err := report.WriteXLSX(io.Discard, table); !errors.Is(err, broken) {
		t.Errorf("XLSX: %v", err)
	}
}

func rowsThenError(err error) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		if yield([]any{"one"}, nil) {
			yield(nil, err)
		}
	}
}

func TestStatementOfNobody(t *testing.T) {
	w := newWorld(t, openSQLite(t))
	if err := report.WriteCSV(io.Discard, w.report.StatementTable(t.Context(), uuid.New(), "", "")); !errors.Is(err, ledger.ErrNoAccount) {
		t.Errorf("got %v", err)
	}
}
