-- +goose Up
-- When and how a family is reminded of the truck. A family without a row is reminded as the
-- city has set; its representative gets it.
CREATE TABLE schedule_reminder (
    family_id   UUID        NOT NULL PRIMARY KEY REFERENCES people_family (id),
    resident_id UUID        REFERENCES people_resident (id),   -- who gets it; null: the representative
    hour        INTEGER     CHECK (hour BETWEEN 5 AND 21),     -- of the day before, in Manila; null: as the city has set
    way         TEXT        NOT NULL CHECK (way IN ('auto', 'email', 'sms', 'bell', 'none')),
    changed_at  TIMESTAMPTZ NOT NULL,
    tried_at    TIMESTAMPTZ                                    -- when somebody had one sent to look at
);

-- Which families were reminded of which day: at most once, whoever tries it and how often.
CREATE TABLE schedule_reminded (
    family_id   UUID        NOT NULL REFERENCES people_family (id),
    day         TEXT        NOT NULL, -- on which the truck comes
    resident_id UUID        NOT NULL,
    slot        INTEGER     NOT NULL, -- the hour at which it was due
    at          TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (family_id, day)
);
CREATE INDEX schedule_reminded_old ON schedule_reminded (day);
