-- +goose Up
CREATE TABLE rewards_category (
    id          UUID        NOT NULL PRIMARY KEY,
    name        TEXT        NOT NULL,
    name_key    TEXT        NOT NULL UNIQUE,
    description TEXT        NOT NULL DEFAULT '',
    active      BOOLEAN     NOT NULL DEFAULT TRUE,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);

CREATE TABLE rewards_item (
    id            UUID        NOT NULL PRIMARY KEY,
    category_id   UUID        REFERENCES rewards_category (id),
    name          TEXT        NOT NULL,
    name_fil      TEXT        NOT NULL DEFAULT '',
    description   TEXT        NOT NULL DEFAULT '',
    price         BIGINT      NOT NULL CHECK (price > 0), -- hundredths of a point
    unit          TEXT        NOT NULL DEFAULT '', -- kg, can, piece
    stock         BIGINT      NOT NULL DEFAULT 0,
    held          BIGINT      NOT NULL DEFAULT 0 CHECK (held >= 0),
    stock_version BIGINT      NOT NULL DEFAULT 0, -- counts stock moves
    reorder_point BIGINT      NOT NULL DEFAULT 0 CHECK (reorder_point >= 0),
    icon          TEXT        NOT NULL DEFAULT '', -- a drawing of the sprite: art-rice, …
    picture       TEXT        NOT NULL DEFAULT '', -- name in the file store
    active        BOOLEAN     NOT NULL DEFAULT TRUE,
    created_at    TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL,
    CHECK (stock - held >= 0)
);
CREATE INDEX rewards_item_category ON rewards_item (category_id);

CREATE TABLE rewards_redemption (
    id           UUID        NOT NULL PRIMARY KEY,
    request_key  TEXT        NOT NULL,
    request_hash TEXT        NOT NULL,
    resident_id  UUID        NOT NULL REFERENCES people_resident (id),
    family_id    UUID        NOT NULL REFERENCES people_family (id),
    barangay_id  UUID        NOT NULL REFERENCES people_barangay (id),
    item_id      UUID        NOT NULL REFERENCES rewards_item (id),
    quantity     BIGINT      NOT NULL CHECK (quantity > 0),
    price        BIGINT      NOT NULL, -- of one, when it was paid
    points       BIGINT      NOT NULL,
    staff_id     UUID,                 -- null: imported without one
    staff_name   TEXT        NOT NULL DEFAULT '', -- as it stood at the time
    identified   TEXT        NOT NULL DEFAULT '', -- card, code, legacy_card, search, import
    note         TEXT        NOT NULL DEFAULT '',
    imported     BOOLEAN     NOT NULL DEFAULT FALSE, -- taken by a former system; others are paid by the transfer whose source they are
    created_at   TIMESTAMPTZ NOT NULL,
    day          TEXT        NOT NULL, -- Manila
    UNIQUE (staff_id, request_key)
);
CREATE INDEX rewards_redemption_newest   ON rewards_redemption (created_at DESC, id DESC);
CREATE INDEX rewards_redemption_resident ON rewards_redemption (resident_id, created_at DESC, id DESC);
CREATE INDEX rewards_redemption_barangay ON rewards_redemption (barangay_id, created_at DESC, id DESC);
CREATE INDEX rewards_redemption_item     ON rewards_redemption (item_id, created_at DESC, id DESC);
CREATE INDEX rewards_redemption_day      ON rewards_redemption (day, barangay_id);

CREATE TABLE rewards_stock_move (
    id            UUID        NOT NULL PRIMARY KEY,
    item_id       UUID        NOT NULL REFERENCES rewards_item (id),
    version       BIGINT      NOT NULL, -- the item's stock_version after this move: 1, 2, 3, … without a gap
    kind          TEXT        NOT NULL CHECK (kind IN ('opening', 'received', 'issued', 'returned', 'adjusted')),
    quantity      BIGINT      NOT NULL CHECK (quantity <> 0), -- signed
    stock_after   BIGINT      NOT NULL CHECK (stock_after >= 0),
    reason        TEXT        NOT NULL DEFAULT '',
    document_no   TEXT        NOT NULL DEFAULT '',
    redemption_id UUID        REFERENCES rewards_redemption (id),
    actor_id      UUID,
    actor_name    TEXT        NOT NULL DEFAULT '', -- as it stood at the time
    created_at    TIMESTAMPTZ NOT NULL,
    day           TEXT        NOT NULL,
    UNIQUE (item_id, version)
);
CREATE INDEX rewards_stock_move_newest ON rewards_stock_move (created_at DESC, id DESC);

-- What a former system wrote down about stock: shown, never counted.
CREATE TABLE rewards_prior_move (
    id             UUID        NOT NULL PRIMARY KEY,
    item_id        UUID        NOT NULL REFERENCES rewards_item (id),
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
CREATE INDEX rewards_prior_move_item ON rewards_prior_move (item_id, created_at DESC, id DESC);
