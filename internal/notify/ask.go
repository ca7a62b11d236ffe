package notify

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"ekolek/internal/notify/carrier"
	"ekolek/internal/telemetry"
)

// ask hands a message to the first carrier that takes it. One that refuses it for good
// ends the search; after one that may have taken it the others are asked all the same:
// somebody waits.
func ask[T any](ctx context.Context, s *Service, all []carrier.Carrier[T], message T) outcome {
	var out outcome
	var words []string
	unclear := false
	order := inOrder(&s.rests, all, s.now())
	for i, c := range order {
		receipt, err := within(ctx, len(order)-i, func(ctx context.Context) (carrier.Receipt, error) {
			ctx, span := telemetry.Child(ctx, telemetry.Client, "send", slog.String("provider", c.Name()))
			receipt, err := c.Send(ctx, message)
			span.End(err)
			return receipt, err
		})
		out = outcome{provider: c.Name(), receipt: receipt}
		s.rests.note(c.Name(), err == nil, s.now())
		if err == nil {
			return out
		}
		f := carrier.FailureOf(err)
		words = append(words, c.Name()+": "+f.Words)
		out.failure = &carrier.Failure{Outcome: f.Outcome, Words: strings.Join(words, "; ")}
		if f.Outcome == carrier.Permanent {
			return out
		}
		unclear = unclear || f.Outcome == carrier.Unclear
	}
	if unclear {
		out.failure.Outcome = carrier.Unclear
	}
	return out
}

// within gives one of several carriers its share of the time that is left.
func within(ctx context.Context, carriers int, send func(context.Context) (carrier.Receipt, error)) (carrier.Receipt, error) {
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(end)/time.Duration(carriers))
		defer cancel()
	}
	return send(ctx)
}

// rests remembers which carriers fail. One that failed several times in a row is asked
// last for a while: a code must not wait for its timeouts, message after message.
type rests struct {
	mu     sync.Mutex
	failed map[string]int
	until  map[string]time.Time
}

const (
	restAfter = 3
	restFor   = time.Minute
)

func (r *rests) note(name string, well bool, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed == nil {
		r.failed, r.until = map[string]int{}, map[string]time.Time{}
	}
	if well {
		delete(r.failed, name)
		delete(r.until, name)
		return
	}
	if r.failed[name]++; r.failed[name] >= restAfter {
		r.until[name] = now.Add(restFor)
	}
}

func (r *rests) resting(name string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return now.Before(r.until[name])
}

// inOrder puts those that rest behind the others.
func inOrder[T any](r *rests, all []carrier.Carrier[T], now time.Time) []carrier.Carrier[T] {
	order := make([]carrier.Carrier[T], 0, len(all))
	var last []carrier.Carrier[T]
	for _, c := range all {
		if r.resting(c.Name(), now) {
			last = append(last, c)
		} else {
			order = append(order, c)
		}
	}
	return append(order, last...)
}
