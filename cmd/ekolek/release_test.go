package main_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestGenSecret(t *testing.T) {
	p := program{t, t.TempDir(), nil} // before there is any configuration
	value := regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{63}$`)
	seen := map[string]bool{}
	for range 3 {
		v := strings.TrimSpace(p.want(0, "", "gen-secret").out)
		if !value.MatchString(v) || seen[v] {
			t.Errorf("secret %q", v)
		}
		seen[v] = true
	}
	o := p.want(0, "FIELD_ENCRYPTION_KEY=", "gen-secret", "--env")
	for line := range strings.Lines(o.out) {
		name, v, _ := strings.Cut(strings.TrimSpace(line), "=")
		if !strings.Contains(name, "_") || !value.MatchString(v) || seen[v] {
			t.Errorf("line %q", line)
		}
		seen[v] = true
	}
	if o := p.want(0, "DJANGO_SECRET_KEY=", "gen-secret", "--env", "DJANGO_SECRET_KEY"); strings.Count(o.out, "\n") != 1 {
		t.Errorf("one was asked for: %s", o.out)
	}
	p.want(2, "no secret that you make yourself", "gen-secret", "SMS_API_TOKEN")
}

func TestGenSecretNeverReplacesAFile(t *testing.T) {
	p := program{t, t.TempDir(), nil}
	p.want(0, "made ", "gen-secret", "--to", "secrets")
	file := filepath.Join(p.dir, "secrets", "django_secret_key")
	before, err := os.ReadFile(file)
	if err != nil || len(before) != 65 {
		t.Fatalf("%q, %v", before, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	p.want(0, "kept ", "gen-secret", "--to", "secrets")
	if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
		t.Errorf("replaced: %v", err)
	}
}

func TestCollectstatic(t *testing.T) {
	p := program{t, t.TempDir(), nil} // needs no configuration, and no database
	p.want(0, "would write manifest.json (missing)", "collectstatic", "--dry-run", "--noinput")
	p.want(1, "missing: manifest.json", "collectstatic", "--check")
	if left, err := os.ReadDir(p.dir); err != nil || len(left) != 0 {
		t.Errorf("looking left %v, %v", left, err)
	}
	p.want(0, "files written to ", "collectstatic", "--no-input")
	p.want(0, "ok: ", "collectstatic", "--check")
	p.want(0, "0 files would be written", "collectstatic", "--dry-run")
	p.want(0, "0 files written", "collectstatic", "--to", "staticfiles")
	if err := os.WriteFile(filepath.Join(p.dir, "staticfiles", "manifest.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	p.want(1, "different: manifest.json", "collectstatic", "--check", "--to=staticfiles")
	p.want(2, "not a directory", "collectstatic", "--to", "staticfiles/manifest.json")
}

func TestMigratePlan(t *testing.T) {
	p := development(t)
	o := p.want(0, "nothing was changed", "migrate", "--plan")
	if first, _, _ := strings.Cut(o.out, "\n"); first != "would apply 0001_db.sql" {
		t.Errorf("first %q", first)
	}
	p.want(0, "[ ] 0001_db.sql", "showmigrations")
	p.want(1, "run `ekolek migrate`", "migrate", "--check")
	p.want(2, "can't be used together", "migrate", "--plan", "--check")
	p.want(0, "applied 0001_db.sql", "migrate", "--noinput")
	p.want(0, "nothing to migrate", "migrate", "--plan")
	p.want(0, "[X] 0001_db.sql", "showmigrations")
}

func TestRunserver(t *testing.T) {
	p := development(t)
	p.want(2, "run `ekolek migrate`", "runserver", "0")
	p.want(0, "applied", "migrate")
	get(t, p.serve("runserver", "0")+"/healthz", 200, "ok")
	get(t, p.serve("runserver", "127.0.0.1:0")+"/healthz", 200, "ok")
	p.want(2, "give PORT or HOST:PORT", "runserver", "there")
	for _, env := range [][]string{nil, {"DJANGO_DEBUG=False"}} {
		production := program{t, p.dir, env}
		production.want(2, "run `ekolek serve`", "runserver")
	}
}

func TestVersionAndBillOfMaterials(t *testing.T) {
	p := program{t, t.TempDir(), nil}
	p.want(0, "commit ", "version")
	var v map[string]any
	if o := p.want(0, "{", "version", "--json"); json.Unmarshal([]byte(o.out), &v) != nil || v["go"] == "" || v["platform"] == "/" {
		t.Errorf("%s", o.out)
	}
	first := p.want(0, "CycloneDX", "version", "--sbom").out
	if again := p.want(0, "CycloneDX", "version", "--sbom").out; again != first {
		t.Error("one program, two bills of materials")
	}
	said := filepath.Join(p.dir, "build.json")
	out, err := exec.Command("go", "version", "-m", "-json", binary).Output()
	if err != nil || os.WriteFile(said, out, 0o600) != nil {
		t.Fatal(err)
	}
	if other := p.want(0, "CycloneDX", "version", "--sbom", "--of", said).out; other != first {
		t.Error("asked through a file, the program names other materials")
	}
	p.want(2, "is not what go version", "version", "--sbom", "--of", binary)
	var doc struct {
		SpecVersion, SerialNumber string
		Components                []struct{ Type, Name, Version, PURL string }
	}
	if err := json.Unmarshal([]byte(first), &doc); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, c := range doc.Components {
		if c.Type != "library" || c.Version == "" || !strings.HasPrefix(c.PURL, "pkg:") || listed[c.Name] {
			t.Errorf("component %+v", c)
		}
		listed[c.Name] = true
		if strings.HasPrefix(c.PURL, "pkg:golang/") && c.Name != "std" && !strings.Contains(string(mod), c.Name+" "+c.Version) {
			t.Errorf("%s %s is not what go.mod says", c.Name, c.Version)
		}
	}
	for _, name := range []string{"std", "modernc.org/sqlite", "github.com/jackc/pgx/v5", "github.com/a-h/templ", "zxing-wasm"} {
		if !listed[name] {
			t.Errorf("%s is missing", name)
		}
	}
}

// INC-33: names that people know from the former system lead to ours.
func TestOldNamesAreHinted(t *testing.T) {
	p := development(t)
	for args, words := range map[string]string{
		"createsuperuser":              "ekolek createsuperadmin",
		"createsuperuser --username x": "ekolek createsuperadmin",
		"celery -A eko worker":         "ekolek serve",
		"shell":                        "ekolek config",
		"sendtestemail a@b.ph":         "ekolek test-send",
		"manage.py check":              "ekolek check",
	} {
		p.want(2, words, strings.Fields(args)...)
	}
}
