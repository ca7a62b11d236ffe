package files

import (
	"context"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

const fileColumns = `id, kind, access, owner_id, permission, name, content_type, size, sha256, storage, storage_key, former_path, created_by, created_at`

func scanFile(row db.Row) (File, error) {
	var f File
	var owner, by uuid.NullUUID
	var former *string
	err := row.Scan(&f.ID, &f.Kind, &f.Access, &owner, &f.Permission, &f.Name, &f.Type, &f.Size, &f.SHA256, &f.Storage, &f.Key, &former, &by, db.Into(&f.CreatedAt))
	f.OwnerID, f.CreatedBy = owner.UUID, by.UUID
	if former != nil {
		f.FormerPath = *former
	}
	return f, err
}

func oneFile(ctx context.Context, q db.Q, condition string, arg any) (File, error) {
	f, err := scanFile(q.QueryRowContext(ctx, `SELECT `+fileColumns+` FROM files_file WHERE deleted_at IS NULL AND `+condition, arg))
	if db.IsNoRows(err) {
		return File{}, ErrNotFound
	}
	return f, err
}

// filesNamed are those of the ids that are there, with what their addresses are made of.
func filesNamed(ctx context.Context, q db.Q, ids []uuid.UUID) ([]File, error) {
	var where db.Where
	where.And("deleted_at IS NULL AND id IN " + where.IDs(ids))
	return db.Collect(ctx, q, func(row db.Row) (f File, err error) { return f, row.Scan(&f.ID, &f.Name, &f.Type) },
		`SELECT id, name, content_type FROM files_file WHERE `+where.String(), where.Args()...)
}

func listFiles(ctx context.Context, q db.Q, at db.Cursor, limit int) ([]File, error) {
	return db.Collect(ctx, q, scanFile, `SELECT `+fileColumns+` FROM files_file
		WHERE deleted_at IS NULL AND (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3`, db.At(at.At), at.ID, limit)
}

// filesElsewhere are files that are not in a storage, the oldest first.
func filesElsewhere(ctx context.Context, q db.Q, storage string, after db.Cursor, limit int) ([]File, error) {
	return db.Collect(ctx, q, scanFile, `SELECT `+fileColumns+` FROM files_file
		WHERE deleted_at IS NULL AND storage <> $1 AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4`,
		storage, db.At(after.At), after.ID, limit)
}

func insertFile(ctx context.Context, tx *db.Tx, f File) error {
	var former *string
	if f.FormerPath != "" {
		former = &f.FormerPath
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO files_file (id, kind, access, owner_id, permission, name, content_type, size, sha256, storage, storage_key, former_path, created_by, created_at, day)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		f.ID, f.Kind, f.Access, db.NullID(f.OwnerID), f.Permission, f.Name, f.Type, f.Size, f.SHA256, f.Storage, f.Key, former, db.NullID(f.CreatedBy), db.At(f.CreatedAt), db.Day(f.CreatedAt))
	return err
}

// markDeleted is false when the file is not there any more.
func markDeleted(ctx context.Context, tx *db.Tx, id uuid.UUID, at time.Time) (storage, key string, ok bool, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE files_file SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL RETURNING storage, storage_key`, id, db.At(at)).
		Scan(&storage, &key)
	if db.IsNoRows(err) {
		return "", "", false, nil
	}
	return storage, key, err == nil, err
}

// switchFile moves a row to another object, if it is where it was.
func switchFile(ctx context.Context, tx *db.Tx, f File, storage, key string) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE files_file SET storage = $1, storage_key = $2 WHERE id = $3 AND storage = $4 AND storage_key = $5 AND deleted_at IS NULL`,
		storage, key, f.ID, f.Storage, f.Key)
	return n == 1, err
}

// uploadedOn is what somebody has uploaded on a Manila day.
func uploadedOn(ctx context.Context, q db.Q, by uuid.UUID, day string) (bytes int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT coalesce(sum(size), 0) FROM files_file WHERE created_by = $1 AND day = $2`, by, day).Scan(&bytes)
	return bytes, err
}

// Sum is how much a storage holds.
type Sum struct {
	Storage string
	Kind    string
	Files   int
	Bytes   int64
}

func sums(ctx context.Context, q db.Q) ([]Sum, error) {
	scan := func(row db.Row) (s Sum, err error) {
		err = row.Scan(&s.Storage, &s.Kind, &s.Files, &s.Bytes)
		return s, err
	}
	return db.Collect(ctx, q, scan, `SELECT storage, kind, count(*), sum(size) FROM files_file
		WHERE deleted_at IS NULL GROUP BY storage, kind ORDER BY storage, kind`)
}

// stray is an object that no row needs.
type stray struct {
	storage, key string
}

func insertStray(ctx context.Context, tx *db.Tx, o stray, since time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO files_stray (storage, storage_key, since) VALUES ($1, $2, $3) ON CONFLICT (storage, storage_key) DO NOTHING`,
		o.storage, o.key, db.At(since))
	return err
}

// takeStray is true when the object was a stray that a row may have now.
func takeStray(ctx context.Context, tx *db.Tx, o stray) (bool, error) {
	n, err := db.Exec(ctx, tx, `DELETE FROM files_stray WHERE storage = $1 AND storage_key = $2 AND NOT leaving`, o.storage, o.key)
	return n == 1, err
}

// leavingStrays marks the oldest strays whose removal begins, and those whose removal had
// begun before.
func leavingStrays(ctx context.Context, tx *db.Tx, before time.Time, limit int) ([]stray, error) {
	scan := func(row db.Row) (o stray, err error) {
		err = row.Scan(&o.storage, &o.key)
		return o, err
	}
	return db.Collect(ctx, tx, scan, `UPDATE files_stray SET leaving = TRUE
		WHERE (storage, storage_key) IN (SELECT s.storage, s.storage_key FROM files_stray s WHERE s.since < $1 ORDER BY s.since LIMIT $2)
		RETURNING storage, storage_key`, db.At(before), limit)
}

func deleteStray(ctx context.Context, tx *db.Tx, o stray) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM files_stray WHERE storage = $1 AND storage_key = $2`, o.storage, o.key)
	return err
}

func countStrays(ctx context.Context, q db.Q) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM files_stray`).Scan(&n)
	return n, err
}
