package notify

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// insertCampaign says false when its request key is used already, or when another one
// about the same runs.
func insertCampaign(ctx context.Context, tx *db.Tx, c Campaign, key string) (fresh bool, err error) {
	target, err := json.Marshal(c.Target)
	if err != nil {
		return false, err
	}
	scripts, err := json.Marshal(c.Scripts)
	if err != nil {
		return false, err
	}
	n, err := db.Exec(ctx, tx, `INSERT INTO notify_campaign
		(id, request_key, request_hash, kind, about_id, title, target, script, link, sms, email, push, service, state, expected, after_id,
		started_by, started_by_name, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) ON CONFLICT DO NOTHING`,
		c.ID, key, c.hash, c.Kind, db.NullID(c.About), c.Title, string(target), string(scripts), c.Link, c.SMS, c.Mail, c.Push, c.Service,
		c.State, c.Expected, c.after, c.startedBy, c.StartedBy, db.At(c.CreatedAt), db.At(c.CreatedAt))
	return n == 1, err
}

const campaignColumns = `id, request_hash, kind, about_id, title, target, script, link, sms, email, push, service, state, expected, told, unwanted, turn, after_id, waits_until,
	started_by, started_by_name, stopped_by_name, created_at, ended_at`

func scanCampaign(r db.Row) (c Campaign, err error) {
	var about uuid.NullUUID
	var target, scripts string
	err = r.Scan(&c.ID, &c.hash, &c.Kind, &about, &c.Title, &target, &scripts, &c.Link, &c.SMS, &c.Mail, &c.Push, &c.Service,
		&c.State, &c.Expected, &c.Told, &c.Unwanted, &c.turn, &c.after, db.IntoNull(&c.WaitsUntil), &c.startedBy, &c.StartedBy, &c.StoppedBy, db.Into(&c.CreatedAt), db.IntoNull(&c.EndedAt))
	if err != nil {
		return c, err
	}
	c.About = about.UUID
	return c, errors.Join(json.Unmarshal([]byte(target), &c.Target), json.Unmarshal([]byte(scripts), &c.Scripts))
}

func campaignByKey(ctx context.Context, q db.Q, by uuid.UUID, key string) (Campaign, error) {
	return scanCampaign(q.QueryRowContext(ctx, `SELECT `+campaignColumns+` FROM notify_campaign WHERE started_by = $1 AND request_key = $2`, by, key))
}

// campaignByID is ErrCampaignNotFound when there is none.
func campaignByID(ctx context.Context, q db.Q, id uuid.UUID) (Campaign, error) {
	c, err := scanCampaign(q.QueryRowContext(ctx, `SELECT `+campaignColumns+` FROM notify_campaign WHERE id = $1`, id))
	if db.IsNoRows(err) {
		err = ErrCampaignNotFound
	}
	return c, err
}

func listCampaigns(ctx context.Context, q db.Q, f CampaignFilter, after db.Cursor, limit int) ([]Campaign, error) {
	var w db.Where
	if f.About != uuid.Nil {
		w.And("about_id = ?", f.About)
	}
	w.And("(created_at, id) < (?, ?)", db.At(after.At), after.ID)
	return db.Collect(ctx, q, scanCampaign,
		`SELECT `+campaignColumns+` FROM notify_campaign WHERE `+w.String()+` ORDER BY created_at DESC, id DESC `+w.Bind("LIMIT ?", limit), w.Args()...)
}

// takeTurn claims a turn for this transaction; false when it was taken, or the campaign
// has ended.
func takeTurn(ctx context.Context, tx *db.Tx, args campaignArgs, now time.Time) (Campaign, bool, error) {
	c, err := scanCampaign(tx.QueryRowContext(ctx, `UPDATE notify_campaign SET turn = turn + 1, waits_until = NULL, updated_at = $1
		WHERE id = $2 AND turn = $3 AND state = 'running' RETURNING `+campaignColumns, db.At(now), args.ID, args.Turn))
	if db.IsNoRows(err) {
		return Campaign{}, false, nil
	}
	return c, err == nil, err
}

// advanceCampaign writes down how far a turn got.
func advanceCampaign(ctx context.Context, tx *db.Tx, c Campaign) error {
	_, err := tx.ExecContext(ctx, `UPDATE notify_campaign SET told = $1, unwanted = $2, after_id = $3, waits_until = $4 WHERE id = $5`,
		c.Told, c.Unwanted, c.after, db.AtNull(c.WaitsUntil), c.ID)
	return err
}

func endCampaign(ctx context.Context, tx *db.Tx, id uuid.UUID, state CampaignState, by string, now time.Time) (bool, error) {
	n, err := db.Exec(ctx, tx, `UPDATE notify_campaign SET state = $1, stopped_by_name = $2, ended_at = $3, updated_at = $4, waits_until = NULL
		WHERE id = $5 AND state = 'running'`, state, by, db.At(now), db.At(now), id)
	return n == 1, err
}

// cancelCampaign keeps back the messages that nobody has begun to send.
func cancelCampaign(ctx context.Context, tx *db.Tx, id uuid.UUID, now time.Time) (int64, error) {
	return db.Exec(ctx, tx, `UPDATE notify_message SET status = 'cancelled', reason = 'cancelled', body = '', updated_at = $1
		WHERE campaign_id = $2 AND status = 'queued'`, db.At(now), id)
}

// campaignWaiting counts the messages of a campaign that have not been sent, and how many
// of them are text messages.
func campaignWaiting(ctx context.Context, q db.Q, id uuid.UUID) (all, texts int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE channel = 'sms') FROM notify_message
		WHERE campaign_id = $1 AND status IN ('queued', 'sending')`, id).Scan(&all, &texts)
	return all, texts, err
}

func countCampaign(ctx context.Context, q db.Q, id uuid.UUID) ([]Count, error) {
	return db.Collect(ctx, q, func(r db.Row) (c Count, err error) { return c, r.Scan(&c.Channel, &c.Status, &c.N) },
		`SELECT channel, status, count(*) FROM notify_message WHERE campaign_id = $1 GROUP BY channel, status ORDER BY channel, status`, id)
}

// staleCampaigns takes the campaigns that have not got on since stale and do not wait for
// a moment that is still to come.
func staleCampaigns(ctx context.Context, tx *db.Tx, now, stale time.Time) ([]Campaign, error) {
	return db.Collect(ctx, tx, scanCampaign, `UPDATE notify_campaign SET updated_at = $1
		WHERE state = 'running' AND updated_at < $2 AND (waits_until IS NULL OR waits_until < $3) RETURNING `+campaignColumns, db.At(now), db.At(stale), db.At(stale))
}

// campaignTurn is a row of notify_campaign_recipient.
type campaignTurn struct {
	Told
	campaign                uuid.UUID
	notice, sms, mail, push uuid.UUID
}

func insertTurn(ctx context.Context, tx *db.Tx, t campaignTurn) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO notify_campaign_recipient (campaign_id, recipient_id, name, language, wanted, notice_id, sms_id, mail_id, push_id, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		t.campaign, t.ID, t.Name, t.Language, t.Wanted, db.NullID(t.notice), db.NullID(t.sms), db.NullID(t.mail), db.NullID(t.push), db.At(t.At))
	return err
}

func scanTold(r db.Row) (t Told, err error) {
	var sms, mail, push uuid.NullUUID
	err = r.Scan(&t.ID, &t.Name, &t.Language, &t.Wanted, &sms, &t.SMS.Status, &t.SMS.Reason, &mail, &t.Mail.Status, &t.Mail.Reason,
		&push, &t.Push.Status, &t.Push.Reason, db.IntoNull(&t.SeenAt), db.Into(&t.At))
	t.SMS.Message, t.Mail.Message, t.Push.Message = sms.UUID, mail.UUID, push.UUID
	return t, err
}

// ofOutcome are the statuses that put a recipient among an outcome's.
var ofOutcome = map[Outcome]string{
	OutcomeWaiting: `'queued', 'sending'`, OutcomeSent: `'sent', 'delivered'`, OutcomeFailed: `'failed', 'expired', 'cancelled'`,
}

func listTurns(ctx context.Context, q db.Q, campaign uuid.UUID, o Outcome, after uuid.UUID, limit int) ([]Told, error) {
	var w db.Where
	w.And("t.campaign_id = ?", campaign)
	w.And("t.recipient_id > ?", after)
	if statuses, ok := ofOutcome[o]; ok {
		w.And("t.recipient_id IN (SELECT recipient_id FROM notify_message WHERE campaign_id = ? AND status IN ("+statuses+"))", campaign)
	}
	if o == OutcomeUnwanted {
		w.And("NOT t.wanted")
	}
	return db.Collect(ctx, q, scanTold, `SELECT t.recipient_id, t.name, t.language, t.wanted, sms.id, coalesce(sms.status, ''), coalesce(sms.reason, ''),
			mail.id, coalesce(mail.status, ''), coalesce(mail.reason, ''), push.id, coalesce(push.status, ''), coalesce(push.reason, ''), n.viewed_at, t.created_at
		FROM notify_campaign_recipient t
		LEFT JOIN notify_message sms ON sms.id = t.sms_id
		LEFT JOIN notify_message mail ON mail.id = t.mail_id
		LEFT JOIN notify_message push ON push.id = t.push_id
		LEFT JOIN notify_notice n ON n.id = t.notice_id
		WHERE `+w.String()+` ORDER BY t.recipient_id `+w.Bind("LIMIT ?", limit), w.Args()...)
}

// forgetTurns drops whom old campaigns told; how many they were stays.
func forgetTurns(ctx context.Context, tx *db.Tx, before time.Time, limit int) (int64, error) {
	return db.Exec(ctx, tx, `DELETE FROM notify_campaign_recipient WHERE (campaign_id, recipient_id) IN
		(SELECT campaign_id, recipient_id FROM notify_campaign_recipient WHERE created_at < $1 ORDER BY created_at LIMIT $2)`, db.At(before), limit)
}
