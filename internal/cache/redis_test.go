package cache_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"ekolek/internal/cache"
)

func TestRedisIsFoundByItsAddress(t *testing.T) {
	server := miniredis.RunT(t)
	server.RequireUserAuth("ekolek", "s3cret")
	socket := relay(t, server.Addr())
	for name, tt := range map[string]struct {
		url string
		db  int
	}{
		"first database":       {"redis://ekolek:s3cret@" + server.Addr(), 0},
		"database in the path": {"redis://ekolek:s3cret@" + server.Addr() + "/3", 3},
		"database as a value":  {"redis://ekolek:s3cret@" + server.Addr() + "?db=4", 4},
		"socket":               {"unix://ekolek:s3cret@" + socket + "?db=5", 5},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t, tt.url)
			must(t, c.Set(t.Context(), "key", []byte(name), time.Minute))
			if got, err := server.DB(tt.db).Get("ekolek:key"); err != nil || got != name {
				t.Errorf("database %d holds %q, %v", tt.db, got, err)
			}
		})
	}
	for _, url := range []string{"redis://" + server.Addr(), "redis://ekolek:wrong@" + server.Addr()} {
		if _, _, err := bare(t, url).Get(t.Context(), "key"); err == nil || strings.Contains(err.Error(), "wrong") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestOpenRefusesWhatIsNoRedis(t *testing.T) {
	for _, url := range []string{"http://host", "redis://", "redis:///1", "redis://host/one", "redis://host?db=x", "unix://", "unix://host/x.sock", "host:6379"} {
		if c, err := cache.Open(url); err == nil {
			t.Errorf("%s was opened: %v", url, c.Close())
		}
	}
}

// A server's certificate counts: one that nobody vouches for is refused.
func TestRedisOverTLS(t *testing.T) {
	https := httptest.NewTLSServer(nil) // for its certificate
	defer https.Close()
	server, err := miniredis.RunTLS(&tls.Config{Certificates: https.TLS.Certificates})
	must(t, err)
	t.Cleanup(server.Close)
	url := "rediss://" + server.Addr()
	if _, _, err := bare(t, url).Get(t.Context(), "key"); err == nil {
		t.Error("believed a certificate that nobody vouches for")
	}
	if _, _, err := bare(t, "redis://"+server.Addr()).Get(t.Context(), "key"); err == nil {
		t.Error("spoke in the clear to a TLS server")
	}
	roots := x509.NewCertPool()
	roots.AddCert(https.Certificate())
	c, err := cache.RedisTrusting(url, roots)
	must(t, err)
	t.Cleanup(func() { must(t, c.Close()) })
	must(t, c.Set(t.Context(), "key", []byte("kept"), time.Minute))
	wantValue(t, c, "key", "kept", true)
}

// The connections of before are broken after a restart; nobody notices.
func TestARestartedServerIsFoundAgain(t *testing.T) {
	server := miniredis.RunT(t)
	c := bare(t, "redis://"+server.Addr())
	for i := range 3 {
		must(t, c.Set(t.Context(), "key", []byte("kept"), time.Minute))
		server.Close()
		must(t, server.Restart())
		if n, err := c.Add(t.Context(), "count", 1, time.Minute); err != nil || n != int64(i+1) {
			t.Errorf("count %d, %v; want %d", n, err, i+1)
		}
	}
}

// A server that takes the connection and says nothing costs a quarter of a second.
func TestASilentServerIsAnErrorSoon(t *testing.T) {
	c := bare(t, "redis://"+silent(t))
	begun := time.Now()
	if _, _, err := c.Get(t.Context(), "key"); err == nil {
		t.Error("read from a server that says nothing")
	}
	if took := time.Since(begun); took > 400*time.Millisecond {
		t.Errorf("waited %v", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := c.Get(ctx, "key"); err == nil {
		t.Error("read for somebody who has gone")
	}
}

// silent is the address of a server that takes connections and says nothing.
func silent(t *testing.T) (address string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}

// However many call at once, the connections stay bounded and everybody is served.
func TestThePoolIsBounded(t *testing.T) {
	server := miniredis.RunT(t)
	c := bare(t, "redis://"+server.Addr())
	var wg sync.WaitGroup
	for i := range 500 {
		wg.Go(func() {
			if err := c.Set(t.Context(), fmt.Sprint(i), []byte("x"), time.Minute); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := server.TotalConnectionCount(); n > 200 {
		t.Errorf("opened %d connections for 500 calls", n)
	}
}

// relay serves a socket that leads to a TCP address.
func relay(t *testing.T, to string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "redis.sock")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	must(t, err)
	var all sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); all.Wait() })
	all.Go(func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := (&net.Dialer{}).Dial("tcp", to)
			if err != nil {
				t.Error(err)
				_ = in.Close()
				continue
			}
			all.Go(func() { _, _ = io.Copy(out, in); _ = out.Close() })
			all.Go(func() { _, _ = io.Copy(in, out); _ = in.Close() })
		}
	})
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
