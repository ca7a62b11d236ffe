-- +goose Up
-- A browser that a resident chose to have remembered: it needs no code. One browser may
-- be remembered for several residents, who share a phone: one secret, a row for each.
CREATE TABLE auth_device (
    id          UUID        NOT NULL PRIMARY KEY,
    secret_hash TEXT        NOT NULL, -- SHA-256 of the cookie's value, hex
    subject_id  UUID        NOT NULL,
    ip          TEXT        NOT NULL DEFAULT '',
    user_agent  TEXT        NOT NULL DEFAULT '',
    created_at  TIMESTAMPTZ NOT NULL,
    used_at     TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL,
    UNIQUE (secret_hash, subject_id)
);
CREATE INDEX auth_device_subject ON auth_device (subject_id, used_at DESC, id DESC);
CREATE INDEX auth_device_expires ON auth_device (expires_at);

-- Attempts to sign in, one row each, on every pathway. A sign-in of several steps (a
-- password, then a code) is one attempt: its row says how far it came.
CREATE TABLE auth_login (
    id         UUID        NOT NULL PRIMARY KEY,
    surface    TEXT        NOT NULL CHECK (surface IN ('resident', 'staff')),
    subject_id UUID,                 -- null: nobody has the name that was typed
    name_hash  TEXT        NOT NULL, -- keyed hash of that name: it may have been a password
    success    BOOLEAN     NOT NULL,
    reason     TEXT        NOT NULL, -- of a failure: bad_credentials, locked, code_pending, …
    way        TEXT        NOT NULL, -- password, code, device, token, biometric, …
    ip         TEXT        NOT NULL DEFAULT '',
    user_agent TEXT        NOT NULL DEFAULT '',
    created_at TIMESTAMPTZ NOT NULL,
    day        TEXT        NOT NULL  -- Manila
);
CREATE INDEX auth_login_newest  ON auth_login (created_at DESC, id DESC);
CREATE INDEX auth_login_subject ON auth_login (subject_id, created_at DESC, id DESC);
CREATE INDEX auth_login_name    ON auth_login (name_hash, created_at DESC);
CREATE INDEX auth_login_day     ON auth_login (day, surface, success);

-- Nothing that was issued to a person before this moment counts: tokens of the phone apps.
CREATE TABLE auth_epoch (
    subject_id UUID        NOT NULL PRIMARY KEY,
    not_before TIMESTAMPTZ NOT NULL
);

-- Whether there are hashes of the former system, which take longer to compare.
CREATE INDEX auth_password_old ON auth_password (subject_id) WHERE hash LIKE 'pbkdf2_sha256$%';
