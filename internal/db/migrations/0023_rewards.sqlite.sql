-- +goose Up
-- Stock lies at places. A reservation holds points and stock until somebody fetches it, and
-- what a member of staff hands to a resident in one go has one receipt. SQLite drops no
-- column that a CHECK names, so the tables are made anew: children leave before parents.
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

CREATE TABLE rewards_item_next (
    id              UUID        NOT NULL PRIMARY KEY,
    category_id     UUID        REFERENCES rewards_category (id),
    name            TEXT        NOT NULL,
    name_fil        TEXT        NOT NULL DEFAULT '',
    description     TEXT        NOT NULL DEFAULT '',
    description_fil TEXT        NOT NULL DEFAULT '',
    price           BIGINT      NOT NULL CHECK (price > 0), -- hundredths of a point
    unit            TEXT        NOT NULL DEFAULT '', -- kg, can, piece
    unit_cost       BIGINT      CHECK (unit_cost > 0), -- centavos; null: not known
    stock_number    TEXT        NOT NULL DEFAULT '',
    reorder_point   BIGINT      NOT NULL DEFAULT 0 CHECK (reorder_point >= 0),
    icon            TEXT        NOT NULL DEFAULT '', -- a drawing of the sprite: art-rice, …
    picture         TEXT        NOT NULL DEFAULT '', -- its path in the former system
    picture_id      UUID        REFERENCES files_file (id), -- 1200 pixels wide
    thumbnail_id    UUID        REFERENCES files_file (id), -- 320
    active          BOOLEAN     NOT NULL DEFAULT TRUE,
    created_at      TIMESTAMPTZ NOT NULL,
    updated_at      TIMESTAMPTZ NOT NULL
);
INSERT INTO rewards_item_next (id, category_id, name, name_fil, description, price, unit, reorder_point, icon, picture, active, created_at, updated_at)
    SELECT id, category_id, name, name_fil, description, price, unit, reorder_point, icon, picture, active, created_at, updated_at FROM rewards_item;

CREATE TABLE rewards_stock (
    item_id  UUID   NOT NULL REFERENCES rewards_item_next (id),
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
    SELECT id, upper(substr(id, 25, 4) || '-' || substr(id, 29, 4) || '-' || substr(id, 33, 4)),
        request_key, request_hash, resident_id, family_id, barangay_id, '00000000-0000-7000-8000-000000000010', points,
        staff_id, staff_name, identified, note, created_at, day
    FROM rewards_redemption WHERE NOT imported AND staff_id IS NOT NULL;

CREATE TABLE rewards_redemption_next (
    id            UUID        NOT NULL PRIMARY KEY,
    receipt_id    UUID        REFERENCES rewards_receipt (id), -- null: imported
    resident_id   UUID        NOT NULL REFERENCES people_resident (id),
    family_id     UUID        NOT NULL REFERENCES people_family (id),
    barangay_id   UUID        NOT NULL REFERENCES people_barangay (id),
    place_id      UUID        NOT NULL REFERENCES rewards_place (id),
    item_id       UUID        NOT NULL REFERENCES rewards_item_next (id),
    quantity      BIGINT      NOT NULL CHECK (quantity > 0),
    price         BIGINT      NOT NULL, -- of one, when it was paid
    points        BIGINT      NOT NULL,
    staff_id      UUID,                 -- null: imported without one
    staff_name    TEXT        NOT NULL DEFAULT '', -- as it stood at the time
    identified    TEXT        NOT NULL DEFAULT '', -- card, code, legacy_card, search, import
    note          TEXT        NOT NULL DEFAULT '',
    imported      BOOLEAN     NOT NULL DEFAULT FALSE, -- taken by a former system; others are paid by the transfer whose source they are
    created_at    TIMESTAMPTZ NOT NULL,
    day           TEXT        NOT NULL, -- Manila
    returned_at   TIMESTAMPTZ,
    returned_by   TEXT        NOT NULL DEFAULT '', -- the name, as it stood at the time
    return_reason TEXT        NOT NULL DEFAULT ''
);
INSERT INTO rewards_redemption_next (id, receipt_id, resident_id, family_id, barangay_id, place_id, item_id, quantity, price, points,
        staff_id, staff_name, identified, note, imported, created_at, day)
    SELECT id, CASE WHEN imported OR staff_id IS NULL THEN NULL ELSE id END, resident_id, family_id, barangay_id,
        '00000000-0000-7000-8000-000000000010', item_id, quantity, price, points,
        staff_id, staff_name, identified, note, imported, created_at, day
    FROM rewards_redemption;

CREATE TABLE rewards_stock_move_next (
    id            UUID        NOT NULL PRIMARY KEY,
    item_id       UUID        NOT NULL REFERENCES rewards_item_next (id),
    place_id      UUID        NOT NULL REFERENCES rewards_place (id),
    version       BIGINT      NOT NULL, -- that of the stock there after this move: 1, 2, 3, … without a gap
    kind          TEXT        NOT NULL CHECK (kind IN ('opening', 'received', 'issued', 'returned', 'adjusted', 'transferred')),
    quantity      BIGINT      NOT NULL CHECK (quantity <> 0), -- signed
    stock_after   BIGINT      NOT NULL CHECK (stock_after >= 0),
    reason        TEXT        NOT NULL DEFAULT '',
    document_no   TEXT        NOT NULL DEFAULT '',
    redemption_id UUID        REFERENCES rewards_redemption_next (id),
    actor_id      UUID,
    actor_name    TEXT        NOT NULL DEFAULT '', -- as it stood at the time
    created_at    TIMESTAMPTZ NOT NULL,
    day           TEXT        NOT NULL,
    UNIQUE (item_id, place_id, version)
);
INSERT INTO rewards_stock_move_next (id, item_id, place_id, version, kind, quantity, stock_after, reason, document_no, redemption_id, actor_id, actor_name, created_at, day)
    SELECT id, item_id, '00000000-0000-7000-8000-000000000010', version, kind, quantity, stock_after, reason, document_no, redemption_id, actor_id, actor_name, created_at, day
    FROM rewards_stock_move;

CREATE TABLE rewards_prior_move_next (
    id             UUID        NOT NULL PRIMARY KEY,
    item_id        UUID        NOT NULL REFERENCES rewards_item_next (id),
    action         TEXT        NOT NULL,
    quantity       BIGINT      NOT NULL,
    stock_before   BIGINT      NOT NULL,
    stock_after    BIGINT      NOT NULL,
    actor_id       UUID,
    resident_id    UUID,
    redemption_id  UUID,
    note           TEXT        NOT NULL DEFAULT '',
    created_at     TIMESTAMPTZ NOT NULL
);
INSERT INTO rewards_prior_move_next (id, item_id, action, quantity, stock_before, stock_after, actor_id, resident_id, redemption_id, note, created_at)
    SELECT id, item_id, action, quantity, stock_before, stock_after, actor_id, resident_id, redemption_id, note, created_at FROM rewards_prior_move;

DROP TABLE rewards_stock_move;
DROP TABLE rewards_prior_move;
DROP TABLE rewards_redemption;
DROP TABLE rewards_item;
ALTER TABLE rewards_item_next       RENAME TO rewards_item;
ALTER TABLE rewards_redemption_next RENAME TO rewards_redemption;
ALTER TABLE rewards_prior_move_next RENAME TO rewards_prior_move;
ALTER TABLE rewards_stock_move_next RENAME TO rewards_stock_move;

CREATE INDEX rewards_item_category       ON rewards_item (category_id);
CREATE INDEX rewards_redemption_newest   ON rewards_redemption (created_at DESC, id DESC);
CREATE INDEX rewards_redemption_resident ON rewards_redemption (resident_id, created_at DESC, id DESC);
CREATE INDEX rewards_redemption_barangay ON rewards_redemption (barangay_id, created_at DESC, id DESC);
CREATE INDEX rewards_redemption_item     ON rewards_redemption (item_id, created_at DESC, id DESC);
CREATE INDEX rewards_redemption_staff    ON rewards_redemption (staff_id, created_at DESC, id DESC);
CREATE INDEX rewards_redemption_day      ON rewards_redemption (day, barangay_id);
CREATE INDEX rewards_redemption_receipt  ON rewards_redemption (receipt_id);
CREATE INDEX rewards_stock_move_newest   ON rewards_stock_move (created_at DESC, id DESC);
CREATE INDEX rewards_stock_move_day      ON rewards_stock_move (item_id, place_id, day);
CREATE INDEX rewards_prior_move_item     ON rewards_prior_move (item_id, created_at DESC, id DESC);
-- +goose StatementBegin
CREATE TRIGGER rewards_stock_move_no_update BEFORE UPDATE ON rewards_stock_move BEGIN SELECT RAISE(ABORT, 'rewards_stock_move is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER rewards_stock_move_no_delete BEFORE DELETE ON rewards_stock_move BEGIN SELECT RAISE(ABORT, 'rewards_stock_move is append-only'); END;
-- +goose StatementEnd

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
