package mobile

import (
	"errors"
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/mobile/wire"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/web"
)

// shownNotices is how many notices the scanner app shows.
const shownNotices = 20

type collectorNotice struct {
	ID        uuid.UUID    `json:"id"`
	Type      string       `json:"type"`
	Message   string       `json:"message"`
	Points    *wire.Points `json:"points"`
	Reward    *string      `json:"reward_name"`
	Video     *string      `json:"video_title"`
	Score     *int64       `json:"game_score"`
	IsRead    bool         `json:"is_read"`
	CreatedAt wire.Time    `json:"created_at"`
	TimeAgo   string       `json:"time_ago"`
}

// Refusals of notices.
var (
	errNoNoticeUser = refuseCollector(http.StatusNotFound, "", "User not found")
	errNoNoticeIDs  = refuseCollector(http.StatusBadRequest, "", "Notification ID and User ID are required")
	errNoNotice     = refuseCollector(http.StatusNotFound, "", "Notification not found")
)

// GET /mobile/api/notifications/?user_id=
func (m *Mobile) collectorNotices(w http.ResponseWriter, r *http.Request) error {
	text := r.URL.Query().Get("user_id")
	if text == "" {
		return errNoUserID
	}
	bell, err := m.bellOf(r, text)
	if err != nil {
		return err
	}
	page, err := m.notify.Notices(r.Context(), bell, notify.NoticeFilter{Limit: shownNotices})
	if err != nil {
		return err
	}
	answer := struct {
		Success bool              `json:"success"`
		Notices []collectorNotice `json:"notifications"`
		Unread  int               `json:"unread_count"` // of those shown
		Total   int               `json:"total_count"`
	}{true, make([]collectorNotice, len(page.Rows)), 0, len(page.Rows)}
	for i, n := range page.Rows {
		answer.Notices[i] = collectorNotice{n.ID, n.Type, n.Message, (*wire.Points)(n.Points), wire.OrNull(n.Reward), wire.OrNull(n.Video), n.Score,
			n.IsRead, wire.Time(n.CreatedAt), web.Ago(m.now().Sub(n.CreatedAt))}
		if !n.IsRead {
			answer.Unread++
		}
	}
	return web.JSON(w, http.StatusOK, answer)
}

// POST /mobile/api/notifications/mark-read/
func (m *Mobile) markNoticeRead(w http.ResponseWriter, r *http.Request) error {
	b, err := readBody(r)
	if err != nil {
		return err
	}
	if b.empty("notification_id") || b.empty("user_id") {
		return errNoNoticeIDs
	}
	user, ok := b.text("user_id")
	id, isID := b.uuid("notification_id")
	if !ok || !isID {
		return errNoNotice
	}
	bell, err := m.bellOf(r, user)
	if err == nil {
		err = m.notify.MarkOpened(r.Context(), bell, id)
	}
	if errors.Is(err, notify.ErrNoticeNotFound) || errors.Is(err, errNoNoticeUser) {
		err = errNoNotice.because(err)
	}
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		Success bool   `json:"success"`
		Message string `json:"message"`
	}{true, "Notification marked as read"})
}

// bellOf is the bell of a resident, for themselves and for collectors in whose reach they
// are. To another resident nobody is there.
func (m *Mobile) bellOf(r *http.Request, text string) (notify.Bell, error) {
	ctx := r.Context()
	who := web.PrincipalOf(ctx)
	id, err := uuid.Parse(text)
	if err != nil || who.Surface == auth.ResidentSurface && who.ID != id {
		return notify.Bell{}, errNoNoticeUser
	}
	of, err := m.people.ResidentByID(ctx, people.City, id)
	switch {
	case errors.Is(err, people.ErrResidentNotFound), err == nil && !people.CanAccess(of):
		return notify.Bell{}, errNoNoticeUser
	case err != nil:
		return notify.Bell{}, err
	}
	if who.Surface == auth.StaffSurface {
		err = m.people.Reaches(ctx, who.Scope, of.BarangayID)
		if errors.Is(err, people.ErrOutside) {
			err = errUserReach.because(err)
		}
	}
	return notify.Bell{Audience: notify.Resident, ID: id}, err
}
