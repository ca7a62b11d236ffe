package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/web"
)

// Reading changes nothing: every GET route of the program, asked by whoever may ask, and
// the database is what it was. A session's last use is kept, and a limit counts what is
// looked up.
func TestReadingChangesNothing(t *testing.T) {
	o := newOffice(t)
	admin := o.hire(t, "admin", auth.SuperAdmin)
	r := o.settle(t, o.barangays[0].ID)
	resident := o.signIn(t, "resident", r)
	left := o.serve(t, r)
	manager := principal(t, o, o.hire(t, "manager", auth.OperationsManager, o.barangays[0].ID), &web.Surface{SignIns: auth.StaffSurface})
	ids := map[string]uuid.UUID{"residents": r.ID, "families": r.FamilyID, "weigh-ins": left.weighIn, "redemptions": left.redemption, "rewards": left.item,
		"waste-types": o.pet, "barangays": o.barangays[0].ID, "staff": manager.ID, "messages": o.message(t), "terms": o.terms(t, "1")}

	server := o.app.Web()
	handler := server.Handler()
	handler.ServeHTTP(httptest.NewRecorder(), resident.request(t, "GET", "/home/", "text/html")) // the key of cards is made when the first is shown
	before, read := contents(t, o.app.DB), 0
	for _, route := range server.Routes() {
		method, pattern, _ := strings.Cut(route.Pattern, " ")
		if method != http.MethodGet {
			continue
		}
		if signsOut := strings.HasSuffix(pattern, "/logout/"); route.Acts || signsOut {
			if !route.Acts && route.Surface.API == nil || !signsOut {
				t.Errorf("%s acts = %v", route.Pattern, route.Acts)
			}
			continue
		}
		for _, v := range []visitor{admin, resident, {}} {
			_, path := address(pattern, ids, ids["rewards"])
			if route.Surface.API != nil {
				path = strings.ReplaceAll(pattern, "{id}", ids["residents"].String()) + "?user_id=" + ids["residents"].String()
			}
			rec := httptest.NewRecorder()
			handler.ServeHTTP(rec, v.ask(t, route.Surface, method, path, "text/html"))
			if rec.Code == http.StatusOK {
				read++
			}
			after := contents(t, o.app.DB)
			for table, rows := range after {
				if before[table] != rows {
					t.Errorf("%s by %q changes %s", route.Pattern, v.name, table)
				}
			}
			before = after
		}
	}
	if read < 60 {
		t.Errorf("only %d pages were read", read)
	}
}

// contents are the rows of every table but those that note that somebody was here.
func contents(t *testing.T, d *db.DB) map[string]string {
	t.Helper()
	names, err := db.Collect(t.Context(), d, func(row db.Row) (s string, err error) { return s, row.Scan(&s) },
		`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'river%' AND name NOT LIKE 'sqlite%' AND name NOT IN ('auth_session', 'auth_limit')`)
	must(t, err)
	found := map[string]string{}
	for _, name := range names {
		rows, err := d.QueryContext(t.Context(), `SELECT * FROM `+name) //nolint:gosec // a table's own name
		must(t, err)
		columns, err := rows.Columns()
		must(t, err)
		var all strings.Builder
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			must(t, rows.Scan(into...))
			fmt.Fprintln(&all, values...)
		}
		must(t, rows.Close())
		found[name] = all.String()
	}
	return found
}
