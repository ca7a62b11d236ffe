package db_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

func TestCursorSurvivesAnAddress(t *testing.T) {
	want := db.Cursor{At: time.Date(2026, 11, 23, 7, 55, 0, 123456000, time.UTC), ID: db.NewID()}
	got, err := db.ParseCursor(want.String())
	if err != nil || got != want {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	first, err := db.ParseCursor("")
	if err != nil || !first.At.After(want.At) || first.ID != uuid.Max {
		t.Errorf("the first page begins at %v, %v", first, err)
	}
	for _, bad := range []string{"x", "!!!", want.String() + "AA", "' OR 1=1"} {
		if _, err := db.ParseCursor(bad); !errors.Is(err, db.ErrCursor) {
			t.Errorf("%q was read: %v", bad, err)
		}
	}
}

func TestPageOf(t *testing.T) {
	cursor := func(n int) db.Cursor { return db.Cursor{At: time.Unix(int64(n), 0).UTC()} }
	page := db.PageOf([]int{5, 4, 3}, 2, cursor)
	if len(page.Rows) != 2 || page.Next != cursor(4).String() {
		t.Errorf("a page with more behind it: %+v", page)
	}
	if last := db.PageOf([]int{5, 4}, 2, cursor); len(last.Rows) != 2 || last.Next != "" {
		t.Errorf("the last page: %+v", last)
	}
	for wish, want := range map[int]int{-1: 50, 0: 50, 7: 7, 5000: 200} {
		if got := db.Limit(wish); got != want {
			t.Errorf("Limit(%d) = %d, want %d", wish, got, want)
		}
	}
}

func TestWhere(t *testing.T) {
	var w db.Where
	if w.String() != "TRUE" {
		t.Errorf("no condition is %q", w.String())
	}
	w.And("a = ?", 1)
	w.And("b BETWEEN ? AND ?", 2, 3)
	limit := w.Bind("LIMIT ?", 4)
	if w.String() != "a = $1 AND b BETWEEN $2 AND $3" || limit != "LIMIT $4" || len(w.Args()) != 4 {
		t.Errorf("got %q, %q, %v", w.String(), limit, w.Args())
	}
}
