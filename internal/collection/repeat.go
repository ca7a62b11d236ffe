package collection

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
)

// key tells a repeat from another visit: by the key that the client made, or, when it
// makes none, by what was weighed.
type key struct {
	collector uuid.UUID
	request   string // unique for the collector
	hash      string // of the entry, to be compared under the request key
	act       string // fingerprint of an entry without a key; empty: it has one
}

// actScope is where fingerprints are claimed.
const actScope = "collection.weigh_in"

func (e Entry) keyOf(collector uuid.UUID) (key, error) {
	k := key{collector: collector, request: e.RequestKey}
	e.RequestKey = ""
	body, err := json.Marshal(e)
	if err != nil {
		return key{}, fmt.Errorf("hash weigh-in: %w", err)
	}
	k.hash = db.HashRequest(body)
	if !e.Unkeyed {
		return k, nil
	}
	act, err := json.Marshal(struct {
		Collector, Resident uuid.UUID
		Lines               []EntryLine
	}{collector, e.Resident, e.Lines})
	if err != nil {
		return key{}, fmt.Errorf("hash weigh-in: %w", err)
	}
	k.request, k.act = "unkeyed:"+db.NewID().String(), db.HashRequest(act)
	return k, nil
}

// claim is fresh unless the same was weighed a moment ago, by an entry without a key
// too: then first is that weigh-in. An entry with a key is told from others when it is booked.
func (k key) claim(ctx context.Context, tx *db.Tx, w WeighIn) (fresh bool, first uuid.UUID, err error) {
	if k.act == "" {
		return true, uuid.Nil, nil
	}
	return db.ClaimAct(ctx, tx, actScope, k.act, w.ID, w.CreatedAt)
}

// replay gives the first receipt of an entry that came again; sql.ErrNoRows when it is
// new, db.ErrKeyReused when its key came with another entry.
func (s *Service) replay(ctx context.Context, tx *db.Tx, k key) (Receipt, error) {
	if k.act != "" {
		first, found, err := db.ClaimedAct(ctx, tx, actScope, k.act, s.now())
		if err == nil && !found {
			err = sql.ErrNoRows
		}
		if err != nil {
			return Receipt{}, err
		}
		return again(ctx, tx, first)
	}
	first, hash, err := answered(ctx, tx, k)
	if err != nil {
		return Receipt{}, err
	}
	if hash != k.hash {
		return Receipt{}, db.ErrKeyReused
	}
	return again(ctx, tx, first)
}

// again is the receipt of a weigh-in that was booked before.
func again(ctx context.Context, tx *db.Tx, id uuid.UUID) (Receipt, error) {
	if err := db.Confirm(ctx, tx); err != nil {
		return Receipt{}, err
	}
	balance, err := balanceAfter(ctx, tx, id)
	if err != nil {
		return Receipt{}, err
	}
	w, err := weighInByID(ctx, tx, people.City, id)
	return Receipt{WeighIn: w, Balance: balance, Replayed: true}, err
}
