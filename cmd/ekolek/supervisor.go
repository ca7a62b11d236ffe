package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ekolek/internal/app"
)

// supervisor tells systemd how the program is: a unit of Type=notify is up when the
// program says so, not when it was started, and is restarted when its watchdog hears
// nothing. Without systemd it tells nobody. The protocol is sd_notify(3): one datagram of
// NAME=value lines to the socket that the environment names.
type supervisor struct {
	socket string
	every  time.Duration // how often the watchdog wants to hear; 0: it does not watch
}

func (c console) supervisor() supervisor {
	var s supervisor
	for _, e := range c.environ {
		name, value, _ := strings.Cut(e, "=")
		switch name {
		case "NOTIFY_SOCKET":
			s.socket = value
		case "WATCHDOG_USEC":
			if n, err := strconv.ParseInt(value, 10, 64); err == nil && n > 0 {
				s.every = time.Duration(n) * time.Microsecond / 2
			}
		}
	}
	return s
}

// supervised waits for the end of the program's work and keeps systemd informed until then.
func (c console) supervised(ctx context.Context, a *app.App) error {
	s := c.supervisor()
	if err := s.tell("READY=1"); err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go s.watch(watching, a.URL()+"/healthz")
	err := a.Wait(ctx)
	return errors.Join(err, s.tell("STOPPING=1"))
}

// tell sends one state, such as "READY=1".
func (s supervisor) tell(state string) error {
	if s.socket == "" {
		return nil
	}
	name := s.socket
	if name[0] == '@' { // a name without a file
		name = "\x00" + name[1:]
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("tell systemd %s: %w", state, err)
	}
	defer conn.Close()
	_, err = conn.Write([]byte(state))
	return err
}

// watch keeps the watchdog content until ctx ends, while the program answers at all: one
// that hangs is restarted. What it answers does not count. When the database is away, the
// next process would not reach it either.
func (s supervisor) watch(ctx context.Context, url string) {
	if s.socket == "" || s.every == 0 {
		return
	}
	client := http.Client{Timeout: s.every}
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if res, err := client.Get(url); err == nil {
				_ = res.Body.Close()     // nobody reads it
				_ = s.tell("WATCHDOG=1") // silence is what tells
			}
		}
	}
}
