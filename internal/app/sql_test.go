package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	// Keywords are written in capitals here, so prose and code never match.
	statement = regexp.MustCompile(`\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE (TABLE|INDEX|UNIQUE INDEX)|ALTER TABLE|DROP TABLE)\s+[\w("$*']`)

	// written finds the table that a statement changes.
	written = regexp.MustCompile(`\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+([a-z_]+)`)

	// notPortable is what one of the two engines does not have, or means otherwise.
	notPortable = regexp.MustCompile(`(?i)\bFOR UPDATE\b|\bILIKE\b|\bnow\(\)|\bCURRENT_(TIMESTAMP|DATE|TIME)\b|=\s*(ANY|ALL)\b|::|\bLATERAL\b|\bdate_trunc\b|\bARRAY\s*\[|->|@>|\bjsonb\b|(?-i:\b(BIG)?SERIAL\b)|\bAUTOINCREMENT\b|\bstrftime\b|\bSELECT\s+([a-z]\w*\.)?\*`)
)

// mayHoldSQL says where SQL stands: in the store of a capability, in db, and in testkit,
// which makes and drops whole databases.
func mayHoldSQL(f goFile) bool {
	base := path.Base(f.path)
	return f.test || f.room == "db" || f.room == "testkit" || strings.HasPrefix(f.path, "bench/") ||
		base == "store.go" || strings.HasSuffix(base, "_store.go")
}

func TestSQLStandsInStores(t *testing.T) {
	for _, f := range sources(t, parser.SkipObjectResolution) {
		if mayHoldSQL(f) {
			continue
		}
		for _, s := range stringsOf(t, f) {
			if statement.MatchString(s.text) {
				t.Errorf("%s: SQL outside of a store: %.60q", s.at, s.text)
			}
		}
	}
}

func TestSQLIsPortable(t *testing.T) {
	for _, f := range sources(t, parser.SkipObjectResolution) {
		if f.test || !mayHoldSQL(f) || f.room == "testkit" || f.room == "" {
			continue
		}
		for _, s := range stringsOf(t, f) {
			if bad := notPortable.FindString(s.text); bad != "" && looksLikeSQL(s.text) {
				t.Errorf("%s: %q is not portable", s.at, bad)
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.Name == "LastInsertId" {
				t.Errorf("%s: LastInsertId: PostgreSQL has none; use RETURNING or ids made in Go", f.at(id))
			}
			return true
		})
	}
}

func TestMigrationsArePortable(t *testing.T) {
	files, err := filepath.Glob("../db/migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations found: %v", err)
	}
	comment := regexp.MustCompile(`--[^\n]*`)
	for _, file := range files {
		if strings.Count(path.Base(file), ".") > 1 {
			continue // x.sqlite.sql and x.postgres.sql are for one engine
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bad := notPortable.Find(comment.ReplaceAll(data, nil)); bad != nil {
			t.Errorf("%s: %q is not portable", file, bad)
		}
	}
}

// A package's tables begin with its name; the tables of River, which jobs hides, are
// those of jobs.
func TestPackagesWriteOnlyTheirOwnTables(t *testing.T) {
	for _, f := range sources(t, parser.SkipObjectResolution) {
		if f.test || f.room == "" || f.room == "testkit" {
			continue
		}
		for _, s := range stringsOf(t, f) {
			for _, m := range written.FindAllStringSubmatch(s.text, -1) {
				if table := m[1]; !strings.HasPrefix(table, f.room+"_") && !(f.room == "jobs" && strings.HasPrefix(table, "river_")) {
					t.Errorf("%s: %s writes %s, which another package owns", s.at, f.room, table)
				}
			}
		}
	}
}

// looksLikeSQL keeps prose with an arrow or two colons from being taken for SQL: a
// statement, or a fragment with a placeholder or a keyword in capitals.
func looksLikeSQL(s string) bool {
	return statement.MatchString(s) || regexp.MustCompile(`\$\d|\b(FROM|WHERE|JOIN|ORDER BY|GROUP BY|AND|OR)\b`).MatchString(s)
}

type literal struct{ at, text string }

// stringsOf collects a file's string constants; those added with + are one text.
func stringsOf(t *testing.T, f goFile) []literal {
	t.Helper()
	var out []literal
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field: // struct tags
			return n.Tag == nil
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				text, err := strconv.Unquote(n.Value)
				if err != nil {
					t.Fatalf("%s: %v", f.at(n), err)
				}
				out = append(out, literal{f.at(n), text})
			}
		}
		return true
	})
	return out
}

// The guards must be able to fail.
func TestSQLGuardsRefuse(t *testing.T) {
	for _, bad := range []string{
		"SELECT id FROM t FOR UPDATE", "SELECT 1 WHERE a ILIKE $1", "UPDATE t SET a = now()", "SELECT a::text FROM t",
		"SELECT a FROM t WHERE id = ANY($1)", "SELECT * FROM t", "SELECT t.* FROM t", "SELECT a->>'b' FROM t", "INSERT INTO t VALUES (CURRENT_TIMESTAMP)",
	} {
		if !statement.MatchString(bad) || !notPortable.MatchString(bad) {
			t.Errorf("%q would not be found", bad)
		}
	}
	for _, good := range []string{
		"SELECT count(*) FROM t", "INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO NOTHING RETURNING a",
		"UPDATE t SET a = a - $1 WHERE id = $2 AND a >= $1 RETURNING a",
	} {
		if !statement.MatchString(good) || notPortable.MatchString(good) {
			t.Errorf("%q would be refused", good)
		}
	}
	for _, prose := range []string{"SELECT", "Select a file", "please update a reward", "an UPDATE."} {
		if statement.MatchString(prose) {
			t.Errorf("%q is taken for SQL", prose)
		}
	}
	if got := written.FindStringSubmatch("WITH x AS (SELECT 1) INSERT INTO ledger_transfer (id) SELECT 1"); !slices.Contains(got, "ledger_transfer") {
		t.Errorf("the table written was not found: %v", got)
	}
}
