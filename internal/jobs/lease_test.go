package jobs_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ekolek/internal/db"
	"ekolek/internal/jobs"
	"ekolek/internal/testkit"
)

// victimEnv makes this test program a worker that begins a job and never ends it.
const victimEnv = "EKOLEK_TEST_VICTIM"

func TestMain(m *testing.M) {
	if database := os.Getenv(victimEnv); database != "" {
		fmt.Fprintln(os.Stderr, "victim:", beVictim(database, os.Getenv(victimEnv+"_URL")))
		os.Exit(1)
	}
	if url := os.Getenv(nodeEnv); url != "" {
		fmt.Fprintln(os.Stderr, "node:", beNode(url))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

func beVictim(path, url string) error {
	d, err := db.Open(context.Background(), db.Options{Path: path, URL: url})
	if err != nil {
		return err
	}
	q, err := jobs.Open(d, jobs.Config{}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	jobs.Register(q, func(ctx context.Context, g greet) error {
		fmt.Println("began", g.Name)
		select {} // until the kill
	})
	if err := q.Start(context.Background()); err != nil {
		return err
	}
	select {}
}

// A worker is killed in the middle of a job, as by a power cut. As the program is set
// up, another node has the job within 30 seconds. Both engines wait at the same time.
func TestAKilledWorkersJobRunsElsewhereSoon(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for a lease to end")
	}
	leases := map[string]lease{"sqlite": leave(t, db.Options{Path: testkit.SQLiteFile(t)})}
	if os.Getenv(testkit.PostgresEnv) != "" {
		leases["postgres"] = leave(t, db.Options{URL: testkit.PostgresURL(t), MaxConns: 4})
	}
	for engine, l := range leases {
		t.Run(engine, func(t *testing.T) {
			select {
			case at := <-l.ran:
				if took := at.Sub(l.killed); took > 30*time.Second {
					t.Errorf("taken over after %v", took)
				}
			case <-time.After(35 * time.Second):
				t.Error("nobody took the job over")
			}
		})
	}
}

// Nothing that the program does waits longer for a new worker than a code may wait.
func TestNoLeaseIsLongerThanThirtySeconds(t *testing.T) {
	leases := jobs.Leases(testkit.NewEmptyWorld(t, testkit.DB(t)).Queue)
	if len(leases) < 2 {
		t.Fatalf("the program's kinds are not there: %v", leases)
	}
	for kind, lease := range leases {
		if lease > 30*time.Second {
			t.Errorf("a job of kind %s lies with a dead worker for up to %v", kind, lease)
		}
	}
}

// lease is a job whose worker is dead, and when another one did it.
type lease struct {
	killed time.Time
	ran    <-chan time.Time
}

// leave kills a worker inside a job and starts another.
func leave(t *testing.T, o db.Options) lease {
	t.Helper()
	d, err := db.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	q, err := jobs.Open(d, jobs.Config{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan time.Time, 1)
	jobs.Register(q, func(context.Context, greet) error { ran <- time.Now(); return nil })
	enqueue(t, d, q, greet{"Ana"})
	killWhenItBegan(t, o)
	l := lease{time.Now(), ran}
	start(t, q)
	return l
}

// killWhenItBegan starts a worker in a process of its own and kills it inside a job.
func killWhenItBegan(t *testing.T, o db.Options) {
	t.Helper()
	victim := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	victim.Env = append(os.Environ(), victimEnv+"="+or(o.Path, "-"), victimEnv+"_URL="+o.URL)
	victim.Stderr = os.Stderr
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	_ = victim.Process.Kill()
	_ = victim.Wait() // it was killed: that is no error here
	if line != "began Ana\n" {
		t.Fatalf("the worker said %q", line)
	}
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// Three nodes share a queue: every job is done, and by one of them only.
func TestThreeNodesShareTheWork(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		const all = 200
		var ran diary
		nodes := make([]*jobs.Queue, 3)
		for i := range nodes {
			nodes[i] = open(t, d)
			jobs.Register(nodes[i], func(_ context.Context, g greet) error { ran.add("%s", g.Name); return nil })
		}
		for i := range all {
			enqueue(t, d, nodes[0], greet{fmt.Sprint(i)})
		}
		for _, q := range nodes {
			start(t, q)
		}
		until(t, "all was done", func() bool {
			n, err := nodes[0].Counts(t.Context(), "greet")
			return err == nil && n[jobs.Done] == all
		})
		seen := map[string]int{}
		for _, name := range ran.all() {
			seen[name]++
		}
		for name, n := range seen {
			if n != 1 {
				t.Errorf("job %s ran %d times", name, n)
			}
		}
	})
}
