package main_test

import (
	"net"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// systemd hears when the program takes work, that it is alive, and when it ends.
func TestServeTellsSystemd(t *testing.T) {
	p := development(t)
	p.want(0, "applied", "migrate")
	socket := filepath.Join(p.dir, "notify")
	listener, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	hear := func(want string) {
		t.Helper()
		if err := listener.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		var b [256]byte
		for {
			n, err := listener.Read(b[:])
			if err != nil {
				t.Fatalf("waiting for %s: %v", want, err)
			}
			if got := string(b[:n]); got == want {
				return
			} else if got != "WATCHDOG=1" {
				t.Fatalf("heard %q, want %q", got, want)
			}
		}
	}
	p.env = append(p.env, "NOTIFY_SOCKET="+socket, "WATCHDOG_USEC=100000")
	c := p.command("serve", "--addr", "127.0.0.1:0")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	hear("READY=1")
	hear("WATCHDOG=1")
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	hear("STOPPING=1")
	if err := c.Wait(); err != nil {
		t.Errorf("did not stop cleanly: %v", err)
	}
}

func TestServeWithoutTheSocketThatItsEnvironmentNames(t *testing.T) {
	p := development(t)
	p.want(0, "applied", "migrate")
	p.env = append(p.env, "NOTIFY_SOCKET="+filepath.Join(p.dir, "none"))
	p.want(2, "tell systemd READY=1", "serve", "--addr", "127.0.0.1:0")
}
