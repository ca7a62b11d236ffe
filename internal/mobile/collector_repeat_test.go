package mobile_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"ekolek/internal/ledger"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
)

// A request key answers the first time's words, for longer than a month; another body
// under it is refused.
func TestIdempotencyKey(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		s.Give(t, s.juan, 20_000)
		manager := s.as("manager").with("Idempotency-Key: 5f0c-1")
		for name, do := range map[string]func(p phone, amount string) answered{
			"weigh": func(p phone, amount string) answered { return p.weigh(s.weighing(s.juan, amount)) },
			"redeem": func(p phone, amount string) answered {
				return p.redeem(s.handing(s.juan, s.rice, `,"quantity":`+amount))
			},
		} {
			first := do(manager, "1").is(http.StatusCreated)
			s.Clock.Advance(time.Minute)
			if again := do(manager, "1"); again.status != first.status || again.raw != first.raw {
				t.Errorf("%s again: %d %s; first %s", name, again.status, again.raw, first.raw)
			}
			if a := do(manager, "2").is(http.StatusConflict); a.text("error_code") != "REQUEST_KEY_REUSED" || a.body["success"] != false {
				t.Errorf("%s with another body: %s", name, a.raw)
			}
			if other := do(s.as("admin").with("Idempotency-Key: 5f0c-1"), "1").is(http.StatusCreated); other.raw == first.raw {
				t.Errorf("%s: another collector's key answers with ours", name)
			}
			if next := do(manager.with("Idempotency-Key: 5f0c-2"), "1").is(http.StatusCreated); next.raw == first.raw {
				t.Errorf("%s: another key answers the same", name)
			}
		}
		if s.rows("collection_weigh_in") != 3 || s.rows("rewards_redemption") != 3 || s.balance(s.juan) != 20_000+3*500-3*2_550 {
			t.Errorf("%d weigh-ins, %d redemptions, balance %s", s.rows("collection_weigh_in"), s.rows("rewards_redemption"), s.balance(s.juan))
		}
		for _, key := range []string{"with a blank", "é", fmt.Sprintf("%0101d", 0)} {
			manager.with("Idempotency-Key: "+key).weigh(s.weighing(s.juan, "1")).
				says(http.StatusBadRequest, failureCode("Invalid Idempotency-Key", "INVALID_IDEMPOTENCY_KEY"))
		}
	})
}

// Without a key the same is the same for half a minute, across the borders of any clock.
func TestWithoutAKey(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		s.Give(t, s.juan, 20_000)
		manager := s.as("manager")
		for name, do := range map[string]func() answered{
			"weigh":  func() answered { return manager.weigh(s.weighing(s.juan, "1")) },
			"redeem": func() answered { return manager.redeem(s.handing(s.juan, s.rice, "")) },
		} {
			first := do().is(http.StatusCreated)
			for range 2 {
				s.Clock.Advance(14 * time.Second)
				if again := do(); again.status != first.status || again.raw != first.raw {
					t.Errorf("%s again: %d %s; first %s", name, again.status, again.raw, first.raw)
				}
			}
			s.Clock.Advance(2 * time.Second)
			if next := do().is(http.StatusCreated); next.raw == first.raw {
				t.Errorf("%s: half a minute later it is still the first", name)
			}
		}
		if s.balance(s.juan) != 20_000+2*500-2*2_550 || s.stock(s.rice) != 3 {
			t.Errorf("balance %s, stock %d", s.balance(s.juan), s.stock(s.rice))
		}
	})
}

// The answer was lost, and meanwhile the resident may no longer earn, or lives elsewhere:
// what was done is told all the same, and nothing else is done.
func TestRepeatOfWhatWouldBeRefusedNow(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		s.Give(t, s.juan, 20_000)
		for _, key := range []string{"", "Idempotency-Key: k"} {
			manager := s.as("manager")
			if key != "" {
				manager = manager.with(key)
			}
			weigh := func() answered { return manager.weigh(s.weighing(s.juan, "1")) }
			redeem := func() answered { return manager.redeem(s.handing(s.juan, s.rice, "")) }
			weighed, redeemed := weigh().is(http.StatusCreated), redeem().is(http.StatusCreated)
			_, err := s.People.Suspend(t.Context(), s.Actor(s.Admin), people.City, s.juan.ID, "test")
			must(t, err)
			if a := weigh().is(http.StatusCreated); a.raw != weighed.raw {
				t.Errorf("weighed: %s; first %s", a.raw, weighed.raw)
			}
			if a := redeem().is(http.StatusCreated); a.raw != redeemed.raw {
				t.Errorf("handed out: %s; first %s", a.raw, redeemed.raw)
			}
			manager.weigh(s.weighing(s.juan, "2")).is(http.StatusNotFound)
			manager.redeem(s.handing(s.juan, s.rice, `,"quantity":2`)).is(http.StatusNotFound)
			_, err = s.People.Restore(t.Context(), s.Actor(s.Admin), people.City, s.juan.ID, "test")
			must(t, err)
			s.Clock.Advance(time.Minute)
		}
		if s.balance(s.juan) != 20_000+2*500-2*2_550 {
			t.Errorf("balance %s", s.balance(s.juan))
		}
	})
}

// rush sends the same fifty times at once and counts the answers by what they say.
func rush(s *scanner, send func() answered) map[string]int {
	var mu sync.Mutex
	answers := map[string]int{}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			a := send()
			mu.Lock()
			defer mu.Unlock()
			answers[fmt.Sprint(a.status, " ", a.raw)]++
		})
	}
	wg.Wait()
	return answers
}

func TestFiftyAtOnce(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		s.Give(t, s.juan, 20_000)
		manager := s.as("manager")
		want, told := ledger.Points(20_000), s.rows("notify_notice")
		for _, p := range []phone{manager, manager.with("Idempotency-Key: k")} {
			if answers := rush(s, func() answered { return p.weigh(s.weighing(s.juan, "1")) }); len(answers) != 1 {
				t.Errorf("weighed: %v", answers)
			}
			if answers := rush(s, func() answered { return p.redeem(s.handing(s.juan, s.rice, "")) }); len(answers) != 1 {
				t.Errorf("handed out: %v", answers)
			}
			want += 500 - 2_550
		}
		if s.balance(s.juan) != want || s.stock(s.rice) != 3 || s.rows("collection_weigh_in") != 2 || s.rows("rewards_redemption") != 2 || s.rows("notify_notice")-told != 4 {
			t.Errorf("balance %s, want %s; stock %d; %d weigh-ins, %d redemptions, %d notices", s.balance(s.juan), want, s.stock(s.rice),
				s.rows("collection_weigh_in"), s.rows("rewards_redemption"), s.rows("notify_notice")-told)
		}
	})
}

// Of many who want the last one, one gets it.
func TestTheLastOne(t *testing.T) {
	eachScanner(t, func(t *testing.T, s *scanner) {
		last := s.item("Last", 100, 1)
		manager := s.as("manager")
		var wg sync.WaitGroup
		var mu sync.Mutex
		statuses := map[int]int{}
		for range 12 {
			r := s.Resident(t, s.Barangays[0])
			s.Give(t, r, 1_000)
			wg.Add(1)
			go func(r people.Resident) {
				defer wg.Done()
				a := manager.redeem(s.handing(r, last, ""))
				mu.Lock()
				defer mu.Unlock()
				statuses[a.status]++
				if a.status != http.StatusCreated && a.body["error"] != "Reward is out of stock" {
					t.Errorf("refused: %s", a.raw)
				}
			}(r)
		}
		wg.Wait()
		if statuses[http.StatusCreated] != 1 || s.stock(last) != 0 {
			t.Errorf("answers %v, stock %d", statuses, s.stock(last))
		}
		report, err := rewards.VerifyStock(t.Context(), s.DB)
		if err != nil || !report.OK() {
			t.Errorf("the stock book: %+v, %v", report, err)
		}
	})
}
