package auth

import (
	"context"

	"ekolek/internal/db"
)

func staffFacts(ctx context.Context, q db.Q) ([]staffFact, error) {
	scan := func(r db.Row) (f staffFact, err error) {
		err = r.Scan(&f.username, &f.role, &f.hash, db.Into(&f.changed), &f.hasSecond)
		return f, err
	}
	return db.Collect(ctx, q, scan, `SELECT s.username, s.role, p.hash, p.changed_at, f.subject_id IS NOT NULL
		FROM auth_staff s JOIN auth_password p ON p.subject_id = s.id LEFT JOIN auth_second_factor f ON f.subject_id = s.id
		WHERE s.status = 'approved' ORDER BY s.username_key LIMIT 1000`)
}
