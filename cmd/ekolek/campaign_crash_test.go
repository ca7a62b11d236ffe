package main_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/testkit"
)

// The program is killed again and again while a campaign tells a thousand residents. Each
// of them has their turn once: one notice, one message, and the campaign's figures agree.
func TestKilledInTheMiddleOfACampaign(t *testing.T) {
	for engine, open := range map[string]func(t *testing.T) (string, *db.DB){
		"sqlite": func(t *testing.T) (string, *db.DB) {
			file := testkit.SQLiteFile(t)
			return "sqlite://" + file, openDB(t, db.Options{Path: file})
		},
		"postgres": func(t *testing.T) (string, *db.DB) {
			address := testkit.PostgresURL(t)
			return address, openDB(t, db.Options{URL: address, MaxConns: 4})
		},
	} {
		t.Run(engine, func(t *testing.T) {
			if testing.Short() {
				t.Skip("kills the program several times")
			}
			t.Parallel() // most of it is waiting
			database, d := open(t)
			w := newTelling(t, d, database, 1000)
			for _, told := range []int{100, 400, 700} {
				w.tellUntilKilled(told)
			}
			w.tellTheRest()
			w.count()
		})
	}
}

// telling is many residents, a campaign that has begun, and the program that tells it.
type telling struct {
	*testkit.World
	t         *testing.T
	program   program
	campaign  notify.Campaign
	residents int
}

func newTelling(t *testing.T, d *db.DB, database string, residents int) *telling {
	t.Helper()
	w := &telling{World: testkit.NewWorld(t, d), t: t, program: development(t), residents: residents}
	w.program.env = append(w.program.env, "DATABASE_URL="+database,
		"DJANGO_SECRET_KEY=a secret for tests only", "FIELD_ENCRYPTION_KEY=an encryption key for tests only") // those of a World
	w.settle()
	script := notify.Script{Notice: "Fiesta", Subject: "Fiesta", Lines: []string{"Come."}}
	var err error
	w.campaign, err = w.Notify.StartCampaign(t.Context(), w.Actor(w.Admin), notify.Draft{RequestKey: "k", Kind: "test", Title: "Fiesta", Mail: true, Scripts: notify.Scripts{En: script, Fil: script}})
	if err != nil || w.campaign.Expected != residents {
		t.Fatalf("%+v, %v", w.campaign, err)
	}
	return w
}

// settle copies one resident until there are enough, each with an address of nobody else's.
func (w *telling) settle() {
	w.t.Helper()
	one := w.Resident(w.t, w.Barangays[0])
	err := w.DB.InTx(w.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return w.People.SetEmail(ctx, tx, w.Actor(w.Admin), one, "one@example.com")
	})
	if err != nil {
		w.t.Fatal(err)
	}
	rows, err := w.DB.QueryContext(w.t.Context(), "SELECT * FROM people_resident WHERE 1 = 0")
	if err != nil {
		w.t.Fatal(err)
	}
	columns, err := rows.Columns()
	if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
		w.t.Fatal(err)
	}
	copied := slices.Clone(columns)
	for column, value := range map[string]string{"id": "$1", "username_key": "$2", "referral_code": "$3", "phone_hash": "NULL", "email_hash": "$4"} {
		copied[slices.Index(columns, column)] = value
	}
	query := "INSERT INTO people_resident (" + strings.Join(columns, ", ") + ") SELECT " + strings.Join(copied, ", ") + " FROM people_resident WHERE id = $5"
	err = w.DB.InTx(w.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		for i := range w.residents - 1 {
			if _, err := tx.ExecContext(ctx, query, db.NewID(), fmt.Sprintf("copy.%d", i), fmt.Sprintf("copy.%d", i), fmt.Sprintf("copy %d", i), one.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// tellUntilKilled starts the program, waits until so many were told, and kills it anywhere
// in the next step.
func (w *telling) tellUntilKilled(told int) {
	w.t.Helper()
	c := w.start()
	w.wait(func(c notify.Campaign) bool { return c.Turns() >= told })
	time.Sleep(rand.N(30 * time.Millisecond))
	if err := c.Process.Kill(); err != nil {
		w.t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.Exited() {
		w.t.Fatalf("the program ended by itself: %v", err)
	}
	// Half a minute passes for the step that was under way.
	err := w.DB.InTx(w.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE river_job SET attempted_at = $1 WHERE state = 'running'", db.At(time.Now().Add(-time.Minute)))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *telling) tellTheRest() {
	w.t.Helper()
	c := w.start()
	w.wait(func(c notify.Campaign) bool { return c.State == notify.Finished })
	_, _ = c.Process.Kill(), c.Wait() // what it still sends is not asked for
}

func (w *telling) start() *exec.Cmd {
	w.t.Helper()
	c := w.program.command("serve", "--addr", "127.0.0.1:0")
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _, _ = c.Process.Kill(), c.Wait() }) // it is dead already, unless the test gave up
	return c
}

func (w *telling) wait(until func(notify.Campaign) bool) {
	w.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := w.Notify.CampaignByID(w.t.Context(), w.campaign.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		if until(c) {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("the campaign stands still: %s, %d of %d", c.State, c.Turns(), c.Expected)
		}
	}
}

// count holds that each resident had one turn, one notice and one message.
func (w *telling) count() {
	w.t.Helper()
	for what, query := range map[string]string{
		"residents told": "SELECT count(DISTINCT recipient_id) FROM notify_campaign_recipient",
		"turns":          "SELECT count(*) FROM notify_campaign_recipient",
		"notices":        "SELECT count(*) FROM notify_notice WHERE message = 'Fiesta'",
		"told":           "SELECT told FROM notify_campaign",
	} {
		var n int
		if err := w.DB.QueryRowContext(w.t.Context(), query).Scan(&n); err != nil || n != w.residents {
			w.t.Errorf("%d %s, %v; there are %d residents", n, what, err, w.residents)
		}
	}
	var messages, receivers int
	err := w.DB.QueryRowContext(w.t.Context(), "SELECT count(*), count(DISTINCT recipient_id) FROM notify_message WHERE kind = 'test'").Scan(&messages, &receivers)
	if err != nil || messages != receivers || messages != w.residents {
		w.t.Errorf("%d mails to %d residents, %v", messages, receivers, err)
	}
}
