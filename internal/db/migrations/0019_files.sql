-- +goose Up
-- What was uploaded: where its bytes are, and what they must be. A row is written only when
-- the object is there, so no row points at nothing. The bytes of a row never change.
CREATE TABLE files_file (
    id           UUID        NOT NULL PRIMARY KEY,
    kind         TEXT        NOT NULL,            -- terms, reward_picture, …
    access       TEXT        NOT NULL CHECK (access IN ('public', 'resident', 'family', 'staff')),
    owner_id     UUID,                            -- access family: whose
    permission   TEXT        NOT NULL DEFAULT '', -- access staff and family: which staff
    name         TEXT        NOT NULL,            -- as the uploader's machine called it; shown, never used as a path
    content_type TEXT        NOT NULL,            -- by its content, not by its name
    size         BIGINT      NOT NULL,
    sha256       TEXT        NOT NULL,            -- hexadecimal; compared at every read
    storage      TEXT        NOT NULL CHECK (storage IN ('local', 's3', 'drive')),
    storage_key  TEXT        NOT NULL,
    former_path  TEXT,                            -- below /media/ of the former system: reward_images/bigas.png
    created_by   UUID,                            -- null: a command
    created_at   TIMESTAMPTZ NOT NULL,
    day          TEXT        NOT NULL,            -- Manila
    deleted_at   TIMESTAMPTZ                      -- its object goes, or is gone
);
CREATE UNIQUE INDEX files_file_object  ON files_file (storage, storage_key);
CREATE UNIQUE INDEX files_file_former  ON files_file (former_path) WHERE former_path IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX        files_file_newest  ON files_file (created_at DESC, id DESC);
CREATE INDEX        files_file_quota   ON files_file (created_by, day);

-- Objects that no row needs: noted down before an upload begins and taken out by the
-- transaction that writes the file's row, or put in when a file is deleted or moved. What
-- stays here is removed from its storage. Nothing else is ever removed there, so that a
-- copy of this database does no harm to a bucket or folder that others use too.
CREATE TABLE files_stray (
    storage     TEXT        NOT NULL,
    storage_key TEXT        NOT NULL,
    since       TIMESTAMPTZ NOT NULL,
    leaving     BOOLEAN     NOT NULL DEFAULT FALSE, -- its removal has begun: no row may take it any more
    PRIMARY KEY (storage, storage_key)
);
CREATE INDEX files_stray_oldest ON files_stray (since);

-- The paper of a text of terms: the same words as a PDF or DOCX for people to keep. A newer
-- paper of the same text stands before the older ones, which stay: people may have read them.
CREATE TABLE people_terms_paper (
    id         UUID        NOT NULL PRIMARY KEY,
    terms_id   UUID        NOT NULL REFERENCES people_terms (id),
    file_id    UUID        NOT NULL REFERENCES files_file (id),
    created_by UUID,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX people_terms_paper_file  ON people_terms_paper (file_id);
CREATE INDEX        people_terms_paper_terms ON people_terms_paper (terms_id, created_at DESC, id DESC);
