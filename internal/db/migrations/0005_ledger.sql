-- +goose Up
CREATE TABLE ledger_account (
    id         UUID        NOT NULL PRIMARY KEY, -- a resident's account has the resident's id
    name       TEXT        UNIQUE,               -- the city's own: issued:waste, …, redeemed
    created_at TIMESTAMPTZ NOT NULL
);

-- The city's own accounts; package ledger knows them by these ids. They have no
-- balance row: their totals are sums of the journal.
INSERT INTO ledger_account (id, name, created_at) VALUES
    ('00000000-0000-7000-8000-000000000001', 'issued:waste',      '2026-01-01 00:00:00.000000+00:00'),
    ('00000000-0000-7000-8000-000000000002', 'issued:referral',   '2026-01-01 00:00:00.000000+00:00'),
    ('00000000-0000-7000-8000-000000000003', 'issued:learning',   '2026-01-01 00:00:00.000000+00:00'),
    ('00000000-0000-7000-8000-000000000004', 'issued:game',       '2026-01-01 00:00:00.000000+00:00'),
    ('00000000-0000-7000-8000-000000000005', 'issued:adjustment', '2026-01-01 00:00:00.000000+00:00'),
    ('00000000-0000-7000-8000-000000000006', 'issued:import',     '2026-01-01 00:00:00.000000+00:00'),
    ('00000000-0000-7000-8000-000000000007', 'redeemed',          '2026-01-01 00:00:00.000000+00:00');

CREATE TABLE ledger_balance (
    account_id UUID    NOT NULL PRIMARY KEY REFERENCES ledger_account (id),
    posted     BIGINT  NOT NULL DEFAULT 0 CHECK (posted <= 1000000000000000), -- hundredths of a point
    held       BIGINT  NOT NULL DEFAULT 0 CHECK (held >= 0),
    version    BIGINT  NOT NULL DEFAULT 0, -- counts transfers of this account
    CHECK (posted - held >= 0)
);

CREATE TABLE ledger_transfer (
    id              UUID        NOT NULL PRIMARY KEY,
    debit_account   UUID        NOT NULL REFERENCES ledger_account (id),
    credit_account  UUID        NOT NULL REFERENCES ledger_account (id),
    points          BIGINT      NOT NULL CHECK (points > 0), -- hundredths of a point
    kind            TEXT        NOT NULL, -- weigh_in, redemption, referral, learning, game, adjustment, import, reversal
    source_id       UUID        NOT NULL,
    reverses_id     UUID        UNIQUE REFERENCES ledger_transfer (id),
    actor_id        UUID,
    reason          TEXT        NOT NULL DEFAULT '',
    account_id      UUID        NOT NULL REFERENCES ledger_balance (account_id), -- the resident's side
    account_version BIGINT      NOT NULL, -- the balance's version after this transfer: 1, 2, 3, … without a gap
    balance_after   BIGINT      NOT NULL CHECK (balance_after >= 0),
    created_at      TIMESTAMPTZ NOT NULL,
    day             TEXT        NOT NULL, -- Manila
    UNIQUE (kind, source_id, credit_account),
    UNIQUE (account_id, account_version),
    CHECK (debit_account <> credit_account),
    CHECK (account_id = debit_account OR account_id = credit_account)
);
CREATE INDEX ledger_transfer_day    ON ledger_transfer (day, kind);
CREATE INDEX ledger_transfer_source ON ledger_transfer (source_id);

CREATE TABLE ledger_hold (
    id          UUID        NOT NULL PRIMARY KEY,
    account_id  UUID        NOT NULL REFERENCES ledger_balance (account_id),
    points      BIGINT      NOT NULL CHECK (points > 0),
    source_id   UUID        NOT NULL UNIQUE, -- the reservation
    state       TEXT        NOT NULL CHECK (state IN ('open', 'claimed', 'released', 'expired')),
    expires_at  TIMESTAMPTZ NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    closed_at   TIMESTAMPTZ,
    transfer_id UUID        REFERENCES ledger_transfer (id)
);
CREATE INDEX ledger_hold_account ON ledger_hold (account_id, state);
CREATE INDEX ledger_hold_due     ON ledger_hold (expires_at) WHERE state = 'open';

-- What a former system wrote down: shown in the statement, never counted. Its sum came over as one opening transfer.
CREATE TABLE ledger_prior_entry (
    id           UUID        NOT NULL PRIMARY KEY,
    account_id   UUID        NOT NULL REFERENCES ledger_account (id),
    kind         TEXT        NOT NULL, -- earned, redeemed
    points       BIGINT      NOT NULL, -- signed hundredths
    description  TEXT        NOT NULL DEFAULT '',
    reference_id UUID,
    actor_id     UUID,
    created_at   TIMESTAMPTZ NOT NULL,
    day          TEXT        NOT NULL
);
CREATE INDEX ledger_prior_entry_account ON ledger_prior_entry (account_id, created_at DESC, id DESC);
