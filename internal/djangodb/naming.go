package djangodb

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// naming is a table whose rows have names that are unique here, in any letter case:
// waste types, reward categories. An old row whose name is here already becomes that
// one, and which one it became is kept, so that renaming it later splits nothing.
type naming struct {
	table string
	names map[uuid.UUID]string // what is here, and what comes
	ids   map[string]uuid.UUID // by the folded name
	fold  func(name string) string
}

func newNaming(table string, fold func(string) string) *naming {
	return &naming{table: table, names: map[uuid.UUID]string{}, ids: map[string]uuid.UUID{}, fold: fold}
}

func (n *naming) add(id uuid.UUID, name string) {
	n.names[id] = name
	n.ids[n.fold(name)] = id
}

// settle tells where an old row goes, and whether it is to be added under its own id.
// differ is what the caller found different when the row is here under that id.
func (im *importer) settle(ctx context.Context, n *naming, id uuid.UUID, name string, differ []string) (target uuid.UUID, fresh bool, err error) {
	if here, ok := n.names[id]; ok {
		if here != name {
			differ = append(differ, "name")
		}
		_, err := im.compared(ctx, n.table, 1, func() ([]verdict, error) {
			return []verdict{{here: true, row: id.String(), differ: differ}}, nil
		})
		return id, false, err
	}
	remembered, err := im.remembered(ctx, n.table, id)
	if err != nil {
		return uuid.Nil, false, err
	}
	if _, ok := n.names[remembered]; ok {
		im.counts(n.table).Present++
		return remembered, false, nil
	}
	im.counts(n.table).New++
	if same, ok := n.ids[n.fold(name)]; ok {
		im.find(FindAltered, n.table, id.String(), "%s becomes one with %s; what else its row says is not kept", name, n.names[same])
		return same, false, im.remember(ctx, n.table, id, same)
	}
	n.add(id, name)
	return id, true, nil
}

// rememberName is where it is kept what an old row became.
func rememberName(table string, id uuid.UUID) string {
	return "import.django." + table + "." + id.String()
}

func (im *importer) remembered(ctx context.Context, table string, id uuid.UUID) (uuid.UUID, error) {
	text, err := db.Value(ctx, im.DB, rememberName(table, id))
	if err != nil || text == "" {
		return uuid.Nil, err
	}
	target, err := uuid.Parse(text)
	if err != nil {
		return uuid.Nil, fmt.Errorf("what %s %s became: %w", table, id, err)
	}
	return target, nil
}

func (im *importer) remember(ctx context.Context, table string, id, target uuid.UUID) error {
	if !im.apply {
		return nil
	}
	return im.DB.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return db.SetValue(ctx, tx, rememberName(table, id), target.String(), im.Now())
	})
}
