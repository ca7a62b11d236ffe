package app_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// Two pages promise something line by line, and each line names the tests that show it,
// or why there is none. A line whose test is gone is a promise that nobody keeps.
func TestPromisesNameTheirTests(t *testing.T) {
	tests := namesOfTests(t)
	for _, page := range []struct {
		file, id string // id: what its lines begin with, numbered from 1
		lines    int
	}{
		{"../../docs/incidents.md", "INC-%02d", 55},
		{"../../docs/security.md", "H-%02d", 80},
	} {
		text, err := os.ReadFile(page.file)
		must(t, err)
		for _, fault := range unproven(string(text), page.id, page.lines, tests) {
			t.Errorf("%s: %s", page.file, fault)
		}
	}
	incidents, err := os.ReadFile("../../docs/incidents.md")
	must(t, err)
	for name := range tests {
		if strings.Contains(name, ".TestINC") && !strings.Contains(string(incidents), strings.TrimPrefix(name, "internal/")+"`") {
			t.Errorf("%s is named by no line", name)
		}
	}
}

// The guard must be able to fail.
func TestUnprovenFindsFaults(t *testing.T) {
	tests := map[string]bool{"internal/auth.TestThere": true}
	const second = "| X-02 | b | No test: whoever runs the server is trusted with all of it. |\n"
	for name, c := range map[string]struct {
		page   string
		faults int
	}{
		"whole":        {"| X-01 | a | `auth.TestThere` |\n" + second, 0},
		"line missing": {second, 1},
		"line twice":   {"| X-01 | a | `auth.TestThere` |\n| X-01 | a | `auth.TestThere` |\n" + second, 1},
		"no proof":     {"| X-01 | a |  |\n" + second, 1},
		"no reason":    {"| X-01 | a | No test: none. |\n" + second, 1},
		"test is gone": {"| X-01 | a | `auth.TestGone` |\n" + second, 1},
		"elsewhere":    {"| X-01 | a | `people.TestThere` |\n" + second, 1},
	} {
		if got := unproven(c.page, "X-%02d", 2, tests); len(got) != c.faults {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// unproven lists what is wrong with a page: lines that are missing or twice there, lines
// with neither a test nor a reason in their last cell, names that no test has.
func unproven(text, id string, lines int, tests map[string]bool) (faults []string) {
	named := regexp.MustCompile("`([\\w/]+\\.(?:Test|Fuzz)\\w+)`")
	for n := 1; n <= lines; n++ {
		name := fmt.Sprintf(id, n)
		found := regexp.MustCompile(`(?m)^\| `+name+` \|.*\|$`).FindAllString(text, -1)
		if len(found) != 1 {
			faults = append(faults, fmt.Sprintf("%s stands in %d lines, want 1", name, len(found)))
			continue
		}
		cells := strings.Split(strings.TrimSuffix(found[0], "|"), "|")
		last := strings.TrimSpace(cells[len(cells)-1])
		if reason, ok := strings.CutPrefix(last, "No test: "); !named.MatchString(last) && (!ok || len(reason) < 40) {
			faults = append(faults, name+" names neither a test nor a reason")
		}
	}
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		if !tests[m[1]] && !tests["internal/"+m[1]] {
			faults = append(faults, "there is no "+m[1])
		}
	}
	return faults
}

// namesOfTests are all of this module: "internal/auth.TestSignIn".
func namesOfTests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, f := range sources(t, parser.SkipObjectResolution) {
		if !f.test {
			continue
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && (strings.HasPrefix(fn.Name.Name, "Test") || strings.HasPrefix(fn.Name.Name, "Fuzz")) {
				names[path.Dir(f.path)+"."+fn.Name.Name] = true
			}
		}
	}
	return names
}
