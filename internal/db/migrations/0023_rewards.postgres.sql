-- +goose Up
-- Stock lies at places. A reservation holds points and stock until somebody fetches it, and
-- what a member of staff hands to a resident in one go has one receipt.
CREATE TABLE rewards_place (
    id         UUID        NOT NULL PRIMARY KEY,
    name       TEXT        NOT NULL,
    name_key   TEXT        NOT NULL UNIQUE,
    active     BOOLEAN     NOT NULL DEFAULT TRUE,
    is_default BOOLEAN     NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    CHECK (active OR NOT is_default)
);
CREATE UNIQUE INDEX rewards_place_default ON rewards_place (is_default) WHERE is_default;
INSERT INTO rewards_place (id, name, name_key, active, is_default, created_at, updated_at) VALUES
    ('00000000-0000-7000-8000-000000000010', 'City office', 'city office', TRUE, TRUE, '2026-01-01 00:00:00.000000+00:00', '2026-01-01 00:00:00.000000+00:00');

CREATE TABLE rewards_stock (
    item_id  UUID   NOT NULL REFERENCES rewards_item (id),
    place_id UUID   NOT NULL REFERENCES rewards_place (id),
    stock    BIGINT NOT NULL DEFAULT 0,
    held     BIGINT NOT NULL DEFAULT 0 CHECK (held >= 0), -- set aside by reservations
    version  BIGINT NOT NULL DEFAULT 0,                   -- counts stock moves
    PRIMARY KEY (item_id, place_id),
    CHECK (stock - held >= 0)
);
CREATE INDEX rewards_stock_place ON rewards_stock (place_id);
INSERT INTO rewards_stock (item_id, place_id, stock, held, version)
    SELECT id, '00000000-0000-7000-8000-000000000010', stock, held, stock_version FROM rewards_item;

ALTER TABLE rewards_item DROP COLUMN stock, DROP COLUMN held, DROP COLUMN stock_version,
    ADD COLUMN description_fil TEXT NOT NULL DEFAULT '',
    ADD COLUMN unit_cost       BIGINT CHECK (unit_cost > 0), -- centavos; null: not known
    ADD COLUMN stock_number    TEXT NOT NULL DEFAULT '',
    ADD COLUMN picture_id      UUID REFERENCES files_file (id), -- 1200 pixels wide
    ADD COLUMN thumbnail_id    UUID REFERENCES files_file (id); -- 320

CREATE TABLE rewards_receipt (
    id           UUID        NOT NULL PRIMARY KEY,
    reference    TEXT        NOT NULL UNIQUE, -- 7F3A-09C2-11BD: the end of the id
    request_key  TEXT        NOT NULL,
    request_hash TEXT        NOT NULL,
    resident_id  UUID        NOT NULL REFERENCES people_resident (id),
    family_id    UUID        NOT NULL REFERENCES people_family (id),
    barangay_id  UUID        NOT NULL REFERENCES people_barangay (id),
    place_id     UUID        NOT NULL REFERENCES rewards_place (id),
    points       BIGINT      NOT NULL, -- of all its redemptions
    staff_id     UUID        NOT NULL,
    staff_name   TEXT        NOT NULL DEFAULT '', -- as it stood at the time
    identified   TEXT        NOT NULL DEFAULT '', -- card, code, legacy_card, search, …
    proof        TEXT        NOT NULL DEFAULT '', -- live, pin, sms; empty: none was needed
    note         TEXT        NOT NULL DEFAULT '',
    created_at   TIMESTAMPTZ NOT NULL,
    day          TEXT        NOT NULL, -- Manila
    UNIQUE (staff_id, request_key)
);
CREATE INDEX rewards_receipt_resident ON rewards_receipt (resident_id, created_at DESC, id DESC);
INSERT INTO rewards_receipt (id, reference, request_key, request_hash, resident_id, family_id, barangay_id, place_id, points,
        staff_id, staff_name, identified, note, created_at, day)
    SELECT id, upper(substr(CAST(id AS TEXT), 25, 4) || '-' || substr(CAST(id AS TEXT), 29, 4) || '-' || substr(CAST(id AS TEXT), 33, 4)),
        request_key, request_hash, resident_id, family_id, barangay_id, '00000000-0000-7000-8000-000000000010', points,
        staff_id, staff_name, identified, note, created_at, day
    FROM rewards_redemption WHERE NOT imported AND staff_id IS NOT NULL;

ALTER TABLE rewards_redemption DROP COLUMN request_key, DROP COLUMN request_hash,
    ADD COLUMN receipt_id    UUID REFERENCES rewards_receipt (id), -- null: imported
    ADD COLUMN place_id      UUID NOT NULL DEFAULT '00000000-0000-7000-8000-000000000010' REFERENCES rewards_place (id),
    ADD COLUMN returned_at   TIMESTAMPTZ,
    ADD COLUMN returned_by   TEXT NOT NULL DEFAULT '', -- the name, as it stood at the time
    ADD COLUMN return_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE rewards_redemption ALTER COLUMN place_id DROP DEFAULT;
UPDATE rewards_redemption SET receipt_id = id WHERE NOT imported AND staff_id IS NOT NULL;
CREATE INDEX rewards_redemption_receipt ON rewards_redemption (receipt_id);

ALTER TABLE rewards_stock_move DROP CONSTRAINT rewards_stock_move_item_id_version_key, DROP CONSTRAINT rewards_stock_move_kind_check,
    ADD COLUMN place_id UUID NOT NULL DEFAULT '00000000-0000-7000-8000-000000000010' REFERENCES rewards_place (id),
    ADD CHECK (kind IN ('opening', 'received', 'issued', 'returned', 'adjusted', 'transferred'));
ALTER TABLE rewards_stock_move ALTER COLUMN place_id DROP DEFAULT, ADD UNIQUE (item_id, place_id, version);
CREATE INDEX rewards_stock_move_day ON rewards_stock_move (item_id, place_id, day);

CREATE TABLE rewards_reservation (
    id             UUID        NOT NULL PRIMARY KEY, -- the source of its hold, and of the redemption that claims it
    code           TEXT        NOT NULL UNIQUE,      -- 8 letters of Crockford's base32, the last a check letter
    request_key    TEXT        NOT NULL,
    request_hash   TEXT        NOT NULL,
    resident_id    UUID        NOT NULL REFERENCES people_resident (id),
    family_id      UUID        NOT NULL REFERENCES people_family (id),
    barangay_id    UUID        NOT NULL REFERENCES people_barangay (id),
    place_id       UUID        NOT NULL REFERENCES rewards_place (id),
    item_id        UUID        NOT NULL REFERENCES rewards_item (id),
    quantity       BIGINT      NOT NULL CHECK (quantity > 0),
    price          BIGINT      NOT NULL, -- of one, when it was reserved
    points         BIGINT      NOT NULL CHECK (points > 0),
    state          TEXT        NOT NULL CHECK (state IN ('open', 'claimed', 'cancelled', 'expired')),
    expires_at     TIMESTAMPTZ NOT NULL,
    closed_at      TIMESTAMPTZ,
    closed_by_name TEXT        NOT NULL DEFAULT '', -- empty: by itself
    close_reason   TEXT        NOT NULL DEFAULT '',
    created_at     TIMESTAMPTZ NOT NULL,
    day            TEXT        NOT NULL, -- Manila
    UNIQUE (resident_id, request_key),
    CHECK ((state = 'open') = (closed_at IS NULL))
);
CREATE INDEX rewards_reservation_newest ON rewards_reservation (created_at DESC, id DESC);
CREATE INDEX rewards_reservation_resident ON rewards_reservation (resident_id, created_at DESC, id DESC);
CREATE INDEX rewards_reservation_open ON rewards_reservation (item_id, place_id) WHERE state = 'open';
