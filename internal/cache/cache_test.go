package cache_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"go.uber.org/goleak"

	"ekolek/internal/cache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// each runs one contract on both kinds. pass lets time go by.
func each(t *testing.T, f func(t *testing.T, c cache.Cache, pass func(time.Duration))) {
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { f(t, open(t, ""), time.Sleep) })
	})
	t.Run("redis", func(t *testing.T) {
		server := miniredis.RunT(t)
		f(t, bare(t, "redis://"+server.Addr()), server.FastForward)
	})
	t.Run("redis with memory behind it", func(t *testing.T) {
		server := miniredis.RunT(t)
		f(t, open(t, "redis://"+server.Addr()), func(d time.Duration) { server.FastForward(d); time.Sleep(d) })
	})
}

func open(t *testing.T, url string) cache.Cache {
	t.Helper()
	c, err := cache.Open(url)
	return closing(t, c, err)
}

// bare is a Redis without memory behind it.
func bare(t *testing.T, url string) cache.Cache {
	t.Helper()
	c, err := cache.Redis(url)
	return closing(t, c, err)
}

func closing(t *testing.T, c cache.Cache, err error) cache.Cache {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func wantValue(t *testing.T, c cache.Cache, key, want string, wantFound bool) {
	t.Helper()
	got, found, err := c.Get(t.Context(), key)
	if err != nil || found != wantFound || string(got) != want {
		t.Errorf("%s is %q, %v, %v; want %q, %v", key, got, found, err, want, wantFound)
	}
}

func TestValuesLastTheirTime(t *testing.T) {
	each(t, func(t *testing.T, c cache.Cache, pass func(time.Duration)) {
		ctx := t.Context()
		for key, ttl := range map[string]time.Duration{"short": 50 * time.Millisecond, "long": time.Hour} {
			if err := c.Set(ctx, key, []byte("kept"), ttl); err != nil {
				t.Fatal(err)
			}
			wantValue(t, c, key, "kept", true)
		}
		pass(60 * time.Millisecond)
		wantValue(t, c, "short", "", false)
		wantValue(t, c, "long", "kept", true)
		for range 2 { // the second finds nothing, and that is fine
			if err := c.Delete(ctx, "long"); err != nil {
				t.Fatal(err)
			}
		}
		wantValue(t, c, "long", "", false)
		wantValue(t, c, "never", "", false)
	})
}

func TestSetStartsTheTimeAnew(t *testing.T) {
	each(t, func(t *testing.T, c cache.Cache, pass func(time.Duration)) {
		for i, ttl := range []time.Duration{50 * time.Millisecond, time.Hour} {
			if err := c.Set(t.Context(), "key", []byte{byte('a' + i)}, ttl); err != nil {
				t.Fatal(err)
			}
		}
		pass(60 * time.Millisecond)
		wantValue(t, c, "key", "b", true)
	})
}

func TestCountersCountEveryAdd(t *testing.T) {
	each(t, func(t *testing.T, c cache.Cache, _ func(time.Duration)) {
		seen := make(map[int64]bool)
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				n, err := c.Add(context.Background(), "visits", 1, time.Minute)
				mu.Lock()
				defer mu.Unlock()
				if err != nil || seen[n] {
					t.Errorf("count %d, %v; seen before: %v", n, err, seen[n])
				}
				seen[n] = true
			})
		}
		wg.Wait()
		if n, err := c.Add(t.Context(), "visits", 5, time.Minute); err != nil || n != 205 {
			t.Errorf("count %d, %v; want 205", n, err)
		}
		wantValue(t, c, "visits", "205", true)
	})
}

func TestACountersTimeRunsFromItsFirstAdd(t *testing.T) {
	each(t, func(t *testing.T, c cache.Cache, pass func(time.Duration)) {
		for i := range 4 {
			n, err := c.Add(t.Context(), "tries", 1, 100*time.Millisecond)
			want := int64(i + 1)
			if i == 3 {
				want = 1 // 120 ms after the first
			}
			if err != nil || n != want {
				t.Fatalf("add %d counts %d, %v; want %d", i, n, err, want)
			}
			pass(40 * time.Millisecond)
		}
	})
}

func TestAddRefusesWhatIsNoCounter(t *testing.T) {
	each(t, func(t *testing.T, c cache.Cache, _ func(time.Duration)) {
		if err := c.Set(t.Context(), "name", []byte("Ana"), time.Minute); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Add(t.Context(), "name", 1, time.Minute); err == nil {
			t.Error("counted a name")
		}
		wantValue(t, c, "name", "Ana", true)
	})
}

func TestTheCallersSliceStaysTheirs(t *testing.T) {
	each(t, func(t *testing.T, c cache.Cache, _ func(time.Duration)) {
		value := []byte("kept")
		if err := c.Set(t.Context(), "key", value, time.Minute); err != nil {
			t.Fatal(err)
		}
		value[0] = 'X'
		wantValue(t, c, "key", "kept", true)
	})
}

func TestOpenNeverTellsThePassword(t *testing.T) {
	for _, url := range []string{"redis://:hunter2@host:6379/first", "http://:hunter2@host", "://hunter2"} {
		_, err := cache.Open(url)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestAServerThatIsAwayIsAnError(t *testing.T) {
	server := miniredis.RunT(t)
	c := bare(t, "redis://"+server.Addr())
	server.Close()
	if _, _, err := c.Get(t.Context(), "key"); err == nil {
		t.Error("read from nowhere")
	}
	if _, err := c.Add(t.Context(), "key", 1, time.Minute); err == nil {
		t.Error("counted nowhere")
	}
}
