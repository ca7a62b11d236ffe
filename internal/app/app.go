// Package app puts the rooms together: it opens what the configuration names, hands
// each part what it needs, serves HTTP and runs the queue until it is told to stop.
// It decides nothing about the city.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/cache"
	"ekolek/internal/collection"
	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/jobs"
	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/rewards"
)

// App is the program's parts, opened and joined.
type App struct {
	DB         *db.DB
	Vault      *db.Vault
	Log        *slog.Logger
	People     *people.Service
	Auth       *auth.Service
	Collection *collection.Service
	Rewards    *rewards.Service
	Report     *report.Service
	Cache      cache.Cache
	Queue      *jobs.Queue

	cfg    config.Config
	now    func() time.Time
	close  closers
	server *server
}

// New opens the parts in the order in which they need each other. It starts nothing
// and does not ask for the schema's version, so commands use it too. w gets the log.
func New(ctx context.Context, cfg config.Config, w io.Writer) (_ *App, err error) {
	a := &App{cfg: cfg, now: time.Now}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close.Close())
		}
	}()
	log, logFiles, err := newLog(cfg, w)
	if err != nil {
		return nil, err
	}
	a.Log = log
	a.close = append(a.close, logFiles)
	if a.Vault, err = db.NewVault(string(cfg.SecretKey), string(cfg.EncryptionKey)); err != nil {
		return nil, err
	}
	if a.DB, err = OpenDB(ctx, cfg, log); err != nil {
		return nil, err
	}
	a.close = append(a.close, a.DB)
	if a.Cache, err = cache.Open(string(cfg.CacheURL)); err != nil {
		return nil, err
	}
	a.close = append(a.close, a.Cache)
	if a.Queue, err = jobs.Open(a.DB, jobs.Config{}, log); err != nil {
		return nil, err
	}
	a.furnish()
	return a, nil
}

// furnish makes the capabilities, and gives the queue its work.
func (a *App) furnish() {
	a.People = people.New(a.DB, a.Vault, a.now)
	a.Auth = auth.New(a.DB, a.Vault, a.People, auth.Config{}, a.now)
	a.Collection = collection.New(a.DB, a.now)
	a.Rewards = rewards.New(a.DB, a.now)
	a.Report = report.New(a.DB, a.People, a.now)
	a.keepHouse()
}

// OpenDB opens the database that the configuration names. A SQLite file's folder is
// made when it is not there.
func OpenDB(ctx context.Context, cfg config.Config, log *slog.Logger) (*db.DB, error) {
	o := db.Options{URL: string(cfg.Database.URL), Path: cfg.Database.Path, Log: log}
	if o.URL == "" {
		if err := os.MkdirAll(filepath.Dir(o.Path), 0o700); err != nil {
			return nil, fmt.Errorf("open database: %w", err)
		}
	}
	return db.Open(ctx, o)
}

// Close stops what Start began and closes everything, the last opened first.
func (a *App) Close() error {
	return errors.Join(a.stop(), a.close.Close())
}
