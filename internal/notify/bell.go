package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// Bell is whose notices are meant.
type Bell struct {
	Audience Audience // Resident or Staff
	ID       uuid.UUID
}

// Notification is a notice under somebody's bell.
type Notification struct {
	ID         uuid.UUID
	Type       string
	Message    string // in English
	MessageFil string // empty in notices brought over from the former system
	Link       string // local address; empty: none
	Points     *int64 // signed hundredths; nil: none
	Reward     string
	Video      string
	Score      *int64 // of a game
	IsRead     bool   // opened
	ViewedAt   *time.Time
	CreatedAt  time.Time
}

// ErrNoticeNotFound says that there is no such notice under this bell.
var ErrNoticeNotFound = errs.New(errs.NotFound, "NOTIFICATION_NOT_FOUND", "error.notify.notice_not_found")

// NoticeFilter narrows the notices; a zero field does not.
type NoticeFilter struct {
	Unviewed bool
	Cursor   string
	Limit    int
}

// Notices gives one page of somebody's notices, newest first.
func (s *Service) Notices(ctx context.Context, b Bell, f NoticeFilter) (db.Page[Notification], error) {
	after, err := db.ParseCursor(f.Cursor)
	if err != nil {
		return db.Page[Notification]{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := listNotices(ctx, s.db, b, f.Unviewed, after, limit+1, 0)
	if err != nil {
		return db.Page[Notification]{}, fmt.Errorf("list notices: %w", err)
	}
	return db.PageOf(rows, limit, func(n Notification) db.Cursor { return db.Cursor{At: n.CreatedAt, ID: n.ID} }), nil
}

// maxOffset is as far as a phone may page by counting.
const maxOffset = 10_000

// NoticesFrom gives notices the way the phone apps ask: by their place in the list. total
// is how many there are.
func (s *Service) NoticesFrom(ctx context.Context, b Bell, unviewed bool, limit, offset int) (rows []Notification, total int, err error) {
	first, err := db.ParseCursor("")
	if err == nil && limit > 0 {
		rows, err = listNotices(ctx, s.db, b, unviewed, first, min(limit, db.MaxLimit), min(max(offset, 0), maxOffset))
	}
	if err == nil {
		total, err = countNotices(ctx, s.db, b, unviewed)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("list notices: %w", err)
	}
	return rows, total, nil
}

// Unread counts the notices that were never looked at: the figure on the bell.
func (s *Service) Unread(ctx context.Context, b Bell) (int, error) {
	n, err := countNotices(ctx, s.db, b, true)
	if err != nil {
		return 0, fmt.Errorf("count notices: %w", err)
	}
	return n, nil
}

// MarkRead notes that somebody opened a notice, which is also looking at it:
// ErrNoticeNotFound, also for those of others.
func (s *Service) MarkRead(ctx context.Context, b Bell, id uuid.UUID) error {
	return s.markRead(ctx, b, id, true)
}

// Open is MarkRead that tells where the notice leads; "" for nowhere.
func (s *Service) Open(ctx context.Context, b Bell, id uuid.UUID) (link string, err error) {
	if err := s.MarkRead(ctx, b, id); err != nil {
		return "", err
	}
	link, err = noticeLink(ctx, s.db, b, id)
	if err != nil {
		return "", fmt.Errorf("notice %s: %w", id, err)
	}
	return link, nil
}

// MarkOpened is MarkRead for the collectors' phones, whose reference leaves the time of
// the first look alone.
func (s *Service) MarkOpened(ctx context.Context, b Bell, id uuid.UUID) error {
	return s.markRead(ctx, b, id, false)
}

func (s *Service) markRead(ctx context.Context, b Bell, id uuid.UUID, view bool) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		ok, err := markRead(ctx, tx, b, id, view, s.now())
		if err == nil && !ok {
			err = ErrNoticeNotFound
		}
		return err
	})
}

// maxMarked is how many notices one call may name.
const maxMarked = 1000

// MarkViewed notes that somebody looked at these notices, or at all of theirs when none
// is named, and tells how many of them were new.
func (s *Service) MarkViewed(ctx context.Context, b Bell, ids ...uuid.UUID) (n int, err error) {
	ids = ids[:min(len(ids), maxMarked)]
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		changed, err := markViewed(ctx, tx, b, ids, s.now())
		n = int(changed)
		return err
	})
	return n, err
}
