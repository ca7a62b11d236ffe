package main

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"ekolek/internal/db"
)

// deed is every row that one weigh-in left behind.
type deed struct {
	rows    []row
	account any   // whose balance it moved
	points  int64 // by how much
}

type row struct {
	table  string
	values []any
}

// tables are where a weigh-in writes, and the column that names it there.
var tables = []struct{ name, of string }{
	{"collection_weigh_in", "id"},
	{"collection_weigh_in_line", "weigh_in_id"},
	{"ledger_transfer", "source_id"},
	{"audit_event", "target_id"},
}

// deedsSince reads what the weigh-ins since a moment have written, in their order.
func deedsSince(ctx context.Context, d *sql.DB, since time.Time) ([]*deed, error) {
	var order []*deed
	byID := map[string]*deed{}
	for _, t := range tables {
		rows, err := d.QueryContext(ctx, `SELECT * FROM `+t.name+` WHERE `+t.of+
			` IN (SELECT id FROM collection_weigh_in WHERE created_at >= $1) ORDER BY `+t.of, db.At(since))
		if err != nil {
			return nil, err
		}
		columns, err := rows.Columns()
		if err != nil {
			return nil, err
		}
		key := slices.Index(columns, t.of)
		for rows.Next() {
			values := make([]any, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				return nil, err
			}
			id := fmt.Sprint(values[key])
			if byID[id] == nil {
				byID[id] = &deed{}
				order = append(order, byID[id])
			}
			byID[id].rows = append(byID[id].rows, row{t.name, values})
			if t.name == "ledger_transfer" {
				byID[id].account = values[slices.Index(columns, "account_id")]
				byID[id].points = values[slices.Index(columns, "points")].(int64)
			}
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return order, nil
}

// writer writes deeds with nothing but the driver: one transaction each, prepared
// statements, as durable as the program's own.
type writer struct {
	db      *sql.DB
	insert  map[string]*sql.Stmt
	balance *sql.Stmt
}

func newWriter(ctx context.Context, d *sql.DB, sample *deed) (*writer, error) {
	w := &writer{db: d, insert: map[string]*sql.Stmt{}}
	for _, r := range sample.rows {
		if w.insert[r.table] != nil {
			continue
		}
		marks := make([]string, len(r.values))
		for i := range marks {
			marks[i] = fmt.Sprintf("$%d", i+1)
		}
		s, err := d.PrepareContext(ctx, `INSERT INTO `+r.table+` VALUES (`+strings.Join(marks, ", ")+`)`)
		if err != nil {
			return nil, err
		}
		w.insert[r.table] = s
	}
	var err error
	w.balance, err = d.PrepareContext(ctx, `UPDATE ledger_balance SET posted = posted + $1, version = version + 1 WHERE account_id = $2`)
	return w, err
}

func (w *writer) write(ctx context.Context, x *deed) error {
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	for _, r := range x.rows {
		if _, err := tx.StmtContext(ctx, w.insert[r.table]).ExecContext(ctx, r.values...); err != nil {
			return fmt.Errorf("%s: %w", r.table, err)
		}
	}
	if _, err := tx.StmtContext(ctx, w.balance).ExecContext(ctx, x.points, x.account); err != nil {
		return err
	}
	return tx.Commit()
}

// replay writes the deeds by n writers at once and tells how many a second.
func replay(ctx context.Context, d *sql.DB, n int, deeds []*deed) (float64, error) {
	w, err := newWriter(ctx, d, deeds[0])
	if err != nil {
		return 0, err
	}
	queue := make(chan *deed, len(deeds))
	for _, x := range deeds {
		queue <- x
	}
	close(queue)
	var all sync.WaitGroup
	failures := make(chan error, n)
	started := time.Now()
	for range n {
		all.Go(func() {
			for x := range queue {
				if err := w.write(ctx, x); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	all.Wait()
	took := time.Since(started)
	close(failures)
	if err, failed := <-failures; failed {
		return 0, err
	}
	return float64(len(deeds)) / took.Seconds(), nil
}
