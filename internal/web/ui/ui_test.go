package ui

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"rsc.io/qr"

	"ekolek/internal/auth"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
)

func TestTheMenuShowsWhatOneMayDo(t *testing.T) {
	for role, want := range map[auth.Role]int{auth.SuperAdmin: 4, auth.OperationsManager: 3, auth.SecurityAnalyst: 1} {
		p := page(i18n.English, auth.Principal{Surface: auth.StaffSurface, Role: role}, console)
		n := 0
		for _, g := range p.menu() {
			if len(g.Items) == 0 {
				t.Errorf("%s: an empty group %q", role, g.Text)
			}
			n += len(g.Items)
		}
		if n != want {
			t.Errorf("%s: %d places, want %d", role, n, want)
		}
	}
}

func TestWhereOneIs(t *testing.T) {
	station := Item{Href: "/console/station/", Prefix: true}
	home := Item{Href: "/console/"}
	for _, c := range []struct {
		address string
		item    Item
		want    string
	}{
		{"/console/station/?a=b", station, "page"}, {"/console/station", station, "page"}, {"/console/station/weigh/", station, "true"},
		{"/console/stations/", station, ""}, {"/console/station/", home, ""}, {"/console/", home, "page"},
	} {
		if got := (Page{Address: c.address}).current(c.item); got != c.want {
			t.Errorf("%s at %s: %q, want %q", c.item.Href, c.address, got, c.want)
		}
	}
}

func TestListAddressesKeepTheFilters(t *testing.T) {
	p := Page{Address: "/console/residents/?status=pending&q=a%26b&after=abc"}
	first, older := p.pageLinks("next+1")
	if first != "/console/residents/?q=a%26b&status=pending" || older != "/console/residents/?after=next%2B1&q=a%26b&status=pending" {
		t.Errorf("pager: %q, %q", first, older)
	}
	if first, older := (Page{Address: "/x/?q=a"}).pageLinks(""); first != "" || older != "" {
		t.Errorf("a list of one page: %q, %q", first, older)
	}
	if got := p.Query("status", "", "barangay", "7"); got != "/console/residents/?barangay=7&q=a%26b" {
		t.Errorf("another filter: %q", got)
	}
	if got := p.At("/console/residents.csv"); got != "/console/residents.csv?q=a%26b&status=pending" {
		t.Errorf("as a file: %q", got)
	}
}

// The drawing is the code, module by module: what a camera reads.
func TestQRDrawing(t *testing.T) {
	const text = "EK1.7K3M9QXD.abcdefghijklmnopqrstuv"
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	path, box := qrDrawing(text)
	if want := fmt.Sprintf("0 0 %d %d", code.Size+4, code.Size+4); box != want {
		t.Errorf("box %q, want %q", box, want)
	}
	drawn := map[[2]int]bool{}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(path, -1) {
		x, y, run := number(t, m[1]), number(t, m[2]), number(t, m[3])
		if m[3] != m[4] {
			t.Fatalf("a run that does not close: %s", m[0])
		}
		for i := range run {
			drawn[[2]int{x + i - quiet, y - quiet}] = true
		}
	}
	for y := range code.Size {
		for x := range code.Size {
			if drawn[[2]int{x, y}] != code.Black(x, y) {
				t.Fatalf("module %d,%d is %v", x, y, drawn[[2]int{x, y}])
			}
		}
	}
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAxesAreRound(t *testing.T) {
	for most, want := range map[int64]int64{0: 4, 3: 4, 5: 5, 9: 10, 10: 10, 11: 20, 390: 400, 401: 500, 1786: 2000, 2001: 4000, 81_000: 100_000} {
		if got := (BarChart{Bars: []Bar{{Value: most}}}).top(); got != want {
			t.Errorf("%d: %d, want %d", most, got, want)
		}
	}
	for _, c := range (BarChart{Bars: []Bar{{Value: 0}, {Value: 0, Pale: true}}}).columns(widePlot) {
		if c.best || c.h != "0.0" {
			t.Errorf("an empty week has a best day: %+v", c)
		}
	}
	if got := narrowPlot.label(Bar{Label: "Ñ"}); got != "Ñ" {
		t.Errorf("short label %q", got)
	}
}

func TestTheSummaryFollowsThePage(t *testing.T) {
	f := form.Empty()
	for _, name := range []string{"alpha", "zulu", "extra"} {
		f.Refuse(name, "form.required")
	}
	var got []string
	for _, c := range complaints(f, []string{"zulu", "Zulu", "fine", "Fine", "alpha", "Alpha"}) {
		got = append(got, c.field+"/"+c.label)
	}
	if diff := cmp.Diff([]string{"zulu/Zulu", "alpha/Alpha", "extra/"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFieldsTieTheirErrors(t *testing.T) {
	_, doc := render(t, i18n.English, loginParts())
	user := doc.Find("#username")
	if user.AttrOr("aria-describedby", "") != "username-help username-error" || user.AttrOr("aria-invalid", "") != "true" || user.AttrOr("value", "") != "juan" {
		html, _ := user.Parent().Html()
		t.Errorf("refused field: %s", html)
	}
	if v, ok := doc.Find("#password").Attr("value"); ok {
		t.Errorf("a password comes back: %q", v)
	}
	if doc.Find("#errors a[href='#username']").Length() != 1 || doc.Find("#errors a").Length() != 2 {
		t.Error("the summary does not lead to the fields")
	}
	if _, required := doc.Find("#kilos").Attr("required"); required || doc.Find("label[for=kilos] span").Length() != 1 {
		t.Error("an optional field says so")
	}
	if doc.Find("#color option[selected]").AttrOr("value", "") != "b" || doc.Find("input[type=radio][checked]").AttrOr("value", "") != "s" {
		t.Error("choices are not kept")
	}
	if got := (Field{Name: "q", Bare: true, Optional: true}); control(got)["required"] != false {
		t.Error("a filter is required")
	}
}

func TestTitles(t *testing.T) {
	ctx := context.Background()
	if got := (Page{Title: "Points", Frame: site}).docTitle(ctx); got != "Points · E-KOLEK" {
		t.Errorf("%q", got)
	}
	if got := (Page{Frame: site}).docTitle(ctx); got != "E-KOLEK" {
		t.Errorf("%q", got)
	}
	for _, r := range auth.Roles() {
		if (Page{Principal: auth.Principal{Role: r}}).roleName(ctx) == "" {
			t.Errorf("role %s has no name", r)
		}
	}
}

func TestLongBalancesStayBesideTheCode(t *testing.T) {
	for points, want := range map[string]string{"0": "", "186.5": "", "325.34": "balance-num-6", "1,186.5": "balance-num-6", "1,186.25": "balance-num-8", "12,345.67": "balance-num-8", "123,456.78": "balance-num-10"} {
		if got := balanceSize(points); got != want {
			t.Errorf("%s: %q, want %q", points, got, want)
		}
	}
}
