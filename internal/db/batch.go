package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// batcher is SQLite's one writer. It commits the transactions that wait at the same
// moment together: each is a savepoint of its own, all share one durable commit, and
// nobody is answered before it. One transaction that fails takes only its own
// savepoint with it. They run on the batcher's goroutine: handing each its turn on its
// caller's goroutine was measured a third slower.
type batcher struct {
	db         *sql.DB
	log        *slog.Logger
	counters   *counters
	queue      chan *member
	done       chan struct{}
	statements *statements
	wanted     []string // texts to prepare before the next batch

	mu     sync.RWMutex // guards closed against sends on queue
	closed bool
}

// A batch ends when nobody waits, or at these limits, so that no one waits long.
const (
	batchSize = 256
	batchTime = 20 * time.Millisecond
)

// member is one transaction's part in a batch.
type member struct {
	ctx    context.Context
	f      func(ctx context.Context, tx *Tx) error
	tx     *Tx
	err    error
	panics *Panic
	done   chan struct{} // closed when err and panics are final
}

// Panic is what InTx panics with on SQLite when its function did: with the stack,
// which would be lost on the way from the writer's goroutine.
type Panic struct {
	Value any
	Stack []byte
}

// Error is the value and the stack, for the log.
func (p *Panic) Error() string { return fmt.Sprintf("%v\n%s", p.Value, p.Stack) }

func newBatcher(db *sql.DB, log *slog.Logger, c *counters) *batcher {
	b := &batcher{db: db, log: log, counters: c, queue: make(chan *member, batchSize), done: make(chan struct{}), statements: newStatements(db)}
	go b.run()
	return b
}

// close lets the transactions that wait finish, and refuses new ones.
func (b *batcher) close() {
	b.mu.Lock()
	if !b.closed {
		b.closed = true
		close(b.queue)
	}
	b.mu.Unlock()
	<-b.done
	b.statements.close()
}

var errClosed = errors.New("database is closed")

func (b *batcher) do(ctx context.Context, f func(context.Context, *Tx) error) error {
	m := &member{ctx: ctx, f: f, done: make(chan struct{})}
	if !b.enqueue(m) {
		return errClosed
	}
	<-m.done
	if m.panics != nil {
		panic(m.panics)
	}
	if m.err == nil {
		for _, after := range m.tx.after {
			after()
		}
	}
	return m.err
}

func (b *batcher) enqueue(m *member) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.closed {
		return false
	}
	b.queue <- m
	return true
}

func (b *batcher) run() {
	drained := false
	defer func() {
		if drained {
			close(b.done)
			return
		}
		go b.run() // a function ended its goroutine, as a test's FailNow does: this one
	}()
	for first := range b.queue {
		b.commit(first)
		for _, text := range b.wanted {
			b.statements.prepare(text)
		}
		b.wanted = b.wanted[:0]
	}
	drained = true
}

// errUnfinished stands for a function that ended its goroutine.
var errUnfinished = errors.New("the transaction's function did not return")

// commit runs first and whoever waits behind it in one SQLite transaction. When one
// of them breaks it, all of them fail: nothing was committed.
func (b *batcher) commit(first *member) {
	members := []*member{first}
	err := errUnfinished
	defer func() {
		for _, m := range members {
			if m.err == nil {
				m.err = err
			}
			close(m.done)
		}
	}()
	sqlTx, beginErr := b.db.BeginTx(context.Background(), nil)
	if beginErr != nil {
		err = fmt.Errorf("begin: %w", beginErr)
		return
	}
	defer sqlTx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	started := time.Now()
	whole := first.run(b, sqlTx)
	for whole && len(members) < batchSize && time.Since(started) < batchTime {
		next, ok := b.waiting()
		if !ok {
			break
		}
		members = append(members, next)
		whole = next.run(b, sqlTx)
	}
	if !whole {
		err = ErrUnavailable.Because(members[len(members)-1].err)
		return
	}
	if err = sqlTx.Commit(); err != nil { // the driver has rolled back
		err = fmt.Errorf("commit: %w", err)
		return
	}
	b.counters.batch(len(members))
}

func (b *batcher) waiting() (*member, bool) {
	select {
	case m, ok := <-b.queue:
		return m, ok
	default:
		return nil, false
	}
}

// run plays one member as a savepoint. A statement must not be interrupted half-way:
// SQLite would roll back the whole batch. So f runs to its end once it has begun, and
// ctx only keeps it from beginning. whole is false when the savepoint was lost, so
// that this member's writes cannot be told from those of the others.
func (m *member) run(b *batcher, sqlTx *sql.Tx) (whole bool) {
	if m.err = m.ctx.Err(); m.err != nil {
		return true
	}
	m.tx = &Tx{tx: sqlTx, engine: SQLite, batch: b, log: b.log}
	own := context.Background() // the savepoint's statements are ours, not the caller's
	if _, m.err = m.tx.ExecContext(own, "SAVEPOINT member"); m.err != nil {
		return false
	}
	if m.err = m.play(); m.err == nil {
		if _, m.err = m.tx.ExecContext(own, "RELEASE member"); m.err == nil {
			return true
		}
	}
	if _, err := sqlTx.ExecContext(own, "ROLLBACK TO member; RELEASE member"); err != nil {
		m.err = errors.Join(m.err, fmt.Errorf("rollback: %w", err))
		return false
	}
	return true
}

// play calls f and catches its panic for the caller.
func (m *member) play() (err error) {
	defer func() {
		if v := recover(); v != nil {
			m.panics = &Panic{v, debug.Stack()}
			err = m.panics
		}
	}()
	return m.f(inside(context.WithoutCancel(m.ctx)), m.tx)
}
