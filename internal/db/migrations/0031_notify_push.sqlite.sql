-- +goose Up
-- Push messages to residents' browsers (RFC 8030), and campaigns that are no news.
-- SQLite changes no CHECK, so the table is made anew; 0010 says what its columns are.
CREATE TABLE notify_message_next (
    id           UUID        NOT NULL PRIMARY KEY,
    kind         TEXT        NOT NULL,
    audience     TEXT        NOT NULL CHECK (audience IN ('resident', 'staff', 'visitor')),
    recipient_id UUID,
    name         TEXT        NOT NULL DEFAULT '',
    channel      TEXT        NOT NULL CHECK (channel IN ('sms', 'email', 'push')),
    address      TEXT        NOT NULL,
    address_hash TEXT        NOT NULL,
    language     TEXT        NOT NULL,
    body         TEXT        NOT NULL,
    shown        TEXT        NOT NULL,
    urgent       BOOLEAN     NOT NULL DEFAULT FALSE,
    secret       BOOLEAN     NOT NULL DEFAULT FALSE,
    status       TEXT        NOT NULL CHECK (status IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'expired', 'cancelled')),
    attempts     INTEGER     NOT NULL DEFAULT 0,
    deadline     TIMESTAMPTZ NOT NULL,
    provider     TEXT        NOT NULL DEFAULT '',
    provider_id  TEXT        NOT NULL DEFAULT '',
    cost         INTEGER     NOT NULL DEFAULT 0,
    reason       TEXT        NOT NULL DEFAULT '',
    error        TEXT        NOT NULL DEFAULT '',
    resend_of    UUID,
    created_at   TIMESTAMPTZ NOT NULL,
    day          TEXT        NOT NULL,
    updated_at   TIMESTAMPTZ NOT NULL,
    sent_at      TIMESTAMPTZ,
    campaign_id  UUID
);
INSERT INTO notify_message_next (
        id, kind, audience, recipient_id, name, channel, address, address_hash, language, body, shown, urgent, secret, status,
        attempts, deadline, provider, provider_id, cost, reason, error, resend_of, created_at, day, updated_at, sent_at,
        campaign_id)
    SELECT
        id, kind, audience, recipient_id, name, channel, address, address_hash, language, body, shown, urgent, secret, status,
        attempts, deadline, provider, provider_id, cost, reason, error, resend_of, created_at, day, updated_at, sent_at,
        campaign_id
    FROM notify_message;
DROP TABLE notify_message;
ALTER TABLE notify_message_next RENAME TO notify_message;
CREATE INDEX notify_message_newest    ON notify_message (created_at DESC, id DESC);
CREATE INDEX notify_message_status    ON notify_message (status, created_at DESC, id DESC);
CREATE INDEX notify_message_recipient ON notify_message (recipient_id, created_at DESC, id DESC);
CREATE INDEX notify_message_address   ON notify_message (address_hash, created_at DESC);
CREATE INDEX notify_message_kind      ON notify_message (kind, created_at DESC, id DESC);
CREATE INDEX notify_message_waiting   ON notify_message (deadline) WHERE status IN ('queued', 'sending');
CREATE INDEX notify_message_resent    ON notify_message (resend_of) WHERE resend_of IS NOT NULL;
CREATE INDEX notify_message_old       ON notify_message (created_at) WHERE shown <> '';
CREATE INDEX notify_message_campaign  ON notify_message (campaign_id, status, channel, recipient_id) WHERE campaign_id IS NOT NULL;

-- A browser that shows push messages, as its owner allowed it. Columns marked "sealed" are
-- db.Vault's: whoever has both could write to that browser.
CREATE TABLE notify_push (
    id            UUID        NOT NULL PRIMARY KEY,
    audience      TEXT        NOT NULL CHECK (audience IN ('resident', 'staff')),
    subject_id    UUID        NOT NULL,
    endpoint      TEXT        NOT NULL,            -- sealed: the push service's address for it
    endpoint_hash TEXT        NOT NULL UNIQUE,     -- keyed hash: a browser has one owner
    p256dh        TEXT        NOT NULL,            -- its public key, base64url
    auth          TEXT        NOT NULL,            -- sealed: the secret it shares with us
    user_agent    TEXT        NOT NULL DEFAULT '',
    took_id       UUID,                            -- the last message that its push service took
    took_at       TIMESTAMPTZ,
    failures      INTEGER     NOT NULL DEFAULT 0,  -- since then
    failed_at     TIMESTAMPTZ,
    created_at    TIMESTAMPTZ NOT NULL
);
CREATE INDEX notify_push_subject ON notify_push (subject_id, created_at, id);

ALTER TABLE notify_campaign ADD COLUMN push    BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE notify_campaign ADD COLUMN service BOOLEAN NOT NULL DEFAULT FALSE; -- no news: also to those who want none
ALTER TABLE notify_campaign_recipient ADD COLUMN push_id UUID;
