package web

import (
	"context"
	"net/http"

	"github.com/a-h/templ"

	"ekolek/internal/auth"
	"ekolek/internal/notify"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

// Bell are the pages of one's notices, alike on each surface.
type Bell struct {
	Notify   *notify.Service
	Audience notify.Audience
	Path     string  // "/notices/"
	Stream   string  // "/events/"
	Events   *Events // of this node; nil: pages ask instead
	Need     auth.Permission
	Layout   func(v ui.Notices) templ.Component // the list inside the surface's frame
}

// BellCount is the number on the bell, in Surface.Counts.
const BellCount = "notices"

// Item is the bell's place in the frame.
func (b Bell) Item() ui.BellItem {
	return ui.BellItem{Href: b.Path, Need: b.Need, Counts: BellCount, Stream: b.Stream, Ask: b.ask()}
}

// ask is where a page without a stream asks.
func (b Bell) ask() string { return b.Path + "unread.json" }

// Routes are the list, and what marks it.
func (b Bell) Routes() []Route {
	return []Route{
		{Pattern: "GET " + b.Path, Need: b.Need, Handle: b.list},
		{Pattern: "GET " + b.ask(), Need: b.Need, Quiet: true, Handle: b.unread},
		{Pattern: "GET " + b.Stream, Need: b.Need, Quiet: true, Handle: b.events},
		{Pattern: "POST " + b.Path + "read/", Need: b.Need, Handle: b.readAll},
		{Pattern: "POST " + b.Path + "{id}/", Need: b.Need, Handle: b.open},
		{Pattern: "POST " + b.Path + "{id}/read/", Need: b.Need, Handle: b.read},
	}
}

// Unread counts what somebody has not looked at.
func (b Bell) Unread(ctx context.Context, p auth.Principal) (int, error) {
	return b.Notify.Unread(ctx, b.of(p))
}

func (b Bell) of(p auth.Principal) notify.Bell { return notify.Bell{Audience: b.Audience, ID: p.ID} }

// GET /notices/?new=&after=
func (b Bell) list(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), form.Query(r)
	f := notify.NoticeFilter{Unviewed: q.Bool("new"), Cursor: q.Text("after", 200)}
	page, err := b.Notify.Notices(ctx, b.of(PrincipalOf(ctx)), f)
	if err != nil {
		return err
	}
	v := ui.Notices{Page: NewPage(r, "web.notices.title"), Bell: b.Path, Next: page.Next, Only: f.Unviewed, First: f.Cursor == ""}
	v.Days, v.Fresh = ui.DaysOf(ctx, Told(ctx, page.Rows), state(ctx).started), v.Counts[BellCount]
	return Render(w, r, http.StatusOK, b.Layout(v))
}

// POST /notices/{id}/ — looks at one notice, and leads to what it is about.
func (b Bell) open(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := PathID(r, "id")
	if err != nil {
		return err
	}
	link, err := b.Notify.Open(ctx, b.of(PrincipalOf(ctx)), id)
	if err != nil {
		return err
	}
	Redirect(w, r, Local(link, b.Path))
	return nil
}

// POST /notices/{id}/read/ notes that a notice was looked at, and stays at the list.
func (b Bell) read(w http.ResponseWriter, r *http.Request) error {
	id, err := PathID(r, "id")
	if err != nil {
		return err
	}
	back, err := b.back(r)
	if err != nil {
		return err
	}
	if err := b.Notify.MarkRead(r.Context(), b.of(PrincipalOf(r.Context())), id); err != nil {
		return err
	}
	Redirect(w, r, back)
	return nil
}

// back is the view of the list that a form was sent from.
func (b Bell) back(r *http.Request) (string, error) {
	f, err := form.Read(r)
	if err != nil || !f.Bool("new") {
		return b.Path, err
	}
	return b.Path + "?new=1", nil
}

// POST /notices/read/
func (b Bell) readAll(w http.ResponseWriter, r *http.Request) error {
	back, err := b.back(r)
	if err != nil {
		return err
	}
	if _, err := b.Notify.MarkViewed(r.Context(), b.of(PrincipalOf(r.Context()))); err != nil {
		return err
	}
	Flash(w, r, ui.Done, "web.notices.all_read")
	Redirect(w, r, back)
	return nil
}

// Told are notices in the reader's language.
func Told(ctx context.Context, rows []notify.Notification) []ui.Told {
	list := make([]ui.Told, len(rows))
	for i, n := range rows {
		list[i] = ui.Told{ID: n.ID.String(), Icon: noticeIcon(n.Type), Text: i18n.Pick(ctx, n.Message, n.MessageFil), At: n.CreatedAt,
			Fresh: n.ViewedAt == nil, Href: Local(n.Link, ""), Leads: Local(n.Link, "") != ""}
	}
	return list
}

// noticeIcon is the sign of a notice's type.
func noticeIcon(kind string) string {
	switch kind {
	case "waste":
		return "scale"
	case "redeem":
		return "gift"
	case "learning":
		return "graduation-cap"
	case "game":
		return "gamepad-2"
	case "new_registration":
		return "user-plus"
	case "barangay_assignment_changed":
		return "map-pin"
	case "admin_account_locked", "admin_account_suspended":
		return "lock"
	case "admin_account_unlocked", "admin_account_reactivated":
		return "user-check"
	case "backup":
		return "triangle-alert"
	case "security":
		return "shield-check"
	default:
		return "bell"
	}
}
