package jobs_test

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// Our migration holds River's tables as they stand after all of River's own
// migrations. A new River with another schema fails here and wants a new file.
func TestMigrationIsRivers(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, ours *db.DB) {
		ctx := t.Context()
		o := db.Options{Path: filepath.Join(t.TempDir(), "river.sqlite3")}
		if ours.Engine() == db.Postgres {
			o = db.Options{URL: testkit.EmptyPostgresURL(t), MaxConns: 2}
		}
		rivers, err := db.Open(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		defer rivers.Close()
		if err := riverMigrate(ctx, rivers); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(schema(t, rivers), schema(t, ours)); diff != "" {
			t.Errorf("schema of River (-) and of our migration (+):\n%s", diff)
		}
	})
}

func riverMigrate(ctx context.Context, d *db.DB) error {
	if d.Engine() == db.Postgres {
		m, err := rivermigrate.New(riverpgxv5.New(d.Pool()), nil)
		if err != nil {
			return err
		}
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		return err
	}
	m, err := rivermigrate.New(riversqlite.New(d.Writer()), nil)
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// schema describes River's tables, one line for each part.
func schema(t *testing.T, d *db.DB) []string {
	t.Helper()
	query := `SELECT name || ' ' || sql FROM sqlite_master WHERE tbl_name LIKE 'river%' AND sql IS NOT NULL
		UNION ALL SELECT 'version ' || line || ' ' || version FROM river_migration ORDER BY 1`
	if d.Engine() == db.Postgres {
		query = `SELECT 'column ' || table_name || ' ' || column_name || ' ' || udt_name || ' ' || is_nullable || ' ' || coalesce(column_default, '')
				|| ' ' || coalesce(character_maximum_length::text, '')
			FROM information_schema.columns WHERE table_name LIKE 'river%'
			UNION ALL SELECT 'table ' || relname || ' ' || relpersistence::text FROM pg_class WHERE relname LIKE 'river%' AND relkind = 'r'
			UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE tablename LIKE 'river%'
			UNION ALL SELECT 'check ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
				FROM pg_constraint WHERE conrelid::regclass::text LIKE 'river%' AND contype <> 'n'
			UNION ALL SELECT 'state ' || row_number() OVER (ORDER BY enumsortorder) || ' ' || enumlabel FROM pg_enum
			UNION ALL SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE proname LIKE 'river%'
			UNION ALL SELECT 'version ' || line || ' ' || version FROM river_migration ORDER BY 1`
	}
	lines, err := db.Collect(t.Context(), d, func(r db.Row) (s string, err error) { return s, r.Scan(&s) }, query)
	if err != nil {
		t.Fatal(err)
	}
	for i := range lines {
		lines[i] = plain(lines[i])
	}
	return lines
}

var (
	comments = regexp.MustCompile(`--[^\n]*|/\*.*?\*/`)
	spaces   = regexp.MustCompile(`\s+`)
)

// plain takes comments, quotes and layout out of a definition.
func plain(s string) string {
	s = spaces.ReplaceAllString(comments.ReplaceAllString(s, " "), " ")
	return strings.NewReplacer(`"`, "", "( ", "(", " )", ")", " ,", ",").Replace(s)
}
