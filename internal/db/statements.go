package db

import (
	"context"
	"database/sql"
	"sync"
)

// statements keeps SQLite's prepared statements: reading SQL text took a third of the
// time of a small write. A text is prepared when it has come a few times, so that
// what is asked once does not take the room. PostgreSQL's driver does this by itself.
type statements struct {
	db *sql.DB

	mu    sync.Mutex
	ready map[string]*sql.Stmt
	seen  map[string]int
}

const (
	statementsKept = 160
	seenBefore     = 3
	seenKept       = 2000
)

func newStatements(db *sql.DB) *statements {
	return &statements{db: db, ready: map[string]*sql.Stmt{}, seen: map[string]int{}}
}

// get finds a text's statement. wanted asks the caller to prepare it, at a time when
// a connection is to be had.
func (s *statements) get(text string) (stmt *sql.Stmt, wanted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt, ok := s.ready[text]; ok {
		return stmt, false
	}
	if len(s.ready) >= statementsKept {
		return nil, false
	}
	if len(s.seen) >= seenKept {
		clear(s.seen)
	}
	s.seen[text]++
	return nil, s.seen[text] == seenBefore
}

// prepare makes a text's statement. A text that cannot be prepared is left to run as
// it is, and to tell its own error.
func (s *statements) prepare(text string) {
	stmt, err := s.db.PrepareContext(context.Background(), text)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, twice := s.ready[text]; twice {
		_ = stmt.Close() // the other one serves
		return
	}
	s.ready[text] = stmt
	delete(s.seen, text)
}

func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stmt := range s.ready {
		_ = stmt.Close() // the connection closes next
	}
	clear(s.ready)
}
