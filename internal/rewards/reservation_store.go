package rewards

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
)

// insertReservation books a reservation at the item's price when the resident may redeem
// (people.CanAccess), the item is shown, the place is open, and key and code are new;
// otherwise it is false.
func insertReservation(ctx context.Context, tx *db.Tx, h holding, code string) (bool, error) {
	var where db.Where
	values := where.Bind(`?, ?, ?, ?, r.id, r.family_id, f.barangay_id, p.id, i.id, ?, i.price, i.price * ?, 'open', ?, ?, ?`,
		h.id, code, h.RequestKey, h.hash, h.Quantity, h.Quantity, db.At(h.expires), db.At(h.at), db.Day(h.at))
	item := where.Bind("i.id = ? AND i.active", h.Item)
	place := where.Bind("p.active AND (p.id = ? OR (? AND p.is_default))", h.Place, h.Place == uuid.Nil)
	where.And("r.id = ? AND r.status = 'approved' AND r.active AND f.status = 'approved'", h.Resident)
	n, err := db.Exec(ctx, tx, `INSERT INTO rewards_reservation
		(id, code, request_key, request_hash, resident_id, family_id, barangay_id, place_id, item_id, quantity, price, points, state, expires_at, created_at, day)
		SELECT `+values+`
		FROM people_resident r JOIN people_family f ON f.id = r.family_id JOIN rewards_item i ON `+item+` JOIN rewards_place p ON `+place+`
		WHERE `+where.String()+` ON CONFLICT DO NOTHING`, where.Args()...)
	return n == 1, err
}

func codeTaken(ctx context.Context, q db.Q, code string) (taken bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM rewards_reservation WHERE code = $1)`, code).Scan(&taken)
	return taken, err
}

// reservedUnder finds a resident's earlier request by its key; sql.ErrNoRows when there is
// none.
func reservedUnder(ctx context.Context, q db.Q, resident uuid.UUID, key string) (id uuid.UUID, hash string, err error) {
	err = q.QueryRowContext(ctx, `SELECT id, request_hash FROM rewards_reservation WHERE resident_id = $1 AND request_key = $2`, resident, key).Scan(&id, &hash)
	return id, hash, err
}

// countOpen counts what a resident has reserved and can still fetch.
func countOpen(ctx context.Context, q db.Q, resident uuid.UUID, at time.Time) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM rewards_reservation WHERE resident_id = $1 AND state = 'open' AND expires_at > $2`,
		resident, db.At(at)).Scan(&n)
	return n, err
}

func placeOfReservation(ctx context.Context, q db.Q, id uuid.UUID) (place uuid.UUID, err error) {
	err = q.QueryRowContext(ctx, `SELECT place_id FROM rewards_reservation WHERE id = $1`, id).Scan(&place)
	if db.IsNoRows(err) {
		err = ErrReservationNotFound
	}
	return place, err
}

// closeReservation ends an open reservation and reads it.
func closeReservation(ctx context.Context, tx *db.Tx, id uuid.UUID, c closing) (Reservation, error) {
	var where db.Where
	set := where.Bind("state = ?, closed_at = ?, closed_by_name = ?, close_reason = ?", string(c.to), db.At(c.at), c.by, c.reason)
	where.And("id = ? AND state = 'open'", id)
	if c.resident != uuid.Nil {
		where.And("resident_id = ?", c.resident)
	}
	n, err := db.Exec(ctx, tx, `UPDATE rewards_reservation SET `+set+` WHERE `+where.String(), where.Args()...)
	if err == nil && n == 0 {
		err = ErrReservationNotFound
	}
	if err != nil {
		return Reservation{}, err
	}
	return reservationByID(ctx, tx, people.City, id)
}

// expireReservations ends those of the given that are open, and reads them.
func expireReservations(ctx context.Context, tx *db.Tx, ids []uuid.UUID, at time.Time) ([]Reservation, error) {
	var set db.Where
	values := set.Bind("state = 'expired', closed_at = ?", db.At(at))
	if _, err := tx.ExecContext(ctx, `UPDATE rewards_reservation SET `+values+` WHERE state = 'open' AND id IN `+set.IDs(ids), set.Args()...); err != nil {
		return nil, err
	}
	var where db.Where
	where.And("v.state = 'expired' AND v.id IN " + where.IDs(ids))
	return db.Collect(ctx, tx, scanReservation, selectReservation+where.String()+` ORDER BY v.id `+where.Bind("LIMIT ?", len(ids)), where.Args()...)
}

// insertClaimed books the redemption of a claimed reservation on a receipt, under the
// reservation's id and at its price.
func insertClaimed(ctx context.Context, tx *db.Tx, receipt, reservation uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO rewards_redemption
		(id, receipt_id, resident_id, family_id, barangay_id, place_id, item_id, quantity, price, points, staff_id, staff_name, identified, note, created_at, day)
		SELECT v.id, c.id, c.resident_id, c.family_id, c.barangay_id, v.place_id, v.item_id, v.quantity, v.price, v.points,
			c.staff_id, c.staff_name, c.identified, c.note, c.created_at, c.day
		FROM rewards_receipt c, rewards_reservation v WHERE c.id = $1 AND v.id = $2`, receipt, reservation)
	return err
}

const selectReservation = `SELECT v.id, v.code, v.resident_id, r.full_name, v.family_id, f.name, f.code, v.barangay_id, b.name, v.place_id, p.name,
	v.item_id, i.name, i.name_fil, i.unit, i.icon, i.thumbnail_id, v.quantity, v.price, v.points, v.state, v.expires_at, v.closed_at, v.closed_by_name, v.close_reason, v.created_at
	FROM rewards_reservation v
	JOIN people_resident r ON r.id = v.resident_id
	JOIN people_family f ON f.id = v.family_id
	JOIN people_barangay b ON b.id = v.barangay_id
	JOIN rewards_place p ON p.id = v.place_id
	JOIN rewards_item i ON i.id = v.item_id
	WHERE `

func scanReservation(r db.Row) (v Reservation, err error) {
	err = r.Scan(&v.ID, &v.Code, &v.ResidentID, &v.ResidentName, &v.FamilyID, &v.FamilyName, &v.FamilyCode, &v.BarangayID, &v.BarangayName, &v.PlaceID, &v.PlaceName,
		&v.ItemID, &v.ItemName, &v.ItemNameFil, &v.Unit, &v.Icon, &v.ThumbnailID, &v.Quantity, &v.Price, &v.Points, &v.State, db.Into(&v.ExpiresAt), db.IntoNull(&v.ClosedAt),
		&v.ClosedBy, &v.CloseReason, db.Into(&v.At))
	return v, err
}

func findReservation(ctx context.Context, q db.Q, scope people.Scope, where *db.Where) (Reservation, error) {
	scope.Narrow(where, "v.barangay_id")
	v, err := scanReservation(q.QueryRowContext(ctx, selectReservation+where.String(), where.Args()...))
	if db.IsNoRows(err) {
		err = ErrReservationNotFound
	}
	return v, err
}

func reservationByID(ctx context.Context, q db.Q, scope people.Scope, id uuid.UUID) (Reservation, error) {
	var where db.Where
	where.And("v.id = ?", id)
	return findReservation(ctx, q, scope, &where)
}

func reservationByCode(ctx context.Context, q db.Q, scope people.Scope, code string) (Reservation, error) {
	var where db.Where
	where.And("v.code = ?", code)
	return findReservation(ctx, q, scope, &where)
}

func listReservations(ctx context.Context, q db.Q, scope people.Scope, f ReservationFilter, after db.Cursor, limit int) ([]Reservation, error) {
	var where db.Where
	scope.Narrow(&where, "v.barangay_id")
	if f.Resident != uuid.Nil {
		where.And("v.resident_id = ?", f.Resident)
	}
	if f.State != "" {
		where.And("v.state = ?", string(f.State))
	}
	if f.Place != uuid.Nil {
		where.And("v.place_id = ?", f.Place)
	}
	if f.Item != uuid.Nil {
		where.And("v.item_id = ?", f.Item)
	}
	where.And("(v.created_at, v.id) < (?, ?)", db.At(after.At), after.ID)
	query := selectReservation + where.String() + ` ORDER BY v.created_at DESC, v.id DESC ` + where.Bind("LIMIT ?", limit)
	return db.Collect(ctx, q, scanReservation, query, where.Args()...)
}
