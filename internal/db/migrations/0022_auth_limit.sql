-- +goose Up
-- Everything that is counted against guessing, in one place: failed sign-ins of an account,
-- a network, a browser; wrong codes; acts of a network; what makes the alarm go off. The
-- key is a keyed hash of what it is about. The row's lock lines up what must not happen at
-- the same time.
CREATE TABLE auth_limit (
    key        TEXT        NOT NULL PRIMARY KEY,
    n          INTEGER     NOT NULL,
    until      TIMESTAMPTZ NOT NULL, -- the count starts anew then
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX auth_limit_until ON auth_limit (until);

-- What the former two tables held is over within the hour.
DROP TABLE auth_lock;
DROP TABLE auth_code_address;
