package check_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"ekolek/internal/check"
)

var update = flag.Bool("update", false, "rewrite the table of docs/checks.md")

const (
	docsFile  = "../../docs/checks.md"
	docsBegin = "<!-- checks: made from the table in internal/check by go test ./internal/check -update -->\n"
	docsEnd   = "<!-- end of checks -->\n"
)

// The page says exactly what the table says.
func TestDocumentMatchesTheTable(t *testing.T) {
	page, err := os.ReadFile(docsFile)
	must(t, err)
	before, rest, ok := strings.Cut(string(page), docsBegin)
	_, after, ok2 := strings.Cut(rest, docsEnd)
	if !ok || !ok2 {
		t.Fatal("the page has lost its markers")
	}
	want := before + docsBegin + docsTable() + docsEnd + after
	if *update {
		must(t, os.WriteFile(docsFile, []byte(want), 0o644)) //nolint:gosec // a page for everybody
		return
	}
	if string(page) != want {
		t.Error("docs/checks.md differs from the table: run go test ./internal/check -update")
	}
}

func docsTable() string {
	var b strings.Builder
	b.WriteString("| Id | Class | | What is right | What to do when it is not | Django |\n|---|---|---|---|---|---|\n")
	for _, c := range check.Table() {
		class, when := string(c.Class), ""
		if c.Warns {
			class += " or warning"
		}
		if c.Deploy {
			when = "D"
		}
		if c.Later {
			when += ", later"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", c.ID, class, when, c.Title, strings.ReplaceAll(c.Mend, "|", `\|`), c.Django)
	}
	return b.String()
}
