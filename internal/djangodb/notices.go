package djangodb

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/notify"
)

// leftAlone is why a notice stays behind whose reader did.
const leftAlone tooMany = "whoever they were for was not brought over, or is not in the source"

// notice is one of the old database. Its words are English, as they were.
type notice struct {
	notify.PriorNotice
	aboutResident, aboutStaff uuid.UUID // whom one of staff is about
}

// bringNotices brings the residents' notices over, read and unread.
func (im *importer) bringNotices(ctx context.Context) error {
	return im.bringBells(ctx, tableNotice, decodeNotice, im.judgeNotice)
}

// bringStaffNotices brings over what stood under the bells of the console.
func (im *importer) bringStaffNotices(ctx context.Context) error {
	return im.bringBells(ctx, tableStaffNotice, decodeStaffNotice, im.judgeStaffNotice)
}

func (im *importer) bringBells(ctx context.Context, name string, decode func(Row) notice, judge func(string, *notice) error) error {
	young := func(id string, n *notice) error {
		if n.CreatedAt.Before(im.Now().Add(-notify.NoticeHistory)) {
			return leftOld
		}
		return judge(id, n)
	}
	return bring(ctx, im, table[notice]{name, true, im.compareNotices, im.writeNotices}, read(ctx, im, name, decode, young))
}

func decodeNotice(r Row) notice {
	return notice{PriorNotice: notify.PriorNotice{
		Bell: notify.Bell{Audience: notify.Resident, ID: r.UUID("user_id")},
		Notification: notify.Notification{
			ID: r.UUID("id"), Type: r.Text("type"), Message: r.Text("message"), Points: r.NullPoints("points"),
			Reward: r.Text("reward_name"), Video: r.Text("video_title"), Score: r.NullInt("game_score"),
			IsRead: r.Bool("is_read", false), ViewedAt: r.NullTime("viewed_at"), CreatedAt: r.Time("created_at"),
		},
	}}
}

func (im *importer) judgeNotice(_ string, n *notice) error {
	if im.residents[n.Bell.ID] == nil {
		return leftAlone
	}
	return nil
}

func decodeStaffNotice(r Row) notice {
	return notice{
		PriorNotice: notify.PriorNotice{
			Bell: notify.Bell{Audience: notify.Staff, ID: r.NullUUID("admin_user_id").UUID},
			Notification: notify.Notification{
				ID: r.UUID("id"), Type: r.Text("notification_type"), Message: r.Text("message"),
				IsRead: r.Bool("is_read", false), ViewedAt: r.NullTime("read_at"), CreatedAt: r.Time("created_at"),
			},
		},
		aboutResident: r.NullUUID("related_user_id").UUID, aboutStaff: r.NullUUID("related_admin_id").UUID,
	}
}

func (im *importer) judgeStaffNotice(_ string, n *notice) error {
	switch {
	case n.Bell.ID == uuid.Nil:
		return errors.New("it is for nobody: the old system never showed it")
	case !im.staff[n.Bell.ID].kept:
		return leftAlone
	}
	if n.IsRead && n.ViewedAt == nil {
		n.ViewedAt = &n.CreatedAt
	}
	n.Link = im.staffLink(n)
	return nil
}

// staffLink is where a notice leads here. Half of the old links led nowhere.
func (im *importer) staffLink(n *notice) string {
	switch {
	case im.residents[n.aboutResident] != nil:
		return "/console/residents/" + n.aboutResident.String() + "/"
	case n.Type == "new_registration":
		return "/console/residents/"
	case im.staff[n.aboutStaff].kept && n.aboutStaff != n.Bell.ID && im.staff[n.Bell.ID].role == auth.SuperAdmin:
		return "/console/staff/" + n.aboutStaff.String() + "/"
	}
	return ""
}

func (im *importer) compareNotices(ctx context.Context, batch []notice) ([]verdict, error) {
	return known(batch, func(n notice) uuid.UUID { return n.Notification.ID },
		func(ids []uuid.UUID) (map[uuid.UUID]bool, error) { return notify.KnownNotices(ctx, im.DB, ids) })
}

func (im *importer) writeNotices(ctx context.Context, tx *db.Tx, fresh []notice) error {
	rows := make([]notify.PriorNotice, len(fresh))
	for i, n := range fresh {
		rows[i] = n.PriorNotice
	}
	n, err := notify.ImportNotices(ctx, tx, rows)
	return wrote(n, len(rows), err)
}
