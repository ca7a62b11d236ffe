package main_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

// The program is killed while a count sheet of forty lines is booked. Afterwards either
// every line is in the stock book or none is, and the sheet that is sent again under its
// key is booked once.
func TestKilledWhileACountIsBooked(t *testing.T) {
	for engine, open := range map[string]func(t *testing.T) (string, *db.DB){
		"sqlite": func(t *testing.T) (string, *db.DB) {
			file := testkit.SQLiteFile(t)
			return "sqlite://" + file, openDB(t, db.Options{Path: file})
		},
		"postgres": func(t *testing.T) (string, *db.DB) {
			address := testkit.PostgresURL(t)
			return address, openDB(t, db.Options{URL: address, MaxConns: 4})
		},
	} {
		t.Run(engine, func(t *testing.T) {
			if testing.Short() {
				t.Skip("kills the program many times")
			}
			database, d := open(t)
			s := newScales(t, d, database)
			s.staff = "content"
			shelf := newShelf(t, d)
			lost := 0
			for kill := range 10 {
				key := fmt.Sprintf("count %d", kill)
				process, base := s.start()
				go func() {
					time.Sleep(time.Duration(rand.IntN(100_000)) * time.Microsecond)
					_ = process.Process.Kill() // the sheet is on its way, being booked, or answered
				}()
				answered := shelf.count(s, base, key)
				s.kill(process)
				shelf.wantWhole(t, d, answered)
				process, base = s.start()
				if !shelf.count(s, base, key) {
					t.Fatalf("%s was sent again and not answered", key)
				}
				s.kill(process)
				if !answered {
					lost++
				}
				shelf.turn()
				shelf.wantWhole(t, d, false)
				s.program.want(0, "ok: ", "ledger", "verify")
			}
			t.Logf("10 kills, after %d of which the sheet had no answer", lost)
			var moves int
			if err := d.QueryRowContext(t.Context(), `SELECT count(*) FROM rewards_stock_move WHERE kind = $1`, rewards.Adjusted).Scan(&moves); err != nil || moves != 10*len(shelf.items) {
				t.Errorf("%d lines were booked, %v; want each sheet once", moves, err)
			}
		})
	}
}

// shelf is what is counted: all of it is there, or ten less of everything.
type shelf struct {
	items         []uuid.UUID
	stock, counts int64 // what the book says, what the next sheet says
}

func newShelf(t *testing.T, d *db.DB) *shelf {
	t.Helper()
	s := &shelf{stock: 100, counts: 90}
	store := rewards.New(d, nil, time.Now)
	category, err := store.SaveCategory(t.Context(), audit.Command("test"), rewards.CategoryForm{Name: "Goods", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		id, err := store.SaveItem(t.Context(), audit.Command("test"), rewards.ItemForm{
			Category: category, Name: fmt.Sprintf("Item %d", i), Unit: "piece", Price: 100, Active: true, Stock: s.stock})
		if err != nil {
			t.Fatal(err)
		}
		s.items = append(s.items, id)
	}
	return s
}

// turn is called when a sheet has been booked: the next one says what the last book said.
func (s *shelf) turn() { s.stock, s.counts = s.counts, s.stock }

// count sends the sheet and says whether it was answered.
func (s *shelf) count(by *scales, base, key string) bool {
	form := url.Values{"key": {key}, "do": {"save"}}
	for _, item := range s.items {
		form.Set(rewards.CountLine{Item: item}.Field(), strconv.FormatInt(s.counts, 10))
		form.Set("expected_"+item.String(), strconv.FormatInt(s.stock, 10))
	}
	status, _, ok := by.post(base+"/console/rewards/count/", form)
	if ok && status != http.StatusSeeOther {
		by.t.Errorf("%s: status %d", key, status)
	}
	return ok
}

// wantWhole proves that the book stands before the sheet or after it, all of it alike.
func (s *shelf) wantWhole(t *testing.T, d *db.DB, booked bool) {
	t.Helper()
	var least, most, lines int64
	err := d.QueryRowContext(t.Context(), `SELECT min(stock), max(stock), count(*) FROM rewards_stock WHERE stock > 0`).Scan(&least, &most, &lines)
	if err != nil || least != most || lines != int64(len(s.items)) || least != s.stock && least != s.counts || booked && least != s.counts {
		t.Fatalf("%d items have %d to %d, %v; all had %d and the sheet says %d, answered: %v", lines, least, most, err, s.stock, s.counts, booked)
	}
}
