package mobile_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"ekolek/internal/testkit"
)

func TestTransactions(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		s.Give(t, s.juan, 20_000)
		manager, admin := s.as("manager"), s.as("admin")
		admin.weigh(s.weighing(s.rosa, "1")).is(http.StatusCreated)
		first := s.moment()
		s.Clock.Advance(time.Second)
		manager.weigh(s.weighing(s.juan, "2.5")).is(http.StatusCreated)
		id := manager.redeem(s.handing(s.juan, s.rice, "")).is(http.StatusCreated).of("redemption").text("id")
		const note = "Waste transactions show all recent transactions (no admin tracking in model)"
		waste := []string{
			fmt.Sprintf(`{"id":2,"type":"waste_collection","user_name":%q,"waste_type":"PET Bottles","weight_kg":2.5,"points_earned":12.5,"timestamp":%q,"family_code":%q}`,
				s.juan.FullName, s.moment(), s.juan.FamilyCode),
			fmt.Sprintf(`{"id":1,"type":"waste_collection","user_name":%q,"waste_type":"PET Bottles","weight_kg":1.0,"points_earned":5.0,"timestamp":%q,"family_code":%q}`,
				s.rosa.FullName, first, s.rosa.FamilyCode),
		}
		handed := fmt.Sprintf(`{"id":%q,"type":"redemption","user_name":%q,"reward_name":"Rice","points_used":25.5,"status":"completed","timestamp":%q,"family_code":%q}`,
			id, s.juan.FullName, s.moment(), s.juan.FamilyCode)
		answer := func(waste, handed, name string) string {
			return fmt.Sprintf(`{"success":true,"waste_transactions":[%s],"redemptions":[%s],"admin_name":%q,"note":%q}`, waste, handed, name, note)
		}
		const path = "/mobile/api/admin/transactions/"
		manager.get(path).says(http.StatusOK, answer(strings.Join(waste, ","), handed, "Staff manager"))
		manager.get(path+"?limit=1").says(http.StatusOK, answer(waste[0], handed, "Staff manager"))
		manager.get(path+"?limit=0").says(http.StatusOK, answer("", "", "Staff manager"))
		admin.get(path+"?limit=100000").says(http.StatusOK, answer(strings.Join(waste, ","), "", "Staff admin"))
		for _, limit := range []string{"x", "-1", "1.5", "99999999999999999999"} {
			manager.get(path+"?limit="+limit).says(http.StatusBadRequest, failureCode("Invalid limit", "INVALID_LIMIT"))
		}
	})
}

// However much is asked for, a hundred rows are the most.
func TestTransactionsAreCapped(t *testing.T) {
	s := newScanner(t, testkit.DB(t))
	manager := s.as("manager")
	for n := range 105 {
		manager.weigh(s.weighing(s.juan, fmt.Sprint(n+1))).is(http.StatusCreated)
	}
	for query, want := range map[string]int{"": 20, "?limit=101": 100, "?limit=1000000": 100, "?limit=50": 50} {
		a := manager.get("/mobile/api/admin/transactions/" + query).is(http.StatusOK)
		if got := len(a.body["waste_transactions"].([]any)); got != want {
			t.Errorf("%q gives %d rows, want %d", query, got, want)
		}
	}
}

// What an answer writes is what a phone reads: numbers of points have a point.
func TestNumbersHaveAPoint(t *testing.T) {
	s := newScanner(t, testkit.DB(t))
	s.Give(t, s.juan, 20_000)
	manager := s.as("manager")
	manager.weigh(s.weighing(s.juan, "2")).is(http.StatusCreated)
	for path, keys := range map[string][]string{
		"/mobile/api/admin/waste-types/":                           {"points_per_kg"},
		"/mobile/api/admin/rewards/":                               {"points_required"},
		"/mobile/api/admin/transactions/":                          {"weight_kg", "points_earned"},
		"/mobile/api/admin/user/" + s.juan.ID.String():             {"current_points"},
		"/mobile/api/notifications/?user_id=" + s.juan.ID.String(): {"points"},
	} {
		found := 0
		numbers(manager.get(path).is(http.StatusOK).body, func(key string, n json.Number) {
			for _, k := range keys {
				if key == k {
					found++
					if !strings.Contains(n.String(), ".") {
						t.Errorf("%s: %s is %s", path, key, n)
					}
				}
			}
		})
		if found == 0 {
			t.Errorf("%s has none of %v", path, keys)
		}
	}
}

// numbers walks all numbers of an answer with their keys.
func numbers(v any, f func(key string, n json.Number)) {
	switch v := v.(type) {
	case map[string]any:
		for key, x := range v {
			if n, ok := x.(json.Number); ok {
				f(key, n)
			}
			numbers(x, f)
		}
	case []any:
		for _, x := range v {
			numbers(x, f)
		}
	}
}
