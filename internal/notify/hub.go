package notify

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Hub tells the open pages of one node how many notices are new under their readers'
// bells. Each look at the database is one statement, however many pages are open, and a
// second one when there is news for any of them. It looks at what was written, by
// whatever node, so nodes need not talk to each other.
type Hub struct {
	service *Service

	mu       sync.Mutex
	watching map[Bell]map[*Watch]struct{}
	seen     map[uuid.UUID]bool // notices that the last look found
}

const (
	// hubSpan is how far back a look goes. A notice's id says when it was written; it is
	// to be seen when its transaction has committed, a moment later, perhaps by a node
	// whose clock is some seconds off.
	hubSpan = 15 * time.Second
	hubMost = 5000 // notices of one look; in a rush of more, every bell is counted
)

// Hub makes a hub. One for a node is enough.
func (s *Service) Hub() *Hub {
	return &Hub{service: s, watching: map[Bell]map[*Watch]struct{}{}}
}

// Watch is one page's interest in a bell. Close it.
type Watch struct {
	hub  *Hub
	bell Bell
	news chan int
}

// Watch begins to tell of a bell's news. Whoever counts after this call misses nothing.
func (h *Hub) Watch(b Bell) *Watch {
	w := &Watch{hub: h, bell: b, news: make(chan int, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watching[b] == nil {
		h.watching[b] = map[*Watch]struct{}{}
	}
	h.watching[b][w] = struct{}{}
	return w
}

// News brings how many notices are new, each time that there are others. Who reads late
// gets the last number only.
func (w *Watch) News() <-chan int { return w.news }

// Close ends the interest.
func (w *Watch) Close() {
	h := w.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watching[w.bell], w)
	if len(h.watching[w.bell]) == 0 {
		delete(h.watching, w.bell)
	}
}

// Look asks once what is new, and tells those who watch. Nobody watching asks nothing.
func (h *Hub) Look(ctx context.Context) error {
	if !h.watched() {
		return nil
	}
	now := time.Now() // ids are made by this clock, whatever time the city has
	rows, err := noticesBetween(ctx, h.service.db, idAt(now.Add(-hubSpan)), idAt(now.Add(hubSpan)), hubMost)
	if err != nil {
		return fmt.Errorf("look for notices: %w", err)
	}
	bells := h.fresh(rows)
	counts := map[Bell]int{}
	for some := range slices.Chunk(bells, 500) {
		if err := countBells(ctx, h.service.db, some, counts); err != nil {
			return fmt.Errorf("count notices: %w", err)
		}
	}
	h.tell(bells, counts)
	h.remember(rows)
	return nil
}

func (h *Hub) watched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.watching) > 0
}

// fresh are the watched bells under which something lies that the last look did not find.
func (h *Hub) fresh(rows []placed) []Bell {
	h.mu.Lock()
	defer h.mu.Unlock()
	found := map[Bell]bool{}
	for _, r := range rows {
		found[r.bell] = found[r.bell] || !h.seen[r.id]
	}
	var bells []Bell
	for b := range h.watching {
		if found[b] || len(rows) == hubMost {
			bells = append(bells, b)
		}
	}
	return bells
}

func (h *Hub) tell(bells []Bell, counts map[Bell]int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range bells {
		for w := range h.watching[b] {
			select {
			case <-w.news: // an older number that nobody read
			default:
			}
			w.news <- counts[b]
		}
	}
}

func (h *Hub) remember(rows []placed) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen = make(map[uuid.UUID]bool, len(rows))
	for _, r := range rows {
		h.seen[r.id] = true
	}
}

// placed is a notice and whose it is.
type placed struct {
	id   uuid.UUID
	bell Bell
}

// idAt is the lowest id that db.NewID makes at a moment. Ids that were brought over from
// the former system say nothing of time; they lie between two such ones by rare chance.
func idAt(t time.Time) (id uuid.UUID) {
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(t.UnixMilli()))
	copy(id[:6], ms[2:])
	return id
}
