-- +goose Up
-- The terms that people accept when they register. A text never changes once it is here:
-- whoever accepted it must find it again. Only which of a language's is in force moves.
CREATE TABLE people_terms (
    id         UUID        NOT NULL PRIMARY KEY,
    language   TEXT        NOT NULL CHECK (language IN ('en', 'fil')),
    version    TEXT        NOT NULL, -- as the office counts: 1.0; the two languages of one text share it
    title      TEXT        NOT NULL,
    content    TEXT        NOT NULL, -- plain text, paragraphs between empty lines
    active     BOOLEAN     NOT NULL DEFAULT FALSE,
    created_by UUID,                 -- null: came with the program or from a former system
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL  -- when it came into force or out of it
);
CREATE UNIQUE INDEX people_terms_active ON people_terms (language) WHERE active;
CREATE INDEX people_terms_newest ON people_terms (created_at DESC, id DESC);

-- Who accepted which text, in which language they read it, when, and from where.
CREATE TABLE people_consent (
    id          UUID        NOT NULL PRIMARY KEY,
    resident_id UUID        NOT NULL REFERENCES people_resident (id),
    terms_id    UUID        NOT NULL REFERENCES people_terms (id),
    language    TEXT        NOT NULL,            -- in which they read it
    accepted_at TIMESTAMPTZ NOT NULL,
    ip          TEXT        NOT NULL DEFAULT '',
    user_agent  TEXT        NOT NULL DEFAULT '',
    recorded_by UUID                             -- staff who has it signed on paper; null: they ticked it themselves
);
CREATE INDEX people_consent_resident ON people_consent (resident_id, accepted_at DESC, id DESC);
CREATE INDEX people_consent_terms    ON people_consent (terms_id, accepted_at DESC, id DESC);

ALTER TABLE people_resident ADD COLUMN phone_verified_at   TIMESTAMPTZ;
ALTER TABLE people_resident ADD COLUMN email_verified_at   TIMESTAMPTZ;
ALTER TABLE people_resident ADD COLUMN referral_awarded_at TIMESTAMPTZ; -- the bonus is paid once
ALTER TABLE people_resident ADD COLUMN replaced_by         UUID;        -- a rejected one who has registered anew
CREATE INDEX people_resident_referred_by ON people_resident (referred_by_code) WHERE referred_by_code <> '';

-- What somebody accepted is evidence: neither the text nor the act is rewritten.
-- +goose StatementBegin
CREATE TRIGGER people_consent_no_update BEFORE UPDATE ON people_consent BEGIN SELECT RAISE(ABORT, 'people_consent is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER people_consent_no_delete BEFORE DELETE ON people_consent BEGIN SELECT RAISE(ABORT, 'people_consent is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER people_terms_no_rewrite BEFORE UPDATE OF id, language, version, title, content, created_by, created_at ON people_terms BEGIN SELECT RAISE(ABORT, 'people_terms is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER people_terms_no_delete BEFORE DELETE ON people_terms BEGIN SELECT RAISE(ABORT, 'people_terms is append-only'); END;
-- +goose StatementEnd
