-- +goose Up
-- The journal, the stock book and the audit trail only grow.
-- +goose StatementBegin
CREATE FUNCTION db_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER ledger_transfer_append_only    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transfer    FOR EACH STATEMENT EXECUTE FUNCTION db_append_only();
CREATE TRIGGER rewards_stock_move_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rewards_stock_move FOR EACH STATEMENT EXECUTE FUNCTION db_append_only();
CREATE TRIGGER audit_event_append_only        BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event        FOR EACH STATEMENT EXECUTE FUNCTION db_append_only();
CREATE TRIGGER collection_rate_append_only    BEFORE UPDATE OR DELETE OR TRUNCATE ON collection_rate    FOR EACH STATEMENT EXECUTE FUNCTION db_append_only();
