package ui

import (
	"context"
	"time"

	"ekolek/internal/web/i18n"
)

// Notices is a page of somebody's notices, newest first.
type Notices struct {
	Page
	Bell  string // where the notices are; marking them posts below it
	Rows  []Told
	Next  string
	Fresh int // how many were never looked at, on all pages
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

// bellLabel is the bell in words.
func (p Page) bellLabel(ctx context.Context) string {
	if n := p.Counts[p.Frame.Bell.Counts]; n > 0 {
		return i18n.T(ctx, "web.bell_new", "Count", n)
	}
	return i18n.T(ctx, "web.bell")
}

// bellNumber is what stands on the bell: "" for nothing, "99+" for more.
func (p Page) bellNumber() string {
	switch n := p.Counts[p.Frame.Bell.Counts]; {
	case n <= 0:
		return ""
	case n > 99:
		return "99+"
	default:
		return i18n.Number(int64(n))
	}
}

// hasBell says whether the reader has notices here.
func (p Page) hasBell() bool { return p.Frame.Bell.Href != "" && p.Principal.May(p.Frame.Bell.Need) }
