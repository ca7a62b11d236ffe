package main_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "ekolek-cmd-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "ekolek")
	build := exec.Command("../../scripts/build", binary) // as it goes out
	build.Stderr = os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	_ = os.RemoveAll(dir) // the exit code matters more
	os.Exit(code)
}

// program runs the binary in a folder of its own, with an environment of its own.
type program struct {
	t   *testing.T
	dir string
	env []string
}

func development(t *testing.T) program {
	return program{t, t.TempDir(), []string{"DJANGO_DEBUG=True", "LOG_DIR=-", "HOME=/nonexistent"}}
}

type outcome struct {
	code        int
	out, errOut string
}

func (o outcome) all() string { return o.out + o.errOut }

func (p program) command(args ...string) *exec.Cmd {
	c := exec.Command(binary, args...) // not with the test's context: that kills before Cleanup can stop it
	c.Dir, c.Env = p.dir, p.env
	return c
}

func (p program) run(stdin string, args ...string) outcome {
	p.t.Helper()
	var out, errOut bytes.Buffer
	c := p.command(args...)
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), &out, &errOut
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatalf("%v: %v", args, err)
	}
	return outcome{c.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// want runs a command and expects its exit code and words in what it prints.
func (p program) want(code int, words string, args ...string) outcome {
	p.t.Helper()
	return p.wantWith("", code, words, args...)
}

func (p program) wantWith(stdin string, code int, words string, args ...string) outcome {
	p.t.Helper()
	o := p.run(stdin, args...)
	if o.code != code || !strings.Contains(o.all(), words) {
		p.t.Errorf("ekolek %s: exit code %d, want %d with %q\nout: %s\nerr: %s", strings.Join(args, " "), o.code, code, words, o.out, o.errOut)
	}
	return o
}

// serve starts a server and gives its address; it is stopped with the test, and has
// to stop cleanly.
func (p program) serve(args ...string) string {
	p.t.Helper()
	return p.start(p.command(args...))
}

// answersOn finds the address in development's words or in production's log.
var answersOn = regexp.MustCompile(`http://([^\s"/]+)`)

func (p program) start(c *exec.Cmd) string {
	p.t.Helper()
	out, err := c.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	var errOut bytes.Buffer
	c.Stderr = &errOut
	if err := c.Start(); err != nil {
		p.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	addr := ""
	for addr == "" && lines.Scan() {
		if m := answersOn.FindStringSubmatch(lines.Text()); m != nil {
			addr = m[1]
		}
	}
	if addr == "" {
		p.t.Fatalf("no address printed: %v\n%s", c.Wait(), errOut.String())
	}
	go io.Copy(io.Discard, out) //nolint:errcheck // ends with the program
	p.t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM) // Wait tells
		if err := c.Wait(); err != nil {
			p.t.Errorf("did not stop cleanly: %v\n%s", err, errOut.String())
		}
	})
	return "http://" + addr
}

func TestFromNothingToServing(t *testing.T) {
	p := development(t)
	p.want(1, "run `ekolek migrate`", "check")
	p.want(1, "run `ekolek migrate`", "migrate", "--check")
	p.want(2, "run `ekolek migrate`", "serve", "--addr", "127.0.0.1:0")
	p.want(0, "applied 0001_db.sql", "migrate")
	p.want(0, "nothing to migrate", "migrate")
	p.want(0, "nothing to migrate", "migrate", "--check")
	p.want(0, "ok:", "check")
	url := p.serve("serve", "--addr", "127.0.0.1:0")
	get(t, url+"/healthz", http.StatusOK, "ok")
}

func TestSuperAdmin(t *testing.T) {
	p := development(t)
	p.want(2, "run `ekolek migrate`", "createsuperadmin", "--username=ana", "--full-name=Ana", "--password-stdin")
	p.want(0, "applied", "migrate")
	flags := []string{"createsuperadmin", "--username=ana.reyes", "--full-name=Ana Reyes", "--password-stdin"}
	for _, tt := range []struct {
		stdin, words string
		code         int
	}{
		{"short\n", "password: ", 2},
		{"ana.reyes.ana\n", "password: ", 2},
		{"n33dle-mangga-sa-bakod\n", "made super administrator ana.reyes", 0},
		{"n33dle-mangga-sa-bakod\n", "username: ", 2},
	} {
		o := p.wantWith(tt.stdin, tt.code, tt.words, flags...)
		if strings.Contains(o.all(), "n33dle") || strings.Contains(o.errOut, "error.") {
			t.Errorf("a secret or a bare key shows: %s%s", o.out, o.errOut)
		}
	}
	p.want(2, "--password-stdin", "createsuperadmin", "--username=ben", "--full-name=Ben")
	p.wantWith("", 2, "--username and --full-name", "createsuperadmin", "--password-stdin")
	p.want(0, "ok: 0 accounts", "ledger", "verify")
}

func TestDemo(t *testing.T) {
	p := development(t)
	url := p.serve("demo", "--addr", "127.0.0.1:0")
	get(t, url+"/healthz", http.StatusOK, "ok")
	p.env = append(p.env, "DATABASE_URL=sqlite://"+p.dir+"/var/demo.sqlite3")
	p.want(0, "ok: ", "ledger", "verify")
	production := program{t, p.dir, []string{"DJANGO_DEBUG=False", "LOG_DIR=-"}}
	production.want(2, "does not run with DJANGO_DEBUG=False", "demo")
}

// Without staff a token is printed, and it is in no log.
func TestServePrintsTheSetupTokenOnce(t *testing.T) {
	p := development(t)
	p.env = append(p.env, "LOG_DIR=logs")
	p.want(0, "applied", "migrate")
	c := p.command("serve", "--addr", "127.0.0.1:0")
	var errOut bytes.Buffer
	c.Stderr = &errOut
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	token := ""
	for lines := bufio.NewScanner(out); token == "" && lines.Scan(); {
		if line, ok := strings.CutPrefix(lines.Text(), "  "); ok {
			token = line
		}
	}
	if err := errors.Join(c.Process.Signal(syscall.SIGTERM), c.Wait()); err != nil {
		t.Errorf("did not stop cleanly: %v\n%s", err, errOut.String())
	}
	log, err := os.ReadFile(filepath.Join(p.dir, "logs", "app.log"))
	if err != nil || !strings.Contains(string(log), "serving") {
		t.Errorf("log: %q, %v", log, err)
	}
	if len(token) < 32 || strings.Contains(errOut.String()+string(log), token) {
		t.Errorf("token %q; logs:\n%s%s", token, errOut.String(), log)
	}
}

// The budget of the program: its size on the disk, and in memory while nobody asks.
func TestBudget(t *testing.T) {
	const disk, memory = 40_000_000, 60_000_000 // bytes
	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > disk {
		t.Errorf("the program has %d bytes, more than %d", info.Size(), disk)
	}
	p := development(t)
	p.want(0, "applied", "migrate")
	start := time.Now()
	c := p.command("serve", "--addr", "127.0.0.1:0")
	url := p.start(c)
	get(t, url+"/healthz", http.StatusOK, "ok")
	t.Logf("%d bytes, first answer after %v", info.Size(), time.Since(start))
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Process.Pid))
	if err != nil {
		t.Skipf("no /proc here: %v", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kb int64
	if _, err := fmt.Sscanf(rest, "%d kB", &kb); err != nil || kb*1024 > memory {
		t.Errorf("%d kB resident, %v; at most %d", kb, err, memory/1024)
	}
}

func TestProductionRefusalListsEverything(t *testing.T) {
	p := program{t, t.TempDir(), []string{"LOG_DIR=-", "DJANGO_SECRET_KEY=n33dle-short", "DB_PASSWORD=n33dle"}}
	for _, tt := range []struct {
		args []string
		code int
	}{{[]string{"serve"}, 2}, {[]string{"migrate"}, 2}, {[]string{"check"}, 1}, {[]string{"config"}, 1}} {
		o := p.run("", tt.args...)
		if o.code != tt.code {
			t.Errorf("%v: exit code %d, want %d", tt.args, o.code, tt.code)
		}
		for _, name := range []string{"DJANGO_SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_HOST", "DB_PORT",
			"CSRF_TRUSTED_ORIGINS", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "SMS_API_TOKEN"} {
			if !strings.Contains(o.all(), " "+name+" ") { // check tells it as a finding
				t.Errorf("%v does not name %s:\n%s", tt.args, name, o.all())
			}
		}
		if strings.Contains(o.all(), "n33dle") {
			t.Errorf("%v shows a secret:\n%s%s", tt.args, o.out, o.errOut)
		}
	}
}

// A whole production environment: it starts, answers, and shows no secret anywhere.
func TestProductionServes(t *testing.T) {
	p := program{t, t.TempDir(), nil}
	secrets := map[string]string{
		"DJANGO_SECRET_KEY": "n33dle-Yw3vLw_8sKx2mTn5pYb7cHd4fGj6aEu1iOo0RTzQfVbX9kP", "FIELD_ENCRYPTION_KEY": "n33dle-Jf7gLw_8sKx2mTn5pYb7cHd4fG",
		"EMAIL_HOST_PASSWORD": "n33dle-abcdefgh", "SMS_API_TOKEN": "n33dle-9f3c0a71be52",
	}
	p.env = []string{"DATABASE_URL=sqlite://" + filepath.Join(p.dir, "ekolek.sqlite3"), "ALLOWED_HOSTS=ekolek.sanpedro.ph", "SITE_URL=https://ekolek.sanpedro.ph",
		"CSRF_TRUSTED_ORIGINS=https://ekolek.sanpedro.ph", "EMAIL_HOST_USER=cenro@sanpedro.ph", "LOG_DIR=logs", "TRUSTED_PROXIES=127.0.0.1"}
	for name, value := range secrets {
		p.env = append(p.env, name+"="+value)
	}
	shown := p.want(0, "applied", "migrate").all() + p.want(0, "[hidden]", "config").all() + p.want(0, "ok:", "check").all()
	url := p.serve("serve", "--addr", "127.0.0.1:0")
	get(t, url+"/healthz", http.StatusOK, "ok")
	if log, err := os.ReadFile(filepath.Join(p.dir, "logs", "app.log")); err != nil || !strings.Contains(string(log), `"msg":"serving"`) {
		t.Errorf("log in production is JSON: %q, %v", log, err)
	} else {
		shown += string(log)
	}
	if strings.Contains(shown, "n33dle") {
		t.Errorf("a secret shows:\n%s", shown)
	}
}

// What a former system left is told first and written when asked to.
func TestImport(t *testing.T) {
	p := development(t)
	dump, err := filepath.Abs("../../internal/djangodb/testdata/odd.sql")
	if err != nil {
		t.Fatal(err)
	}
	p.want(0, "applied", "migrate")
	p.want(0, "Nothing was written", "import", "django", "--dump", dump)
	p.want(0, "ok: 0 accounts", "ledger", "verify")
	if o := p.want(0, "Brought over", "import", "django", "--dump", dump, "--apply"); !strings.Contains(o.errOut, "Bigas 1kg has no picture yet") {
		t.Errorf("nobody is told of the picture: %s", o.errOut)
	}
	pictures := filepath.Join(p.dir, "old-media", "reward_images")
	if err := errors.Join(os.MkdirAll(pictures, 0o700), os.WriteFile(filepath.Join(pictures, "bigas.png"), []byte(pixel), 0o600)); err != nil {
		t.Fatal(err)
	}
	p.want(0, "1 of 1 rewards are given their picture", "files", "import", filepath.Dir(pictures), "--apply")
	p.want(0, "everything is here already", "import", "django", "--dump", dump, "--apply")
	if o := p.want(0, "ok: ", "ledger", "verify"); strings.Contains(o.out, "ok: 0 accounts") {
		t.Errorf("nothing came over: %s", o.out)
	}
	p.want(2, "--dump=FILE or --database-url=URL", "import", "django")
	p.want(2, "no such file", "import", "django", "--dump", "/nowhere.sql")
	o := p.want(2, "read PostgreSQL", "import", "django", "--database-url", "postgres://ekolek:n33dle@127.0.0.1:1/x")
	if strings.Contains(o.all(), "n33dle") {
		t.Errorf("a secret shows: %s", o.all())
	}
}

func TestEndSignIns(t *testing.T) {
	p := development(t)
	p.want(2, "run `ekolek migrate`", "end-sign-ins")
	p.want(0, "applied", "migrate")
	p.want(0, "0 sessions and 0 phone apps would be ended", "end-sign-ins")
	p.want(0, "Ended 0 sessions", "end-sign-ins", "--apply")
}

func TestConfigMasksSecrets(t *testing.T) {
	p := development(t)
	p.env = append(p.env, "DJANGO_SECRET_KEY=n33dle", "SMS_API_TOKEN=n33dle", "DATABASE_URL=postgres://ekolek:n33dle@127.0.0.1:1/ekolek")
	o := p.want(0, "postgres://ekolek:[hidden]@127.0.0.1:1/ekolek", "config")
	failed := p.want(1, "EK.E040 error: the database cannot be reached", "check")
	if strings.Contains(o.all()+failed.all(), "n33dle") {
		t.Errorf("a secret shows:\n%s%s%s", o.out, o.errOut, failed.errOut)
	}
}

func TestHelpAndMistakes(t *testing.T) {
	p := development(t)
	for _, command := range []string{"", "serve", "demo", "migrate", "check", "config", "createsuperadmin", "test-send", "ledger", "ledger verify", "import", "import django",
		"runserver", "showmigrations", "collectstatic", "gen-secret", "version", "smoke", "healthcheck"} {
		p.want(0, "Usage: ekolek", append(strings.Fields(command), "--help")...)
	}
	p.want(2, "unexpected argument", "nonsense")
	p.want(2, "unknown flag", "serve", "--nonsense")
}

// get expects a status and words in the body.
func get(t *testing.T, url string, status int, words string) {
	t.Helper()
	client := http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status || !strings.Contains(string(body), words) {
		t.Errorf("GET %s: %d, %v; want %d with %q\n%.500s", url, res.StatusCode, err, status, words, body)
	}
}
