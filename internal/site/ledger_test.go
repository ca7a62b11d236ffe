package site_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/ledger/seal"
	"ekolek/internal/testkit"
)

// What the city shows of its books proves itself, and says the same on the page.
func TestOpenBooks(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		b := c.visitor()
		b.Get("/ledger/").Is(http.StatusOK).Has("main", "Nothing is signed yet").Sound("/ledger/ of an empty city")
		b.Get("/ledger/public-key.pem").Is(http.StatusNotFound)
		pet := c.pet()
		juan := c.Resident(t, c.Barangays[0])
		for range 40 {
			c.weigh(juan, pet, 1000, db.NewID().String())
			c.Clock.Advance(24 * time.Hour)
			_, made, err := c.sealing.Checkpoint(t.Context())
			if err != nil || !made {
				t.Fatalf("made %v, %v", made, err)
			}
		}
		key, err := seal.ParsePublicKey([]byte(b.Get("/ledger/public-key.pem").Is(http.StatusOK).Body))
		must(t, err)
		var p seal.Published
		must(t, json.Unmarshal([]byte(b.Get("/ledger/checkpoints.json").Is(http.StatusOK).Body), &p))
		list, err := p.Check(key)
		if err != nil || len(list) != 40 {
			t.Fatalf("%d checkpoints, %v", len(list), err)
		}
		last := list[39]
		page := b.Get("/ledger/").Is(http.StatusOK).Has("main", last.Head.Short()).Has("main", "200").Has("main", last.Key)
		if n := page.Find("main li .font-mono").Length(); n != 31 {
			t.Errorf("%d days on the first page, want 31", n)
		}
		older := b.Get("/ledger/?after=10").Is(http.StatusOK).Has("main", list[0].Head.Short())
		if n := older.Find("main li .font-mono").Length(); n != 9 {
			t.Errorf("%d days on the last page, want 9", n)
		}
		must(t, json.Unmarshal([]byte(b.Get("/ledger/checkpoints.json?after=10").Is(http.StatusOK).Body), &p))
		if list, err = p.Check(key); err != nil || len(list) != 9 {
			t.Errorf("%d checkpoints before the tenth, %v", len(list), err)
		}
		for _, damaged := range []string{"x", "-1", strings.Repeat("9", 30)} {
			b.Get("/ledger/?after="+damaged).Is(http.StatusOK).Has("main ul.divide-y", last.Head.Short())
		}
		b.Get("/").Has("footer a[href='/ledger/']", "Open books")
	})
}
