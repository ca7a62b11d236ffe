package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/collection"
	"ekolek/internal/db"
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
	ids := map[string]uuid.UUID{"residents": r.ID, "families": r.FamilyID, "weigh-ins": left.weighIn, "redemptions": left.redemption, "rewards": left.item, "waste-types": o.pet, "barangays": here, "staff": manager.ID}

	few := countAll(t, o, ids, admin, resident)
	for n := range 20 {
		o.serve(t, o.settle(t, here))
		o.serve(t, r) // on the resident's own pages too
		o.register(t, here)
		o.hire(t, "collector"+string(rune('a'+n)), auth.OperationsManager, here, o.barangays[1].ID)
		_, err := o.app.Collection.SaveType(t.Context(), tester, collection.TypeForm{Name: "Type " + string(rune('A'+n)), Class: collection.Recyclable, Active: true, Rate: 100})
		must(t, err)
	}
	many := countAll(t, o, ids, admin, resident)

	if len(few) < 15 {
		t.Fatalf("only %d pages were opened", len(few))
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

// maxQueries is what the fullest page may ask, the session included.
const maxQueries = 25

// countAll opens every page that can be opened and counts its statements.
func countAll(t *testing.T, o *office, ids map[string]uuid.UUID, admin, resident visitor) map[string]int64 {
	t.Helper()
	server := o.app.Web()
	handler := server.Handler()
	counts := map[string]int64{}
	for _, route := range server.Routes() {
		method, pattern, _ := strings.Cut(route.Pattern, " ")
		if method != http.MethodGet || strings.Contains(pattern, "/logout") || isExport(pattern) {
			continue
		}
		v := resident
		if route.Surface.SignIns == auth.StaffSurface {
			v = admin
		}
		_, path := address(pattern, ids, ids["rewards"])
		request := v.request(t, method, path, "text/html")
		ctx, n := db.CountQueries(request.Context())
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, request.WithContext(ctx))
		switch {
		case rec.Code == http.StatusOK:
			counts[pattern] = n.Load()
		case rec.Code >= 400 && rec.Code != http.StatusNotFound && rec.Code != http.StatusForbidden:
			t.Errorf("%s answers %d", path, rec.Code)
		}
	}
	return counts
}

// isExport says whether an address gives everything: exports read page by page.
func isExport(pattern string) bool {
	return strings.HasSuffix(pattern, ".csv") || strings.HasSuffix(pattern, ".xlsx")
}
