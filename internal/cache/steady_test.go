package cache_test

import (
	"context"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// F-24: the server goes away in the middle. Values and counts go on from what this node
// saw, nothing fails, and a server that does not answer is asked about once a second.
func TestNothingFailsWithoutTheServer(t *testing.T) {
	server := miniredis.RunT(t)
	c := open(t, "redis://"+server.Addr())
	must(t, c.Set(t.Context(), "figures", []byte("kept"), time.Minute))
	for want := range int64(5) {
		wantCount(t, c.Add, "tries", want+1)
	}
	server.Close()
	begun := time.Now()
	for i := range int64(200) {
		wantValue(t, c, "figures", "kept", true)
		wantCount(t, c.Add, "tries", 6+i)
		must(t, c.Set(t.Context(), "more", []byte("kept"), time.Minute))
	}
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("600 calls without the server took %v", took)
	}
	must(t, server.Restart()) // with what it had: the counter stands at five
	other := open(t, "redis://"+server.Addr())
	wantCount(t, other.Add, "tries", 6)
	deadline := time.Now().Add(10 * time.Second)
	for !server.Exists("ekolek:back") {
		if time.Now().After(deadline) {
			t.Fatal("the server is back and never asked")
		}
		must(t, c.Set(t.Context(), "back", []byte("x"), time.Minute))
	}
	wantCount(t, c.Add, "tries", 206)
}

// F-24: the server is emptied. Whoever was at their limit is not given a new one by the
// nodes that know of them; a new window begins when the old one ends.
func TestAnEmptiedServerResetsNoLimit(t *testing.T) {
	server := miniredis.RunT(t)
	c, other := open(t, "redis://"+server.Addr()), open(t, "redis://"+server.Addr())
	for want := range int64(4) {
		wantCount(t, other.Add, "tries", want+1)
	}
	wantCount(t, c.Add, "tries", 5) // and so it knows of the four
	server.FlushAll()
	wantCount(t, c.Add, "tries", 6)
	wantCount(t, c.Add, "tries", 7)
	wantCount(t, other.Add, "tries", 5) // it knew of four
	wantValue(t, c, "never", "", false)

	short := func(want int64) {
		t.Helper()
		if n, err := c.Add(t.Context(), "short", 1, 900*time.Millisecond); err != nil || n != want {
			t.Errorf("count %d, %v; want %d", n, err, want)
		}
	}
	short(1)
	short(2)
	server.FastForward(900 * time.Millisecond)
	time.Sleep(600 * time.Millisecond) // this node's clock is somewhat behind the server's
	short(1)
}

// A server that answers too late is left alone, and costs a call a quarter of a second.
func TestASlowServerIsLeftAlone(t *testing.T) {
	c := open(t, "redis://"+silent(t))
	begun := time.Now()
	for i := range int64(100) {
		wantCount(t, c.Add, "tries", i+1)
	}
	if took := time.Since(begun); took > 1500*time.Millisecond {
		t.Errorf("100 calls took %v", took)
	}
}

// adder is a cache's Add.
type adder = func(ctx context.Context, key string, n int64, ttl time.Duration) (int64, error)

func wantCount(t *testing.T, add adder, key string, want int64) {
	t.Helper()
	if n, err := add(t.Context(), key, 1, time.Minute); err != nil || n != want {
		t.Errorf("%s counts %d, %v; want %d", key, n, err, want)
	}
}
