package ui

import "net/http"

// problemIcon tells the sorts of errors apart at a glance.
func problemIcon(status int) string {
	switch status {
	case http.StatusForbidden, http.StatusUnauthorized:
		return "lock"
	case http.StatusNotFound:
		return "search"
	case http.StatusTooManyRequests:
		return "clock"
	default:
		return "triangle-alert"
	}
}
