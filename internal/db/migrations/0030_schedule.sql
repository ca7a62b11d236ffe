-- +goose Up
-- When the truck comes. Days are Manila days (2026-11-28), times minutes after midnight there.
CREATE TABLE schedule_line (
    id             UUID        NOT NULL PRIMARY KEY,
    series_id      UUID        NOT NULL,            -- the first line of those that followed each other
    barangay_id    UUID        NOT NULL REFERENCES people_barangay (id),
    weekday        INTEGER     NOT NULL CHECK (weekday BETWEEN 1 AND 7), -- 1 Monday … 7 Sunday
    start_min      INTEGER     NOT NULL CHECK (start_min BETWEEN 0 AND 1439),
    end_min        INTEGER     NOT NULL CHECK (end_min BETWEEN 0 AND 1440),
    notes          TEXT        NOT NULL DEFAULT '',
    notes_fil      TEXT        NOT NULL DEFAULT '',
    active         BOOLEAN     NOT NULL,
    valid_from     TEXT        NOT NULL,
    valid_until    TEXT,                            -- the last day; null: no end
    collector_id   UUID,                            -- null: whoever works there
    collector_name TEXT        NOT NULL DEFAULT '', -- as it stood
    other_wastes   TEXT        NOT NULL DEFAULT '[]', -- JSON: names of a former system that match no waste type
    created_at     TIMESTAMPTZ NOT NULL,
    updated_at     TIMESTAMPTZ NOT NULL,
    CHECK (end_min > start_min OR NOT active),      -- a former system had odd ones; they are kept, not followed
    CHECK (valid_until >= valid_from)
);
CREATE INDEX schedule_line_barangay ON schedule_line (barangay_id, weekday, start_min);

CREATE TABLE schedule_line_waste (
    line_id       UUID    NOT NULL REFERENCES schedule_line (id),
    waste_type_id UUID    NOT NULL,
    position      INTEGER NOT NULL,
    PRIMARY KEY (line_id, waste_type_id)
);

-- An act of the office that changes the plan on some days. They apply in the order in which
-- they were made; a lifted one is as if it never were.
CREATE TABLE schedule_exception (
    id              UUID        NOT NULL PRIMARY KEY,
    kind            TEXT        NOT NULL CHECK (kind IN ('suspend', 'move', 'add')),
    reason          TEXT        NOT NULL CHECK (reason IN ('typhoon', 'holiday', 'truck', 'other')),
    note            TEXT        NOT NULL DEFAULT '',
    note_fil        TEXT        NOT NULL DEFAULT '',
    series_id       UUID,                            -- only this line and those that follow it; null: every one
    start_min       INTEGER CHECK (start_min BETWEEN 0 AND 1439),
    end_min         INTEGER CHECK (end_min BETWEEN 1 AND 1440),
    campaign_id     UUID,                            -- that told the residents
    request_key     TEXT        NOT NULL,
    request_hash    TEXT        NOT NULL,
    created_by      UUID        NOT NULL,
    created_by_name TEXT        NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    lifted_by       UUID,
    lifted_by_name  TEXT        NOT NULL DEFAULT '',
    lifted_at       TIMESTAMPTZ,
    UNIQUE (created_by, request_key),
    CHECK (end_min > start_min)
);
CREATE INDEX schedule_exception_newest ON schedule_exception (created_at DESC, id DESC);

CREATE TABLE schedule_exception_barangay (
    exception_id UUID NOT NULL REFERENCES schedule_exception (id),
    barangay_id  UUID NOT NULL REFERENCES people_barangay (id),
    source_id    UUID NOT NULL UNIQUE, -- of the pick-ups that an addition makes there
    PRIMARY KEY (exception_id, barangay_id)
);
CREATE INDEX schedule_exception_barangay_where ON schedule_exception_barangay (barangay_id, exception_id);

CREATE TABLE schedule_exception_day (
    exception_id UUID NOT NULL REFERENCES schedule_exception (id),
    day          TEXT NOT NULL,
    to_day       TEXT, -- of a move
    PRIMARY KEY (exception_id, day)
);
CREATE INDEX schedule_exception_day_day ON schedule_exception_day (day, exception_id);
CREATE INDEX schedule_exception_day_to  ON schedule_exception_day (to_day, exception_id) WHERE to_day IS NOT NULL;

CREATE TABLE schedule_exception_waste (
    exception_id  UUID    NOT NULL REFERENCES schedule_exception (id),
    waste_type_id UUID    NOT NULL,
    position      INTEGER NOT NULL,
    PRIMARY KEY (exception_id, waste_type_id)
);

-- How often what a barangay sees has changed, and the row that whoever changes it holds.
CREATE TABLE schedule_feed (
    barangay_id UUID        NOT NULL PRIMARY KEY REFERENCES people_barangay (id),
    revision    INTEGER     NOT NULL,
    changed_at  TIMESTAMPTZ NOT NULL
);

-- What a collector marked of a pick-up.
CREATE TABLE schedule_visit (
    id             UUID        NOT NULL PRIMARY KEY,
    source_id      UUID        NOT NULL,            -- the line, or what an addition made
    original_day   TEXT        NOT NULL,            -- of the plan, wherever it was moved to
    barangay_id    UUID        NOT NULL REFERENCES people_barangay (id),
    day            TEXT        NOT NULL,            -- on which it was due
    state          TEXT        NOT NULL CHECK (state IN ('collected', 'missed')),
    reason         TEXT        NOT NULL DEFAULT '' CHECK (reason IN ('', 'truck', 'road', 'weather', 'none_put_out', 'other')),
    note           TEXT        NOT NULL DEFAULT '',
    at             TIMESTAMPTZ NOT NULL,            -- when the truck was there, or should have been
    marked_by      UUID        NOT NULL,
    marked_by_name TEXT        NOT NULL,            -- as it stood
    version        INTEGER     NOT NULL DEFAULT 1,  -- corrections count on
    created_at     TIMESTAMPTZ NOT NULL,
    created_day    TEXT        NOT NULL,            -- corrections end with it
    updated_at     TIMESTAMPTZ NOT NULL,
    UNIQUE (source_id, original_day),
    CHECK ((state = 'missed') = (reason <> ''))
);
CREATE INDEX schedule_visit_newest   ON schedule_visit (created_at DESC, id DESC);
CREATE INDEX schedule_visit_day      ON schedule_visit (day, barangay_id);
CREATE INDEX schedule_visit_barangay ON schedule_visit (barangay_id, day);

-- What the office added to, changed in or took from the holidays that the program knows.
CREATE TABLE schedule_holiday (
    id         UUID        NOT NULL PRIMARY KEY,
    day        TEXT        NOT NULL,
    name       TEXT        NOT NULL,
    name_fil   TEXT        NOT NULL DEFAULT '',
    kind       TEXT        NOT NULL CHECK (kind IN ('regular', 'special')),
    deleted    BOOLEAN     NOT NULL DEFAULT FALSE,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX schedule_holiday_day ON schedule_holiday (day);
