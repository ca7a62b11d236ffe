-- +goose Up
-- Requisition and Issue Slips, the Commission on Audit's Appendix 63: what left a place, for
-- residents in a span of days, or for another place.
CREATE TABLE rewards_requisition (
    id           UUID        NOT NULL PRIMARY KEY,
    number       TEXT        NOT NULL UNIQUE, -- RIS-2026-11-0042: counted through the year
    request_key  TEXT        NOT NULL,
    request_hash TEXT        NOT NULL,
    place_id     UUID        NOT NULL REFERENCES rewards_place (id), -- where the goods lay
    to_place_id  UUID        REFERENCES rewards_place (id),          -- null: residents got them
    from_day     TEXT        NOT NULL, -- Manila, both included
    until_day    TEXT        NOT NULL,
    division     TEXT        NOT NULL,
    office       TEXT        NOT NULL,
    center       TEXT        NOT NULL, -- responsibility center code
    purpose      TEXT        NOT NULL,
    signers      TEXT        NOT NULL, -- JSON: requested, approved, issued, received by
    staff_id     UUID        NOT NULL,
    staff_name   TEXT        NOT NULL, -- as it stood at the time
    created_at   TIMESTAMPTZ NOT NULL,
    day          TEXT        NOT NULL,
    voided_at    TIMESTAMPTZ,
    voided_by    TEXT        NOT NULL DEFAULT '',
    void_reason  TEXT        NOT NULL DEFAULT '',
    UNIQUE (staff_id, request_key),
    CHECK (to_place_id IS NULL OR voided_at IS NULL) -- goods that were carried are carried back
);
CREATE INDEX rewards_requisition_newest ON rewards_requisition (created_at DESC, id DESC);
CREATE INDEX rewards_requisition_place  ON rewards_requisition (place_id, created_at DESC, id DESC);

-- The lines are as they stood when the slip was made: it does not change with the catalogue.
CREATE TABLE rewards_requisition_line (
    requisition_id UUID    NOT NULL REFERENCES rewards_requisition (id),
    line           INTEGER NOT NULL, -- 1, 2, 3, …
    item_id        UUID    NOT NULL REFERENCES rewards_item (id),
    stock_number   TEXT    NOT NULL,
    unit           TEXT    NOT NULL,
    description    TEXT    NOT NULL,
    requested      BIGINT  NOT NULL CHECK (requested > 0),
    available      BOOLEAN NOT NULL, -- the place had as many as were requested
    issued         BIGINT  NOT NULL CHECK (issued >= 0 AND issued <= requested),
    remarks        TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (requisition_id, line),
    UNIQUE (requisition_id, item_id)
);

-- Which slip covers an issue to a resident. None is covered twice.
CREATE TABLE rewards_requisition_move (
    move_id        UUID NOT NULL PRIMARY KEY REFERENCES rewards_stock_move (id),
    requisition_id UUID NOT NULL REFERENCES rewards_requisition (id)
);
CREATE INDEX rewards_requisition_move_slip ON rewards_requisition_move (requisition_id);
CREATE INDEX rewards_stock_move_issued ON rewards_stock_move (place_id, day) WHERE kind = 'issued';

-- The last number of each year: one series a year, without gaps.
CREATE TABLE rewards_requisition_year (
    year INTEGER NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
);
