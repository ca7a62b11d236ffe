package app_test

import (
	"go/parser"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Every module that we import or run as a tool has its line in the documentation, and
// nothing stands there that is gone.
func TestDependenciesAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9.-]+\\.[a-z]+/[^`]+)`").FindAllStringSubmatch(string(page), -1) {
		documented[m[1]] = false
	}
	for path, at := range foreignImports(t) {
		name, ok := lineFor(documented, path)
		if !ok {
			t.Errorf("%s imports %s, which has no line in docs/dependencies.md", at, path)
		}
		documented[name] = true
	}
	for name, used := range documented {
		if !used {
			t.Errorf("docs/dependencies.md names %s, which nothing imports", name)
		}
	}
}

// foreignImports maps what is imported from other modules, tools included, to where.
func foreignImports(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range sources(t, parser.ImportsOnly) {
		for _, spec := range f.ast.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
				out[path] = f.at(spec)
			}
		}
	}
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range regexp.MustCompile(`(?s)tool \((.*?)\)`).FindAllStringSubmatch(string(mod), -1) {
		for _, path := range strings.Fields(tool[1]) {
			out[path] = "go.mod"
		}
	}
	return out
}

// lineFor finds the documented module that a package belongs to.
func lineFor(documented map[string]bool, path string) (string, bool) {
	for name := range documented {
		if path == name || strings.HasPrefix(path, name+"/") {
			return name, true
		}
	}
	return "", false
}
