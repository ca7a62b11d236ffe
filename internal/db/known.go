package db

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// IDs binds ids for an IN, parentheses included.
func (w *Where) IDs(ids []uuid.UUID) string {
	marks := make([]string, len(ids))
	for i, id := range ids {
		marks[i] = w.Bind("?", id)
	}
	return "(" + strings.Join(marks, ", ") + ")"
}

// Known tells which ids of a list are in a table, for an import that looks before it
// writes. The table's name is a constant of its package.
func Known(ctx context.Context, q Q, table string, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	known := make(map[uuid.UUID]bool, len(ids))
	if len(ids) == 0 {
		return known, nil
	}
	var where Where
	list := where.IDs(ids)
	found, err := Collect(ctx, q, func(r Row) (id uuid.UUID, err error) {
		err = r.Scan(&id)
		return id, err
	}, `SELECT id FROM `+table+` WHERE id IN `+list, where.Args()...)
	if err != nil {
		return nil, fmt.Errorf("look ids up in %s: %w", table, err)
	}
	for _, id := range found {
		known[id] = true
	}
	return known, nil
}
