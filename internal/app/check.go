package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/check"
	"ekolek/internal/config"
	"ekolek/internal/people"
	"ekolek/internal/web"
)

// principalOf tells who is behind a session's token.
type principalOf = func(ctx context.Context, s auth.Surface, token string) (auth.Principal, error)

// Parts are what checks look at: the handler as it is served, with a log that says
// nothing of their questions. Only check.Deploy takes seconds and asks the world.
func (a *App) Parts(scope check.Scope) check.Parts {
	p := Unopened(a.cfg, nil, nil)
	p.Now, p.DB, p.Auth, p.People = a.now, a.DB, a.Auth, a.People
	p.Served = []string{filepath.Join(a.cfg.DataDir, "media")}
	if scope != check.Basic {
		p.Site = a.webFor(slog.New(slog.DiscardHandler), a.Auth.PrincipalOf)
	}
	if scope == check.Deploy {
		p.Inside = a.rehearse
		p.Resolver, p.Client = net.DefaultResolver, &http.Client{}
	}
	return p
}

// Unopened are the parts of a program that could not be put together: there is a
// configuration, with its problems, and perhaps a database that does not answer.
func Unopened(cfg config.Config, problems config.Problems, dbErr error) check.Parts {
	h := web.DefaultLimits().HTTP(nil)
	return check.Parts{
		Now: time.Now, Config: cfg, Problems: problems, Environ: os.Environ(), Version: programVersion(), DBError: dbErr,
		Limits: check.Limits{ReadHeader: h.ReadHeaderTimeout, Read: h.ReadTimeout, Write: h.WriteTimeout, Idle: h.IdleTimeout, Header: h.MaxHeaderBytes},
	}
}

// Fit is why this program must not go into production here: a *check.Refusal with every
// error that a check finds. `serve` asks before it starts. Development is never refused.
func (a *App) Fit(ctx context.Context) error {
	if a.cfg.Debug {
		return nil
	}
	r := check.Judge(check.Look(ctx, a.Parts(check.Start)), check.Start)
	if len(r.Findings) > 0 {
		return &check.Refusal{Result: r}
	}
	for _, n := range r.Failed {
		a.Log.WarnContext(ctx, "could not be checked", "id", n.ID, "because", n.Because)
	}
	return nil
}

// rehearse answers from the same handler with the same settings, over an empty city in a
// temporary folder, so that pages behind the sign-in are seen and nobody's data is.
func (a *App) rehearse(ctx context.Context) (_ []check.Answer, err error) {
	dir, err := os.MkdirTemp("", "ekolek-check-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	cfg := a.cfg
	cfg.Database, cfg.DataDir, cfg.LogDir, cfg.CacheURL = config.Database{Path: filepath.Join(dir, "ekolek.sqlite3")}, dir, "", ""
	b, err := New(ctx, cfg, io.Discard)
	if err != nil {
		return nil, fmt.Errorf("rehearse: %w", err)
	}
	defer b.Close() //nolint:errcheck // nothing in it is kept
	if _, err := b.Migrate(ctx); err != nil {
		return nil, fmt.Errorf("rehearse: %w", err)
	}
	known, err := b.cast(ctx)
	if err != nil {
		return nil, fmt.Errorf("rehearse: %w", err)
	}
	w := b.webFor(slog.New(slog.DiscardHandler), known)
	return check.WalkInside(w, cfg), nil
}

// cast makes a super administrator and a resident for a rehearsal, and knows them by any
// token at all.
func (a *App) cast(ctx context.Context) (principalOf, error) {
	by := audit.Command("check")
	st, _, err := a.Auth.HireStaff(ctx, by, auth.NewStaff{Username: "rehearsal", FullName: "Rehearsal", Role: auth.SuperAdmin})
	if err != nil {
		return nil, err
	}
	barangays, err := a.People.Barangays(ctx)
	if err != nil {
		return nil, err
	}
	_, r, err := a.People.RegisterFamily(ctx, by, people.NewFamily{Name: "Rehearsal", BarangayID: barangays[0].ID, Address: "1",
		Representative: people.NewResident{Username: "rehearsal", FirstName: "Rehearsal", LastName: "Rehearsal", Phone: "09170000000"}})
	if err != nil {
		return nil, err
	}
	decided, err := a.People.Approve(ctx, by, people.City, r.ID)
	if err != nil {
		return nil, err
	}
	r = decided.Resident
	return func(_ context.Context, s auth.Surface, _ string) (auth.Principal, error) {
		if s == auth.StaffSurface {
			return auth.Principal{Surface: s, ID: st.ID, Name: st.FullName, Username: st.Username, Role: st.Role, Scope: people.City}, nil
		}
		return auth.Principal{Surface: s, ID: r.ID, Name: r.FullName, Username: r.Username, Resident: r}, nil
	}, nil
}
