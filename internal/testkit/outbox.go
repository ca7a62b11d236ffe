package testkit

import (
	"cmp"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/jobs"
	"ekolek/internal/notify"
	"ekolek/internal/web/i18n"
)

// Notify gives an outbox that keeps what it is told: its queue is never started.
func Notify(t testing.TB, d *db.DB, vault *db.Vault, now func() time.Time) *notify.Service {
	t.Helper()
	return notifyOn(queue(t, d), d, vault, now)
}

func queue(t testing.TB, d *db.DB) *jobs.Queue {
	t.Helper()
	q, err := jobs.Open(d, jobs.Config{}, slog.New(slog.DiscardHandler))
	must(t, err)
	return q
}

func notifyOn(q *jobs.Queue, d *db.DB, vault *db.Vault, now func() time.Time) *notify.Service {
	return notify.New(d, vault, q, notify.Options{City: "San Pedro City", SiteURL: "http://localhost", Words: i18n.In, Push: pushers(now)}, now)
}

// Mailed is a message as it lies in the outbox.
type Mailed struct {
	Kind    string
	Channel notify.Channel
	To      string // phone or e-mail address
	Subject string
	Lines   []string
	Code    string
}

// Outbox reads every message, the oldest first; of those that have been sent, what the
// console shows.
func (w *World) Outbox(t testing.TB) []Mailed {
	t.Helper()
	scan := func(row db.Row) (m Mailed, err error) {
		var body, shown string // body is emptied when the message has been sent
		if err = row.Scan(&m.Kind, &m.Channel, w.Vault.Column("notify_message.address", &m.To), w.Vault.Secret("notify_message.body", &body), w.Vault.Column("notify_message.shown", &shown)); err == nil {
			err = json.Unmarshal([]byte(cmp.Or(body, shown)), &m)
		}
		return m, err
	}
	all, err := db.Collect(t.Context(), w.DB, scan, `SELECT kind, channel, address, body, shown FROM notify_message ORDER BY created_at, id`)
	must(t, err)
	return all
}

// Told is what waits to be sent to an address, the oldest first.
func (w *World) Told(t testing.TB, address string) []Mailed {
	t.Helper()
	var out []Mailed
	for _, m := range w.Outbox(t) {
		if m.To == address {
			out = append(out, m)
		}
	}
	return out
}

// Code is the newest one-time code sent to an address.
func (w *World) Code(t testing.TB, address string) string {
	t.Helper()
	code := ""
	for _, m := range w.Told(t, address) {
		if m.Code != "" {
			code = m.Code
		}
	}
	if code == "" {
		t.Fatalf("no code was sent to %s", address)
	}
	return code
}
