package main

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"

	"ekolek/internal/config"
)

type runserverCmd struct {
	Addr string `arg:"" optional:"" help:"Where to listen: PORT, or HOST:PORT. Default: 127.0.0.1:8000, for this machine alone." placeholder:"HOST:PORT"`
}

// Run serves for development, on the address and with the spelling that people know from
// Django. Production has `serve`: what listens there is decided by PORT and the proxy.
func (s runserverCmd) Run(ctx context.Context, c console) error {
	cfg, _ := config.Load(c.environ, ".env") // serve tells its problems again, and all of them
	if !cfg.Debug {
		return errors.New("runserver is for development, and this is production: set DJANGO_DEBUG=True to develop, or run `ekolek serve`")
	}
	addr, err := developmentAddr(s.Addr)
	if err != nil {
		return err
	}
	return serveCmd{Addr: addr}.Run(ctx, c)
}

// developmentAddr reads "", "8000", "0.0.0.0:8000" and ":8000".
func developmentAddr(given string) (string, error) {
	if given == "" {
		return "127.0.0.1:8000", nil
	}
	if !strings.Contains(given, ":") {
		given = net.JoinHostPort("127.0.0.1", given)
	}
	_, port, err := net.SplitHostPort(given)
	if n, wrong := strconv.Atoi(port); err != nil || wrong != nil || n < 0 || n > 65535 {
		return "", errors.New("give PORT or HOST:PORT, such as 8000 or 0.0.0.0:8000")
	}
	return given, nil
}
