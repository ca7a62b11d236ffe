package app

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ekolek/internal/config"
	"ekolek/internal/db"
)

func TestStartAnswersAndCloseEnds(t *testing.T) {
	eachApp(t, func(t *testing.T, a *App) {
		if err := a.Start(t.Context(), "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		addr := a.Addr().String()
		if a.URL() != "http://"+addr {
			t.Errorf("URL %s, listening on %s", a.URL(), addr)
		}
		if status, body := fetch(t, a.URL()+"/healthz"); status != http.StatusOK || !strings.Contains(body, "ok") {
			t.Errorf("healthz: %d %s", status, body)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := a.Wait(ended); err != nil {
			t.Errorf("asked to end: %v", err)
		}
		if err := a.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
		if conn, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
			_ = conn.Close() // it should not have opened
			t.Error("still listening")
		}
	})
}

func TestHealthTellsThatTheDatabaseIsAway(t *testing.T) {
	a := newApp(t, config.Database{Path: filepath.Join(t.TempDir(), "ekolek.sqlite3")})
	if err := a.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if err := a.Queue.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.DB.Close(); err != nil {
		t.Fatal(err)
	}
	if status, body := fetch(t, a.URL()+"/readyz"); status != http.StatusServiceUnavailable || strings.Contains(body, "sql") {
		t.Errorf("readyz without a database: %d %s", status, body)
	}
	if status, _ := fetch(t, a.URL()+"/healthz"); status != http.StatusOK {
		t.Errorf("healthz without a database: %d; the program is alive", status)
	}
}

func TestServeRefusesAnotherSchema(t *testing.T) {
	cfg := config.Config{Debug: true, SecretKey: "test-only", DataDir: t.TempDir(), Storage: config.LocalStorage, Database: config.Database{Path: filepath.Join(t.TempDir(), "ekolek.sqlite3")}}
	a, err := New(t.Context(), cfg, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // nothing was written
	var schema *SchemaError
	if err := a.Start(t.Context(), "127.0.0.1:0"); !errors.As(err, &schema) || !strings.Contains(err.Error(), "ekolek migrate") {
		t.Errorf("behind: %v", err)
	}
	if _, err := a.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = a.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO db_migration (version_id, is_applied) VALUES (999999, TRUE)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context(), "127.0.0.1:0"); !errors.As(err, &schema) || !strings.Contains(err.Error(), "newer program") {
		t.Errorf("ahead: %v", err)
	}
}

func TestStartTellsThatThePortIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // a test's listener
	a := newApp(t, config.Database{Path: filepath.Join(t.TempDir(), "ekolek.sqlite3")})
	if err := a.Start(t.Context(), taken.Addr().String()); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("%v", err)
	}
}

func fetch(t *testing.T, url string) (status int, body string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(data)
}
