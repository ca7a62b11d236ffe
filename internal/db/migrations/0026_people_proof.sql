-- +goose Up
-- A resident's PIN for the counter: it proves presence when points are spent, and signs nobody in.
CREATE TABLE people_pin (
    resident_id UUID        NOT NULL PRIMARY KEY REFERENCES people_resident (id),
    hash        TEXT        NOT NULL, -- keyed: six figures are quickly tried out
    staff_id    UUID,                 -- at whose counter it was set; null: by the resident alone
    set_at      TIMESTAMPTZ NOT NULL
);

-- Tries at codes and PINs, counted before anything is compared: of a resident, and of a member of staff.
CREATE TABLE people_proof_try (
    subject_id UUID        NOT NULL PRIMARY KEY,
    tries      INTEGER     NOT NULL, -- since the first of them
    until      TIMESTAMPTZ NOT NULL, -- then they count anew
    day        TEXT        NOT NULL, -- Manila
    day_tries  INTEGER     NOT NULL
);

-- A resident proved to a member of staff that they are there. It is good once, for some minutes.
CREATE TABLE people_proof (
    id           UUID        NOT NULL PRIMARY KEY,
    resident_id  UUID        NOT NULL REFERENCES people_resident (id),
    staff_id     UUID        NOT NULL,
    way          TEXT        NOT NULL CHECK (way IN ('live', 'pin', 'sms')),
    request_key  TEXT        NOT NULL,
    request_hash TEXT        NOT NULL, -- keyed, of the resident and of what was typed
    card_id      UUID,                 -- of a live code: what it was made of, so that each is taken once
    serial       INTEGER,
    step         BIGINT,
    created_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    used_by      UUID,                 -- the receipt
    used_at      TIMESTAMPTZ,
    UNIQUE (staff_id, request_key),
    UNIQUE (card_id, serial, step)
);
CREATE INDEX people_proof_unused ON people_proof (expires_at) WHERE used_by IS NULL;
