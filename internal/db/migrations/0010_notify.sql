-- +goose Up
-- The outbox: one row for each recipient and channel. Columns marked "sealed" are db.Vault's.
CREATE TABLE notify_message (
    id           UUID        NOT NULL PRIMARY KEY,
    kind         TEXT        NOT NULL,            -- code.sign_in, resident.approved, …
    audience     TEXT        NOT NULL CHECK (audience IN ('resident', 'staff', 'visitor')),
    recipient_id UUID,
    name         TEXT        NOT NULL DEFAULT '', -- of the recipient, as it stood
    channel      TEXT        NOT NULL CHECK (channel IN ('sms', 'email')),
    address      TEXT        NOT NULL,            -- sealed
    address_hash TEXT        NOT NULL,            -- keyed hash, for caps and for finding
    language     TEXT        NOT NULL,            -- en, fil
    body         TEXT        NOT NULL,            -- sealed always: what is sent, JSON; emptied at its end
    shown        TEXT        NOT NULL,            -- sealed: the same without its code, JSON; for the console; emptied after a year
    urgent       BOOLEAN     NOT NULL DEFAULT FALSE,
    secret       BOOLEAN     NOT NULL DEFAULT FALSE, -- the body holds a code
    status       TEXT        NOT NULL CHECK (status IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'expired', 'cancelled')),
    attempts     INTEGER     NOT NULL DEFAULT 0,
    deadline     TIMESTAMPTZ NOT NULL,            -- not sent later than this
    provider     TEXT        NOT NULL DEFAULT '', -- who took it: iprog, semaphore, smtp, …
    provider_id  TEXT        NOT NULL DEFAULT '', -- its number for it
    cost         INTEGER     NOT NULL DEFAULT 0,  -- centavos, counted in notify_spend
    reason       TEXT        NOT NULL DEFAULT '', -- why it did not go out, a code of ours: refused, cap_city, …
    error        TEXT        NOT NULL DEFAULT '', -- the provider's words of the last attempt, shortened
    resend_of    UUID,
    created_at   TIMESTAMPTZ NOT NULL,
    day          TEXT        NOT NULL,            -- Manila
    updated_at   TIMESTAMPTZ NOT NULL,
    sent_at      TIMESTAMPTZ
);
CREATE INDEX notify_message_newest    ON notify_message (created_at DESC, id DESC);
CREATE INDEX notify_message_status    ON notify_message (status, created_at DESC, id DESC);
CREATE INDEX notify_message_recipient ON notify_message (recipient_id, created_at DESC, id DESC);
CREATE INDEX notify_message_address   ON notify_message (address_hash, created_at DESC);
CREATE INDEX notify_message_kind      ON notify_message (kind, created_at DESC, id DESC);
CREATE INDEX notify_message_waiting   ON notify_message (deadline) WHERE status IN ('queued', 'sending');
CREATE INDEX notify_message_resent    ON notify_message (resend_of) WHERE resend_of IS NOT NULL;
CREATE INDEX notify_message_old       ON notify_message (created_at) WHERE shown <> '';

-- What text messages have cost on a Manila day: of the city ('city') and of one number ('number:<hash>').
CREATE TABLE notify_spend (
    day      TEXT    NOT NULL,
    scope    TEXT    NOT NULL,
    centavos INTEGER NOT NULL CHECK (centavos >= 0),
    PRIMARY KEY (day, scope)
);

-- Notices inside the program: the residents' and the staff's bell.
CREATE TABLE notify_notice (
    id          UUID        NOT NULL PRIMARY KEY,
    audience    TEXT        NOT NULL CHECK (audience IN ('resident', 'staff')),
    subject_id  UUID        NOT NULL,
    type        TEXT        NOT NULL,            -- waste, redeem, learning, game, other; of staff: new_registration, …
    message     TEXT        NOT NULL,            -- in English, as the phone apps show it
    message_fil TEXT        NOT NULL DEFAULT '',
    link        TEXT        NOT NULL DEFAULT '', -- local address
    points      BIGINT,                          -- signed hundredths
    reward_name TEXT        NOT NULL DEFAULT '',
    video_title TEXT        NOT NULL DEFAULT '',
    game_score  INTEGER,
    is_read     BOOLEAN     NOT NULL DEFAULT FALSE,
    viewed_at   TIMESTAMPTZ,
    created_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX notify_notice_subject ON notify_notice (subject_id, created_at DESC, id DESC);
CREATE INDEX notify_notice_unread  ON notify_notice (subject_id) WHERE viewed_at IS NULL;
CREATE INDEX notify_notice_old     ON notify_notice (created_at);
