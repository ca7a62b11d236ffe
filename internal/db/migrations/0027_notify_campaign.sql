-- +goose Up
-- Whether a resident wants news: bulk notices go only to those who do.
ALTER TABLE people_resident ADD COLUMN news BOOLEAN NOT NULL DEFAULT TRUE;

-- A bulk notice: the same words to many residents, told by a job in small steps. Nothing of
-- it is personal, so nothing is sealed; its messages are, as all of them.
CREATE TABLE notify_campaign (
    id              UUID        NOT NULL PRIMARY KEY,
    request_key     TEXT        NOT NULL,
    request_hash    TEXT        NOT NULL,
    kind            TEXT        NOT NULL,            -- of its messages: reward.new, …
    about_id        UUID,                            -- the reward, …
    title           TEXT        NOT NULL,            -- what the office calls it
    target          TEXT        NOT NULL,            -- JSON: whom it is for
    script          TEXT        NOT NULL,            -- JSON: what it says, in both languages
    link            TEXT        NOT NULL DEFAULT '', -- local address
    sms             BOOLEAN     NOT NULL,
    email           BOOLEAN     NOT NULL,
    state           TEXT        NOT NULL CHECK (state IN ('running', 'stopped', 'done')),
    expected        INTEGER     NOT NULL,            -- residents in its target when it began
    told            INTEGER     NOT NULL DEFAULT 0,
    unwanted        INTEGER     NOT NULL DEFAULT 0,  -- residents who want no news
    turn            INTEGER     NOT NULL DEFAULT 0,  -- each step of the job takes the next one, once
    after_id        UUID        NOT NULL,            -- the last resident who had their turn
    waits_until     TIMESTAMPTZ,                     -- at night, and when the day's money is spent
    started_by      UUID        NOT NULL,
    started_by_name TEXT        NOT NULL,
    stopped_by_name TEXT        NOT NULL DEFAULT '',
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL,
    ended_at        TIMESTAMPTZ,
    UNIQUE (started_by, request_key)
);
CREATE INDEX notify_campaign_newest ON notify_campaign (created_at DESC, id DESC);
CREATE INDEX notify_campaign_about  ON notify_campaign (about_id, created_at DESC) WHERE about_id IS NOT NULL;
CREATE UNIQUE INDEX notify_campaign_running ON notify_campaign (about_id) WHERE state = 'running' AND about_id IS NOT NULL;

-- Each resident's turn in a campaign, once. The messages tell how it went on.
CREATE TABLE notify_campaign_recipient (
    campaign_id  UUID        NOT NULL REFERENCES notify_campaign (id),
    recipient_id UUID        NOT NULL,
    name         TEXT        NOT NULL,            -- as it stood
    language     TEXT        NOT NULL,            -- in which they were told
    wanted       BOOLEAN     NOT NULL,            -- false: wants no news, was told nothing
    notice_id    UUID,
    sms_id       UUID,
    mail_id      UUID,
    created_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (campaign_id, recipient_id)
);
CREATE INDEX notify_campaign_recipient_old ON notify_campaign_recipient (created_at);

ALTER TABLE notify_message ADD COLUMN campaign_id UUID;
CREATE INDEX notify_message_campaign ON notify_message (campaign_id, status, channel, recipient_id) WHERE campaign_id IS NOT NULL;
