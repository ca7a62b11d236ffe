-- +goose Up
CREATE TABLE collection_waste_type (
    id         UUID        NOT NULL PRIMARY KEY,
    name       TEXT        NOT NULL,
    name_key   TEXT        NOT NULL UNIQUE,
    name_fil   TEXT        NOT NULL DEFAULT '',
    class      TEXT        NOT NULL CHECK (class IN ('biodegradable', 'recyclable', 'residual', 'special')), -- RA 9003
    factor     TEXT        NOT NULL DEFAULT '', -- material of the WARM v15 table; empty: none
    avoided_mg BIGINT      NOT NULL DEFAULT 0,  -- milligrams of CO2e that a kilogram avoids, by that factor
    icon       TEXT        NOT NULL DEFAULT '', -- a drawing of the sprite: art-pet, …
    position   INTEGER     NOT NULL DEFAULT 0,
    active     BOOLEAN     NOT NULL DEFAULT TRUE,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

-- A rate applies from a moment on, until the next one does. Rows are never changed.
CREATE TABLE collection_rate (
    id             UUID        NOT NULL PRIMARY KEY,
    waste_type_id  UUID        NOT NULL REFERENCES collection_waste_type (id),
    rate           BIGINT      NOT NULL CHECK (rate >= 0), -- hundredths of a point a kilogram
    effective_from TIMESTAMPTZ NOT NULL,
    created_by     UUID,
    created_at     TIMESTAMPTZ NOT NULL,
    UNIQUE (waste_type_id, effective_from)
);

CREATE TABLE collection_weigh_in (
    id           UUID        NOT NULL PRIMARY KEY,
    request_key  TEXT        NOT NULL, -- made by the client; unique for its collector
    request_hash TEXT        NOT NULL,
    resident_id  UUID        NOT NULL REFERENCES people_resident (id),
    family_id    UUID        NOT NULL REFERENCES people_family (id),
    barangay_id  UUID        NOT NULL REFERENCES people_barangay (id), -- the place
    collector_id UUID,                 -- null: imported without one
    collector_name TEXT      NOT NULL DEFAULT '', -- as it stood at the time
    identified   TEXT        NOT NULL DEFAULT '', -- card, code, legacy_card, search, import
    grams        BIGINT      NOT NULL, -- net, sum of the lines
    points       BIGINT      NOT NULL, -- hundredths, sum of the lines
    note         TEXT        NOT NULL DEFAULT '',
    imported     BOOLEAN     NOT NULL DEFAULT FALSE, -- paid by a former system; others are paid by the transfer whose source they are
    collected_at TIMESTAMPTZ NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    day          TEXT        NOT NULL, -- Manila, of collected_at
    voided_at    TIMESTAMPTZ,
    voided_by    UUID,
    void_reason  TEXT        NOT NULL DEFAULT '',
    UNIQUE (collector_id, request_key)
);
CREATE INDEX collection_weigh_in_newest    ON collection_weigh_in (collected_at DESC, id DESC);
CREATE INDEX collection_weigh_in_barangay  ON collection_weigh_in (barangay_id, collected_at DESC, id DESC);
CREATE INDEX collection_weigh_in_collector ON collection_weigh_in (collector_id, collected_at DESC, id DESC);
CREATE INDEX collection_weigh_in_resident  ON collection_weigh_in (resident_id, collected_at DESC, id DESC);
CREATE INDEX collection_weigh_in_day       ON collection_weigh_in (day, barangay_id);

CREATE TABLE collection_weigh_in_line (
    weigh_in_id   UUID    NOT NULL REFERENCES collection_weigh_in (id),
    line          INTEGER NOT NULL, -- 1, 2, 3, …
    waste_type_id UUID    NOT NULL REFERENCES collection_waste_type (id),
    gross_grams   BIGINT  NOT NULL,
    tare_grams    BIGINT  NOT NULL DEFAULT 0 CHECK (tare_grams >= 0),
    grams         BIGINT  NOT NULL CHECK (grams > 0 AND grams = gross_grams - tare_grams),
    rate          BIGINT  NOT NULL, -- what this line was paid at
    points        BIGINT  NOT NULL CHECK (points >= 0),
    PRIMARY KEY (weigh_in_id, line)
);
CREATE INDEX collection_weigh_in_line_type ON collection_weigh_in_line (waste_type_id, weigh_in_id);
