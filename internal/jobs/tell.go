package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"strconv"
	"sync"
	"time"

	"ekolek/internal/telemetry"
)

// origin is what a job keeps of the request that asked for it, so that the lines of
// both are found by one number. River keeps it beside the arguments.
type origin struct {
	RequestID   string `json:"request_id,omitempty"`
	Traceparent string `json:"traceparent,omitempty"`
}

func originOf(ctx context.Context) []byte {
	id := telemetry.RequestOf(ctx).ID
	if id == "" {
		return nil
	}
	data, _ := json.Marshal(origin{id, telemetry.Traceparent(ctx)}) // a struct of strings
	return data
}

// withOrigin makes what a job logs carry the request's number, or one of its own.
func withOrigin(ctx context.Context, metadata []byte, job int64) context.Context {
	var o origin
	_ = json.Unmarshal(metadata, &o) // a job without is its own origin
	ctx = telemetry.WithTraceparent(ctx, o.Traceparent)
	return telemetry.With(ctx, telemetry.Request{ID: cmp.Or(o.RequestID, "job-"+strconv.FormatInt(job, 10))})
}

// Trace has every attempt of a job reported to t. It comes before Start.
func (q *Queue) Trace(t *telemetry.Traces) { q.traces = t }

// Work is what this node did of one kind since it started.
type Work struct {
	Done, Failed int64 // attempts
	Took         time.Duration
}

// worked counts attempts by kind.
type worked struct {
	mu   sync.Mutex
	kind map[string]Work
}

// Worked is what this node did since it started, by the kind of the jobs.
func (q *Queue) Worked() map[string]Work {
	q.worked.mu.Lock()
	defer q.worked.mu.Unlock()
	return maps.Clone(q.worked.kind)
}

// tell counts an attempt and logs it when it failed. River keeps the error with the job.
func (q *Queue) tell(ctx context.Context, kind string, took time.Duration, err error) {
	q.worked.mu.Lock()
	if q.worked.kind == nil {
		q.worked.kind = map[string]Work{}
	}
	w := q.worked.kind[kind]
	w.Took += took
	if err == nil {
		w.Done++
	} else {
		w.Failed++
	}
	q.worked.kind[kind] = w
	q.worked.mu.Unlock()
	if err != nil {
		q.log.WarnContext(ctx, "job failed", "kind", kind, "ms", took.Milliseconds(), "error", err)
	}
}
