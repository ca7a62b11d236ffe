package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors is the house: a package imports only packages of a lower floor, so never a
// sibling. docs/architecture.md shows the same picture with words.
var floors = map[string]int{
	"errs": 0, "config": 0, "disk": 0, "smoke": 0,
	"db": 1, "cache": 1, "telemetry": 1,
	"audit": 2,
	"jobs":  3, "ledger": 3, "files": 3, "approval": 3,
	"notify": 4, "backup": 4,
	"people": 5,
	"auth":   6, "schedule": 6, "collection": 6, "rewards": 6, "learning": 6, "report": 6,
	"djangodb": 7, "web": 7,
	"site": 8, "console": 8, "mobile": 8, "check": 8,
	"app": 9,
}

// surfaces show and decode; they hold no SQL and so never see the database.
var surfaces = []string{"site", "console", "mobile"}

const module = "ekolek/"

// goFile is one parsed source file of the module.
type goFile struct {
	path string // from the root, with slashes
	room string // the first folder below internal; "" outside of internal
	test bool
	ast  *ast.File
	fset *token.FileSet
}

func (f goFile) at(n ast.Node) string { return f.fset.Position(n.Pos()).String() }

// sources parses every Go file of the module.
func sources(t *testing.T, mode parser.Mode) []goFile {
	t.Helper()
	root := filepath.Join("..", "..")
	fset := token.NewFileSet()
	var files []goFile
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && (e.Name() == "node_modules" || e.Name() == "var" || e.Name() == "testdata" || (e.Name()[0] == '.' && path != root)) {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(fset, path, nil, mode)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		files = append(files, goFile{path: rel, room: roomOf(rel), test: strings.HasSuffix(rel, "_test.go"), ast: parsed, fset: fset})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("found only %d Go files below %s", len(files), root)
	}
	return files
}

// roomOf names the room of a file or of a package: the folder right below internal.
func roomOf(path string) string {
	below, ok := strings.CutPrefix(path, "internal/")
	if !ok {
		return ""
	}
	room, _, _ := strings.Cut(below, "/")
	return room
}

func TestImports(t *testing.T) {
	for _, f := range sources(t, parser.ImportsOnly) {
		if f.test && strings.HasSuffix(f.ast.Name.Name, "_test") {
			continue // a test from outside may build its world of anything
		}
		for _, spec := range f.ast.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			below, ours := strings.CutPrefix(path, module)
			if !ours {
				continue
			}
			if why := refuse(f, below); why != "" {
				t.Errorf("%s imports %s: %s", f.at(spec), below, why)
			}
		}
	}
}

// refuse says why a file must not import a package of ours; "" when it may.
func refuse(f goFile, imported string) string {
	to := roomOf(imported)
	if to == "testkit" {
		if f.test || f.room == "testkit" || strings.HasPrefix(f.path, "e2e/") || strings.HasPrefix(f.path, "bench/") || strings.HasPrefix(f.path, "scripts/testenv/") {
			return ""
		}
		return "testkit is for tests"
	}
	if f.room == "" || f.room == "testkit" || f.room == to {
		return "" // commands and test helpers stand outside of the house; a room may have chambers
	}
	from, known := floors[f.room]
	if !known {
		return "the room " + f.room + " has no floor yet: give it one here and in docs/architecture.md"
	}
	target, known := floors[to]
	switch {
	case !known:
		return "no such room"
	case target >= from:
		return "a package imports only packages of a lower floor"
	case to == "db" && slices.Contains(surfaces, f.room):
		return "surfaces never see the database"
	}
	return ""
}

// The guard must be able to fail.
func TestImportsRefusesWrongArrows(t *testing.T) {
	tests := []struct {
		from, to string
		ok       bool
	}{
		{"internal/collection/record.go", "internal/ledger", true},
		{"internal/web/ui/button.go", "internal/web/i18n", true},
		{"internal/collection/record.go", "internal/rewards", false}, // a sibling
		{"internal/ledger/post.go", "internal/people", false},        // upwards
		{"internal/site/home.go", "internal/db", false},              // a surface
		{"internal/people/people.go", "internal/testkit", false},
		{"internal/people/people_test.go", "internal/testkit", true},
		{"internal/utils/utils.go", "internal/errs", false}, // not a room
		{"cmd/ekolek/main.go", "internal/app", true},
	}
	for _, test := range tests {
		f := goFile{path: test.from, room: roomOf(test.from), test: strings.HasSuffix(test.from, "_test.go")}
		if why := refuse(f, test.to); (why == "") != test.ok {
			t.Errorf("%s → %s: refused with %q, want allowed = %v", test.from, test.to, why, test.ok)
		}
	}
}
