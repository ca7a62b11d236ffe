package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

// batcher is SQLite's one writer. It commits the transactions that wait at the same
// moment together: each is a savepoint of its own, all share one durable commit, and
// nobody is answered before it. One transaction that fails takes only its own
// savepoint with it.
type batcher struct {
	db    *sql.DB
	queue chan *batched
	done  chan struct{}

	mu     sync.RWMutex // guards closed against sends on queue
	closed bool
}

// A batch ends when nobody waits, or at these limits, so that no one waits long.
const (
	batchSize = 256
	batchTime = 20 * time.Millisecond
)

type batched struct {
	ctx    context.Context
	f      func(ctx context.Context, tx *Tx) error
	tx     *Tx
	err    error
	panics any
	done   chan struct{}
}

func newBatcher(db *sql.DB) *batcher {
	b := &batcher{db: db, queue: make(chan *batched, batchSize), done: make(chan struct{})}
	go b.run()
	return b
}

func (b *batcher) close() {
	b.mu.Lock()
	if !b.closed {
		b.closed = true
		close(b.queue)
	}
	b.mu.Unlock()
	<-b.done
}

func (b *batcher) do(ctx context.Context, f func(context.Context, *Tx) error) error {
	// A statement must not be interrupted half-way: SQLite would roll back the whole
	// batch. So f runs to its end once it has begun; ctx only keeps it from beginning.
	t := &batched{ctx: ctx, f: f, done: make(chan struct{})}
	b.mu.RLock()
	if b.closed {
		b.mu.RUnlock()
		return errors.New("database is closed")
	}
	b.queue <- t
	b.mu.RUnlock()
	<-t.done
	if t.panics != nil {
		panic(t.panics)
	}
	if t.err == nil {
		for _, after := range t.tx.after {
			after()
		}
	}
	return t.err
}

func (b *batcher) run() {
	defer close(b.done)
	for first := range b.queue {
		b.commit(first)
	}
}

// commit runs first and whoever waits behind it in one SQLite transaction.
func (b *batcher) commit(first *batched) {
	members := []*batched{first}
	defer func() {
		for _, m := range members {
			close(m.done)
		}
	}()
	ctx := context.Background()
	sqlTx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		first.err = fmt.Errorf("begin: %w", err)
		return
	}
	started := time.Now()
	first.run(sqlTx)
	for len(members) < batchSize && time.Since(started) < batchTime {
		next, ok := b.waiting()
		if !ok {
			break
		}
		members = append(members, next)
		next.run(sqlTx)
	}
	if err := sqlTx.Commit(); err != nil {
		_ = sqlTx.Rollback() // the commit's error is the one that tells why
		for _, m := range members {
			if m.err == nil {
				m.err = fmt.Errorf("commit: %w", err)
			}
		}
	}
}

func (b *batcher) waiting() (*batched, bool) {
	select {
	case m, ok := <-b.queue:
		return m, ok
	default:
		return nil, false
	}
}

// run plays one member as a savepoint.
func (m *batched) run(sqlTx *sql.Tx) {
	if m.err = m.ctx.Err(); m.err != nil {
		return
	}
	ctx := context.WithoutCancel(m.ctx)
	if _, m.err = sqlTx.ExecContext(ctx, "SAVEPOINT member"); m.err != nil {
		return
	}
	m.tx = &Tx{tx: sqlTx, engine: SQLite}
	func() {
		defer func() { m.panics = recover() }()
		m.err = m.f(ctx, m.tx)
	}()
	if m.err == nil && m.panics == nil {
		_, m.err = sqlTx.ExecContext(ctx, "RELEASE member")
		return
	}
	if _, err := sqlTx.ExecContext(ctx, "ROLLBACK TO member; RELEASE member"); err != nil {
		m.err = errors.Join(m.err, fmt.Errorf("rollback: %w", err))
	}
}
