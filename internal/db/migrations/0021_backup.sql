-- +goose Up
-- Every backup that was begun, by whom, and what its trial restore said. The row of the
-- one under way is the lease: there is at most one, and whoever makes it lives while
-- beat_at is young.
CREATE TABLE backup_run (
    id           UUID        NOT NULL PRIMARY KEY,
    cause        TEXT        NOT NULL CHECK (cause IN ('night', 'person', 'command')),
    node         TEXT        NOT NULL,            -- machine whose folder has the file
    state        TEXT        NOT NULL CHECK (state IN ('running', 'made', 'failed')),
    started_at   TIMESTAMPTZ NOT NULL,
    beat_at      TIMESTAMPTZ NOT NULL,
    ended_at     TIMESTAMPTZ,                     -- the archive was whole, or it failed
    problem      TEXT        NOT NULL DEFAULT '', -- code of what went wrong
    file         TEXT        NOT NULL DEFAULT '',
    size         BIGINT      NOT NULL DEFAULT 0,
    sha256       TEXT        NOT NULL DEFAULT '', -- of the file, hexadecimal
    sealed       BOOLEAN     NOT NULL DEFAULT FALSE,
    shelved      BOOLEAN     NOT NULL DEFAULT FALSE, -- in BACKUP_DIR: removed when it has had its time
    test         TEXT        NOT NULL DEFAULT '' CHECK (test IN ('', 'passed', 'failed')),
    test_problem TEXT        NOT NULL DEFAULT '',
    tested_at    TIMESTAMPTZ,
    removed_at   TIMESTAMPTZ                      -- the file had its time, or is not there any more
);
CREATE UNIQUE INDEX backup_run_lease  ON backup_run (state) WHERE state = 'running';
CREATE INDEX        backup_run_newest ON backup_run (started_at DESC, id DESC);
