package ui

import (
	"context"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/web/i18n"
)

// Notices is a page of somebody's notices, newest first.
type Notices struct {
	Page
	Bell  string // where the notices are; marking them posts below it
	Days  []ToldDay
	Next  string
	Fresh int  // how many were never looked at, on all pages
	Only  bool // those alone are shown
	First bool // the newest are: the list is kept up to date
}

// ToldDay are the notices of one day in Manila.
type ToldDay struct {
	Day  string // "Today"
	Rows []Told
}

// DaysOf puts notices, which are in order, under their days. today is Manila's.
func DaysOf(ctx context.Context, rows []Told, now time.Time) []ToldDay {
	var days []ToldDay
	last := ""
	for _, n := range rows {
		if day := db.Day(n.At); day != last {
			days, last = append(days, ToldDay{Day: dayName(ctx, n.At, now)}), day
		}
		d := &days[len(days)-1]
		d.Rows = append(d.Rows, n)
	}
	return days
}

func dayName(ctx context.Context, at, now time.Time) string {
	switch db.Day(at) {
	case db.Day(now):
		return i18n.T(ctx, "web.notices.today")
	case db.Day(now.AddDate(0, 0, -1)):
		return i18n.T(ctx, "web.notices.yesterday")
	}
	if now.Sub(at) < 300*24*time.Hour {
		return i18n.Date(ctx, at)
	}
	return i18n.DateYear(ctx, at)
}

// views are all notices, and those that are new.
func (v Notices) views(ctx context.Context) []Tab {
	return []Tab{
		{Href: v.Bell, Text: i18n.T(ctx, "web.notices.all"), Current: !v.Only},
		{Href: v.Bell + "?new=1", Text: i18n.T(ctx, "web.notices.only_new"), Count: v.Fresh, Counted: true, Current: v.Only},
	}
}

// Told is one notice.
type Told struct {
	ID    string
	Icon  string
	Text  string
	At    time.Time
	Fresh bool // never looked at
	Leads bool // to what it is about
	Href  string
}

// unread is how many notices are new.
func (p Page) unread() int { return p.Counts[p.Frame.Bell.Counts] }

// BellLabel is the bell in words.
func BellLabel(ctx context.Context, unread int) string {
	if unread > 0 {
		return i18n.T(ctx, "web.bell_new", "Count", unread)
	}
	return i18n.T(ctx, "web.bell")
}

// BellNumber is what stands on the bell: "" for nothing, "99+" for more.
func BellNumber(unread int) string {
	switch {
	case unread <= 0:
		return ""
	case unread > 99:
		return "99+"
	default:
		return i18n.Number(int64(unread))
	}
}

// hasBell says whether the reader has notices here.
func (p Page) hasBell() bool { return p.Frame.Bell.Href != "" && p.Principal.May(p.Frame.Bell.Need) }
