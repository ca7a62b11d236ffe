package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/collection"
	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/web"
)

// The number of statements of a page does not grow with its rows: every page of the
// program is opened in a small city, and again in one with twenty times the rows.
func TestQueriesDoNotGrowWithRows(t *testing.T) {
	o := newOffice(t)
	here := o.barangays[0].ID
	admin := o.hire(t, "admin", auth.SuperAdmin)
	r := o.settle(t, here)
	resident := o.signIn(t, "resident", r)
	left := o.serve(t, r)
	o.register(t, here)
	manager := principal(t, o, o.hire(t, "manager", auth.OperationsManager, here), &web.Surface{SignIns: auth.StaffSurface})
	ids := map[string]uuid.UUID{"residents": r.ID, "families": r.FamilyID, "weigh-ins": left.weighIn, "redemptions": left.redemption, "rewards": left.item, "waste-types": o.pet, "barangays": here, "staff": manager.ID, "messages": o.message(t), "terms": o.terms(t, "1")}
	o.serve(t, r) // so that points remain for the page that reserves
	ids["receipts"], ids["reserve"], ids["reservations"] = left.receipt, left.item, o.setAside(t, r, left.item)

	o.truck(t, here, 0)
	ids["lines"], ids["exceptions"], ids["holidays"] = o.planned(t)
	few := countAll(t, o, ids, admin, resident)
	for n := range 20 {
		o.serve(t, o.settle(t, here))
		if own := o.serve(t, r); n < 4 { // on the resident's own pages too, where five reservations are the most
			o.setAside(t, r, own.item)
		}
		_, err := o.app.People.JoinFamily(t.Context(), tester, r.FamilyCode, people.NewResident{Username: fmt.Sprintf("member%d", n), FirstName: "Nilo", LastName: "Pagsanjan", Phone: fmt.Sprintf("0918%07d", n)})
		must(t, err)
		o.register(t, here)
		o.truck(t, here, 1+n)
		o.hire(t, "collector"+string(rune('a'+n)), auth.OperationsManager, here, o.barangays[1].ID)
		_, err = o.app.Collection.SaveType(t.Context(), tester, collection.TypeForm{Name: "Type " + string(rune('A'+n)), Class: collection.Recyclable, Active: true, Rate: 100})
		must(t, err)
		o.terms(t, "2."+string(rune('A'+n)))
	}
	many := countAll(t, o, ids, admin, resident)

	if len(few) < 15 {
		t.Fatalf("only %d pages were opened", len(few))
	}
	for _, list := range []string{"scan-user/", "user/{id}/", "waste-types/", "rewards/", "transactions/", "profile/"} {
		if few["/mobile/api/admin/"+list] == 0 {
			t.Errorf("the phone's %s was not opened", list)
		}
	}
	for _, page := range []string{"mine/", "receipts/{id}/", "reservations/{id}/", "reserve/{id}/"} {
		if few["/rewards/"+page] == 0 {
			t.Errorf("the resident's /rewards/%s was not opened", page)
		}
	}
	for _, list := range []string{"/mobile/api/notifications/", "/api/notifications/", "/api/schedule/", "/api/schedule/today/", "/api/schedule/all/", "/api/schedule/barangay/{id}/"} {
		if few[list] == 0 {
			t.Errorf("the phone's %s was not opened", list)
		}
	}
	for _, page := range []string{"", "lines/{id}/", "lines/{id}/delete/", "exceptions/{id}/", "exceptions/{id}/lift/", "exceptions/new/", "holidays/{id}/"} {
		if few["/console/schedule/"+page] == 0 {
			t.Errorf("the office's /console/schedule/%s was not opened", page)
		}
	}
	for page, n := range few {
		if many[page] > n {
			t.Errorf("%s: %d statements with few rows, %d with many", page, n, many[page])
		}
		if n > maxQueries {
			t.Errorf("%s: %d statements", page, n)
		}
	}
}

// maxQueries is what the fullest page may ask, the session included: the dashboard, which
// counts the work, draws eleven weeks, and tells where the trucks of the day are.
const maxQueries = 30

// countAll opens every page that can be opened and counts its statements.
func countAll(t *testing.T, o *office, ids map[string]uuid.UUID, admin, resident visitor) map[string]int64 {
	t.Helper()
	server := o.app.Web()
	handler := server.Handler()
	counts := map[string]int64{}
	for _, route := range server.Routes() {
		method, pattern, _ := strings.Cut(route.Pattern, " ")
		if method != http.MethodGet || strings.Contains(pattern, "/logout") || isExport(pattern) || strings.HasSuffix(pattern, "/events/") || pattern == "/readyz" { // nothing was started
			continue
		}
		v := resident
		if route.Surface.SignIns == auth.StaffSurface || strings.HasPrefix(pattern, "/mobile/") {
			v = admin
		}
		_, path := address(pattern, ids, ids["rewards"])
		if route.Surface.API != nil {
			id := ids["residents"]
			if strings.Contains(pattern, "/barangay/") {
				id = ids["barangays"]
			}
			path = strings.ReplaceAll(pattern, "{id}", id.String()) + "?limit=100&user_id=" + ids["residents"].String()
		}
		request := v.ask(t, route.Surface, method, path, "text/html")
		ctx, n := db.CountQueries(request.Context())
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, request.WithContext(ctx))
		switch {
		case rec.Code == http.StatusOK:
			counts[pattern] = n.Load()
		case rec.Code >= 400 && rec.Code != http.StatusNotFound && rec.Code != http.StatusForbidden && rec.Code != http.StatusGone && rec.Code != http.StatusMethodNotAllowed && rec.Code != http.StatusUnprocessableEntity: // a basket of nothing
			t.Errorf("%s answers %d", path, rec.Code)
		}
	}
	return counts
}

// message is one that the office has sent by now.
func (o *office) message(t *testing.T) uuid.UUID {
	t.Helper()
	page, err := o.app.Notify.Outbox(t.Context(), notify.Filter{Limit: 1})
	must(t, err)
	if len(page.Rows) == 0 {
		t.Fatal("the office has told nobody anything")
	}
	return page.Rows[0].ID
}

// terms is a new version of what people agree to.
func (o *office) terms(t *testing.T, version string) uuid.UUID {
	t.Helper()
	long := strings.Repeat("Something to agree to. ", 10)
	texts, err := o.app.People.WriteTerms(t.Context(), tester, people.NewTerms{Version: version,
		Title: map[string]string{"en": "Terms", "fil": "Mga tuntunin"}, Content: map[string]string{"en": long, "fil": long}})
	must(t, err)
	return texts[0].ID
}

// isExport says whether an address gives everything: exports read page by page.
func isExport(pattern string) bool {
	return strings.HasSuffix(pattern, ".csv") || strings.HasSuffix(pattern, ".xlsx")
}
