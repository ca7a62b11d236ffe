-- +goose Up
-- Which keys have sealed something here. None of the keys themselves is here.
CREATE TABLE db_key (
    id         TEXT        NOT NULL PRIMARY KEY, -- as in what it sealed: eight hexadecimal digits
    variable   TEXT        NOT NULL,             -- the setting that it comes from
    canary     TEXT        NOT NULL,             -- sealed with it, always: who opens this has the key
    current_at TIMESTAMPTZ NOT NULL,             -- when a program last began to use it
    retired_at TIMESTAMPTZ                       -- null: something here may need it
);

-- What the program made up for itself and must not lose: the key of the look-up hashes.
CREATE TABLE db_secret (
    name       TEXT        NOT NULL PRIMARY KEY,
    value      TEXT        NOT NULL, -- sealed always
    created_at TIMESTAMPTZ NOT NULL
);
