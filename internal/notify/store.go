package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// message is a row of notify_message with what it says.
type message struct {
	Entry
	Body   string // JSON of body
	Shown  string // JSON of body, without the code
	booked int    // centavos of Cost that the attempt under way has booked
}

// says reads what a message says.
func (m message) says() (b body, err error) {
	if err = json.Unmarshal([]byte(m.Body), &b); err != nil {
		err = fmt.Errorf("read what it says: %w", err)
	}
	return b, err
}

func (s *Service) insertMessage(ctx context.Context, tx *db.Tx, m message) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO notify_message
		(id, kind, audience, recipient_id, name, channel, address, address_hash, language, body, shown, urgent, secret,
		status, deadline, resend_of, campaign_id, created_at, day, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
		m.ID, m.Kind, m.Audience, db.NullID(m.Recipient), m.Name, m.Channel, s.vault.Seal(addressPlace, m.Address), s.addressHash(m.Channel, m.Address),
		m.Language, s.vault.SealSecret(bodyPlace, m.Body), s.vault.Seal(shownPlace, m.Shown), m.Urgent, m.Secret,
		m.Status, db.At(m.Deadline), db.NullID(m.ResendOf), db.NullID(m.Campaign), db.At(m.CreatedAt), db.Day(m.CreatedAt), db.At(m.UpdatedAt))
	return err
}

// addressHash finds the messages to an address without reading it.
func (s *Service) addressHash(c Channel, address string) string {
	if address == "" {
		return "" // of a push message: its browsers have theirs
	}
	return s.vault.Hash("notify", string(c)+"|"+address)
}

const entryColumns = `id, kind, audience, recipient_id, name, channel, address, language, urgent, secret, status, attempts, deadline,
	provider, provider_id, cost, reason, error, resend_of, campaign_id, created_at, updated_at, sent_at`

// entryIDs are the ids of a row that may be null.
type entryIDs struct{ recipient, resendOf, campaign uuid.NullUUID }

func (i entryIDs) into(e *Entry) {
	e.Recipient, e.ResendOf, e.Campaign = i.recipient.UUID, i.resendOf.UUID, i.campaign.UUID
}

// entry lists where the columns of entryColumns go.
func (s *Service) entry(e *Entry, ids *entryIDs) []any {
	return []any{
		&e.ID, &e.Kind, &e.Audience, &ids.recipient, &e.Name, &e.Channel, s.vault.Column(addressPlace, &e.Address), &e.Language, &e.Urgent, &e.Secret,
		&e.Status, &e.Attempts, db.Into(&e.Deadline), &e.Provider, &e.ProviderID, &e.Cost, &e.Reason, &e.Error, &ids.resendOf, &ids.campaign,
		db.Into(&e.CreatedAt), db.Into(&e.UpdatedAt), db.IntoNull(&e.SentAt),
	}
}

func (s *Service) scanEntry(r db.Row) (Entry, error) {
	var e Entry
	var ids entryIDs
	err := r.Scan(s.entry(&e, &ids)...)
	ids.into(&e)
	return e, err
}

func (s *Service) scanMessage(r db.Row) (message, error) {
	var m message
	var ids entryIDs
	err := r.Scan(append(s.entry(&m.Entry, &ids), s.vault.Secret(bodyPlace, &m.Body), s.vault.Column(shownPlace, &m.Shown))...)
	ids.into(&m.Entry)
	return m, err
}

// messageByID is ErrNotFound when there is none.
func (s *Service) messageByID(ctx context.Context, q db.Q, id uuid.UUID) (message, error) {
	m, err := s.scanMessage(q.QueryRowContext(ctx, `SELECT `+entryColumns+`, body, shown FROM notify_message WHERE id = $1`, id))
	if db.IsNoRows(err) {
		err = ErrNotFound
	}
	return m, err
}

func (s *Service) listEntries(ctx context.Context, q db.Q, f Filter, after db.Cursor, limit int) ([]Entry, error) {
	w := s.where(f)
	if f.Status != "" {
		w.And("status = ?", f.Status)
	}
	w.And("(created_at, id) < (?, ?)", db.At(after.At), after.ID)
	query := `SELECT ` + entryColumns + ` FROM notify_message WHERE ` + w.String() + ` ORDER BY created_at DESC, id DESC ` + w.Bind("LIMIT ?", limit)
	return db.Collect(ctx, q, s.scanEntry, query, w.Args()...)
}

// where is a filter without its status.
func (s *Service) where(f Filter) *db.Where {
	var w db.Where
	if f.Channel != "" {
		w.And("channel = ?", f.Channel)
	}
	if f.Kind != "" {
		w.And("kind = ?", f.Kind)
	}
	if f.Recipient != uuid.Nil {
		w.And("recipient_id = ?", f.Recipient)
	}
	if f.Address != "" {
		w.And("address_hash IN (?, ?)", s.addressHash(SMS, f.Address), s.addressHash(Mail, f.Address))
	}
	if f.Mark != "" {
		w.And("address_hash = ?", f.Mark)
	}
	if f.ResendOf != uuid.Nil {
		w.And("resend_of = ?", f.ResendOf)
	}
	if f.From != "" {
		w.And("day >= ?", f.From)
	}
	if f.To != "" {
		w.And("day <= ?", f.To)
	}
	return &w
}

func (s *Service) countEntries(ctx context.Context, q db.Q, f Filter, since time.Time) (map[Status]int, error) {
	type count struct {
		status Status
		n      int
	}
	w := s.where(f)
	w.And("created_at >= ?", db.At(since))
	rows, err := db.Collect(ctx, q, func(r db.Row) (c count, err error) { return c, r.Scan(&c.status, &c.n) },
		`SELECT status, count(*) FROM notify_message WHERE `+w.String()+` GROUP BY status`, w.Args()...)
	out := make(map[Status]int, len(rows))
	for _, c := range rows {
		out[c.status] = c.n
	}
	return out, err
}

func countDay(ctx context.Context, q db.Q, since time.Time) ([]Count, error) {
	return db.Collect(ctx, q, func(r db.Row) (c Count, err error) { return c, r.Scan(&c.Channel, &c.Status, &c.N) },
		`SELECT channel, status, count(*) FROM notify_message WHERE created_at >= $1 GROUP BY channel, status ORDER BY channel, status`, db.At(since))
}

// countUnsent counts what failed since then, codes aside, and was not sent again.
func countUnsent(ctx context.Context, q db.Q, since time.Time) (n int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM notify_message m WHERE m.status = 'failed' AND m.created_at >= $1 AND NOT m.secret
		AND NOT EXISTS (SELECT 1 FROM notify_message again WHERE again.resend_of = m.id)`, db.At(since)).Scan(&n)
	return n, err
}

// kinds steps from one kind to the next along the index.
func kinds(ctx context.Context, q db.Q) ([]string, error) {
	return db.Collect(ctx, q, func(r db.Row) (kind string, err error) { return kind, r.Scan(&kind) },
		`WITH RECURSIVE step (kind) AS (
			SELECT min(kind) FROM notify_message
			UNION ALL
			SELECT (SELECT min(m.kind) FROM notify_message m WHERE m.kind > step.kind) FROM step WHERE step.kind IS NOT NULL)
		SELECT kind FROM step WHERE kind IS NOT NULL ORDER BY kind`)
}

func backlog(ctx context.Context, q db.Q) (b Backlog, err error) {
	var oldest *time.Time
	err = q.QueryRowContext(ctx, `SELECT count(*), min(created_at) FROM notify_message WHERE status IN ('queued', 'sending')`).
		Scan(&b.Waiting, db.IntoNull(&oldest))
	if oldest != nil {
		b.Oldest = *oldest
	}
	return b, err
}

// waitingIDs are the messages that nobody has begun to send, the oldest first.
func waitingIDs(ctx context.Context, q db.Q, limit int) ([]uuid.UUID, error) {
	return db.Collect(ctx, q, func(r db.Row) (id uuid.UUID, err error) { return id, r.Scan(&id) },
		`SELECT id FROM notify_message WHERE status = 'queued' ORDER BY created_at, id LIMIT $1`, limit)
}

// resentWaits says whether a message is already on its way once more.
func resentWaits(ctx context.Context, q db.Q, id uuid.UUID) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM notify_message WHERE resend_of = $1 AND status IN ('queued', 'sending')`, id).Scan(&n)
	return n > 0, err
}

// take claims a message for one attempt: one that waits, or one whose last worker has
// been silent since before silent. ErrNotFound when there is none to take.
func (s *Service) take(ctx context.Context, tx *db.Tx, id uuid.UUID, now, silent time.Time) (message, error) {
	m, err := s.scanMessage(tx.QueryRowContext(ctx, `UPDATE notify_message SET status = 'sending', attempts = attempts + 1, updated_at = $1
		WHERE id = $2 AND (status = 'queued' OR (status = 'sending' AND updated_at < $3)) AND deadline > $4
		RETURNING `+entryColumns+`, body, shown`, db.At(now), id, db.At(silent), db.At(now)))
	if db.IsNoRows(err) {
		err = ErrNotFound
	}
	return m, err
}

func setCost(ctx context.Context, tx *db.Tx, id uuid.UUID, cost int) error {
	_, err := tx.ExecContext(ctx, `UPDATE notify_message SET cost = $1 WHERE id = $2`, cost, id)
	return err
}

// ending is how an attempt ended. A status of Queued waits for the next one.
type ending struct {
	status     Status
	reason     Reason
	provider   string
	providerID string
	words      string
	cost       int
	sentAt     *time.Time
}

// finish writes an ending down, unless another worker has taken the message since. What
// it says is forgotten at the end of its way, for the sake of the codes.
func finish(ctx context.Context, tx *db.Tx, m message, e ending, now time.Time) error {
	n, err := db.Exec(ctx, tx, `UPDATE notify_message SET status = $1, reason = $2, provider = $3, provider_id = $4, error = $5, cost = $6, sent_at = $7, updated_at = $8,
		body = CASE WHEN $9 = 'queued' THEN body ELSE '' END
		WHERE id = $10 AND status = 'sending' AND attempts = $11`,
		e.status, e.reason, e.provider, e.providerID, e.words, e.cost, db.AtNull(e.sentAt), db.At(now), e.status, m.ID, m.Attempts)
	if err == nil && n == 0 {
		err = errTaken
	}
	return err
}

// expire ends a message whose time ran out and that nobody is sending since silent.
func expire(ctx context.Context, tx *db.Tx, id uuid.UUID, now, silent time.Time) (int64, error) {
	return db.Exec(ctx, tx, `UPDATE notify_message SET status = 'expired', reason = 'too_late', body = '', updated_at = $1
		WHERE id = $2 AND deadline <= $3 AND (status = 'queued' OR (status = 'sending' AND updated_at < $4))`, db.At(now), id, db.At(now), db.At(silent))
}

// expireOld is expire for every message.
func expireOld(ctx context.Context, tx *db.Tx, now, silent time.Time, limit int) (int64, error) {
	return db.Exec(ctx, tx, `UPDATE notify_message SET status = 'expired', reason = 'too_late', body = '', updated_at = $1
		WHERE id IN (SELECT id FROM notify_message WHERE status IN ('queued', 'sending') AND deadline <= $2
			AND (status = 'queued' OR updated_at < $3) ORDER BY deadline LIMIT $4)`, db.At(now), db.At(now), db.At(silent), limit)
}

// cancel ends a message that nobody has begun to send.
func cancel(ctx context.Context, tx *db.Tx, id uuid.UUID, now time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE notify_message SET status = 'cancelled', reason = 'cancelled', body = '', updated_at = $1
		WHERE id = $2 AND status = 'queued'`, db.At(now), id)
	return n == 1, err
}

// stripMessages forgets whom and what old messages told; that they were sent stays.
func stripMessages(ctx context.Context, tx *db.Tx, before time.Time, limit int) (int64, error) {
	return db.Exec(ctx, tx, `UPDATE notify_message SET shown = '', body = '', name = '', address = '', address_hash = '', error = ''
		WHERE id IN (SELECT id FROM notify_message WHERE shown <> '' AND created_at < $1 ORDER BY created_at LIMIT $2)
			AND status NOT IN ('queued', 'sending')`, db.At(before), limit)
}
