package notify_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/testkit"
)

func TestNotices(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		s, ctx := newService(t, w, notify.Options{Words: words}), t.Context()
		points := int64(-50_00)
		bell, other := notify.Bell{Audience: notify.Resident, ID: maria.ID}, notify.Bell{Audience: notify.Staff, ID: maria.ID}
		for _, what := range []string{"one", "two", "three"} {
			add(t, d, s, notify.Message{Kind: "a", To: maria, Notice: &notify.Notice{
				Type: "redeem", Text: errs.T("{Name} took {What}", "What", what), Link: "/points/", Points: &points, Reward: "Rice"}})
			w.Clock.Advance(time.Minute)
		}
		add(t, d, s, notify.Message{Kind: "a", To: notify.Recipient{Audience: notify.Visitor, Name: "Nobody"}, Notice: &notify.Notice{Text: errs.T("x")}})

		first, err := s.Notices(ctx, bell, notify.NoticeFilter{Limit: 2})
		if err != nil || len(first.Rows) != 2 || first.Next == "" {
			t.Fatalf("%+v, %v", first, err)
		}
		n := first.Rows[0]
		want := notify.Notification{ID: n.ID, Type: "redeem", Message: "en: Maria Santos took three", MessageFil: "fil: Maria Santos took three", Link: "/points/",
			Points: &points, Reward: "Rice", CreatedAt: testkit.Start.Add(2 * time.Minute)}
		if diff := cmp.Diff(want, n); diff != "" {
			t.Error(diff)
		}
		rest, err := s.Notices(ctx, bell, notify.NoticeFilter{Limit: 2, Cursor: first.Next})
		if err != nil || len(rest.Rows) != 1 || rest.Next != "" || rest.Rows[0].Message != "en: Maria Santos took one" {
			t.Errorf("second page %+v, %v", rest, err)
		}
		if page, err := s.Notices(ctx, other, notify.NoticeFilter{}); err != nil || len(page.Rows) != 0 {
			t.Errorf("staff of the same id sees %d, %v", len(page.Rows), err)
		}
		if rows, total, err := s.NoticesFrom(ctx, bell, false, 2, 1); err != nil || total != 3 || len(rows) != 2 || rows[0].ID != first.Rows[1].ID {
			t.Errorf("from the second: %d of %d, %v", len(rows), total, err)
		}
		if rows, total, err := s.NoticesFrom(ctx, bell, false, 0, 0); err != nil || total != 3 || len(rows) != 0 {
			t.Errorf("none asked for: %d of %d, %v", len(rows), total, err)
		}
	})
}

func TestMarkingNotices(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		s, ctx := newService(t, w, notify.Options{Words: words}), t.Context()
		bell, other := notify.Bell{Audience: notify.Resident, ID: maria.ID}, notify.Bell{Audience: notify.Resident, ID: db.NewID()}
		for range 4 {
			add(t, d, s, notify.Message{Kind: "a", To: maria, Notice: &notify.Notice{Type: "other", Text: errs.T("x")}})
			w.Clock.Advance(time.Minute)
		}
		notices := func() []notify.Notification {
			t.Helper()
			page, err := s.Notices(ctx, bell, notify.NoticeFilter{})
			if err != nil {
				t.Fatal(err)
			}
			return page.Rows
		}
		unread := func(want int) {
			t.Helper()
			if n, err := s.Unread(ctx, bell); err != nil || n != want {
				t.Errorf("%d unread, %v; want %d", n, err, want)
			}
		}
		all := notices()
		if err := s.MarkRead(ctx, other, all[0].ID); !errors.Is(err, notify.ErrNoticeNotFound) {
			t.Errorf("somebody else's: %v", err)
		}
		unread(4)
		if err := s.MarkRead(ctx, bell, all[0].ID); err != nil {
			t.Fatal(err)
		}
		seen := w.Clock.Now()
		unread(3)
		w.Clock.Advance(time.Minute)
		if err := s.MarkRead(ctx, bell, all[0].ID); err != nil { // the first look stays the first
			t.Fatal(err)
		}
		if err := s.MarkOpened(ctx, bell, all[1].ID); err != nil {
			t.Fatal(err)
		}
		got := notices()
		if !got[0].IsRead || got[0].ViewedAt == nil || !got[0].ViewedAt.Equal(seen) {
			t.Errorf("read: %+v", got[0])
		}
		if !got[1].IsRead || got[1].ViewedAt != nil {
			t.Errorf("opened: %+v", got[1])
		}
		if n, err := s.MarkViewed(ctx, bell, all[2].ID, all[0].ID, uuid.New()); err != nil || n != 1 {
			t.Errorf("%d of the named ones were new, %v; want 1", n, err)
		}
		if n, err := s.MarkViewed(ctx, other); err != nil || n != 0 {
			t.Errorf("somebody else's: %d, %v", n, err)
		}
		if n, err := s.MarkViewed(ctx, bell); err != nil || n != 2 {
			t.Errorf("%d of all were new, %v; want 2", n, err)
		}
		unread(0)
		if got := notices(); got[2].IsRead || got[2].ViewedAt == nil {
			t.Errorf("viewed is not read: %+v", got[2])
		}
	})
}
