package people

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger"
)

func pinOf(ctx context.Context, q db.Q, resident uuid.UUID) (p pinRow, err error) {
	err = q.QueryRowContext(ctx, `SELECT resident_id, hash, staff_id, set_at FROM people_pin WHERE resident_id = $1`, resident).
		Scan(&p.resident, &p.hash, &p.staff, db.Into(&p.setAt))
	if db.IsNoRows(err) {
		err = ErrNoPIN
	}
	return p, err
}

func putPIN(ctx context.Context, tx *db.Tx, p pinRow) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO people_pin (resident_id, hash, staff_id, set_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (resident_id) DO UPDATE SET hash = excluded.hash, staff_id = excluded.staff_id, set_at = excluded.set_at`,
		p.resident, p.hash, p.staff, db.At(p.setAt))
	return err
}

func deletePIN(ctx context.Context, tx *db.Tx, resident uuid.UUID) error {
	n, err := db.Exec(ctx, tx, `DELETE FROM people_pin WHERE resident_id = $1`, resident)
	if err == nil && n == 0 {
		return ErrNoPIN
	}
	return err
}

// tries are those of a resident or of a member of staff.
type tries struct {
	tries int
	until time.Time
	today int
}

func countTry(ctx context.Context, tx *db.Tx, subject uuid.UUID, now time.Time) (t tries, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO people_proof_try (subject_id, tries, until, day, day_tries) VALUES ($1, 1, $2, $3, 1)
		ON CONFLICT (subject_id) DO UPDATE SET
			tries = CASE WHEN people_proof_try.until > $4 THEN people_proof_try.tries + 1 ELSE 1 END,
			until = CASE WHEN people_proof_try.until > $5 THEN people_proof_try.until ELSE excluded.until END,
			day_tries = CASE WHEN people_proof_try.day = excluded.day THEN people_proof_try.day_tries + 1 ELSE 1 END,
			day = excluded.day
		RETURNING tries, until, day_tries`,
		subject, db.At(now.Add(proofTriesWithin)), db.Day(now), db.At(now), db.At(now)).Scan(&t.tries, db.Into(&t.until), &t.today)
	return t, err
}

// uncountTries takes the try of a right code back. A resident's wrong ones before it no
// longer lock; those of the day stay.
func uncountTries(ctx context.Context, tx *db.Tx, resident, staff uuid.UUID) error {
	if _, err := tx.ExecContext(ctx, `UPDATE people_proof_try SET tries = 0, day_tries = day_tries - 1
		WHERE subject_id = $1 AND day_tries > 0`, resident); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE people_proof_try SET tries = 0, day_tries = day_tries - 1
		WHERE subject_id = $1 AND day_tries > 0`, staff)
	return err
}

func triesOf(ctx context.Context, q db.Q, subject uuid.UUID) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT tries FROM people_proof_try WHERE subject_id = $1`, subject).Scan(&n)
	return n, err
}

// insertProof is false when the key, or the live code, was taken before.
func insertProof(ctx context.Context, tx *db.Tx, r proofRow, at time.Time) (fresh bool, err error) {
	var serial, step any
	if r.card.Valid {
		serial, step = int64(r.serial), int64(r.step)
	}
	n, err := db.Exec(ctx, tx, `INSERT INTO people_proof
		(id, resident_id, staff_id, way, request_key, request_hash, card_id, serial, step, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`,
		r.ID, r.ResidentID, r.staff, string(r.By), r.key, r.hash, r.card, serial, step, db.At(at), db.At(r.ExpiresAt))
	return n == 1, err
}

func proofByKey(ctx context.Context, q db.Q, staff uuid.UUID, key string) (p Proof, hash string, err error) {
	err = q.QueryRowContext(ctx, `SELECT id, resident_id, way, expires_at, request_hash FROM people_proof
		WHERE staff_id = $1 AND request_key = $2`, staff, key).Scan(&p.ID, &p.ResidentID, &p.By, db.Into(&p.ExpiresAt), &hash)
	return p, hash, err
}

func useProof(ctx context.Context, tx *db.Tx, id, resident, staff, usedBy uuid.UUID, at time.Time) (way string, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE people_proof SET used_by = $1, used_at = $2
		WHERE id = $3 AND resident_id = $4 AND staff_id = $5 AND used_by IS NULL AND expires_at > $6 RETURNING way`,
		usedBy, db.At(at), id, resident, staff, db.At(at)).Scan(&way)
	return way, err
}

// correctedOn sums up what a member of staff gave to a resident and took from them on a day.
func correctedOn(ctx context.Context, q db.Q, resident, staff uuid.UUID, day string) (sum ledger.Points, err error) {
	err = q.QueryRowContext(ctx, `SELECT CAST(COALESCE(sum(points), 0) AS BIGINT) FROM ledger_transfer
		WHERE account_id = $1 AND kind = 'adjustment' AND actor_id = $2 AND day = $3`, resident, staff, day).Scan(&sum)
	return sum, err
}

// deleteStaleProofs drops what nobody used. The steps of live codes must be over by then.
func deleteStaleProofs(ctx context.Context, tx *db.Tx, before time.Time) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM people_proof WHERE used_by IS NULL AND expires_at < $1`, db.At(before))
	return err
}
