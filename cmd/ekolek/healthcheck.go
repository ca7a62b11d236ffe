package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"ekolek/internal/config"
)

type healthcheckCmd struct {
	Addr string `help:"Where the program listens. Default: this machine, at PORT." placeholder:"HOST:PORT"`
}

// Run asks the program on this machine whether it takes work: for a container, which has
// no shell and no curl to ask with. It reads PORT alone, so it is quick and needs no secret.
func (h healthcheckCmd) Run(ctx context.Context, c console) error {
	if h.Addr == "" {
		cfg, _ := config.Load(c.environ, "") // whatever else is wrong is for serve to tell
		h.Addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(cfg.Port))
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.Addr+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return finding{errors.Unwrap(err)}
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return finding{fmt.Errorf("/readyz answers %d", res.StatusCode)}
	}
	fmt.Fprintln(c.out, "ok")
	return nil
}
