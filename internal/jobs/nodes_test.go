package jobs_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/jobs"
	"ekolek/internal/testkit"
)

// nodeEnv makes this test program a node that says what it works.
const nodeEnv = "EKOLEK_TEST_NODE"

func beNode(url string) error {
	d, err := db.Open(context.Background(), db.Options{URL: url, MaxConns: 4})
	if err != nil {
		return err
	}
	q, err := jobs.Open(d, jobs.Config{Poll: 50 * time.Millisecond}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	jobs.Register(q, func(_ context.Context, g greet) error { fmt.Println("greet", g.Name); return nil })
	q.Every("watch", time.Second, func(_ context.Context, slot time.Time) error {
		fmt.Println("slot", slot.Format(time.RFC3339))
		return nil
	})
	if err := q.Start(context.Background()); err != nil {
		return err
	}
	fmt.Println("started")
	select {} // until the kill
}

// Three processes share a database: each job is done once, each slot of what is periodic
// is worked once, and when two of them are killed the third goes on.
func TestThreeProcessesWorkEachSlotOnce(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts processes")
	}
	url := testkit.PostgresURL(t)
	said := make(chan string, 1000)
	nodes := make([]*exec.Cmd, 3)
	for i := range nodes {
		nodes[i] = startNode(t, url, said)
	}
	for range nodes {
		if line := <-said; line != "started" {
			t.Fatalf("a node said %q", line)
		}
	}
	d, err := db.Open(t.Context(), db.Options{URL: url, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	q := open(t, d) // never started
	jobs.Register(q, func(context.Context, greet) error { return nil })
	const all = 60
	for i := range all {
		enqueue(t, d, q, greet{fmt.Sprint(i)})
	}
	times := map[string]int{}
	slots := 0
	hear := func(until func() bool) {
		deadline := time.After(40 * time.Second)
		for !until() {
			select {
			case line := <-said:
				if times[line]++; times[line] > 1 {
					t.Errorf("%s, by %d nodes", line, times[line])
				}
				if strings.HasPrefix(line, "slot") {
					slots++
				}
			case <-deadline:
				t.Fatalf("heard of %d slots and %d things", slots, len(times))
			}
		}
	}
	hear(func() bool { return len(times)-slots == all && slots >= 4 })
	for _, n := range nodes[:2] {
		_ = n.Process.Kill() // Wait is at its cleanup
	}
	before := slots
	hear(func() bool { return slots >= before+3 })
}

func startNode(t *testing.T, url string, said chan<- string) *exec.Cmd {
	t.Helper()
	node := exec.Command(os.Args[0], "-test.run=^$")
	node.Env = append(os.Environ(), nodeEnv+"="+url)
	node.Stderr = os.Stderr
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if !strings.HasPrefix(lines.Text(), "greet") && !strings.HasPrefix(lines.Text(), "slot") && lines.Text() != "started" {
				continue
			}
			said <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		_ = node.Process.Kill()
		<-heard
		_ = node.Wait() // it was killed: that is no error here
	})
	return node
}
