-- +goose Up
-- Push messages to residents' browsers (RFC 8030), and campaigns that are no news.
-- What stands there passes: the narrower rule held it. So nothing is read again.
ALTER TABLE notify_message DROP CONSTRAINT notify_message_channel_check;
ALTER TABLE notify_message ADD CONSTRAINT notify_message_channel_check CHECK (channel IN ('sms', 'email', 'push')) NOT VALID;

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
