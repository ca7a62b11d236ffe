package web

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"ekolek/internal/auth"
)

// onTheWire serves a small site on a free port with these limits.
func onTheWire(t *testing.T, l Limits, change func(*Options)) string {
	t.Helper()
	w := newWorld(t, change)
	w.Mount(&Surface{Prefix: "/raw"}, []Route{
		{Pattern: "POST /raw", Need: auth.Anyone, Handle: func(w http.ResponseWriter, r *http.Request) error {
			data, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(w, "%d bytes", len(data))
			return err
		}},
		{Pattern: "GET /raw", Need: auth.Anyone, Handle: func(w http.ResponseWriter, r *http.Request) error { _, err := io.WriteString(w, "here"); return err }},
		{Pattern: "GET /endless", Need: auth.Anyone, Handle: func(w http.ResponseWriter, r *http.Request) error {
			_, _ = io.Copy(w, strings.NewReader(strings.Repeat("x", 64<<20))) // until the limit
			return nil
		}},
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := l.HTTP(w.Handler())
	done := make(chan error, 1)
	go func() { done <- server.Serve(w.Listen(listener, l.PerAddress)) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// talk sends bytes and reads everything until the server closes; closed is false when it
// had not by then.
func talk(t *testing.T, address, text string, patience time.Duration) (answer string, closed bool) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(c)
	return string(data), !errors.Is(err, os.ErrDeadlineExceeded)
}

// A request that two programs may read in two ways gets 400, and what stands behind it is
// never read as another request.
func TestSmuggling(t *testing.T) {
	address := onTheWire(t, DefaultLimits(), nil)
	const hidden = "GET /raw HTTP/1.1\r\nHost: a\r\n\r\n"
	for name, text := range map[string]string{
		"CL.TE":                 "POST /raw HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX" + hidden,
		"TE.CL":                 "POST /raw HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n" + hidden + "\r\n0\r\n\r\n",
		"TE.TE":                 "POST /raw HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n" + hidden,
		"TE twice":              "POST /raw HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"TE list":               "POST /raw HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n" + hidden,
		"TE unknown":            "POST /raw HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
		"TE with a tab":         "POST /raw HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\tchunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n" + hidden,
		"TE in small letters":   "POST /raw HTTP/1.1\r\nHost: a\r\ntransfer-encoding: Chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n" + hidden,
		"space before a colon":  "POST /raw HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + hidden,
		"two lengths":           "POST /raw HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 32\r\n\r\n" + hidden,
		"the same length twice": "POST /raw HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n" + hidden,
		"a list of lengths":     "POST /raw HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 0\r\n\r\n" + hidden,
		"a signed length":       "POST /raw HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc" + hidden,
		"a negative length":     "POST /raw HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n" + hidden,
		"a huge length":         "POST /raw HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n" + hidden,
		"a folded header":       "POST /raw HTTP/1.1\r\nHost: a\r\nX-Note: a\r\n b\r\nContent-Length: 0\r\n\r\n" + hidden,
		"a folded length":       "POST /raw HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 3\r\n\r\nabc" + hidden,
		"two hosts":             "GET /raw HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + hidden,
		"no host":               "GET /raw HTTP/1.1\r\n\r\n" + hidden,
		"NUL in a header":       "GET /raw HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n" + hidden,
		"an unknown version":    "GET /raw HTTP/3.7\r\nHost: a\r\n\r\n" + hidden,
	} {
		answer, closed := talk(t, address, text, 20*time.Second)
		status, _, _ := strings.Cut(answer, "\r\n")
		refused := strings.Contains(status, " 400 ") || strings.Contains(status, " 501 ") || strings.Contains(status, " 505 ")
		if !refused || !closed || strings.Contains(answer, "here") || strings.Count(answer, "HTTP/1.1 ") != 1 {
			t.Errorf("%s: closed %v, %q", name, closed, answer)
		}
	}
}

// What is framed well is answered, one request after the other; after chunks the
// connection ends.
func TestHonestFraming(t *testing.T) {
	address := onTheWire(t, DefaultLimits(), nil)
	post := "POST /raw HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello\r\n\r\nyo"
	answer, _ := talk(t, address, post+post+"GET /raw HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 20*time.Second)
	if strings.Count(answer, "11 bytes") != 2 || !strings.HasSuffix(answer, "here") {
		t.Errorf("three requests: %q", answer)
	}
	answer, closed := talk(t, address, "POST /raw HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /raw HTTP/1.1\r\nHost: a\r\n\r\n", 20*time.Second)
	if !closed || !strings.Contains(answer, "3 bytes") || strings.Contains(answer, "here") {
		t.Errorf("after chunks: closed %v, %q", closed, answer)
	}
}

// Whoever sends slowly, reads slowly or says nothing is let go, and meanwhile others are
// answered.
func TestSlowClients(t *testing.T) {
	address := onTheWire(t, Limits{ReadHeader: 200 * time.Millisecond, Read: 400 * time.Millisecond, Write: 400 * time.Millisecond, Idle: 300 * time.Millisecond, Header: 16 << 10}, nil)
	const long = 20 * time.Second
	var all sync.WaitGroup
	for name, text := range map[string]string{
		"a head that never ends":  "GET /raw HTTP/1.1\r\nHost: a\r\nX: ",
		"a body that never ends":  "POST /raw HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc",
		"nothing after an answer": "GET /raw HTTP/1.1\r\nHost: a\r\n\r\n",
		"nothing at all":          "",
	} {
		for range 50 {
			all.Go(func() {
				if answer, closed := talk(t, address, text, long); !closed {
					t.Errorf("%s: still open after %v, %q", name, long, answer)
				}
			})
		}
	}
	all.Go(func() { // asks for much and reads none of it
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		fmt.Fprint(c, "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
		time.Sleep(time.Second) // the pause is what is tested
		n, _ := io.Copy(io.Discard, c)
		if n >= 64<<20 {
			t.Error("an answer was written for longer than its limit")
		}
	})
	for range 20 {
		res, err := http.Get("http://" + address + "/raw")
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != 200 {
			t.Errorf("meanwhile: %d, %v", res.StatusCode, err)
		}
	}
	all.Wait()
}

func TestConnectionsOfOneAddress(t *testing.T) {
	address := onTheWire(t, Limits{PerAddress: 3, Header: 16 << 10}, nil)
	ask := func(c net.Conn) bool {
		fmt.Fprint(c, "GET /raw HTTP/1.1\r\nHost: a\r\n\r\n")
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		return err == nil && res.StatusCode == 200
	}
	var open []net.Conn
	for n := range 5 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if got := ask(c); got != (n < 3) {
			t.Errorf("connection %d is answered: %v", n, got)
		}
		open = append(open, c)
	}
	_ = open[0].Close()
	deadline := time.Now().Add(20 * time.Second)
	for again := false; !again; {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		again = ask(c)
		_ = c.Close()
		if time.Now().After(deadline) {
			t.Fatal("a place that was left is never given again")
		}
	}
}

func TestTheHeadIsBounded(t *testing.T) {
	address := onTheWire(t, DefaultLimits(), nil)
	answer, closed := talk(t, address, "GET /raw HTTP/1.1\r\nHost: a\r\nX: "+strings.Repeat("x", 32<<10)+"\r\n\r\n", 20*time.Second)
	if !strings.Contains(answer, " 431 ") || !closed {
		t.Errorf("closed %v, %.80q", closed, answer)
	}
}
