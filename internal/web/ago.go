package web

import (
	"fmt"
	"time"
)

// Ago says how long ago something was, in the words of the former system's answers, which
// its apps and pages show as they are: English, and rounded down.
func Ago(d time.Duration) string {
	switch {
	case d >= 24*time.Hour:
		return some(int(d/(24*time.Hour)), "day")
	case d > time.Hour:
		return some(int(d/time.Hour), "hour")
	case d > time.Minute:
		return some(int(d/time.Minute), "minute")
	default:
		return "Just now"
	}
}

func some(n int, unit string) string {
	if n > 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s ago", n, unit)
}
