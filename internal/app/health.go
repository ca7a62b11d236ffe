package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"ekolek/internal/jobs"
	"ekolek/internal/web"
)

// maxSkew is how far this machine's clock may be from the database's: expiries are
// compared with times that other nodes wrote.
const maxSkew = 2 * time.Second

// healthFor is how long an answer to /readyz is good for, however many ask.
const healthFor = time.Second

// health answers /readyz.
type health struct {
	mu    sync.Mutex
	until time.Time
	last  web.Readiness
}

// ready says whether this node should be sent requests. What keeps it from working
// says no; what a person should look at only marks it as degraded, for taking every
// node away would help nobody.
func (a *App) ready(ctx context.Context) web.Readiness {
	if a.drain.on.Load() {
		return web.Readiness{Status: web.NotReady, Checks: map[string]string{"draining": "yes"}}
	}
	h := &a.health
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := time.Now(); now.After(h.until) {
		h.last = a.lookAround(ctx)
		h.until = time.Now().Add(healthFor)
	}
	return h.last
}

func (a *App) lookAround(ctx context.Context) web.Readiness {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	r := web.Readiness{Status: web.Ready, Checks: map[string]string{}}
	note := func(name string, bad string, err error) {
		if r.Checks[name] = "ok"; err == nil {
			return
		}
		r.Checks[name] = bad
		if r.Status != web.NotReady {
			r.Status = bad
		}
		a.Log.WarnContext(ctx, "not well", "check", name, "is", bad, "error", err)
	}
	err := a.DB.Ping(ctx)
	note("database", web.NotReady, err)
	if err == nil {
		note("schema", web.NotReady, a.CheckSchema(ctx))
		note("clock", web.NotReady, a.checkClock(ctx))
		note("backlog", web.Degraded, a.checkBacklog(ctx))
	}
	note("queue", web.NotReady, a.checkQueue())
	note("security_log", web.Degraded, a.logs.SecurityErr())
	return r
}

func (a *App) checkQueue() error {
	if !a.Queue.Working() {
		return errors.New("the job queue is not running on this node")
	}
	return nil
}

func (a *App) checkBacklog(ctx context.Context) error {
	lag, err := a.Queue.Lag(ctx)
	if err == nil && lag > jobs.StuckAfter {
		err = errors.New("jobs have waited for " + lag.Round(time.Second).String())
	}
	return err
}

func (a *App) checkClock(ctx context.Context) error {
	skew, err := a.DB.ClockSkew(ctx)
	if err == nil && skew.Abs() > maxSkew {
		err = errors.New("this machine's clock is " + skew.String() + " before the database's")
	}
	return err
}
