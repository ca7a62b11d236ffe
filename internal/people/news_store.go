package people

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/notify"
)

func setNews(ctx context.Context, tx *db.Tx, id uuid.UUID, wants bool) (changed bool, err error) {
	n, err := db.Exec(ctx, tx, `UPDATE people_resident SET news = $2 WHERE id = $1 AND news <> $3`, id, wants, wants)
	return n == 1, err
}

const crowdTables = `people_resident r JOIN people_family f ON f.id = r.family_id`

func crowd(t notify.Target) *db.Where {
	var w db.Where
	w.And("r.status = 'approved' AND r.active AND f.status = 'approved'")
	if len(t.Barangays) > 0 {
		ids := make([]any, len(t.Barangays))
		for i, id := range t.Barangays {
			ids[i] = id
		}
		w.And("f.barangay_id IN (?"+strings.Repeat(", ?", len(ids)-1)+")", ids...)
	}
	return &w
}

func countCrowd(ctx context.Context, q db.Q, t notify.Target) ([]notify.Group, error) {
	w := crowd(t)
	return db.Collect(ctx, q, func(r db.Row) (g notify.Group, err error) {
		return g, r.Scan(&g.Language, &g.Wants, &g.Phone, &g.Email, &g.Push, &g.N)
	}, `SELECT language, news, phone, email, push, count(*) FROM (
			SELECT r.language, r.news, r.phone_hash IS NOT NULL AS phone, r.email_hash IS NOT NULL AS email,
				EXISTS (SELECT 1 FROM notify_push p WHERE p.subject_id = r.id AND p.audience = 'resident') AS push
			FROM `+crowdTables+` WHERE `+w.String()+`) each_resident
		GROUP BY language, news, phone, email, push`, w.Args()...)
}

func (s *Service) nextOfCrowd(ctx context.Context, q db.Q, t notify.Target, after uuid.UUID, limit int) ([]notify.Reader, error) {
	w := crowd(t)
	w.And("r.id > ?", after)
	return db.Collect(ctx, q, s.scanReader, `SELECT `+readerColumns+` FROM `+crowdTables+` WHERE `+w.String()+` ORDER BY r.id `+w.Bind("LIMIT ?", limit), w.Args()...)
}

// readersByID are residents by their ids, in no order.
func (s *Service) readersByID(ctx context.Context, q db.Q, ids []uuid.UUID) ([]notify.Reader, error) {
	var w db.Where
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	w.And("r.id IN (?"+strings.Repeat(", ?", len(ids)-1)+")", args...)
	return db.Collect(ctx, q, s.scanReader, `SELECT `+readerColumns+` FROM people_resident r WHERE `+w.String(), w.Args()...)
}

const readerColumns = `r.id, r.full_name, r.language, r.news, r.phone, r.phone_hash IS NOT NULL, r.email, r.email_hash IS NOT NULL`

func (s *Service) scanReader(row db.Row) (notify.Reader, error) {
	var r Resident
	var phone, email bool
	err := row.Scan(&r.ID, &r.FullName, &r.Language, &r.News, s.vault.Column(phonePlace, &r.Phone), &phone, s.vault.Column(emailPlace, &r.Email), &email)
	to := Recipient(r)
	if !phone {
		to.Phone = ""
	}
	if !email {
		to.Email = ""
	}
	return notify.Reader{Recipient: to, Wants: r.News}, err
}
