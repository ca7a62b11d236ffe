package auth_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/testkit"
)

// childEnv has the database of a test that runs in several processes, and what the
// children do there.
const childEnv = "EKOLEK_TEST_CHILD"

// outcome counts what became of a child's tries.
type outcome struct{ opened, wrong, refused, sent int64 }

func (o outcome) String() string {
	return fmt.Sprintf("outcome %d %d %d %d", o.opened, o.wrong, o.refused, o.sent)
}

// TestChild is one of the processes of TestCodesInThreeProcesses and
// TestFlowsInThreeProcesses; by itself it does nothing.
func TestChild(t *testing.T) {
	job := os.Getenv(childEnv)
	if job == "" {
		t.Skip("only as a child of another test")
	}
	if strings.HasPrefix(job, "{") {
		flowChild(t, job)
		return
	}
	what, rest, _ := strings.Cut(job, " ")
	code, url, _ := strings.Cut(rest, " ")
	d, err := db.Open(t.Context(), db.Options{URL: url, MaxConns: 8})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	w := testkit.NewEmptyWorld(t, d)
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	fmt.Println(tryAtOnce(t, w, what, code))
}

func tryAtOnce(t *testing.T, w *testkit.World, what, code string) outcome {
	c := texted(phone, "s")
	var opened, wrong, refused, sent atomic.Int64
	var wg sync.WaitGroup
	for i := range 334 {
		wg.Go(func() {
			act := func() error {
				switch what {
				case "right":
					return take(t, w, c, code)
				case "wrong":
					return take(t, w, c, another(code, i))
				}
				err := w.Auth.SendCode(t.Context(), from(asker), c)
				if err == nil {
					sent.Add(1)
				}
				return err
			}
			err := act()
			for errs.KindOf(err) == errs.Unavailable && t.Context().Err() == nil {
				err = act() // the line for a connection was long: who is told to come again does
			}
			switch {
			case err == nil:
				opened.Add(1)
			case errors.Is(err, auth.ErrCodeWrong):
				wrong.Add(1)
			case errors.Is(err, auth.ErrCodeTries), errors.Is(err, auth.ErrCodeTooSoon):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	return outcome{opened.Load(), wrong.Load(), refused.Load(), sent.Load()}
}

// Three processes on one database: a thousand right codes open once, of a thousand wrong
// ones three are judged, and a thousand sends send one.
func TestCodesInThreeProcesses(t *testing.T) {
	for _, what := range []string{"right", "wrong", "send"} {
		t.Run(what, func(t *testing.T) {
			url := testkit.PostgresURL(t)
			d, err := db.Open(t.Context(), db.Options{URL: url, MaxConns: 2})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			w := testkit.NewEmptyWorld(t, d)
			code := "000000"
			if what != "send" {
				code = send(t, w, texted(phone, "s"))
			}
			sum := inProcesses(t, 3, what+" "+code+" "+url)
			switch {
			case what == "right" && sum.opened != 1, what == "wrong" && (sum.opened != 0 || sum.wrong != 3), what == "send" && sum.sent != 1:
				t.Errorf("%s: %+v", what, sum)
			}
			t.Logf("%s: %+v", what, sum)
		})
	}
}

// inProcesses lets n children do a job at the same moment and adds up what they report.
func inProcesses(t *testing.T, n int, job string) (sum outcome) {
	t.Helper()
	children := make([]*child, n)
	for i := range children {
		children[i] = startChild(t, job)
	}
	for _, c := range children {
		c.line(t, "ready")
	}
	for _, c := range children {
		if _, err := c.stdin.Write([]byte("go\n")); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range children {
		var o outcome
		if _, err := fmt.Sscanf(c.line(t, "outcome"), "outcome %d %d %d %d", &o.opened, &o.wrong, &o.refused, &o.sent); err != nil {
			t.Fatal(err)
		}
		var said []string
		for c.lines.Scan() {
			said = append(said, c.lines.Text())
		}
		if err := c.cmd.Wait(); err != nil {
			t.Fatalf("a child failed: %v\n%s\n%s", err, strings.Join(said, "\n"), c.stderr)
		}
		sum.opened, sum.wrong, sum.refused, sum.sent = sum.opened+o.opened, sum.wrong+o.wrong, sum.refused+o.refused, sum.sent+o.sent
	}
	return sum
}

type child struct {
	cmd    *exec.Cmd
	stdin  interface{ Write([]byte) (int, error) }
	lines  *bufio.Scanner
	stderr *bytes.Buffer
}

func startChild(t *testing.T, job string) *child {
	t.Helper()
	c := &child{cmd: exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$", "-test.v"), stderr: &bytes.Buffer{}}
	c.cmd.Env = append(os.Environ(), childEnv+"="+job)
	c.cmd.Stderr = c.stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.lines = bufio.NewScanner(out)
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// line reads until a line begins as wanted.
func (c *child) line(t *testing.T, begin string) string {
	t.Helper()
	var said []string
	for c.lines.Scan() {
		if strings.HasPrefix(c.lines.Text(), begin) {
			return c.lines.Text()
		}
		said = append(said, c.lines.Text())
	}
	t.Fatalf("a child ended without %q: %s\n%s", begin, strings.Join(said, "\n"), c.stderr)
	return ""
}
