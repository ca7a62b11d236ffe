package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/ledger/seal"
)

// journalRow is a transfer as it is sealed, with what only its note tells.
type journalRow struct {
	entry  seal.Entry
	actor  uuid.UUID
	reason string
}

// into is where the columns of sealedColumns are scanned.
func (r *journalRow) into(reverses, actor *uuid.NullUUID) []any {
	e := &r.entry
	return []any{&e.ID, &e.Debit, &e.Credit, &e.Points, &e.Kind, &e.Source, reverses, actor, &r.reason,
		&e.Account, &e.Version, &e.BalanceAfter, db.Into(&e.At), &e.Day}
}

const sealedColumns = `t.id, t.debit_account, t.credit_account, t.points, t.kind, t.source_id, t.reverses_id, t.actor_id, t.reason,
	t.account_id, t.account_version, t.balance_after, t.created_at, t.day`

func scanJournal(row db.Row) (r journalRow, err error) {
	var reverses, actor uuid.NullUUID
	err = row.Scan(r.into(&reverses, &actor)...)
	r.entry.Reverses, r.actor = reverses.UUID, actor.UUID
	return r, err
}

// selectUnsealed finds what no block has, in the order of ids behind one.
func selectUnsealed(ctx context.Context, q db.Q, after uuid.UUID, limit int) ([]journalRow, error) {
	return db.Collect(ctx, q, scanJournal, `SELECT `+sealedColumns+` FROM ledger_transfer t
		WHERE t.id > $1 AND NOT EXISTS (SELECT 1 FROM ledger_seal s WHERE s.transfer_id = t.id)
		ORDER BY t.id LIMIT $2`, after, limit)
}

// selectNewestSealed is the newest sealed transfer by its id; uuid.Nil: none is sealed.
func selectNewestSealed(ctx context.Context, q db.Q) (id uuid.UUID, err error) {
	err = q.QueryRowContext(ctx, `SELECT transfer_id FROM ledger_seal ORDER BY transfer_id DESC LIMIT 1`).Scan(&id)
	if db.IsNoRows(err) {
		err = nil
	}
	return id, err
}

// blockRow is a block as it is kept, with the hash that is kept of it.
type blockRow struct {
	seal.Block
	hash seal.Hash
}

const blockColumns = `number, first, entries, issued, redeemed, late, whole, sealed_at, root, previous, hash`

func scanBlock(row db.Row) (b blockRow, err error) {
	err = row.Scan(&b.Number, &b.First, &b.Count, &b.Issued, &b.Redeemed, &b.Late, &b.Whole, db.Into(&b.SealedAt), &b.Root, &b.Previous, &b.hash)
	return b, err
}

// selectLastBlock is the end of the chain. Before the first block it is a block 0 behind
// which entry 1 comes.
func selectLastBlock(ctx context.Context, q db.Q) (blockRow, error) {
	b, err := scanBlock(q.QueryRowContext(ctx, `SELECT `+blockColumns+` FROM ledger_block ORDER BY number DESC LIMIT 1`))
	if db.IsNoRows(err) {
		return blockRow{Block: seal.Block{First: 1}}, nil
	}
	return b, err
}

// selectLastWhole is when a block left nothing unsealed; zero: never yet.
func selectLastWhole(ctx context.Context, q db.Q) (at time.Time, err error) {
	err = q.QueryRowContext(ctx, `SELECT sealed_at FROM ledger_block WHERE whole ORDER BY sealed_at DESC LIMIT 1`).Scan(db.Into(&at))
	if db.IsNoRows(err) {
		err = nil
	}
	return at, err
}

// selectBlocks reads blocks in ascending order.
func selectBlocks(ctx context.Context, q db.Q, from int64, limit int) ([]blockRow, error) {
	return db.Collect(ctx, q, scanBlock, `SELECT `+blockColumns+` FROM ledger_block WHERE number >= $1 ORDER BY number LIMIT $2`, from, limit)
}

// insertChunk is how many entries one statement inserts.
const insertChunk = 100

// insertBlock writes a block with its entries; errBlockTaken when its number is gone.
func insertBlock(ctx context.Context, tx *db.Tx, b *sealedBlock) error {
	n, err := db.Exec(ctx, tx, `INSERT INTO ledger_block (`+blockColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (number) DO NOTHING`,
		b.Number, b.First, b.Count, b.Issued, b.Redeemed, b.Late, b.Whole, db.At(b.SealedAt), b.Root, b.Previous, b.Hash())
	if err != nil {
		return err
	}
	if n == 0 {
		return errBlockTaken
	}
	for from := 0; from < len(b.leaves); from += insertChunk {
		if err := insertSeals(ctx, tx, b, from, min(from+insertChunk, len(b.leaves))); err != nil {
			return err
		}
	}
	return nil
}

func insertSeals(ctx context.Context, tx *db.Tx, b *sealedBlock, from, to int) error {
	rows, args := make([]string, 0, to-from), make([]any, 0, (to-from)*5)
	for i := from; i < to; i++ {
		n := len(args)
		rows = append(rows, fmt.Sprintf("($%d, $%d, $%d, $%d, $%d)", n+1, n+2, n+3, n+4, n+5))
		args = append(args, b.Number, i, b.transfers[i], b.salts[i], b.leaves[i])
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO ledger_seal (block, position, transfer_id, salt, leaf) VALUES `+strings.Join(rows, ", "), args...)
	return err
}

// sealRow is an entry of a block beside the transfer that it sealed.
type sealRow struct {
	journalRow
	block     int64
	position  int64
	transfer  string
	salt      seal.Salt
	leaf      seal.Hash
	unsound   error // the row cannot be read, so it is not what was sealed
	thereToo  bool  // the transfer is there
	reverses  uuid.NullUUID
	actorNull uuid.NullUUID
}

// streamSeals reads the entries of blocks, in order, until use says so.
func streamSeals(ctx context.Context, q db.Q, from, to int64, use func(*sealRow) bool) error {
	rows, err := q.QueryContext(ctx, `SELECT s.block, s.position, CAST(s.transfer_id AS TEXT), s.salt, s.leaf, t.id IS NOT NULL, `+sealedColumns+`
		FROM ledger_seal s LEFT JOIN ledger_transfer t ON t.id = s.transfer_id
		WHERE s.block >= $1 AND s.block <= $2 ORDER BY s.block, s.position`, from, to)
	if err != nil {
		return err
	}
	defer rows.Close()
	var r sealRow
	var salt, leaf sql.RawBytes
	there := []any{&r.block, &r.position, &r.transfer, &salt, &leaf, &r.thereToo}
	whole := append(there[:len(there):len(there)], r.into(&r.reverses, &r.actorNull)...)
	for rows.Next() {
		r.unsound = rows.Scan(whole...)
		if r.unsound != nil { // of a transfer that is gone there is nothing to scan
			blank := make([]any, len(whole)-len(there))
			for i := range blank {
				blank[i] = new(any)
			}
			if err := rows.Scan(append(there[:len(there):len(there)], blank...)...); err != nil {
				return fmt.Errorf("read entry %d of block %d: %w", r.position, r.block, err)
			}
		}
		r.salt, r.leaf = seal.Salt{}, seal.Hash{}
		copy(r.salt[:], salt)
		copy(r.leaf[:], leaf)
		r.entry.Reverses, r.actor = r.reverses.UUID, r.actorNull.UUID
		if !use(&r) {
			return nil
		}
	}
	return rows.Err()
}

// streamUnsealed reads all that no block has, until use says so.
func streamUnsealed(ctx context.Context, q db.Q, use func(id string, at time.Time) bool) error {
	rows, err := q.QueryContext(ctx, `SELECT CAST(t.id AS TEXT), t.created_at FROM ledger_transfer t
		WHERE NOT EXISTS (SELECT 1 FROM ledger_seal s WHERE s.transfer_id = t.id) ORDER BY t.id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var at time.Time
		if err := rows.Scan(&id, db.Into(&at)); err != nil {
			return fmt.Errorf("read transfer %s: %w", id, err)
		}
		if !use(id, at) {
			return nil
		}
	}
	return rows.Err()
}

// findStraySeal looks for an entry outside of the chain's blocks.
func findStraySeal(ctx context.Context, q db.Q, blocks int64) (*Finding, error) {
	return find(ctx, q, "ledger_seal", "belongs to no block", `SELECT s.transfer_id FROM ledger_seal s
		WHERE (s.block < 1 OR s.block > $1) AND NOT EXISTS (SELECT 1 FROM ledger_block b WHERE b.number = s.block) LIMIT 1`, blocks)
}

// selectProven reads an account's sealed entries, in the order of their versions.
func selectProven(ctx context.Context, q db.Q, account uuid.UUID) ([]seal.ProvenEntry, error) {
	return db.Collect(ctx, q, func(row db.Row) (e seal.ProvenEntry, err error) {
		var r journalRow
		var salt seal.Salt
		var reverses, actor uuid.NullUUID
		err = row.Scan(append([]any{&e.Block, &e.Position, &salt}, r.into(&reverses, &actor)...)...)
		e.Entry, e.Reverses = r.entry, reverses.UUID
		e.Note = seal.NoteOf(salt, actor.UUID, r.reason)
		return e, err
	}, `SELECT s.block, s.position, s.salt, `+sealedColumns+` FROM ledger_transfer t
		JOIN ledger_seal s ON s.transfer_id = t.id WHERE t.account_id = $1 ORDER BY t.account_version`, account)
}

func selectLeaves(ctx context.Context, q db.Q, block int64) ([]seal.Hash, error) {
	return db.Collect(ctx, q, func(row db.Row) (h seal.Hash, err error) { err = row.Scan(&h); return h, err },
		`SELECT leaf FROM ledger_seal WHERE block = $1 ORDER BY position`, block)
}
