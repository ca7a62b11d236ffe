package main_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// container plays deploy/Containerfile without an engine: the steps of its first stage run
// in a clean folder, with the folder's names in place of the image's; what its last stage
// copies becomes a root of its own.
type container struct {
	t        *testing.T
	src, out string // the image's /src and /out
	root     string // the final image
	env      []string
	user     string
	start    []string // ENTRYPOINT and CMD
	health   []string // of HEALTHCHECK
}

// TestContainerfile builds what the container file builds and runs it as it says: alone
// in its root, as a user without rights, and asked for its health by itself.
func TestContainerfile(t *testing.T) {
	b := container{t: t, src: t.TempDir(), out: t.TempDir(), root: t.TempDir()}
	text, err := os.ReadFile("../../deploy/Containerfile")
	if err != nil {
		t.Fatal(err)
	}
	build, final := stages(t, string(text))
	b.build(build)
	b.assemble(final)
	if entries, err := os.ReadDir(b.root); err != nil || len(entries) != 4 { // data, ekolek, etc, tmp
		t.Errorf("in the image: %v, %v", entries, err)
	}
	if b.user != "65532:65532" || strings.Join(b.start, " ") != "/ekolek serve" || strings.Join(b.health, " ") != "/ekolek healthcheck" {
		t.Errorf("user %s, start %v, health %v", b.user, b.start, b.health)
	}
	b.sameAsElsewhere()
	b.serve()
}

// stages are the instructions of the first stage and of the last one.
func stages(t *testing.T, text string) (build, final []string) {
	t.Helper()
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^go (\S+)$`).FindSubmatch(mod)
	text = regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(text, "")
	parts := regexp.MustCompile(`(?m)^FROM `).Split(strings.ReplaceAll(text, "\\\n", ""), -1)
	if len(parts) < 3 || !strings.HasPrefix(parts[1], "golang:"+string(version[1])+"-") || !strings.HasPrefix(parts[len(parts)-1], "scratch\n") {
		t.Fatalf("stages: %q", parts)
	}
	lines := func(s string) []string { return strings.Split(strings.TrimSpace(s), "\n")[1:] }
	return lines(parts[1]), lines(parts[len(parts)-1])
}

func (b *container) build(lines []string) {
	b.t.Helper()
	here := strings.NewReplacer("/out", b.out, "/src", b.src, "$TARGETOS", "linux", "$TARGETARCH", goarch(b.t))
	for _, line := range lines {
		instruction, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch instruction {
		case "ENV":
			b.env = append(b.env, strings.Fields(rest)...)
		case "COPY":
			b.copySource(strings.Fields(rest))
		case "RUN":
			c := exec.Command("sh", "-c", here.Replace(rest))
			c.Dir, c.Env = b.src, append(os.Environ(), b.env...)
			if out, err := c.CombinedOutput(); err != nil {
				b.t.Fatalf("RUN %s: %v\n%s", rest, err, out)
			}
		case "WORKDIR", "ARG", "":
		default:
			b.t.Errorf("instruction not played: %s", line)
		}
	}
}

func goarch(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOARCH").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// copySource copies from the checkout what git knows, which .dockerignore is about.
func (b *container) copySource(names []string) {
	b.t.Helper()
	names = names[:len(names)-1]
	args := append([]string{"-C", "../..", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"}, names...)
	out, err := exec.Command("git", args...).Output()
	if err != nil {
		b.t.Skip("not a checkout: " + err.Error())
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		copyFile(b.t, filepath.Join("../..", name), filepath.Join(b.src, name))
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if errors.Is(err, fs.ErrNotExist) { // removed, and not committed yet
		return
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(from)
	}
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.WriteFile(to, data, info.Mode().Perm())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// assemble makes the root of the last stage.
func (b *container) assemble(lines []string) {
	b.t.Helper()
	b.env = nil
	for _, line := range lines {
		instruction, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		words := strings.Fields(rest)
		switch instruction {
		case "COPY":
			from, to := words[len(words)-2], words[len(words)-1]
			c := exec.Command("cp", "-a", strings.Replace(from, "/out", b.out, 1), filepath.Join(b.root, to))
			if out, err := c.CombinedOutput(); err != nil {
				b.t.Fatalf("%s: %v\n%s", line, err, out)
			}
			if strings.Contains(rest, "--chown=65532:65532") && os.Getuid() == 0 {
				if err := os.Chown(filepath.Join(b.root, to), 65532, 65532); err != nil {
					b.t.Fatal(err)
				}
			}
		case "ENV":
			b.env = append(b.env, words...)
		case "USER":
			b.user = rest
		case "ENTRYPOINT", "CMD":
			b.start = append(b.start, list(rest)...)
		case "HEALTHCHECK":
			_, command, _ := strings.Cut(rest, "CMD ")
			b.health = list(command)
		}
	}
}

// list reads ["a", "b"].
func list(s string) (out []string) {
	for _, m := range regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(s, -1) {
		out = append(out, m[1])
	}
	return out
}

// sameAsElsewhere: another folder, another time, the same bytes.
func (b *container) sameAsElsewhere() {
	b.t.Helper()
	elsewhere := filepath.Join(b.t.TempDir(), "a", "longer", "way", "down")
	if err := os.MkdirAll(filepath.Dir(elsewhere), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if out, err := exec.Command("cp", "-a", b.src, elsewhere).CombinedOutput(); err != nil {
		b.t.Fatalf("%v\n%s", err, out)
	}
	again := filepath.Join(b.t.TempDir(), "again")
	c := exec.Command(filepath.Join(elsewhere, "scripts/build"), again)
	if out, err := c.CombinedOutput(); err != nil {
		b.t.Fatalf("%v\n%s", err, out)
	}
	first, err := os.ReadFile(filepath.Join(b.out, "ekolek"))
	if err != nil {
		b.t.Fatal(err)
	}
	second, err := os.ReadFile(again)
	if err != nil {
		b.t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		b.t.Errorf("two builds of one source differ: %d and %d bytes", len(first), len(second))
	}
	for _, trace := range []string{b.src, elsewhere} {
		if bytes.Contains(first, []byte(trace)) {
			b.t.Errorf("the program knows where it was built: %s", trace)
		}
	}
}

// command runs the image's program as the engine would. Only root may change the root;
// others run the same file with the same settings.
func (b *container) command(args []string, env ...string) *exec.Cmd {
	program, dir := args[0], "/data"
	c := exec.Command(program)
	c.SysProcAttr = &syscall.SysProcAttr{Chroot: b.root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
	if os.Getuid() != 0 {
		c.Path, dir = filepath.Join(b.root, program), filepath.Join(b.root, dir)
		c.SysProcAttr = nil
		env = append(env, "DATA_DIR="+dir)
	}
	c.Args, c.Dir, c.Env = args, dir, append(b.env[:len(b.env):len(b.env)], env...)
	return c
}

func (b *container) serve() {
	b.t.Helper()
	port := freePort(b.t)
	p := inProduction(b.t) // for its settings
	env := []string{"PORT=" + port}
	for _, e := range p.env {
		if name, _, _ := strings.Cut(e, "="); name != "DATABASE_URL" && name != "DATA_DIR" && name != "LOG_DIR" {
			env = append(env, e)
		}
	}
	if os.Getuid() == 0 {
		env = append(env, "DATABASE_URL=sqlite:///data/ekolek.sqlite3")
	} else {
		env = append(env, "DATABASE_URL=sqlite://"+filepath.Join(b.root, "data", "ekolek.sqlite3"))
	}
	if out, err := b.command([]string{b.start[0], "migrate", "--noinput"}, env...).CombinedOutput(); err != nil {
		b.t.Fatalf("migrate: %v\n%s", err, out)
	}
	if err := b.command(b.health, env...).Run(); err == nil {
		b.t.Error("it is well before it runs")
	}
	c := b.command(b.start, env...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = io.Discard, &out
	if err := c.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM) // as STOPSIGNAL says; Wait tells
		if err := c.Wait(); err != nil {
			b.t.Errorf("did not stop cleanly: %v\n%s", err, out.String())
		}
	})
	waitListening(b.t, "127.0.0.1:"+port)
	if text, err := b.command(b.health, env...).CombinedOutput(); err != nil {
		b.t.Errorf("health: %v\n%s", err, text)
	}
	get(b.t, "http://127.0.0.1:"+port+"/healthz", http.StatusOK, "ok")
	var outside []string
	err := filepath.WalkDir(b.root, func(name string, d fs.DirEntry, err error) error {
		if below, _ := filepath.Rel(b.root, name); err == nil && !d.IsDir() && !strings.HasPrefix(below, "data/") && !strings.HasPrefix(below, "etc/") && below != path.Base(b.start[0]) {
			outside = append(outside, below)
		}
		return err
	})
	if err != nil || len(outside) > 0 {
		b.t.Errorf("written outside of /data, which a read-only root refuses: %v, %v", outside, err)
	}
}

func waitListening(t *testing.T, addr string) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		if conn, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
			_ = conn.Close() // only whether it opens counts
			return
		}
		select {
		case <-deadline:
			t.Fatalf("nothing listens on %s", addr)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
