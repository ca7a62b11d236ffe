-- +goose Up
-- The second factor of a member of staff: a key shared with the authenticator app on
-- their phone.
CREATE TABLE auth_second_factor (
    subject_id UUID        NOT NULL PRIMARY KEY,
    key        TEXT        NOT NULL,           -- sealed always, base32
    since      TIMESTAMPTZ NOT NULL,
    last_step  BIGINT      NOT NULL,           -- half minute of the last accepted code: none is accepted twice
    failures   INTEGER     NOT NULL DEFAULT 0  -- wrong codes since the last right one
);

-- What lets somebody in whose phone is lost. Each works once.
CREATE TABLE auth_recovery_code (
    subject_id UUID        NOT NULL,
    code_hash  TEXT        NOT NULL, -- keyed hash of subject and code
    made_at    TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ,
    PRIMARY KEY (subject_id, code_hash)
);
