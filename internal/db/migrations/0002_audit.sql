-- +goose Up
CREATE TABLE audit_event (
    id          UUID        NOT NULL PRIMARY KEY,
    created_at  TIMESTAMPTZ NOT NULL,
    day         TEXT        NOT NULL, -- Manila
    actor_kind  TEXT        NOT NULL, -- staff, resident, system, anyone
    actor_id    UUID,
    actor_name  TEXT        NOT NULL DEFAULT '',
    action      TEXT        NOT NULL, -- resident.approve, weigh_in.void, …
    target_kind TEXT        NOT NULL DEFAULT '',
    target_id   UUID,
    target_name TEXT        NOT NULL DEFAULT '',
    details     TEXT        NOT NULL DEFAULT '{}', -- JSON object
    ip          TEXT        NOT NULL DEFAULT '',
    user_agent  TEXT        NOT NULL DEFAULT '',
    request_id  TEXT        NOT NULL DEFAULT ''
);
CREATE INDEX audit_event_newest ON audit_event (created_at DESC, id DESC);
CREATE INDEX audit_event_actor  ON audit_event (actor_id, created_at DESC, id DESC);
CREATE INDEX audit_event_action ON audit_event (action, created_at DESC, id DESC);
CREATE INDEX audit_event_target ON audit_event (target_id, created_at DESC, id DESC);
