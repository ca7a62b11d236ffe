-- +goose Up
-- The journal, the stock book and the audit trail only grow.
-- +goose StatementBegin
CREATE TRIGGER ledger_transfer_no_update BEFORE UPDATE ON ledger_transfer BEGIN SELECT RAISE(ABORT, 'ledger_transfer is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_transfer_no_delete BEFORE DELETE ON ledger_transfer BEGIN SELECT RAISE(ABORT, 'ledger_transfer is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER rewards_stock_move_no_update BEFORE UPDATE ON rewards_stock_move BEGIN SELECT RAISE(ABORT, 'rewards_stock_move is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER rewards_stock_move_no_delete BEFORE DELETE ON rewards_stock_move BEGIN SELECT RAISE(ABORT, 'rewards_stock_move is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER collection_rate_no_update BEFORE UPDATE ON collection_rate BEGIN SELECT RAISE(ABORT, 'collection_rate is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER collection_rate_no_delete BEFORE DELETE ON collection_rate BEGIN SELECT RAISE(ABORT, 'collection_rate is append-only'); END;
-- +goose StatementEnd
