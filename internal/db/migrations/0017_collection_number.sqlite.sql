-- +goose Up
-- The phone app knows a weigh-in by a number, and people can say one on the telephone. The
-- database counts: its one writer takes the number that follows.
ALTER TABLE collection_weigh_in ADD COLUMN number BIGINT;
UPDATE collection_weigh_in SET number = counted.number
    FROM (SELECT id, row_number() OVER (ORDER BY created_at, id) AS number FROM collection_weigh_in) counted
    WHERE counted.id = collection_weigh_in.id;
CREATE UNIQUE INDEX collection_weigh_in_number ON collection_weigh_in (number);
-- +goose StatementBegin
CREATE TRIGGER collection_weigh_in_count AFTER INSERT ON collection_weigh_in WHEN NEW.number IS NULL
BEGIN
    UPDATE collection_weigh_in SET number = (SELECT COALESCE(max(number), 0) + 1 FROM collection_weigh_in) WHERE id = NEW.id;
END;
-- +goose StatementEnd
