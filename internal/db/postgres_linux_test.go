package db

import (
	"net"
	"syscall"
	"testing"
	"time"
)

// F-20: a line on which nobody answers is given up within ten seconds, whether something
// is on its way (user timeout) or nothing is (keep-alive).
func TestDeadLinesAreGivenUp(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // a test's
	c, err := dialer().DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // a test's
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	option := func(name int) (n int) {
		err := raw.Control(func(fd uintptr) { n, err = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, name) })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	const limit = 10 * time.Second
	if got := time.Duration(option(tcpUserTimeout)) * time.Millisecond; got <= 0 || got > limit {
		t.Errorf("unacknowledged data waits %v", got)
	}
	idle, interval, probes := option(syscall.TCP_KEEPIDLE), option(syscall.TCP_KEEPINTVL), option(syscall.TCP_KEEPCNT)
	if got := time.Duration(idle+interval*probes) * time.Second; got <= 0 || got > limit {
		t.Errorf("a silent line lasts %v", got)
	}
}
