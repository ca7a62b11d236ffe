package app_test

import (
	"go/ast"
	"go/parser"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/collection"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
)

// typed is what somebody with ideas types into every field: it leaves an attribute's
// quotes of either kind, closes what is open, and begins elements of its own.
const typed = `A"'></a><i data-typed onload=x><!--{{1}}`

// Pages are made by components that escape by context; nothing goes around that. Addresses
// of our own are marked as safe here and there: TestTypedTextStaysText reads what they lead
// to.
func TestRawHTMLIsWrittenNowhere(t *testing.T) {
	raw := map[string]bool{"templ.Raw": true, "templ.SafeCSS": true, "templ.JSUnsafeFuncCall": true, "template.HTML": true, "template.JS": true, "template.URL": true}
	pages := 0
	for _, f := range sources(t, parser.SkipObjectResolution) {
		if f.test {
			continue
		}
		if strings.HasSuffix(f.path, "_templ.go") {
			pages++
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			s, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if from, ok := s.X.(*ast.Ident); ok && raw[from.Name+"."+s.Sel.Name] {
				t.Errorf("%s writes markup as it is: %s.%s", f.at(n), from.Name, s.Sel.Name)
			}
			return true
		})
	}
	if pages < 20 {
		t.Errorf("only %d pages were read", pages)
	}
}

// Whatever people type, on every page that shows it, and in every address: it stays text.
func TestTypedTextStaysText(t *testing.T) {
	o := newOffice(t)
	ids, admin, resident := typedCity(t, o)
	server := o.app.Web()
	handler := server.Handler()
	shown := 0
	for _, route := range server.Routes() {
		method, pattern, _ := strings.Cut(route.Pattern, " ")
		if method != http.MethodGet || strings.Contains(pattern, "/logout") || isExport(pattern) || route.Surface.API != nil {
			continue
		}
		v := resident
		if route.Surface.SignIns == auth.StaffSurface {
			v = admin
		}
		_, path := address(pattern, ids, ids["rewards"])
		for _, query := range []string{"", "?" + typedQuery().Encode()} {
			rec := httptest.NewRecorder()
			handler.ServeHTTP(rec, v.request(t, method, path+query, "text/html"))
			body := rec.Body.String()
			for _, fault := range brokenOut(t, body) {
				t.Errorf("%s: %s", path+query, fault)
			}
			if strings.Contains(body, "data-typed") {
				shown++
			}
		}
	}
	if shown < 20 {
		t.Errorf("what was typed is shown on %d pages only: the test looks in the wrong places", shown)
	}
}

// typedCity has it in every name, address, description and reason.
func typedCity(t *testing.T, o *office) (ids map[string]uuid.UUID, admin, resident visitor) {
	t.Helper()
	ctx, here := t.Context(), o.barangays[0].ID
	admin = o.hire(t, "admin", auth.SuperAdmin)
	_, err := o.app.Collection.SaveType(ctx, tester, collection.TypeForm{ID: o.pet, Name: typed, NameFil: typed, Class: collection.Recyclable, Active: true})
	must(t, err)
	r := o.settle(t, here)
	resident = o.signIn(t, "resident", r)
	must(t, o.rename(t, r))
	left := o.serve(t, r)
	category, err := o.app.Rewards.SaveCategory(ctx, tester, rewards.CategoryForm{Name: typed, Description: typed, Active: true})
	must(t, err)
	_, err = o.app.Rewards.SaveItem(ctx, tester, rewards.ItemForm{ID: left.item, Category: category, Name: typed, NameFil: typed, Description: typed, Unit: "kg", Price: 1000, Active: true, ReorderPoint: 9})
	must(t, err)
	voided := o.serve(t, r)
	_, err = o.app.Collection.Void(ctx, tester, people.City, voided.weighIn, typed)
	must(t, err)
	must(t, o.rename(t, o.register(t, here)))
	suspended := o.settle(t, here)
	must(t, o.rename(t, suspended))
	_, err = o.app.People.Suspend(ctx, tester, people.City, suspended.ID, typed)
	must(t, err)
	b, err := o.app.People.SaveBarangay(ctx, tester, people.BarangayEdit{Name: typed, Active: true})
	must(t, err)
	st, err := o.app.Auth.CreateStaff(ctx, tester, auth.NewStaff{Username: "typed", FullName: typed, Role: auth.OperationsManager, Password: officePassword, Barangays: []uuid.UUID{b.ID}})
	must(t, err)
	long := strings.Repeat(typed+" ", 10)
	terms, err := o.app.People.WriteTerms(ctx, tester, people.NewTerms{Version: "9", Title: map[string]string{"en": typed, "fil": typed}, Content: map[string]string{"en": long, "fil": long}})
	must(t, err)
	return map[string]uuid.UUID{"residents": r.ID, "families": r.FamilyID, "weigh-ins": voided.weighIn, "redemptions": left.redemption, "rewards": left.item,
		"waste-types": o.pet, "barangays": b.ID, "staff": st.ID, "messages": o.message(t), "terms": terms[0].ID}, admin, resident
}

// rename gives a resident and the family names that are no names.
func (o *office) rename(t *testing.T, r people.Resident) error {
	t.Helper()
	_, err := o.app.People.EditResident(t.Context(), tester, people.City, r.ID, people.ResidentEdit{Username: r.Username, FirstName: typed, LastName: typed, Phone: r.Phone})
	must(t, err)
	_, err = o.app.People.EditFamily(t.Context(), tester, people.City, r.FamilyID, people.FamilyEdit{Name: typed, BarangayID: o.barangays[0].ID, Address: typed, City: typed})
	return err
}

// typedQuery is every name that a list or a page reads from its address.
func typedQuery() url.Values {
	q := url.Values{}
	for _, name := range []string{"q", "status", "barangay", "from", "to", "after", "next", "back", "kind", "action", "channel", "who", "type", "item", "card", "key", "lang"} {
		q.Set(name, typed)
	}
	return q
}

// brokenOut lists what became markup: the typed element, a handler, an address that runs.
func brokenOut(t *testing.T, body string) (faults []string) {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	must(t, err)
	doc.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, a := range s.Nodes[0].Attr {
			name, value := strings.ToLower(a.Key), strings.ToLower(strings.TrimSpace(a.Val))
			switch {
			case name == "data-typed", strings.HasPrefix(name, "on"), name == "style", name == "srcdoc":
				faults = append(faults, "<"+s.Nodes[0].Data+"> has the attribute "+a.Key)
			case (name == "href" || name == "src" || name == "action" || name == "formaction") && (strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "data:text")):
				faults = append(faults, a.Key+" runs: "+a.Val)
			}
		}
	})
	return faults
}
