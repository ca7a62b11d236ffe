package telemetry

import (
	"context"
	"errors"
	"log/slog"
)

// handler hands every record to several handlers, those about security to more. It
// adds the node and the request, and takes out what no line may show.
type handler struct {
	all, security []slog.Handler
	node          string
	counts        *counts
	scrub         *scrubber
	marked        bool // "security" was given with With
}

// Enabled says whether any handler wants the level.
func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	for _, to := range h.all {
		if to.Enabled(ctx, level) {
			return true
		}
	}
	return false
}

// Handle writes the record.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, h.scrub.text(r.Message), r.PC)
	secure, event, known, points := h.marked, Event(""), false, int64(0)
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "security":
			secure = secure || a.Value.Kind() == slog.KindBool && a.Value.Bool()
		case "event":
			event = Event(a.Value.String())
		case "points":
			if a.Value.Kind() == slog.KindInt64 {
				points = max(a.Value.Int64(), -a.Value.Int64()) // moved either way: a counter only grows
			}
		case "request_id":
			known = true
		}
		out.AddAttrs(h.scrub.attr(a))
		return true
	})
	h.about(ctx, &out, known)
	to := h.all
	if secure {
		to = append(to[:len(to):len(to)], h.security...)
		h.counts.event(event, points)
	}
	var errs []error
	for _, each := range to {
		if each.Enabled(ctx, r.Level) {
			errs = append(errs, each.Handle(ctx, out.Clone()))
		}
	}
	return errors.Join(errs...)
}

// about adds what the context and the program know of the line.
func (h *handler) about(ctx context.Context, out *slog.Record, known bool) {
	if q := RequestOf(ctx); q.ID != "" && !known {
		out.AddAttrs(slog.String("request_id", q.ID))
	}
	if trace := traceOf(ctx); trace != "" {
		out.AddAttrs(slog.String("trace_id", trace))
	}
	if h.node != "" {
		out.AddAttrs(slog.String("node", h.node))
	}
}

// WithAttrs adds attributes in every handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	marked := h.marked
	for i, a := range attrs {
		marked = marked || a.Key == "security" && a.Value.Kind() == slog.KindBool && a.Value.Bool()
		clean[i] = h.scrub.attr(a)
	}
	out := h.with(func(to slog.Handler) slog.Handler { return to.WithAttrs(clean) })
	out.marked = marked
	return out
}

// WithGroup opens a group in every handler.
func (h *handler) WithGroup(name string) slog.Handler {
	return h.with(func(to slog.Handler) slog.Handler { return to.WithGroup(name) })
}

func (h *handler) with(change func(slog.Handler) slog.Handler) *handler {
	out := *h
	out.all, out.security = nil, nil
	for _, to := range h.all {
		out.all = append(out.all, change(to))
	}
	for _, to := range h.security {
		out.security = append(out.security, change(to))
	}
	return &out
}
