package mobile

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/mobile/wire"
	"ekolek/internal/notify"
	"ekolek/internal/web"
)

// How many notices a page of the app has, and at most.
const (
	noticePage = 20
	mostOnPage = 100
)

// notice is one under the bell. What it does not tell has no key.
type notice struct {
	ID        uuid.UUID    `json:"id"`
	Type      string       `json:"type"`
	Message   string       `json:"message"`
	IsRead    bool         `json:"is_read"`
	ViewedAt  wire.Time    `json:"viewed_at"`
	CreatedAt wire.Time    `json:"created_at"`
	Points    *wire.Points `json:"points,omitempty"`
	Reward    string       `json:"reward_name,omitempty"`
	Video     string       `json:"video_title,omitempty"`
	Score     *int64       `json:"game_score,omitempty"`
}

// noticePlace says which part of the list a page is.
type noticePlace struct {
	Limit  int  `json:"limit"`
	Offset int  `json:"offset"`
	More   bool `json:"has_more"`
}

// marked is the answer to marking one notice.
type marked struct {
	answered
	At wire.Time `json:"timestamp"`
}

// Refusals of notices.
var (
	errNoticeList  = refuse(http.StatusBadRequest, "NOTIFICATIONS_FETCH_ERROR", "Error retrieving notifications")
	errNoticeMarks = refuse(http.StatusBadRequest, "NOTIFICATIONS_UPDATE_ERROR", "Error marking notifications as viewed")
	errNoticeGone  = refuse(http.StatusNotFound, "NOTIFICATION_NOT_FOUND", "Notification not found")
)

// myBell is the bell of whoever asks.
func myBell(r *http.Request) notify.Bell {
	return notify.Bell{Audience: notify.Resident, ID: web.PrincipalOf(r.Context()).ID}
}

// GET /api/notifications/?limit=20&offset=0&unread_only=false
func (m *Mobile) notices(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	place := noticePlace{Limit: min(wholeOr(q.Get("limit"), noticePage), mostOnPage), Offset: max(wholeOr(q.Get("offset"), 0), 0)}
	if place.Limit < 0 {
		return errNoticeList
	}
	ctx, bell := r.Context(), myBell(r)
	rows, total, err := m.notify.NoticesFrom(ctx, bell, strings.EqualFold(q.Get("unread_only"), "true"), place.Limit, place.Offset)
	if err != nil {
		return err
	}
	unread, err := m.notify.Unread(ctx, bell)
	if err != nil {
		return err
	}
	place.More = place.Offset < total-place.Limit
	list := make([]notice, len(rows))
	for i, n := range rows {
		list[i] = notice{n.ID, n.Type, n.Message, n.IsRead, wire.TimeOrNull(n.ViewedAt), wire.Time(n.CreatedAt),
			(*wire.Points)(n.Points), n.Reward, n.Video, n.Score}
	}
	return web.JSON(w, http.StatusOK, struct {
		answered
		Notices []notice    `json:"notifications"`
		Unread  int         `json:"unread_count"` // of all
		Total   int         `json:"total_count"`  // of those asked for
		Place   noticePlace `json:"pagination"`
		At      wire.Time   `json:"timestamp"`
	}{answered{true, "Notifications retrieved successfully"}, list, unread, total, place, wire.Time(m.now())})
}

// wholeOr reads a whole number; what is none is taken for missing.
func wholeOr(text string, missing int) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return missing
	}
	return n
}

// GET /api/notifications/unread-count/
func (m *Mobile) unreadNotices(w http.ResponseWriter, r *http.Request) error {
	n, err := m.notify.Unread(r.Context(), myBell(r))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		Success bool      `json:"success"`
		Unread  int       `json:"unread_count"`
		At      wire.Time `json:"timestamp"`
	}{true, n, wire.Time(m.now())})
}

// POST /api/notifications/mark-viewed/. Without a list of ids it is all of them.
func (m *Mobile) viewNotices(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(r)
	if err != nil {
		return err
	}
	var ids []uuid.UUID
	list, _ := b["notification_ids"].([]any)
	for _, one := range list {
		id, err := uuid.Parse(fmt.Sprint(one))
		if err != nil {
			return errNoticeMarks.because(err)
		}
		ids = append(ids, id)
	}
	n, err := m.notify.MarkViewed(r.Context(), myBell(r), ids...)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		answered
		Updated int       `json:"updated_count"`
		At      wire.Time `json:"timestamp"`
	}{answered{true, fmt.Sprintf("%d notification(s) marked as viewed", n)}, n, wire.Time(m.now())})
}

// POST /api/notifications/{id}/mark-read/
func (m *Mobile) readNotice(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	err = m.notify.MarkRead(r.Context(), myBell(r), id)
	if errors.Is(err, notify.ErrNoticeNotFound) {
		err = errNoticeGone.because(err)
	}
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, marked{answered{true, "Notification marked as read"}, wire.Time(m.now())})
}
