package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// papers are the pages for whoever runs the program.
var papers = []string{"PRODUCTION_DEPLOYMENT_CHECKLIST.md", "docs/operations.md", "docs/migrating.md", "deploy/README.md"}

func paper(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The checklist has the seed's twenty sections, and every item says what verifies it.
func TestChecklist(t *testing.T) {
	text := paper(t, papers[0])
	sections := regexp.MustCompile(`(?m)^## (\d+)\. `).FindAllStringSubmatch(text, -1)
	if len(sections) != 20 || sections[19][1] != "20" {
		t.Errorf("%d sections", len(sections))
	}
	items := regexp.MustCompile(`(?m)^- \[ \] (.*)$`).FindAllStringSubmatch(text, -1)
	if len(items) < 60 {
		t.Errorf("only %d items", len(items))
	}
	verifies := regexp.MustCompile("`ekolek |`systemd-analyze|`sha256sum|EK\\.[EW]\\d|by hand|console's page|docs/operations\\.md#")
	for _, item := range items {
		_, how, ok := strings.Cut(item[1], ": ")
		if !ok || !verifies.MatchString(how) {
			t.Errorf("nothing verifies: %s", item[1])
		}
	}
}

// What the papers name exists: commands with their flags, settings, checks, files, pages.
func TestPapersNameWhatExists(t *testing.T) {
	settings := settingNames(t)
	for _, name := range papers {
		text := paper(t, name)
		for _, m := range regexp.MustCompile("`(?:[A-Z_]+=\\S+ +)?(?:ekolek|ekolekctl) ([^`]+)`").FindAllStringSubmatch(text, -1) {
			commandExists(t, name, m[1])
		}
		for _, m := range regexp.MustCompile(`(?m)^DATABASE_URL=\S+ +ekolek ([^#\n]+)`).FindAllStringSubmatch(text, -1) {
			commandExists(t, name, m[1])
		}
		for _, m := range regexp.MustCompile("`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`").FindAllStringSubmatch(text, -1) {
			if !settings[strings.TrimSuffix(m[1], "_FILE")] && m[1] != "NAME_FILE" {
				t.Errorf("%s names %s, which is no setting", name, m[1])
			}
		}
		linksLead(t, name, text)
		for _, m := range regexp.MustCompile("`((?:\\.\\./)?(?:deploy/[^` ]+|Procfile|scripts/[^` ]+))`").FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join("../..", strings.TrimPrefix(m[1], "../"))); err != nil {
				t.Errorf("%s names %s: %v", name, m[1], err)
			}
		}
		checksExist(t, name, text)
	}
}

// commandExists asks the program for the help of a command, and looks for its flags there.
func commandExists(t *testing.T, at, line string) {
	t.Helper()
	words := strings.Fields(line)
	var command, flags []string
	for _, w := range words {
		switch {
		case strings.HasPrefix(w, "--"):
			flag, _, _ := strings.Cut(w, "=")
			flags = append(flags, flag)
		case len(flags) == 0 && regexp.MustCompile(`^[a-z][a-z-]*$`).MatchString(w) && len(command) < 2 && (len(command) == 0 || twoWords[command[0]]):
			command = append(command, w)
		}
	}
	if len(command) == 0 || command[0] == "x" {
		return // "ekolek X": any command
	}
	o := development(t).run("", append(command, "--help")...)
	if o.code != 0 || !strings.Contains(o.out, "Usage: ekolek "+strings.Join(command, " ")) {
		t.Errorf("%s names `ekolek %s`, which is no command", at, line)
		return
	}
	for _, flag := range flags {
		if !regexp.MustCompile(regexp.QuoteMeta(flag) + `[ =\n]`).MatchString(o.out) {
			t.Errorf("%s: ekolek %s has no %s", at, strings.Join(command, " "), flag)
		}
	}
}

// twoWords are commands with commands below them.
var twoWords = map[string]bool{"ledger": true, "import": true, "backup": true, "keys": true, "logs": true, "files": true}

func linksLead(t *testing.T, at, text string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(text, -1) {
		file, anchor, _ := strings.Cut(m[1], "#")
		target := text
		if file != "" {
			data, err := os.ReadFile(filepath.Join("../..", filepath.Dir(at), file))
			if err != nil {
				t.Errorf("%s links to %s: %v", at, m[1], err)
				continue
			}
			target = string(data)
		}
		if anchor != "" && !hasHeading(target, anchor) {
			t.Errorf("%s links to %s, which has no such heading", at, m[1])
		}
	}
}

func hasHeading(text, anchor string) bool {
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		slug := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		if strings.ReplaceAll(slug, " ", "-") == anchor {
			return true
		}
	}
	return false
}

// checksExist finds each id in the checks' own page.
func checksExist(t *testing.T, at, text string) {
	t.Helper()
	page := paper(t, "docs/checks.md")
	for _, id := range regexp.MustCompile(`EK\.[EWI]\d{3}`).FindAllString(text, -1) {
		if !strings.Contains(page, "| "+id+" |") {
			t.Errorf("%s names %s, which is no check", at, id)
		}
	}
}
