-- +goose Up
-- What a collector handed out, newest first, for the phone app's list.
CREATE INDEX rewards_redemption_staff ON rewards_redemption (staff_id, created_at DESC, id DESC);
