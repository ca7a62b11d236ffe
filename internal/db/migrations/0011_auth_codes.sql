-- +goose Up
-- Something that takes several pages: a registration, a sign-in that waits for its code, a
-- password reset. The browser holds the secret in a cookie.
CREATE TABLE auth_flow (
    id          UUID        NOT NULL PRIMARY KEY,
    kind        TEXT        NOT NULL,
    secret_hash TEXT        NOT NULL UNIQUE, -- SHA-256 of the cookie's value, hex
    subject_id  UUID,
    data        TEXT        NOT NULL,        -- sealed always, JSON
    created_at  TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX auth_flow_expires ON auth_flow (expires_at);

-- What is counted and lined up for codes, by a keyed hash of what it is about: a purpose
-- and an address (wrong tries, which outlive the codes they were made at), an address, a
-- network. The row's lock lines up the sends to one address and from one network.
CREATE TABLE auth_code_address (
    key         TEXT        NOT NULL PRIMARY KEY,
    tries       INTEGER     NOT NULL DEFAULT 0,
    tries_until TIMESTAMPTZ,                      -- when they are forgotten
    updated_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX auth_code_address_updated ON auth_code_address (updated_at);

-- Wrong codes of one account in a row, without a right one in between.
CREATE TABLE auth_code_failure (
    subject_id UUID        NOT NULL,
    purpose    TEXT        NOT NULL,
    failures   INTEGER     NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (subject_id, purpose)
);

-- A one-time code that was sent. Only its HMAC is kept.
CREATE TABLE auth_code (
    id           UUID        NOT NULL PRIMARY KEY,
    purpose      TEXT        NOT NULL,
    channel      TEXT        NOT NULL CHECK (channel IN ('sms', 'email')),
    address_key  TEXT        NOT NULL, -- keyed hash of purpose and address
    address_hash TEXT        NOT NULL, -- keyed hash of the address alone: caps are for all purposes together
    session      TEXT        NOT NULL, -- who asked: the flow's id, or the phone app's account
    subject_id   UUID,
    code_hash    TEXT        NOT NULL, -- HMAC over id, purpose, address, session and code
    message_id   UUID        NOT NULL, -- in notify_message: one that failed burns no quota
    ip_hash      TEXT        NOT NULL DEFAULT '', -- keyed hash of the asker's network
    sent_at      TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    voided_at    TIMESTAMPTZ,
    used_at      TIMESTAMPTZ,
    used_by      TEXT        NOT NULL DEFAULT '', -- keyed hash of the client that used it, for repeats
    answer_id    UUID                             -- what it opened: a session, a token
);
CREATE INDEX auth_code_address_key  ON auth_code (address_key, sent_at DESC);
CREATE INDEX auth_code_address_hash ON auth_code (address_hash, sent_at DESC);
CREATE INDEX auth_code_ip           ON auth_code (ip_hash, sent_at DESC);
CREATE INDEX auth_code_sent         ON auth_code (sent_at);
