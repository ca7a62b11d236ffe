package app

import (
	"io"
	"net/http"
	"testing"
	"time"

	"ekolek/internal/config"
)

// While a node drains it answers as ever, says at /readyz that it takes no more, and asks
// each client to close its connection; then it listens no longer.
func TestDrainAnswersUntilItsEnd(t *testing.T) {
	a := newApp(t, config.Database{Path: t.TempDir() + "/ekolek.sqlite3"})
	a.cfg.Drain = time.Second
	if err := a.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	base := a.URL()
	if status, _ := fetch(t, base+"/readyz"); status != http.StatusOK {
		t.Errorf("a started node is not ready: %d", status)
	}
	ended := make(chan error, 1)
	go func() { ended <- a.stop() }()
	drained := false
	for !drained {
		select {
		case err := <-ended:
			t.Fatalf("ended without having said so: %v", err)
		default:
		}
		status, _ := fetch(t, base+"/readyz")
		drained = status == http.StatusServiceUnavailable
	}
	res, err := http.Get(base + "/rates/")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK || !res.Close {
		t.Errorf("while draining: %d, closing %v, %v", res.StatusCode, res.Close, err)
	}
	if status, _ := fetch(t, base+"/healthz"); status != http.StatusOK {
		t.Errorf("a draining node is alive, and says %d", status)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if res, err := http.Get(base + "/healthz"); err == nil {
		_ = res.Body.Close() // it should not have opened
		t.Error("still listening")
	}
}
