package mobile_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
)

func TestRewards(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		s.as("manager").get("/mobile/api/admin/rewards/").says(http.StatusOK, fmt.Sprintf(`{"success":true,"rewards":[
			{"id":%q,"name":"Rice","description":"Rice for you","points_required":25.5,"stock":5,"image":""},
			{"id":%q,"name":"Bicycle","description":"Bicycle for you","points_required":5000.0,"stock":1,"image":""}],"count":2}`, s.rice, s.dear))
	})
}

func (s *scanner) handing(of people.Resident, item uuid.UUID, more string) string {
	return fmt.Sprintf(`{"user_id":%q,"reward_id":%q%s}`, of.ID, item, more)
}

func (s *scanner) stock(item uuid.UUID) int64 {
	s.t.Helper()
	i, err := s.rewards.ItemByID(s.t.Context(), item)
	must(s.t, err)
	return i.Stock
}

func TestRedeem(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		s.Give(t, s.juan, 20_000)
		manager := s.as("manager")
		a := manager.redeem(s.handing(s.juan, s.rice, ""))
		id := a.of("redemption").text("id")
		a.says(http.StatusCreated, fmt.Sprintf(`{"success":true,"redemption":{"id":%q,"user_name":%q,"reward_name":"Rice","points_used":25.5,
			"timestamp":%q,"processed_by":"Staff manager"},"user_new_points":174.5}`, id, s.juan.FullName, s.moment()))
		if s.stock(s.rice) != 4 {
			t.Errorf("stock %d", s.stock(s.rice))
		}
		manager.redeem(s.handing(s.juan, s.rice, `,"quantity":2`)).is(http.StatusCreated)
		manager.redeem(s.handing(s.juan, s.rice, `,"quantity":"1"`)).is(http.StatusCreated) // the first again: 1 is what it had
		if s.stock(s.rice) != 2 || s.balance(s.juan) != 20_000-3*2_550 {
			t.Errorf("stock %d, balance %s", s.stock(s.rice), s.balance(s.juan))
		}
	})
}

func TestRedeemRefuses(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		s.Give(t, s.juan, 26_067)
		old := s.item("Old Mug", 100, 3)
		hide(t, s, old)
		nobody := failure("User not found or not approved")
		noReward, quantity := failure("Reward not found or not available"), failure("Invalid quantity")
		manager := s.as("manager")
		for name, c := range map[string]struct {
			body   string
			status int
			answer string
		}{
			"no resident":           {`{}`, 400, failure("User ID is required")},
			"nobody":                {fmt.Sprintf(`{"user_id":%q,"reward_id":%q}`, db.NewID(), s.rice), 404, nobody},
			"another barangay's":    {s.handing(s.rosa, s.rice, ""), 403, failure("You do not have permission to process redemptions for users from this barangay")},
			"no reward":             {fmt.Sprintf(`{"user_id":%q}`, s.juan.ID), 400, failure("Reward ID is required")},
			"an unknown reward":     {s.handing(s.juan, db.NewID(), ""), 404, noReward},
			"no reward's id":        {fmt.Sprintf(`{"user_id":%q,"reward_id":"x"}`, s.juan.ID), 404, noReward},
			"a hidden reward":       {s.handing(s.juan, old, ""), 404, noReward},
			"nothing in stock":      {s.handing(s.juan, s.gone, ""), 400, failure("Reward is out of stock")},
			"more than the stock":   {s.handing(s.juan, s.rice, `,"quantity":6`), 400, failure("Reward is out of stock")},
			"neither stock nor pay": {s.handing(s.juan, s.dear, `,"quantity":2`), 400, failure("Reward is out of stock")},
			"too dear":              {s.handing(s.juan, s.dear, ""), 400, failure("Insufficient points. Need 5000.00, have 260.67")},
			"none":                  {s.handing(s.juan, s.rice, `,"quantity":0`), 400, quantity},
			"fewer than none":       {s.handing(s.juan, s.rice, `,"quantity":-1`), 400, quantity},
			"half of one":           {s.handing(s.juan, s.rice, `,"quantity":0.5`), 400, quantity},
			"too many":              {s.handing(s.juan, s.rice, `,"quantity":1001`), 400, quantity},
			"many in words":         {s.handing(s.juan, s.rice, `,"quantity":"two"`), 400, quantity},
			"many in a list":        {s.handing(s.juan, s.rice, `,"quantity":[1]`), 400, quantity},
			"broken":                {"{bad", 400, failureCode("Malformed request", "INVALID_REQUEST")},
		} {
			t.Run(name, func(t *testing.T) {
				a := manager.redeem(c.body)
				a.t = t
				a.says(c.status, c.answer)
			})
		}
		if s.rows("rewards_redemption") != 0 || s.rows("db_request_key") != 0 || s.balance(s.juan) != 26_067 || s.stock(s.rice) != 5 {
			t.Error("a refusal left a trace")
		}
	})
}

// The app knows no places: what lies elsewhere is neither shown nor handed out.
func TestRedeemFromTheDefaultPlace(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		s.Give(t, s.juan, 20_000)
		hall, err := s.rewards.SavePlace(t.Context(), s.Actor(s.Admin), rewards.PlaceForm{Name: "Barangay hall", Active: true})
		must(t, err)
		must(t, s.rewards.Transfer(t.Context(), s.Actor(s.Admin), rewards.Transfer{Item: s.rice, From: rewards.DefaultPlace, To: hall, Quantity: 4}))
		manager := s.as("manager")
		if a := manager.get("/mobile/api/admin/rewards/").is(http.StatusOK); !strings.Contains(a.raw, `"points_required":25.5,"stock":1,`) {
			t.Errorf("the shelf: %s", a.raw)
		}
		manager.redeem(s.handing(s.juan, s.rice, `,"quantity":2`)).says(http.StatusBadRequest, failure("Reward is out of stock"))
		manager.redeem(s.handing(s.juan, s.rice, "")).is(http.StatusCreated)
		if s.stock(s.rice) != 4 {
			t.Errorf("stock %d", s.stock(s.rice))
		}
	})
}
