-- +goose Up
-- An act that waits until a second member of staff agrees to it. Decided ones stay.
CREATE TABLE approval_request (
    id              UUID        NOT NULL PRIMARY KEY,
    kind            TEXT        NOT NULL, -- points.correct, weigh_in.void, …
    target_kind     TEXT        NOT NULL, -- as in the audit trail
    target_id       UUID        NOT NULL,
    target_name     TEXT        NOT NULL,
    amount          BIGINT      NOT NULL, -- signed: hundredths of a point, or units of stock
    unit            TEXT        NOT NULL CHECK (unit IN ('points', 'items')),
    barangay_id     UUID,                 -- null: the whole city's
    reason          TEXT        NOT NULL,
    says            TEXT        NOT NULL, -- JSON: what will happen, as keys of the catalogues with their values
    details         TEXT        NOT NULL, -- JSON: what carrying it out needs
    state           TEXT        NOT NULL CHECK (state IN ('waiting', 'agreed', 'refused', 'withdrawn')),
    asked_by        UUID        NOT NULL,
    asked_by_name   TEXT        NOT NULL,
    asked_at        TIMESTAMPTZ NOT NULL,
    decided_by      UUID,
    decided_by_name TEXT        NOT NULL DEFAULT '',
    decided_at      TIMESTAMPTZ,
    decision_reason TEXT        NOT NULL DEFAULT '',
    CHECK ((state = 'waiting') = (decided_at IS NULL)),
    CHECK (state NOT IN ('agreed', 'refused') OR decided_by <> asked_by)
);
CREATE UNIQUE INDEX approval_request_once   ON approval_request (kind, target_id) WHERE state = 'waiting';
CREATE INDEX        approval_request_newest ON approval_request (unit, state, asked_at DESC, id DESC);
