package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/web/ui"
)

// Events are the streams by which open pages hear of news under their reader's bell, as
// server-sent events. There is one for each node. Pages that have no stream, because the
// browser knows none or because there are too many, ask for unread.json once a minute.
type Events struct {
	hub  *notify.Hub
	live func(ctx context.Context, sessions []uuid.UUID) (map[uuid.UUID]bool, error)
	log  *slog.Logger

	mu      sync.Mutex
	over    bool // no more streams: the node is about to stop
	streams map[*stream]struct{}
	each    map[notify.Bell]int
}

const (
	eventsLook  = 2 * time.Second  // between two looks for news
	eventsPulse = 20 * time.Second // between two signs of life, and two looks whether sessions go on
	eventsWrite = 10 * time.Second // for one event to reach its reader
	eventsEach  = 4                // streams of one person
	eventsMost  = 2000             // streams of one node
)

var (
	errEventsEach = errs.New(errs.TooMany, "TOO_MANY_STREAMS", "web.problem.too_many")
	errEventsFull = errs.New(errs.Unavailable, "BUSY", "web.problem.unavailable")
)

// NewEvents makes a node's streams. live tells which sessions go on; see Run.
func NewEvents(hub *notify.Hub, live func(context.Context, []uuid.UUID) (map[uuid.UUID]bool, error), log *slog.Logger) *Events {
	return &Events{hub: hub, live: live, log: log, streams: map[*stream]struct{}{}, each: map[notify.Bell]int{}}
}

// Run looks for news and for sessions that are over, until ctx ends.
func (e *Events) Run(ctx context.Context) {
	look, pulse := time.NewTicker(eventsLook), time.NewTicker(eventsPulse)
	defer look.Stop()
	defer pulse.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			err = e.hub.Look(ctx)
		case <-pulse.C:
			err = e.EndSignedOut(ctx)
		}
		if err != nil && ctx.Err() == nil {
			e.log.WarnContext(ctx, "events", "error", err) // the next look, perhaps
		}
	}
}

// End ends every stream at once, and lets none begin.
func (e *Events) End() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
	for s := range e.streams {
		s.end()
	}
}

// EndSignedOut ends the streams of sessions that are over.
func (e *Events) EndSignedOut(ctx context.Context) error {
	live, err := e.live(ctx, e.sessions())
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for s := range e.streams {
		if !live[s.session] && s.asked {
			s.end()
		}
	}
	return nil
}

// sessions are those of the streams that are open now. Who comes after this is not judged.
func (e *Events) sessions() []uuid.UUID {
	e.mu.Lock()
	defer e.mu.Unlock()
	ids := make([]uuid.UUID, 0, len(e.streams))
	for s := range e.streams {
		s.asked = true
		ids = append(ids, s.session)
	}
	return ids
}

// stream is one open page.
type stream struct {
	watch   *notify.Watch
	session uuid.UUID
	asked   bool // whether its session goes on
	over    chan struct{}
	once    sync.Once
}

func (s *stream) end() { s.once.Do(func() { close(s.over) }) }

// open begins a stream. close it.
func (e *Events) open(b notify.Bell, session uuid.UUID) (*stream, error) {
	if e == nil {
		return nil, errEventsFull
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.over || len(e.streams) >= eventsMost:
		return nil, errEventsFull.After(eventsPulse)
	case e.each[b] >= eventsEach:
		return nil, errEventsEach.After(eventsPulse)
	}
	s := &stream{watch: e.hub.Watch(b), session: session, over: make(chan struct{})}
	e.streams[s] = struct{}{}
	e.each[b]++
	return s, nil
}

func (e *Events) close(b notify.Bell, s *stream) {
	s.watch.Close()
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.streams, s)
	if e.each[b]--; e.each[b] == 0 {
		delete(e.each, b)
	}
}

// bellState is what a page shows of its bell, in the reader's words.
type bellState struct {
	Unread int    `json:"unread"`
	Shown  string `json:"shown"` // on the bell: "", "3", "99+"
	Label  string `json:"label"`
}

func newBellState(ctx context.Context, unread int) bellState {
	return bellState{Unread: unread, Shown: ui.BellNumber(unread), Label: ui.BellLabel(ctx, unread)}
}

// GET /notices/unread.json
func (b Bell) unread(w http.ResponseWriter, r *http.Request) error {
	n, err := b.Unread(r.Context(), PrincipalOf(r.Context()))
	if err != nil {
		return err
	}
	return JSON(w, http.StatusOK, newBellState(r.Context(), n))
}

// GET /events/ tells how many notices are new, now and whenever that changes, until the
// reader leaves, their session ends, or this node stops.
func (b Bell) events(w http.ResponseWriter, r *http.Request) error {
	if !wantsEvents(r) {
		return statusError(http.StatusNotAcceptable)
	}
	ctx, p := r.Context(), PrincipalOf(r.Context())
	s, err := b.Events.open(b.of(p), p.SessionID)
	if err != nil {
		return err
	}
	defer b.Events.close(b.of(p), s)
	n, err := b.Unread(ctx, p)
	if err != nil {
		return err
	}
	out, err := beginEvents(w, r)
	if err != nil || r.Method == http.MethodHead {
		return err
	}
	pulse := time.NewTicker(eventsPulse)
	defer pulse.Stop()
	for err = out.state(ctx, n); err == nil; {
		select {
		case <-ctx.Done():
			return nil
		case <-s.over:
			return nil
		case n = <-s.watch.News():
			err = out.state(ctx, n)
		case <-pulse.C:
			err = out.write(":\n\n")
		}
	}
	return nil // whoever read has gone: that is how streams end
}

func wantsEvents(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/event-stream")
}

// eventWriter writes to the connection itself: nothing between gathers or packs events.
type eventWriter struct {
	w    http.ResponseWriter
	wire *http.ResponseController
}

// beginEvents sends the headers, and when to come again after the stream broke: not all
// pages at the same moment, when a node has stopped.
func beginEvents(w http.ResponseWriter, r *http.Request) (eventWriter, error) {
	q := state(r.Context())
	out := eventWriter{q.out, http.NewResponseController(q.out)}
	if err := out.wire.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return out, fmt.Errorf("open a stream: %w", err)
	}
	q.answered = q.server.now()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx hands on at once what it is given
	out.w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return out, nil
	}
	return out, out.write(fmt.Sprintf("retry: %d\n\n", 2000+rand.IntN(4000)))
}

func (e eventWriter) state(ctx context.Context, unread int) error {
	data, err := json.Marshal(newBellState(ctx, unread))
	if err != nil {
		return err
	}
	return e.write("data: " + string(data) + "\n\n")
}

func (e eventWriter) write(text string) error {
	_ = e.wire.SetWriteDeadline(time.Now().Add(eventsWrite)) // a recorder in a test has none
	if _, err := e.w.Write([]byte(text)); err != nil {
		return err
	}
	return e.wire.Flush()
}
