-- +goose Up
-- What a former system wrote down about stock, newest first, for the stock book's page.
CREATE INDEX rewards_prior_move_newest ON rewards_prior_move (created_at DESC, id DESC);
