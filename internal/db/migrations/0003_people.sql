-- +goose Up
-- Columns marked "sealed" hold what db.Vault writes: plain text behind a marker, or AES-256-GCM.
-- Their *_hash twins are keyed hashes of the canonical value, for look-up and uniqueness.
CREATE TABLE people_barangay (
    id         UUID        NOT NULL PRIMARY KEY,
    psgc       TEXT        UNIQUE,          -- ten digits; null for one that PSGC does not know
    name       TEXT        NOT NULL,
    name_key   TEXT        NOT NULL UNIQUE, -- folded
    population INTEGER     NOT NULL DEFAULT 0,
    active     BOOLEAN     NOT NULL DEFAULT TRUE,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

-- The ids that a former system gave to barangays, which its phone apps and prints may still hold.
CREATE TABLE people_barangay_alias (
    legacy_id   UUID NOT NULL PRIMARY KEY,
    barangay_id UUID NOT NULL REFERENCES people_barangay (id)
);

-- Which barangays an operations manager works in. None assigned means none.
CREATE TABLE people_assignment (
    staff_id    UUID NOT NULL,
    barangay_id UUID NOT NULL REFERENCES people_barangay (id),
    PRIMARY KEY (staff_id, barangay_id)
);
CREATE INDEX people_assignment_barangay ON people_assignment (barangay_id);

CREATE TABLE people_family (
    id            UUID        NOT NULL PRIMARY KEY,
    code          TEXT        NOT NULL UNIQUE, -- 12 characters
    name          TEXT        NOT NULL,
    barangay_id   UUID        NOT NULL REFERENCES people_barangay (id),
    address       TEXT        NOT NULL DEFAULT '', -- sealed
    city          TEXT        NOT NULL DEFAULT 'San Pedro City',
    status        TEXT        NOT NULL CHECK (status IN ('pending', 'approved', 'rejected')),
    status_reason TEXT        NOT NULL DEFAULT '',
    decided_by    UUID,
    decided_at    TIMESTAMPTZ,
    created_at    TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL
);
CREATE INDEX people_family_barangay ON people_family (barangay_id, created_at DESC, id DESC);
CREATE INDEX people_family_newest   ON people_family (created_at DESC, id DESC);

CREATE TABLE people_resident (
    id               UUID        NOT NULL PRIMARY KEY, -- also the ledger account and the old QR code
    family_id        UUID        NOT NULL REFERENCES people_family (id),
    username         TEXT        NOT NULL,
    username_key     TEXT        NOT NULL UNIQUE, -- lower case
    first_name       TEXT        NOT NULL,
    last_name        TEXT        NOT NULL,
    full_name        TEXT        NOT NULL,
    search           TEXT        NOT NULL, -- folded: full name, username, family name, family code
    phone            TEXT        NOT NULL DEFAULT '', -- sealed, +639…
    phone_hash       TEXT        UNIQUE,
    email            TEXT        NOT NULL DEFAULT '', -- sealed
    email_hash       TEXT        UNIQUE,
    birth_date       TEXT        NOT NULL DEFAULT '', -- sealed, 2006-01-02
    gender           TEXT        NOT NULL DEFAULT '' CHECK (gender IN ('', 'male', 'female', 'other')),
    representative   BOOLEAN     NOT NULL DEFAULT FALSE,
    referral_code    TEXT        NOT NULL UNIQUE,
    referred_by_code TEXT        NOT NULL DEFAULT '',
    status           TEXT        NOT NULL CHECK (status IN ('pending', 'approved', 'rejected')),
    status_reason    TEXT        NOT NULL DEFAULT '',
    decided_by       UUID,
    decided_at       TIMESTAMPTZ,
    active           BOOLEAN     NOT NULL DEFAULT TRUE, -- false: suspended
    suspended_reason TEXT        NOT NULL DEFAULT '',
    suspended_by     UUID,
    suspended_at     TIMESTAMPTZ,
    language         TEXT        NOT NULL DEFAULT '', -- en, fil; empty: not chosen
    last_login_at    TIMESTAMPTZ,
    created_at       TIMESTAMPTZ NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL
);
CREATE INDEX people_resident_family ON people_resident (family_id);
CREATE INDEX people_resident_newest ON people_resident (created_at DESC, id DESC);
CREATE INDEX people_resident_status ON people_resident (status, created_at DESC, id DESC);
CREATE INDEX people_resident_name   ON people_resident (search, id);

-- A printed or shown card. The signed QR text is made from this row; raising the serial ends older prints.
CREATE TABLE people_card (
    id          UUID        NOT NULL PRIMARY KEY, -- random, never the resident's id
    resident_id UUID        NOT NULL UNIQUE REFERENCES people_resident (id),
    code        TEXT        NOT NULL UNIQUE,      -- typed twin: 8 Crockford base32 characters, the last a check character
    serial      INTEGER     NOT NULL DEFAULT 1,
    issued_at   TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL,
    revoked_at  TIMESTAMPTZ
);

-- Ed25519 keys that sign cards; the private half is sealed.
CREATE TABLE people_card_key (
    kid         INTEGER     NOT NULL PRIMARY KEY,
    public_key  TEXT        NOT NULL,
    private_key TEXT        NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    retired_at  TIMESTAMPTZ
);
