// Command bench compares the program with the least that could do the same work on this
// machine, in the same run, so that figures from different machines can be compared:
// weigh-ins through HTTP with the bare driver writing the very same rows, and the
// resident's home page with a handler that answers plain text. It prints; it judges
// nothing. Traffic stays on 127.0.0.1, and every measurement is bounded in time and
// count.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// The goals that are printed beside the figures.
const (
	weighInGoal = 0.5
	homeGoal    = 0.25
)

func main() {
	ctx := context.Background()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		if err := measure(ctx, engine); err != nil {
			fmt.Fprintf(os.Stderr, "bench: %s: %v\n", engine, err)
			os.Exit(1)
		}
	}
}

func measure(ctx context.Context, engine db.Engine) error {
	dir, err := os.MkdirTemp("", "ekolek-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w, err := newWorld(ctx, engine, dir)
	if err != nil {
		return err
	}
	defer w.Close()
	fmt.Printf("%-10s %8s %14s %14s %7s %6s\n", engine, "clients", "program/s", "least/s", "ratio", "goal")
	for _, clients := range []int{1, 16, 64} {
		program, least, err := w.weighIns(ctx, clients)
		if err != nil {
			return fmt.Errorf("weigh-ins, %d clients: %w", clients, err)
		}
		report("weigh-ins", clients, program, least, weighInGoal)
	}
	for _, clients := range []int{1, 16, 64} {
		program, least, err := w.homePages(clients)
		if err != nil {
			return fmt.Errorf("home pages, %d clients: %w", clients, err)
		}
		report("home", clients, program, least, homeGoal)
	}
	return nil
}

func report(what string, clients int, program, least, goal float64) {
	fmt.Printf("%-10s %8d %14.0f %14.0f %7.2f %6.2f\n", what, clients, program, least, program/least, goal)
}

// weighIns lets clients send weigh-ins of two materials to the Station, and then the
// bare driver write what they left behind into the copy.
func (w *world) weighIns(ctx context.Context, clients int) (program, least float64, err error) {
	started := since()
	client := newClient(clients)
	defer client.CloseIdleConnections()
	program, err = load(clients, func(n, turn int) error {
		return w.weighIn(ctx, client, w.residents[(n+turn*clients)%len(w.residents)])
	})
	if err != nil {
		return 0, 0, err
	}
	deeds, err := deedsSince(ctx, w.direct, started)
	if err != nil {
		return 0, 0, fmt.Errorf("read what was written: %w", err)
	}
	least, err = replay(ctx, w.copy, clients, deeds)
	return program, least, err
}

func (w *world) weighIn(ctx context.Context, client *http.Client, resident uuid.UUID) error {
	form := url.Values{
		"key": {db.NewID().String()}, "by": {"card"}, "do": {"save"},
		"line_type": {w.types[0].String(), w.types[1].String()}, "line_gross": {"2.45", "1.2"}, "line_tare": {"", "0.2"},
	}
	address := w.base + "/console/station/residents/" + resident.String()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Cookie", w.staff)
	return do(client, r)
}

// homePages lets clients open a resident's home, and a handler's plain text of a few
// bytes.
func (w *world) homePages(clients int) (program, least float64, err error) {
	client := newClient(clients)
	defer client.CloseIdleConnections()
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "ok\n") // a client that is gone wants no answer
	}))
	defer plain.Close()
	get := func(address string) func(int, int) error {
		return func(int, int) error {
			r, err := http.NewRequest(http.MethodGet, address, nil)
			if err != nil {
				return err
			}
			r.Header.Set("Cookie", w.resident)
			return do(client, r)
		}
	}
	if program, err = load(clients, get(w.base+"/home/")); err != nil {
		return 0, 0, err
	}
	least, err = load(clients, get(plain.URL))
	return program, least, err
}

// do sends a request and wants 200.
func do(client *http.Client, r *http.Request) error {
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		_, err = io.Copy(io.Discard, res.Body)
		return err
	}
	body, _ := io.ReadAll(res.Body) // the status is the error already
	return unexpected(res, body)
}
