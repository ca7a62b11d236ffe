package telemetry

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// TraceOptions say where spans go.
type TraceOptions struct {
	Endpoint string // of a collector; "/v1/traces" is added. Empty: no traces
	Headers  string // "name=value,…", values percent-encoded
	Service  string
	Node     string
	Log      *slog.Logger
}

// Bounds of the exporter. Spans beyond them are lost: nobody's work waits for its trace.
const (
	spansWaiting = 4096
	spansAtOnce  = 512
	sendEvery    = 2 * time.Second
	sendTimeout  = 5 * time.Second
	tellEvery    = time.Minute
)

// OpenTraces gives nil without an endpoint.
func OpenTraces(o TraceOptions) *Traces {
	if o.Endpoint == "" {
		return nil
	}
	t := &Traces{out: &traceOut{opts: o, spans: make(chan *Span, spansWaiting), closing: make(chan struct{}), done: make(chan struct{})}}
	go t.out.run()
	return t
}

func (o *traceOut) take(s *Span) {
	select {
	case o.spans <- s:
	default:
	}
}

func (o *traceOut) close() {
	o.once.Do(func() { close(o.closing) })
	<-o.done
}

func (o *traceOut) run() {
	defer close(o.done)
	client := &http.Client{Timeout: sendTimeout, Transport: &http.Transport{MaxIdleConns: 1, IdleConnTimeout: time.Minute}}
	defer client.CloseIdleConnections()
	ticker := time.NewTicker(sendEvery)
	defer ticker.Stop()
	var batch []*Span
	closing := o.closing
	for open := true; open || len(o.spans) > 0; {
		due := false
		select {
		case s := <-o.spans:
			batch = append(batch, s)
		case <-ticker.C:
			due = true
		case <-closing:
			closing, open = nil, false
		}
		if len(batch) == spansAtOnce || due && len(batch) > 0 {
			o.send(client, batch)
			batch = nil
		}
	}
	if len(batch) > 0 {
		o.send(client, batch)
	}
}

// send loses the batch when the collector does not take it, and says so once a minute.
func (o *traceOut) send(client *http.Client, batch []*Span) {
	err := o.post(client, batch)
	if err != nil && time.Since(o.told) > tellEvery {
		o.told = time.Now()
		o.opts.Log.Warn("traces are not taken", "spans", len(batch), "error", err)
	}
}

func (o *traceOut) post(client *http.Client, batch []*Span) error {
	data, err := json.Marshal(o.payload(batch))
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, o.opts.Endpoint+"/v1/traces", bytes.NewReader(data))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	for pair := range strings.SplitSeq(o.opts.Headers, ",") {
		if name, value, ok := strings.Cut(strings.TrimSpace(pair), "="); ok {
			if plain, err := url.PathUnescape(value); err == nil {
				value = plain
			}
			r.Header.Set(name, value)
		}
	}
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()                                      //nolint:errcheck // only read
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20)) // so that the connection is used again
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the collector answers %s", res.Status)
	}
	return nil
}

// The shape of OTLP/JSON, as far as it is used here.
type (
	otlpPayload struct {
		ResourceSpans []otlpResource `json:"resourceSpans"`
	}
	otlpResource struct {
		Resource   otlpAttributes `json:"resource"`
		ScopeSpans []otlpScope    `json:"scopeSpans"`
	}
	otlpAttributes struct {
		Attributes []otlpAttribute `json:"attributes"`
	}
	otlpScope struct {
		Scope struct {
			Name string `json:"name"`
		} `json:"scope"`
		Spans []otlpSpan `json:"spans"`
	}
	otlpSpan struct {
		TraceID    string          `json:"traceId"`
		SpanID     string          `json:"spanId"`
		Parent     string          `json:"parentSpanId,omitempty"`
		Name       string          `json:"name"`
		Kind       Kind            `json:"kind"`
		Start      string          `json:"startTimeUnixNano"`
		End        string          `json:"endTimeUnixNano"`
		Attributes []otlpAttribute `json:"attributes,omitempty"`
		Status     struct {
			Code int `json:"code,omitempty"` // 2: error
		} `json:"status"`
	}
	otlpAttribute struct {
		Key   string            `json:"key"`
		Value map[string]string `json:"value"`
	}
)

func (o *traceOut) payload(batch []*Span) otlpPayload {
	scope := otlpScope{}
	scope.Scope.Name = "ekolek"
	for _, s := range batch {
		scope.Spans = append(scope.Spans, s.otlp())
	}
	about := otlpAttributes{attributesOf([]slog.Attr{slog.String("service.name", o.opts.Service), slog.String("service.instance.id", o.opts.Node)})}
	return otlpPayload{[]otlpResource{{about, []otlpScope{scope}}}}
}

func (s *Span) otlp() otlpSpan {
	out := otlpSpan{
		TraceID: hex.EncodeToString(s.trace[:]), SpanID: hex.EncodeToString(s.id[:]), Name: s.name, Kind: s.kind,
		Start: strconv.FormatInt(s.start.UnixNano(), 10), End: strconv.FormatInt(s.end.UnixNano(), 10), Attributes: attributesOf(s.attrs),
	}
	if s.parent != [8]byte{} {
		out.Parent = hex.EncodeToString(s.parent[:])
	}
	if s.failed {
		out.Status.Code = 2
	}
	return out
}

func attributesOf(attrs []slog.Attr) []otlpAttribute {
	var out []otlpAttribute
	for _, a := range attrs {
		kind := "stringValue"
		if a.Value.Kind() == slog.KindInt64 {
			kind = "intValue" // a string in JSON, by OTLP's rule for 64 bits
		}
		out = append(out, otlpAttribute{a.Key, map[string]string{kind: a.Value.String()}})
	}
	return out
}
