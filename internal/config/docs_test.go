package config

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite .env.example and docs/configuration.md from the table of settings")

const (
	exampleFile = "../../.env.example"
	docsFile    = "../../docs/configuration.md"
	docsBegin   = "<!-- settings: made from the table in internal/config by go test ./internal/config -update -->\n"
	docsEnd     = "<!-- end of settings -->\n"
)

// .env.example and the documentation say exactly what the table says.
func TestDocumentsMatchTheTable(t *testing.T) {
	page, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), docsBegin)
	_, after, ok2 := strings.Cut(rest, docsEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has lost its markers", docsFile)
	}
	for file, want := range map[string]string{exampleFile: dotenvExample(), docsFile: before + docsBegin + docsTables() + docsEnd + after} {
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%s differs from the table (%v): run go test ./internal/config -update", file, err)
		}
	}
}

// A copy of .env.example starts development, and never production.
func TestExampleIsADevelopmentEnvironment(t *testing.T) {
	c, err := Load([]string{"DATA_DIR=" + t.TempDir()}, exampleFile)
	if err != nil || !c.Debug || len(c.Warnings) > 0 {
		t.Errorf("as it is: debug %v, %v, %q", c.Debug, err, c.Warnings)
	}
	all := strings.ReplaceAll(dotenvExample(), "\n#", "\n")
	values, _ := parseDotenv(all)
	var table Config
	for _, s := range table.settings() {
		if _, ok := values[s.name]; !ok {
			t.Errorf("%s is missing", s.name)
		}
	}
}

func dotenvExample() string {
	var b strings.Builder
	b.WriteString(`# Settings of E-KOLEK. Copy to .env and take the # off the lines that you change.
# The real environment wins over this file. NAME_FILE=/path may stand for any NAME.
# As it is, this file starts development. Production refuses the examples below;
# "ekolek config" shows what is in force, "ekolek check" what is missing.
`)
	var c Config
	for _, s := range c.settings() {
		if s.group != "" {
			fmt.Fprintf(&b, "\n# ---- %s ----\n", s.group)
		}
		fmt.Fprintf(&b, "\n# %s\n", s.help)
		switch {
		case s.with != "":
			fmt.Fprintf(&b, "# Required in production with %s.\n", s.with)
		case s.required:
			b.WriteString("# Required in production.\n")
		}
		if s.name == "DJANGO_DEBUG" {
			b.WriteString("DJANGO_DEBUG=True\n")
			continue
		}
		value := s.value
		if s.example != "" {
			value = s.example
		}
		fmt.Fprintf(&b, "#%s=%s\n", s.name, value)
	}
	return b.String()
}

func docsTables() string {
	var b strings.Builder
	var c Config
	for _, s := range c.settings() {
		if s.group != "" {
			fmt.Fprintf(&b, "\n### %s\n\n| Variable | Production | Default | Meaning |\n|---|---|---|---|\n", s.group)
		}
		need, value := "optional", ""
		if s.required {
			need = "**required**"
		}
		if s.unless != "" {
			need = "**required** without " + s.unless
		}
		if s.with != "" {
			need = "**required** with " + s.with
		}
		if s.value != "" {
			value = "`" + s.value + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.name, need, value, s.help)
	}
	b.WriteString("\n### Deprecated\n\nAccepted with one warning each.\n\n| Variable | Instead |\n|---|---|\n")
	for _, d := range deprecatedNames {
		fmt.Fprintf(&b, "| `%s` | %s |\n", d.name, d.instead)
	}
	return b.String()
}
