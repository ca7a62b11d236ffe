package notify_test

import (
	"log/slog"
	"testing"

	"ekolek/internal/jobs"
	"ekolek/internal/notify"
	"ekolek/internal/testkit"
)

// newService makes an outbox with options of its own on a World's database. Its queue is
// not started.
func newService(t testing.TB, w *testkit.World, opts notify.Options) *notify.Service {
	t.Helper()
	q, err := jobs.Open(w.DB, jobs.Config{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return notify.New(w.DB, w.Vault, q, opts, w.Clock.Now)
}
