package app

import (
	"context"

	"ekolek/internal/telemetry"
)

// openTraces is nothing without OTEL_EXPORTER_OTLP_ENDPOINT.
func (a *App) openTraces() {
	a.traces = telemetry.OpenTraces(telemetry.TraceOptions{
		Endpoint: a.cfg.Traces.Endpoint, Headers: string(a.cfg.Traces.Headers), Service: a.cfg.Traces.Service, Node: a.cfg.Node, Log: a.Log,
	})
	a.close = append(a.close, a.traces)
}

// trace has transactions and jobs reported, when traces are on.
func (a *App) trace() {
	if a.traces == nil {
		return
	}
	a.Queue.Trace(a.traces)
	a.DB.Span(func(ctx context.Context) (context.Context, func(error)) {
		ctx, span := telemetry.Child(ctx, telemetry.Internal, "transaction")
		return ctx, func(err error) { span.End(err) }
	})
}
