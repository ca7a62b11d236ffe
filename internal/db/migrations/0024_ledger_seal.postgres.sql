-- +goose Up
-- The journal is sealed: docs/ledger.md. Package ledger/seal knows what is hashed, and how.
CREATE TABLE ledger_block (
    number    BIGINT      NOT NULL PRIMARY KEY, -- 1, 2, 3, … without a gap
    first     BIGINT      NOT NULL,             -- number of its first entry, counted through all blocks
    entries   BIGINT      NOT NULL CHECK (entries > 0),
    issued    BIGINT      NOT NULL,             -- hundredths of a point
    redeemed  BIGINT      NOT NULL,
    late      BIGINT      NOT NULL,             -- entries that should have been in an earlier block
    whole     BOOLEAN     NOT NULL,             -- nothing else was left to be sealed
    sealed_at TIMESTAMPTZ NOT NULL,
    root      BYTEA       NOT NULL,             -- of the Merkle tree over the leaves
    previous  BYTEA       NOT NULL,             -- hash of the block before
    hash      BYTEA       NOT NULL
);
CREATE INDEX ledger_block_whole ON ledger_block (sealed_at) WHERE whole;

CREATE TABLE ledger_seal (
    block       BIGINT  NOT NULL REFERENCES ledger_block (number),
    position    INTEGER NOT NULL,               -- 0, 1, 2, … in the block
    transfer_id UUID    NOT NULL UNIQUE REFERENCES ledger_transfer (id),
    salt        BYTEA   NOT NULL,               -- of what the leaf says about actor and reason
    leaf        BYTEA   NOT NULL,
    PRIMARY KEY (block, position)
);

CREATE TABLE ledger_checkpoint (
    number    BIGINT NOT NULL PRIMARY KEY,
    day       TEXT   NOT NULL UNIQUE,           -- Manila
    text      TEXT   NOT NULL,                  -- what was signed
    signature BYTEA  NOT NULL
);

-- The keys that sign checkpoints. Only the last one has its private half.
CREATE TABLE ledger_signing_key (
    id          TEXT        NOT NULL PRIMARY KEY, -- sixteen hexadecimal digits of the public half's hash
    number      BIGINT      NOT NULL UNIQUE,      -- 1, 2, 3, …
    public_key  BYTEA       NOT NULL,
    private_key TEXT        NOT NULL,             -- sealed always; empty: destroyed
    former_id   TEXT,                             -- the key before
    endorsement BYTEA,                            -- its signature for this one
    since       TIMESTAMPTZ NOT NULL
);

CREATE TRIGGER ledger_block_append_only      BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_block      FOR EACH STATEMENT EXECUTE FUNCTION db_append_only();
CREATE TRIGGER ledger_seal_append_only       BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_seal       FOR EACH STATEMENT EXECUTE FUNCTION db_append_only();
CREATE TRIGGER ledger_checkpoint_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION db_append_only();
CREATE TRIGGER ledger_signing_key_fixed BEFORE UPDATE OF id, number, public_key, former_id, endorsement, since ON ledger_signing_key FOR EACH STATEMENT EXECUTE FUNCTION db_append_only();
