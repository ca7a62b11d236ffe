package notify

import (
	"context"
	"time"

	"ekolek/internal/db"
)

// cityScope is the row of notify_spend for everybody together.
const cityScope = "city"

// numberScope is the row of one number, by the hash of its address.
func numberScope(hash string) string { return "number:" + hash }

// spend adds to what a day has cost, unless that would exceed most: then it changes
// nothing and says false. One statement, so that several nodes cannot both take the rest.
func spend(ctx context.Context, tx *db.Tx, day, scope string, cost, most int) (bool, error) {
	if cost > most {
		return false, nil
	}
	n, err := db.Exec(ctx, tx, `INSERT INTO notify_spend (day, scope, centavos) VALUES ($1, $2, $3)
		ON CONFLICT (day, scope) DO UPDATE SET centavos = notify_spend.centavos + excluded.centavos
		WHERE notify_spend.centavos + excluded.centavos <= $4`, day, scope, cost, most)
	return n == 1, err
}

// giveBack takes off again what was not spent after all.
func giveBack(ctx context.Context, tx *db.Tx, day, scope string, cost int) error {
	_, err := tx.ExecContext(ctx, `UPDATE notify_spend SET centavos = centavos - $1 WHERE day = $2 AND scope = $3 AND centavos >= $4`, cost, day, scope, cost)
	return err
}

// spent sums what text messages have cost on the days from..to, both included.
func spent(ctx context.Context, q db.Q, from, to string) (centavos int, err error) {
	err = q.QueryRowContext(ctx, `SELECT coalesce(sum(centavos), 0) FROM notify_spend WHERE scope = $1 AND day >= $2 AND day <= $3`, cityScope, from, to).
		Scan(&centavos)
	return centavos, err
}

// waitingTexts counts the text messages that have not been booked yet.
func waitingTexts(ctx context.Context, q db.Q) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM notify_message WHERE status IN ('queued', 'sending') AND channel = $1 AND cost = 0`, SMS).Scan(&n)
	return n, err
}

// forgetNumbers drops what single numbers cost on days that are over.
func forgetNumbers(ctx context.Context, tx *db.Tx, before time.Time) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM notify_spend WHERE day < $1 AND scope <> $2`, db.Day(before), cityScope)
	return err
}
