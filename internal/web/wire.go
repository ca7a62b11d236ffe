package web

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Limits bound what a client may take of the server's time and memory. The zero value
// bounds nothing; take DefaultLimits.
type Limits struct {
	ReadHeader time.Duration // from the first byte of a request to the end of its headers
	Read       time.Duration // to the end of its body; routes for large bodies have longer
	Write      time.Duration // to the end of the answer; exports have longer
	Idle       time.Duration // between two requests of a connection
	Header     int           // bytes of the headers
	PerAddress int           // connections of one address that is no trusted proxy
}

// DefaultLimits are for a clerk's computer and a cheap phone alike: a form of 64 KB takes
// a slow mobile line some ten seconds.
func DefaultLimits() Limits {
	return Limits{ReadHeader: 5 * time.Second, Read: 30 * time.Second, Write: 60 * time.Second, Idle: 90 * time.Second, Header: 16 << 10, PerAddress: 256}
}

// Longer times of routes that need them.
const (
	largeBody  = 1 << 20 // a route that takes more has
	largeRead  = 5 * time.Minute
	heavyWrite = 5 * time.Minute
)

// HTTP is a server with these limits, for connections that Listen accepts.
func (l Limits) HTTP(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: l.ReadHeader, ReadTimeout: l.Read, WriteTimeout: l.Write, IdleTimeout: l.Idle, MaxHeaderBytes: l.Header,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, wireKey{}, c) }}
}

// Listen accepts connections of a listener, so many of one address, and watches over how
// their requests are framed. A connection beyond the limit is closed at once.
func (s *Server) Listen(l net.Listener, perAddress int) net.Listener {
	return &wires{Listener: l, most: perAddress, trusted: s.trusted, open: map[netip.Addr]int{}}
}

type wires struct {
	net.Listener
	most    int
	trusted func(netip.Addr) bool

	mu   sync.Mutex
	open map[netip.Addr]int
}

func (l *wires) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		peer, err := netip.ParseAddrPort(c.RemoteAddr().String())
		if err != nil || l.most == 0 || l.trusted(peer.Addr().Unmap()) {
			return &wire{Conn: c}, nil
		}
		ip := peer.Addr().Unmap()
		if l.enter(ip) {
			return &wire{Conn: c, leave: sync.OnceFunc(func() { l.exit(ip) })}, nil
		}
		_ = c.Close() // whoever opens hundreds gets no word
	}
}

func (l *wires) enter(ip netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[ip] >= l.most {
		return false
	}
	l.open[ip]++
	return true
}

func (l *wires) exit(ip netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[ip]--; l.open[ip] <= 0 {
		delete(l.open, ip)
	}
}

// wire is a connection that reads along how requests are framed. net/http takes some
// requests that two programs may understand in two ways, and shows its handlers nothing of
// it: a length beside chunks, two lengths, a header over two lines. What a proxy before us
// took for one request could be two to us. Such a request is refused and the connection
// closed.
type wire struct {
	net.Conn
	leave func() // nil: not counted

	line     []byte // the line being read, at most lineKept of it
	within   bool   // a head has begun
	length   bool   // the head has a Content-Length
	chunked  bool
	body     int64 // bytes that the head says will follow
	skip     int64 // of them, those to come
	finished bool  // after chunks the connection ends, and so does our reading along
	doubtful atomic.Bool
}

const lineKept = 256

type wireKey struct{}

func (c *wire) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.follow(p[:n])
	return n, err
}

func (c *wire) Close() error {
	if c.leave != nil {
		c.leave()
	}
	return c.Conn.Close()
}

func (c *wire) follow(p []byte) {
	for len(p) > 0 && !c.finished {
		if c.skip > 0 {
			n := min(c.skip, int64(len(p)))
			c.skip, p = c.skip-n, p[n:]
			continue
		}
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			c.keep(p)
			return
		}
		c.keep(p[:i])
		c.endLine()
		p = p[i+1:]
	}
}

func (c *wire) keep(p []byte) { c.line = append(c.line, p[:min(len(p), lineKept-len(c.line))]...) }

func (c *wire) endLine() {
	line := bytes.TrimSuffix(c.line, []byte{'\r'})
	switch {
	case !c.within:
		c.within = len(line) > 0
	case len(line) == 0:
		c.endHead()
	case line[0] == ' ' || line[0] == '\t':
		c.doubtful.Store(true)
	default:
		c.header(line)
	}
	c.line = c.line[:0]
}

func (c *wire) header(line []byte) {
	name, value, _ := bytes.Cut(line, []byte{':'})
	value = bytes.TrimSpace(value)
	switch string(bytes.ToLower(name)) {
	case "content-length":
		n, err := strconv.ParseUint(string(value), 10, 62)
		if err != nil || c.length {
			c.doubtful.Store(true)
		}
		c.length, c.body = true, int64(n)
	case "transfer-encoding":
		if c.chunked || !bytes.EqualFold(value, []byte("chunked")) {
			c.doubtful.Store(true)
		}
		c.chunked = true
	}
}

func (c *wire) endHead() {
	if c.chunked && c.length {
		c.doubtful.Store(true)
	}
	c.finished = c.chunked
	c.skip, c.body = c.body, 0
	c.within, c.length = false, false
}

var errFraming = errors.New("a request that can be read in two ways")

// framed refuses a request that its connection doubts, and lets none come after chunks.
func framed(w http.ResponseWriter, r *http.Request) error {
	if len(r.TransferEncoding) > 0 {
		w.Header().Set("Connection", "close")
	}
	if c, ok := r.Context().Value(wireKey{}).(*wire); ok && c.doubtful.Load() {
		w.Header().Set("Connection", "close")
		_ = http.NewResponseController(w).SetReadDeadline(time.Now()) // what stands behind is not waited for
		return errors.Join(errFraming, statusError(http.StatusBadRequest))
	}
	return nil
}
