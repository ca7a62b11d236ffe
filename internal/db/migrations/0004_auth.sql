-- +goose Up
CREATE TABLE auth_staff (
    id            UUID        NOT NULL PRIMARY KEY,
    username      TEXT        NOT NULL,
    username_key  TEXT        NOT NULL UNIQUE,
    full_name     TEXT        NOT NULL,
    email         TEXT        NOT NULL DEFAULT '', -- sealed
    email_hash    TEXT        UNIQUE,
    role          TEXT        NOT NULL CHECK (role IN ('super_admin', 'operations_manager', 'content_rewards_manager', 'security_analyst')),
    status        TEXT        NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'suspended', 'deleted')),
    status_reason TEXT        NOT NULL DEFAULT '',
    decided_by    UUID,
    decided_at    TIMESTAMPTZ,
    language      TEXT        NOT NULL DEFAULT '',
    last_login_at TIMESTAMPTZ,
    created_by    UUID,
    created_at    TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL
);

-- One password for a subject: a resident or a member of staff.
CREATE TABLE auth_password (
    subject_id  UUID        NOT NULL PRIMARY KEY,
    hash        TEXT        NOT NULL, -- argon2id in PHC form, or Django's pbkdf2_sha256 until the next sign-in
    must_change BOOLEAN     NOT NULL DEFAULT FALSE,
    changed_at  TIMESTAMPTZ NOT NULL
);

CREATE TABLE auth_session (
    id          UUID        NOT NULL PRIMARY KEY,
    secret_hash TEXT        NOT NULL UNIQUE, -- SHA-256 of the cookie's value, hex
    surface     TEXT        NOT NULL CHECK (surface IN ('resident', 'staff')),
    subject_id  UUID        NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    seen_at     TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL, -- absolute end
    ip          TEXT        NOT NULL DEFAULT '',
    user_agent  TEXT        NOT NULL DEFAULT ''
);
CREATE INDEX auth_session_subject ON auth_session (subject_id, surface);
CREATE INDEX auth_session_expires ON auth_session (expires_at);

-- Failed sign-ins, counted before the password is looked at: one row per account name and one per address.
CREATE TABLE auth_lock (
    key          TEXT        NOT NULL PRIMARY KEY, -- keyed hash: "staff|<username>", "resident|<username>", "address|<ip>"
    failures     INTEGER     NOT NULL,
    first_at     TIMESTAMPTZ NOT NULL,
    last_at      TIMESTAMPTZ NOT NULL,
    locked_until TIMESTAMPTZ
);
CREATE INDEX auth_lock_last ON auth_lock (last_at);
