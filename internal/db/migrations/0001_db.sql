-- +goose Up
-- What a phone or a page may send twice, and the answer it got the first time (design: ledger, rule 4).
CREATE TABLE db_request_key (
    scope        TEXT        NOT NULL, -- who asked for what: "redeem:<staff id>"
    key          TEXT        NOT NULL,
    request_hash TEXT        NOT NULL, -- SHA-256 of the request, hex
    answer       TEXT        NOT NULL DEFAULT '',
    created_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX db_request_key_created_at ON db_request_key (created_at);

-- What the program keeps about itself: when demo data was loaded, the one-time set-up token's hash.
CREATE TABLE db_value (
    name       TEXT        NOT NULL PRIMARY KEY,
    value      TEXT        NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
