package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

// setPhoneLogin says how far the attempt has come that a phone began; false when there is
// none. The app keeps nothing between its steps, so it is known by where it comes from.
func setPhoneLogin(ctx context.Context, tx *db.Tx, actor audit.Actor, resident uuid.UUID, since time.Time, success bool, reason string) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE auth_login SET success = $1, reason = $2 WHERE id = (SELECT id FROM auth_login
		WHERE subject_id = $3 AND surface = 'resident' AND way IN ('code', 'card') AND reason IN ('code_pending', 'code_wrong')
			AND ip = $4 AND user_agent = $5 AND created_at > $6
		ORDER BY created_at DESC, id DESC LIMIT 1)`, success, reason, resident, actor.IP, cleanAgent(actor.UserAgent), db.At(since))
	return n == 1, err
}
