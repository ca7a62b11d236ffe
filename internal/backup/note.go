package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

func (s *Service) noteMade(ctx context.Context, id uuid.UUID, made Made) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		now := s.o.Now()
		if err := storeMade(ctx, tx, id, made, filepath.Dir(made.File) == absolute(s.o.Dir), now); err != nil {
			return err
		}
		if code := made.problem(); code != "" {
			s.o.Log.ErrorContext(ctx, "the books in a backup do not balance", "security", true, "event", "BACKUP_BAD_BOOKS")
		}
		return keepFact(ctx, tx, lastName, Fact{At: now, OK: true, File: made.File, GoodAt: made.Manifest.MadeAt})
	})
}

func (s *Service) noteFailed(ctx context.Context, id uuid.UUID, cause error) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		now, code := s.o.Now(), codeOf(cause)
		if err := storeFailed(ctx, tx, id, code, now); err != nil {
			return err
		}
		return s.noteBad(ctx, tx, lastName, Fact{At: now, Problem: code}, Failure{Problem: code, At: now})
	})
}

func (s *Service) noteTest(ctx context.Context, id uuid.UUID, made Made, cause error) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		now := s.o.Now()
		if cause == nil {
			if err := storeTest(ctx, tx, id, "", now); err != nil {
				return err
			}
			return keepFact(ctx, tx, testName, Fact{At: now, OK: true, File: made.File, GoodAt: now})
		}
		code := codeOf(cause)
		if err := storeTest(ctx, tx, id, code, now); err != nil {
			return err
		}
		return s.noteBad(ctx, tx, testName, Fact{At: now, Problem: code, File: made.File}, Failure{Restore: true, Problem: code, At: now})
	})
}

// tellAgain is how long people are not told of the same problem once more.
const tellAgain = 20 * time.Hour

// noteBad keeps a bad outcome and tells people, but not every hour of the same. A
// program that was stopped is no news: its successor makes the backup.
func (s *Service) noteBad(ctx context.Context, tx *db.Tx, name string, f Fact, tell Failure) error {
	last, err := readFact(ctx, tx, name)
	if err != nil {
		return err
	}
	f.GoodAt, f.ToldAt = last.GoodAt, last.ToldAt
	known := !last.OK && last.Problem == f.Problem && f.At.Sub(last.ToldAt) < tellAgain
	if !known && f.Problem != Stopped && s.tell != nil {
		f.ToldAt = f.At
		if err := s.tell(ctx, tx, tell); err != nil {
			return err
		}
	}
	return keepFact(ctx, tx, name, f)
}

// codeOf is the code of what went wrong.
func codeOf(err error) Code {
	var p *Problem
	switch {
	case errors.As(err, &p):
		return p.Code
	case errors.Is(err, context.Canceled):
		return Stopped
	default:
		return Other
	}
}

// problem is what is wrong with a backup that is whole.
func (m Made) problem() Code {
	if m.Manifest.Ledger.Wrong != "" {
		return BadBooks
	}
	return ""
}

// Fact is the outcome of the newest backup or trial restore.
type Fact struct {
	At      time.Time `json:"at"`
	OK      bool      `json:"ok"`
	Problem Code      `json:"problem,omitempty"`
	File    string    `json:"file,omitempty"`
	GoodAt  time.Time `json:"good_at"` // of the newest that went well; zero: none did
	ToldAt  time.Time `json:"told_at"` // when people were last told of a bad one
}

// The names under which package db keeps the two facts.
const (
	lastName = "backup.last"
	testName = "backup.last_restore_test"
)

// Last is the newest backup that ended, well or badly; zero when there was none.
func Last(ctx context.Context, q db.Q) (Fact, error) { return readFact(ctx, q, lastName) }

// LastTest is the newest trial restore; zero when there was none.
func LastTest(ctx context.Context, q db.Q) (Fact, error) { return readFact(ctx, q, testName) }

func readFact(ctx context.Context, q db.Q, name string) (Fact, error) {
	value, err := db.Value(ctx, q, name)
	if err != nil || value == "" {
		return Fact{}, err
	}
	var f Fact
	if err := json.Unmarshal([]byte(value), &f); err != nil {
		return Fact{}, fmt.Errorf("read %s: %w", name, err)
	}
	return f, nil
}

func keepFact(ctx context.Context, tx *db.Tx, name string, f Fact) error {
	value, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return db.SetValue(ctx, tx, name, string(value), f.At)
}
