package notify_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/testkit"
)

// news is what a watch was told, -1 for nothing.
func news(w *notify.Watch) int {
	select {
	case n := <-w.News():
		return n
	default:
		return -1
	}
}

// Three nodes hear of what any of them writes, each by one statement however many pages
// are open, and of nothing twice.
func TestHub(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		var nodes []*notify.Service
		var hubs []*notify.Hub
		for range 3 {
			s := newService(t, w, notify.Options{Words: words})
			nodes, hubs = append(nodes, s), append(hubs, s.Hub())
		}
		look := func(h *notify.Hub, statements int64) {
			t.Helper()
			ctx, n := db.CountQueries(t.Context())
			if err := h.Look(ctx); err != nil {
				t.Fatal(err)
			}
			if got := n.Load(); got != statements {
				t.Errorf("%d statements, want %d", got, statements)
			}
		}
		look(hubs[0], 0) // nobody watches

		mine := notify.Bell{Audience: notify.Resident, ID: maria.ID}
		var watches, others []*notify.Watch
		for _, h := range hubs {
			watches = append(watches, h.Watch(mine))
			for range 50 {
				others = append(others, h.Watch(notify.Bell{Audience: notify.Resident, ID: db.NewID()}))
			}
			others = append(others, h.Watch(notify.Bell{Audience: notify.Staff, ID: maria.ID})) // another bell with the same number
		}
		tell := func(s *notify.Service) {
			t.Helper()
			add(t, d, s, notify.Message{Kind: "a", To: maria, Notice: &notify.Notice{Type: "other", Text: errs.T("x"), At: testkit.Start}})
		}
		for _, h := range hubs {
			look(h, 1)
		}
		tell(nodes[0])
		tell(nodes[1])
		for i, h := range hubs {
			look(h, 2)
			if n := news(watches[i]); n != 2 {
				t.Errorf("node %d hears %d, want 2", i, n)
			}
			look(h, 1)
			if n := news(watches[i]); n != -1 {
				t.Errorf("node %d hears %d once more", i, n)
			}
		}
		tell(nodes[2])
		look(hubs[0], 2)
		tell(nodes[2])
		look(hubs[0], 2)
		if n := news(watches[0]); n != 4 {
			t.Errorf("who reads late hears %d, want the last number, 4", n)
		}
		for _, o := range others {
			if n := news(o); n != -1 {
				t.Errorf("somebody else hears %d", n)
			}
			o.Close()
		}
		for _, own := range watches {
			own.Close()
		}
		look(hubs[0], 0)
	})
}

// A notice that is written while a hub looks, and committed later, is not missed; nor is
// one whose act was long ago. Those that an import brings are no news.
func TestHubWaitsForLateCommits(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		s := newService(t, w, notify.Options{Words: words})
		hub := s.Hub()
		watch := hub.Watch(notify.Bell{Audience: notify.Resident, ID: maria.ID})
		look := func(want int) {
			t.Helper()
			if err := hub.Look(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := news(watch); n != want {
				t.Errorf("hears %d, want %d", n, want)
			}
		}
		m := notify.Message{Kind: "a", To: maria, Notice: &notify.Notice{Type: "other", Text: errs.T("x")}}
		err := d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if _, err := s.Add(ctx, tx, m); err != nil {
				return err
			}
			look(-1)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		look(1)
		if _, err := s.MarkViewed(t.Context(), notify.Bell{Audience: notify.Resident, ID: maria.ID}); err != nil {
			t.Fatal(err)
		}
		add(t, d, s, m)
		look(1)
		err = d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO notify_notice (id, audience, subject_id, type, message, created_at) VALUES ($1, 'resident', $2, 'other', 'x', $3)`,
				uuid.MustParse("9f6d1c52-7e3a-4b1f-8a55-6f1f3f0e2c11"), maria.ID, db.At(w.Clock.Now()))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		look(-1)
	})
}
