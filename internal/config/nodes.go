package config

import (
	"errors"
	"net/url"
	"time"
)

// replica reads the address of a standby: PostgreSQL's only.
func replica(to *Secret) func(string) error {
	return func(v string) error {
		u, err := url.Parse(v)
		if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
			return errors.New("must be postgres://user:password@host:5432/name")
		}
		*to = Secret(v)
		return nil
	}
}

// drain reads seconds, of which there may be none.
func (c *Config) drain() func(string) error {
	return func(v string) error {
		seconds := 0
		if err := number(&seconds, 0, 300)(v); err != nil {
			return err
		}
		c.Drain = time.Duration(seconds) * time.Second
		return nil
	}
}

// deriveNodes: nobody balances load over a developer's machine.
func (l *loader) deriveNodes() {
	if l.c.Debug && !l.isSet("DRAIN_SECONDS") {
		l.c.Drain = 0
		l.shown["DRAIN_SECONDS"] = found{"0", "development"}
	}
}

// checkReplica: a standby is one of PostgreSQL.
func (l *loader) checkReplica() {
	db := l.c.Database
	if db.ReplicaURL == "" {
		return
	}
	if db.URL == "" {
		l.problem("DATABASE_REPLICA_URL", "is set, but the data is in SQLite", "Leave it empty, or set DATABASE_URL to PostgreSQL.")
	}
	if db.ReplicaURL == db.URL {
		l.problem("DATABASE_REPLICA_URL", "is the same as DATABASE_URL", "Name the standby, or leave it empty.")
	}
}

// checkNodes: several processes share what they know.
func (l *loader) checkNodes() {
	if l.c.Nodes < 2 {
		return
	}
	if l.c.Database.URL == "" {
		l.problem("NODE_COUNT", "is more than 1, but the data is in SQLite, which serves one process", "Set DATABASE_URL to PostgreSQL, or NODE_COUNT to 1.")
	}
	if l.c.Storage == LocalStorage {
		l.warn("FILE_STORAGE is local and NODE_COUNT more than 1: unless DATA_DIR is one disk that all share, a file is found on one machine only. Set FILE_STORAGE to s3 or drive.")
	}
	if l.c.Push.Key == "" {
		l.warn("NODE_COUNT is more than 1 and VAPID_PRIVATE_KEY is not set: unless DATA_DIR is one disk that all share, each node has a key of its own, and phones get no push messages from the others.")
	}
	if l.c.CacheURL == "" {
		l.warn("NODE_COUNT is more than 1 and there is no shared cache: every process sums up its own figures. Set CACHE_LOCATION or REDIS_URL.")
	}
}
