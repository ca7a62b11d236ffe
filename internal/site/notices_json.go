package site

import (
	"fmt"
	"net/http"

	"ekolek/internal/notify"
	"ekolek/internal/web"
)

// The reference's pages asked for these two by script. Pages of ours do not, but an old
// one may still stand open in a browser.

type unreadCount struct {
	Success bool `json:"success"`
	Count   int  `json:"unread_count"`
}

// GET /accounts/api/notifications/unread-count/
func (s *Site) unreadCount(w http.ResponseWriter, r *http.Request) error {
	n, err := s.notify.Unread(r.Context(), myBell(r))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, unreadCount{true, n})
}

type markedViewed struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
	Count   int    `json:"updated_count"`
}

// POST /accounts/api/notifications/mark-viewed/
func (s *Site) markViewed(w http.ResponseWriter, r *http.Request) error {
	n, err := s.notify.MarkViewed(r.Context(), myBell(r))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, markedViewed{true, fmt.Sprintf("%d notifications marked as viewed", n), n})
}

func myBell(r *http.Request) notify.Bell {
	return notify.Bell{Audience: notify.Resident, ID: web.PrincipalOf(r.Context()).ID}
}
