package db

import (
	"database/sql"
	"math/bits"
	"sync/atomic"
)

// Stats are what a database did since it was opened.
type Stats struct {
	Committed, Failed int64           // transactions
	Retried           int64           // begun again after a serialization failure
	Commits           int64           // durable ones: a group commit of SQLite holds several transactions
	BatchSizes        map[int]int64   // upper bound of transactions in a commit → commits; powers of two
	Pools             map[string]Pool // "write", "read"
}

// Pool is a pool's connections.
type Pool struct {
	Open, InUse, Idle, Most int
	Waited                  int64 // requests for a connection that had to wait
}

// counters is what Stats are read from.
type counters struct {
	committed, failed, retried, commits atomic.Int64
	sizes                               [10]atomic.Int64 // by bits.Len(size-1)
}

func (c *counters) batch(size int) {
	c.commits.Add(1)
	c.sizes[min(bits.Len(uint(max(size, 1)-1)), len(c.sizes)-1)].Add(1)
}

func (c *counters) ended(err error) {
	if err == nil {
		c.committed.Add(1)
	} else {
		c.failed.Add(1)
	}
}

// Stats reads them.
func (d *DB) Stats() Stats {
	c := d.counters
	s := Stats{Committed: c.committed.Load(), Failed: c.failed.Load(), Retried: c.retried.Load(), Commits: c.commits.Load(),
		BatchSizes: map[int]int64{}, Pools: map[string]Pool{}}
	for i := range c.sizes {
		s.BatchSizes[1<<i] = c.sizes[i].Load()
	}
	if d.pool != nil {
		p := d.pool.Stat()
		s.Pools["write"] = Pool{int(p.TotalConns()), int(p.AcquiredConns()), int(p.IdleConns()), int(p.MaxConns()), p.EmptyAcquireCount()}
		return s
	}
	for name, handle := range map[string]*sql.DB{"write": d.write, "read": d.read} {
		p := handle.Stats()
		s.Pools[name] = Pool{p.OpenConnections, p.InUse, p.Idle, p.MaxOpenConnections, p.WaitCount}
	}
	return s
}
