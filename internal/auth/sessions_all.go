package auth

import (
	"context"
	"fmt"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

// SignIns counts what lets people in without a code or a password.
type SignIns struct {
	Sessions int // in browsers, of residents and staff
	Apps     int // phone apps with a refresh token
	Browsers int // remembered, so that they are asked for no code
}

// AllSignIns counts them for the whole city.
func (s *Service) AllSignIns(ctx context.Context) (n SignIns, err error) {
	if n, err = countSignIns(ctx, s.db, s.now()); err != nil {
		return n, fmt.Errorf("count sign-ins: %w", err)
	}
	return n, nil
}

// EndAllSignIns signs everybody out everywhere and forgets every remembered browser: for
// the day on which nobody knows who else is in. A new DJANGO_SECRET_KEY alone ends the
// apps' tokens only: sessions hang on no key.
func (s *Service) EndAllSignIns(ctx context.Context, actor audit.Actor) (ended SignIns, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		now := s.now()
		if ended, err = countSignIns(ctx, tx, now); err != nil {
			return err
		}
		if err := deleteSignIns(ctx, tx, now); err != nil {
			return err
		}
		return audit.Record(ctx, tx, actor, now, audit.Event{Action: "auth.end_all",
			Details: map[string]any{"sessions": ended.Sessions, "apps": ended.Apps, "browsers": ended.Browsers}})
	})
	if err != nil {
		return SignIns{}, fmt.Errorf("end all sign-ins: %w", err)
	}
	return ended, nil
}
