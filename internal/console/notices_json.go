package console

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/notify"
	"ekolek/internal/web"
)

// The former console's pages asked for these by script. Pages of ours do not, but an old
// one may still stand open in a browser. Its words and its times in UTC are kept.
func (c *Console) formerNoticeRoutes() []web.Route {
	const path = "/cenro/api/notifications/"
	return []web.Route{
		{Pattern: "GET " + path + "unread-count/", Need: auth.AnyStaff, Quiet: true, Handle: c.noticeCount},
		{Pattern: "GET " + path + "list/", Need: auth.AnyStaff, Quiet: true, Handle: c.noticeList},
		{Pattern: "POST " + path + "mark-read/{id}/", Need: auth.AnyStaff, Handle: c.noticeRead},
		{Pattern: "POST " + path + "mark-all-read/", Need: auth.AnyStaff, Handle: c.noticesRead},
	}
}

func myBell(r *http.Request) notify.Bell {
	return notify.Bell{Audience: notify.Staff, ID: web.PrincipalOf(r.Context()).ID}
}

// GET /cenro/api/notifications/unread-count/
func (c *Console) noticeCount(w http.ResponseWriter, r *http.Request) error {
	n, err := c.notify.Unread(r.Context(), myBell(r))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		Count int `json:"count"`
	}{n})
}

// formerNotice is a notice as the former console's pages read it.
type formerNotice struct {
	ID      uuid.UUID `json:"id"`
	Type    string    `json:"type"`
	Display string    `json:"type_display"`
	Message string    `json:"message"`
	Link    string    `json:"link_url"`
	Read    bool      `json:"is_read"`
	Created string    `json:"created_at"`
	Ago     string    `json:"time_ago"`
}

// formerNotices is how many there are at most.
const formerNotices = 10

// GET /cenro/api/notifications/list/
func (c *Console) noticeList(w http.ResponseWriter, r *http.Request) error {
	page, err := c.notify.Notices(r.Context(), myBell(r), notify.NoticeFilter{Limit: formerNotices})
	if err != nil {
		return err
	}
	list := make([]formerNotice, len(page.Rows))
	for i, n := range page.Rows {
		list[i] = formerNotice{ID: n.ID, Type: n.Type, Display: formerType(n.Type), Message: n.Message, Link: web.Local(n.Link, ""), Read: n.ViewedAt != nil,
			Created: n.CreatedAt.UTC().Format("2006-01-02 03:04 PM"), Ago: web.Ago(c.now().Sub(n.CreatedAt.Truncate(time.Second)))}
	}
	return web.JSON(w, http.StatusOK, struct {
		Notices []formerNotice `json:"notifications"`
	}{list})
}

type formerDone struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
	Count   *int   `json:"count,omitempty"`
}

// POST /cenro/api/notifications/mark-read/{id}/
func (c *Console) noticeRead(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id")
	if err != nil {
		return err
	}
	err = c.notify.MarkRead(r.Context(), myBell(r), id)
	if errors.Is(err, notify.ErrNoticeNotFound) {
		return web.JSON(w, http.StatusNotFound, struct {
			Error string `json:"error"`
		}{"Notification not found"})
	}
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, formerDone{Success: true, Message: "Notification marked as read"})
}

// POST /cenro/api/notifications/mark-all-read/
func (c *Console) noticesRead(w http.ResponseWriter, r *http.Request) error {
	n, err := c.notify.MarkViewed(r.Context(), myBell(r))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, formerDone{true, fmt.Sprintf("%d notifications marked as read", n), &n})
}

// formerType is a type's label in the former console; types that it did not know are
// system alerts, as its default was.
func formerType(kind string) string {
	switch kind {
	case "new_registration":
		return "New User Registration"
	case "user_approved":
		return "User Approved"
	case "user_rejected":
		return "User Rejected"
	case "admin_account_locked":
		return "Admin Account Locked"
	case "admin_account_suspended":
		return "Admin Account Suspended"
	case "admin_account_unlocked":
		return "Admin Account Unlocked"
	case "admin_account_reactivated":
		return "Admin Account Reactivated"
	case "barangay_assignment_changed":
		return "Barangay Assignment Changed"
	default:
		return "System Alert"
	}
}
