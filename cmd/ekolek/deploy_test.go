package main_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"ekolek/internal/testkit"
)

// settingNames are all that `ekolek config` knows.
func settingNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for line := range strings.Lines(development(t).want(0, "DJANGO_DEBUG", "config").out) {
		name, _, _ := strings.Cut(line, " ")
		names[name] = true
	}
	return names
}

// A platform gives PORT, DATABASE_URL and a public name, and runs the Procfile: one
// deployment is enough to be reached (INC-24, INC-26, INC-27).
func TestProcfileOnAPlatform(t *testing.T) {
	text, err := os.ReadFile("../../Procfile")
	if err != nil {
		t.Fatal(err)
	}
	command, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "web: ")
	if !ok || strings.Contains(command, "\n") {
		t.Fatalf("Procfile: %q", text)
	}
	for _, platform := range []string{"RAILWAY_PUBLIC_DOMAIN", "RENDER_EXTERNAL_HOSTNAME"} {
		t.Run(platform, func(t *testing.T) {
			p := inProduction(t) // for its secrets
			p.env = slices.DeleteFunc(p.env, func(e string) bool {
				name, _, _ := strings.Cut(e, "=")
				return slices.Contains([]string{"DATABASE_URL", "ALLOWED_HOSTS", "SITE_URL", "CSRF_TRUSTED_ORIGINS"}, name)
			})
			port := freePort(t)
			onPostgres := p // it does not serve on the tests' server, which forgets at a power cut
			onPostgres.env = append(slices.Clone(p.env), "DATABASE_URL="+testkit.EmptyPostgresURL(t), platform+"=ekolek-city.example.app")
			onPostgres.want(0, "applied", "migrate", "--noinput")
			p.env = append(p.env, "PORT="+port, "DATABASE_URL=sqlite://"+filepath.Join(p.dir, "data", "platform.sqlite3"), platform+"=ekolek-city.example.app", "PATH="+os.Getenv("PATH"))
			if err := os.Mkdir(filepath.Join(p.dir, "bin"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(binary, filepath.Join(p.dir, "bin", "ekolek")); err != nil {
				t.Fatal(err)
			}
			c := exec.Command("sh", "-c", command)
			var errOut bytes.Buffer
			c.Dir, c.Env, c.Stderr = p.dir, p.env, &errOut
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				_ = c.Process.Signal(syscall.SIGTERM) // the shell has become the program
				if err := c.Wait(); err != nil {
					t.Errorf("did not stop cleanly: %v\n%s", err, errOut.String())
				}
			})
			waitListening(t, "127.0.0.1:"+port)
			r, err := http.NewRequest("GET", "http://127.0.0.1:"+port+"/login/", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = "ekolek-city.example.app"
			r.Header.Set("X-Forwarded-Proto", "https")
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close() // the status is enough
			if res.StatusCode != http.StatusOK {
				t.Errorf("at its public name: %d", res.StatusCode)
			}
		})
	}
}

// filled is deploy/production.env with everything that a city fills in.
func filled(t *testing.T, own map[string]string) []string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/production.env")
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]string{}
	for line := range strings.Lines((program{t, t.TempDir(), nil}).want(0, "", "gen-secret", "--env").out) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		made[name] = value
	}
	names := settingNames(t)
	var env []string
	for _, line := range regexp.MustCompile(`(?m)^[A-Z_0-9]+=.*$`).FindAllString(string(text), -1) {
		name, value, _ := strings.Cut(line, "=")
		if !names[name] {
			t.Errorf("%s is not a setting", name)
		}
		if value == "" {
			value = made[name]
		}
		if given, ok := own[name]; ok {
			value = given
		}
		env = append(env, name+"="+value)
	}
	return env
}

// The template, filled in, is a configuration that production accepts; as it is, it is not.
func TestProductionTemplate(t *testing.T) {
	p := program{t, t.TempDir(), nil}
	p.env = []string{"DATA_DIR=" + filepath.Join(p.dir, "data"), "LOG_DIR=logs"}
	empty := p
	empty.env = append(empty.env, filled(t, map[string]string{"DJANGO_SECRET_KEY": ""})...)
	empty.want(1, "DJANGO_SECRET_KEY is required in production", "check")
	p.env = append(p.env, filled(t, map[string]string{
		"ALLOWED_HOSTS": siteName, "SITE_URL": "https://" + siteName, "CSRF_TRUSTED_ORIGINS": "https://" + siteName,
		"DATABASE_URL": "sqlite://" + filepath.Join(p.dir, "data", "ekolek.sqlite3"), "EMAIL_HOST_USER": "cenro@sanpedro.ph", "EMAIL_HOST_PASSWORD": "bxqn kdtw fplz mvrh",
		"DEFAULT_FROM_EMAIL": "E-KOLEK <cenro@sanpedro.ph>", "SMS_API_TOKEN": "9f3c0a71be52d64809c1",
	})...)
	p.want(0, "applied", "migrate")
	o := p.want(0, "ok", "check")
	if strings.Contains(o.errOut, "warning:") {
		t.Errorf("%s", o.errOut)
	}
	p.wantWith("mangga-sa-bakod-7\n", 0, "made super administrator", "createsuperadmin", "--username=ana.reyes", "--full-name=Ana Reyes", "--password-stdin")
	p.want(0, "", "backup", "make", "--test")
	p.want(0, "ok: ", "ledger", "verify")
	// What is left is said of a program out of a test, and of staff on their first day.
	r := outcomeOf(t, p.run("", "check", "--deploy", "--offline", "--json"))
	for _, f := range r.Findings {
		if f["id"] != "EK.W068" && f["id"] != "EK.E052" {
			t.Errorf("%s: %s (%s)", f["id"], f["what"], f["mend"])
		}
	}
	if len(r.Failed) > 0 {
		t.Errorf("failed: %v", r.Failed)
	}
}

// The seed's testing instructions 1 to 6, in an empty folder, with our commands.
func TestTheSeedsTestingInstructions(t *testing.T) {
	p := program{t, t.TempDir(), []string{"HOME=/nonexistent"}}
	dotenv := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(p.dir, ".env"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dotenv("DJANGO_DEBUG=True\n")
	p.want(0, "applied", "migrate")
	p.want(0, "ok", "check")                                            // 1
	p.want(0, "nothing to migrate", "migrate", "--check")               // 2
	p.want(0, "nothing was", "collectstatic", "--dry-run", "--noinput") // 3
	o := p.want(0, "DJANGO_DEBUG", "config")                            // 4
	if !regexp.MustCompile(`DJANGO_SECRET_KEY +\[hidden\]`).MatchString(o.out) || !regexp.MustCompile(`DATABASE_URL +sqlite:`).MatchString(o.out) {
		t.Errorf("settings:\n%s", o.out)
	}
	url := p.serve("runserver", "127.0.0.1:0") // 5
	get(t, url+"/", http.StatusOK, "E-KOLEK")
	p.want(0, "landing page", "smoke", url)

	secrets := p.want(0, "", "gen-secret", "--env", "DJANGO_SECRET_KEY", "FIELD_ENCRYPTION_KEY", "BACKUP_ENCRYPTION_KEY").out // 6
	staging := strings.Join([]string{"DJANGO_DEBUG=False", "ALLOWED_HOSTS=" + siteName, "CSRF_TRUSTED_ORIGINS=https://" + siteName, "SITE_URL=https://" + siteName,
		"TRUSTED_PROXIES=127.0.0.1", "DATA_DIR=" + filepath.Join(p.dir, "staging"),
		"DATABASE_URL=sqlite://" + filepath.Join(p.dir, "staging", "ekolek.sqlite3"),
		"EMAIL_HOST_USER=cenro@sanpedro.ph", "EMAIL_HOST_PASSWORD=bxqn kdtw fplz mvrh", "SMS_API_TOKEN=9f3c0a71be52d64809c1", secrets}, "\n")
	dotenv(staging)
	p.want(0, "applied", "migrate")
	p.want(0, "ok", "check")
	p.want(2, "run `ekolek serve`", "runserver")
	for _, id := range ids(outcomeOf(t, p.run("", "check", "--deploy", "--offline", "--json")).Findings) {
		if id != "EK.W068" && id != "EK.E052" && id != "EK.W047" { // out of a test; nobody hired yet; no night yet
			t.Errorf("staging is not fit: %s", id)
		}
	}
	f := newFront(t, p.serve("serve", "--addr", "127.0.0.1:0"))
	behindGo(t, p, f)
	p.want(0, "residents sign in", "smoke", "https://"+siteName, "--ca", f.cert, "--connect", "127.0.0.1:"+f.https, "--connect-http", "127.0.0.1:"+f.http)
	for _, name := range []string{"ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS"} { // what the seed says that production cannot be without
		dotenv(regexp.MustCompile(`(?m)^`+name+`=.*\n`).ReplaceAllString(staging, ""))
		p.want(1, name+" is required in production", "check")
		p.want(2, name+" is required in production", "serve")
	}
}

// The units say what systemd understands, and shut the service in.
func TestUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here")
	}
	units, err := filepath.Glob("../../deploy/systemd/*.[st]*[er]*")
	if err != nil || len(units) < 4 {
		t.Fatal(units, err)
	}
	dir := t.TempDir()
	for _, unit := range units {
		text, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		here := strings.NewReplacer("/usr/local/bin/ekolek", binary, "/usr/bin/rsync", binary).Replace(string(text))
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(unit)), []byte(here), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, unit := range units {
		name := strings.Replace(filepath.Base(unit), "@.", "@8001.", 1)
		if strings.HasSuffix(name, ".sysusers") {
			continue
		}
		c := exec.Command(analyze, "verify", "--man=no", filepath.Join(dir, name))
		if name == "ekolek@8001.service" {
			c = exec.Command(analyze, "verify", "--man=no", filepath.Join(dir, "ekolek@.service"))
		}
		if out, err := c.CombinedOutput(); err != nil || strings.Contains(string(out), dir) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	for _, unit := range []string{"ekolek.service", "ekolek@.service"} {
		c := exec.Command(analyze, "security", "--no-pager", "--offline=true", "--threshold=20", filepath.Join(dir, unit))
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s is exposed: %v\n%s", unit, err, out)
		}
	}
}

// The compose file names settings and secrets that exist, and publishes only the proxy.
func TestComposeFile(t *testing.T) {
	data, err := os.ReadFile("../../deploy/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	names := settingNames(t)
	for _, m := range regexp.MustCompile(`(?m)^ +((?:DJANGO|ALLOWED|SITE|CSRF|TRUSTED|DB|CACHE|EMAIL|SMS|FIELD|BACKUP)_[A-Z_]+): `).FindAllStringSubmatch(text, -1) {
		if !names[strings.TrimSuffix(m[1], "_FILE")] {
			t.Errorf("%s is not a setting", m[1])
		}
	}
	declared := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z_]+): \{file: ./secrets/([a-z_]+)\}$`).FindAllStringSubmatch(text, -1) {
		declared[m[1]] = m[1] == m[2]
	}
	for _, m := range regexp.MustCompile(`/run/secrets/([a-z_]+)`).FindAllStringSubmatch(text, -1) {
		if !declared[m[1]] {
			t.Errorf("secret %s is not declared", m[1])
		}
	}
	if strings.Count(text, "ports:") != 1 || len(declared) < 7 {
		t.Errorf("%d services publish ports, %d secrets", strings.Count(text, "ports:"), len(declared))
	}
	for _, file := range []string{"Containerfile", "Caddyfile.compose", "postgres/roles.sh"} {
		if _, err := os.Stat(filepath.Join("../../deploy", file)); err != nil || !strings.Contains(text, file) {
			t.Errorf("%s: %v", file, err)
		}
	}
	// The two Caddy files differ in names alone.
	one, two := readDeploy(t, "Caddyfile"), readDeploy(t, "Caddyfile.compose")
	body := func(s string) string { return s[strings.Index(s, "\n{\n"):] }
	want := strings.NewReplacer("ekolek.example.gov.ph", "{$SITE}", "127.0.0.1:8000", "172.31.250.10:8000").Replace(body(one))
	if want != body(two) {
		t.Error("Caddyfile.compose is not Caddyfile with the names of compose.yaml")
	}
}

func readDeploy(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
