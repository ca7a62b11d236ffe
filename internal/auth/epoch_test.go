package auth_test

import (
	"testing"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

func TestEpochNeverMovesBack(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		id, now := db.NewID(), testkit.Start
		if at, err := auth.EpochOf(t.Context(), d, id); err != nil || !at.IsZero() {
			t.Errorf("before: %v, %v", at, err)
		}
		for _, step := range []time.Duration{0, time.Hour, time.Minute} {
			if err := auth.BumpEpoch(t.Context(), d, id, now.Add(step)); err != nil {
				t.Fatal(err)
			}
		}
		if at, err := auth.EpochOf(t.Context(), d, id); err != nil || !at.Equal(now.Add(time.Hour)) {
			t.Errorf("after: %v, %v", at, err)
		}
	})
}
