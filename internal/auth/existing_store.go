package auth

import (
	"context"
	"strings"

	"ekolek/internal/db"
)

func knownTokens(ctx context.Context, q db.Q, names []string) (map[string]bool, error) {
	known := make(map[string]bool, len(names))
	if len(names) == 0 {
		return known, nil
	}
	var where db.Where
	marks := make([]string, len(names))
	for i, jti := range names {
		marks[i] = where.Bind("?", jti)
	}
	found, err := db.Collect(ctx, q, func(r db.Row) (jti string, err error) {
		err = r.Scan(&jti)
		return jti, err
	}, `SELECT jti FROM auth_token WHERE jti IN (`+strings.Join(marks, ", ")+`)`, where.Args()...)
	for _, jti := range found {
		known[jti] = true
	}
	return known, err
}

func deviceTaken(ctx context.Context, q db.Q, d Device) (bool, error) {
	var taken bool
	err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM auth_biometric_device WHERE (device_id = $1 OR credential_id = $2) AND id <> $3)`,
		d.DeviceID, d.Credential, d.ID).Scan(&taken)
	return taken, err
}
