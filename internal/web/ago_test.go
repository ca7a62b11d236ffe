package web

import (
	"testing"
	"time"
)

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "Just now", time.Minute: "Just now", -time.Hour: "Just now", 61 * time.Second: "1 minute ago", 59 * time.Minute: "59 minutes ago",
		time.Hour: "60 minutes ago", time.Hour + time.Second: "1 hour ago", 23*time.Hour + 59*time.Minute: "23 hours ago",
		24 * time.Hour: "1 day ago", 49 * time.Hour: "2 days ago",
	} {
		if got := Ago(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
