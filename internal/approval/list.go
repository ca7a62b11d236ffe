package approval

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// Filter narrows the list of requests; a zero field does not.
type Filter struct {
	State  State
	Kind   Kind
	Target uuid.UUID
	Cursor string
	Limit  int
}

// Requests gives one page of requests, the newest first.
func (s *Service) Requests(ctx context.Context, reach Reach, f Filter) (db.Page[Request], error) {
	after, err := db.ParseCursor(f.Cursor)
	if err != nil {
		return db.Page[Request]{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := listRequests(ctx, s.db, reach, f, after, limit+1)
	if err != nil {
		return db.Page[Request]{}, fmt.Errorf("list requests: %w", err)
	}
	return db.PageOf(rows, limit, func(r Request) db.Cursor { return db.Cursor{At: r.AskedAt, ID: r.ID} }), nil
}

// Request finds one. Error: ErrNotFound, also out of reach.
func (s *Service) Request(ctx context.Context, reach Reach, id uuid.UUID) (Request, error) {
	r, err := requestByID(ctx, s.db, reach, id)
	if err != nil {
		return Request{}, fmt.Errorf("request %s: %w", id, err)
	}
	return r, nil
}

// Count tells how many wait within reach.
func (s *Service) Count(ctx context.Context, reach Reach) (int, error) {
	n, err := countWaiting(ctx, s.db, reach)
	if err != nil {
		return 0, fmt.Errorf("count requests: %w", err)
	}
	return n, nil
}
