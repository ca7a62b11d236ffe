-- +goose Up
-- Refresh tokens of the phone apps. The tokens themselves are not kept: they are signed anew
-- from the row, to the same bytes. A row lives as long as its token, or the token would be
-- taken for one of the former system.
CREATE TABLE auth_token (
    id                UUID        NOT NULL PRIMARY KEY,
    jti               TEXT        NOT NULL UNIQUE,
    chain_id          UUID        NOT NULL,            -- one sign-in and all that was refreshed from it
    surface           TEXT        NOT NULL CHECK (surface IN ('resident', 'staff')),
    subject_id        UUID        NOT NULL,
    claims            TEXT        NOT NULL DEFAULT '', -- sealed: what a collector's token says, JSON
    issued            BIGINT      NOT NULL,            -- seconds, as in the token
    expires           BIGINT      NOT NULL,
    access_issued     BIGINT      NOT NULL,            -- of the access token given out with it; 0: none yet
    successor_id      UUID,
    successor_used_at TIMESTAMPTZ,                     -- when the first of its successors was used
    revoked_at        TIMESTAMPTZ,
    ip                TEXT        NOT NULL DEFAULT '',
    user_agent        TEXT        NOT NULL DEFAULT '',
    created_at        TIMESTAMPTZ NOT NULL
);
CREATE INDEX auth_token_chain   ON auth_token (chain_id, successor_id);
CREATE INDEX auth_token_subject ON auth_token (subject_id, created_at DESC);
CREATE INDEX auth_token_expires ON auth_token (expires);

-- Phones that sign in by a fingerprint or a face.
CREATE TABLE auth_biometric_device (
    id                   UUID        NOT NULL PRIMARY KEY,
    resident_id          UUID        NOT NULL,
    device_id            TEXT        NOT NULL UNIQUE, -- the app's own; of all residents together
    credential_id        TEXT        NOT NULL UNIQUE,
    name                 TEXT        NOT NULL,
    type                 TEXT        NOT NULL,
    model                TEXT        NOT NULL DEFAULT '',
    os_version           TEXT        NOT NULL DEFAULT '',
    app_version          TEXT        NOT NULL DEFAULT '',
    public_key           TEXT        NOT NULL,
    fingerprint_hash     TEXT        NOT NULL,        -- keyed hash
    challenge_hash       TEXT,                        -- keyed hash of the one that waits for its answer
    challenge_expires_at TIMESTAMPTZ,
    active               BOOLEAN     NOT NULL DEFAULT TRUE,
    trusted              BOOLEAN     NOT NULL DEFAULT FALSE,
    failures             INTEGER     NOT NULL DEFAULT 0,
    registered_at        TIMESTAMPTZ NOT NULL,
    last_used_at         TIMESTAMPTZ,
    expires_at           TIMESTAMPTZ,
    ip                   TEXT        NOT NULL DEFAULT ''
);
CREATE INDEX auth_biometric_device_resident ON auth_biometric_device (resident_id, registered_at);

CREATE TABLE auth_biometric_attempt (
    id           UUID        NOT NULL PRIMARY KEY,
    device       UUID        NOT NULL REFERENCES auth_biometric_device (id),
    resident_id  UUID        NOT NULL,
    success      BOOLEAN     NOT NULL,
    reason       TEXT        NOT NULL DEFAULT '', -- why not, in the reference's words
    ip           TEXT        NOT NULL DEFAULT '',
    user_agent   TEXT        NOT NULL DEFAULT '',
    attempted_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX auth_biometric_attempt_resident ON auth_biometric_attempt (resident_id, attempted_at DESC, id DESC);
CREATE INDEX auth_biometric_attempt_old      ON auth_biometric_attempt (attempted_at);
