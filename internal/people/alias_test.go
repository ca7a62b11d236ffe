package people_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func TestBarangayAliases(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		old, twin := db.NewID(), db.NewID()
		add := func(legacy, barangay uuid.UUID) error {
			return d.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				return people.AddBarangayAlias(ctx, tx, legacy, barangay)
			})
		}
		for _, legacy := range []uuid.UUID{old, twin, old} {
			if err := add(legacy, w.Barangays[3].ID); err != nil {
				t.Fatal(err)
			}
		}
		if err := add(old, w.Barangays[4].ID); err != nil {
			t.Fatal(err)
		}
		aliases, err := people.BarangayAliases(t.Context(), d)
		if err != nil || len(aliases) != 2 || aliases[old] != w.Barangays[3].ID || aliases[twin] != w.Barangays[3].ID {
			t.Errorf("aliases %v (%v): the first one stays", aliases, err)
		}
		for _, id := range []uuid.UUID{old, w.Barangays[3].ID} {
			if b, err := w.People.BarangayKnownAs(t.Context(), id); err != nil || b.ID != w.Barangays[3].ID {
				t.Errorf("%s is %v (%v)", id, b.ID, err)
			}
		}
		if _, err := w.People.BarangayKnownAs(t.Context(), db.NewID()); !errors.Is(err, people.ErrBarangayNotFound) {
			t.Errorf("a barangay of nobody: %v", err)
		}
		if err := add(db.NewID(), db.NewID()); err == nil {
			t.Error("an alias of no barangay was kept")
		}
	})
}

func TestClashes(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		here := w.Resident(t, w.Barangays[0])
		clash := func(r people.Resident) people.Clash {
			c, err := w.People.Clashes(t.Context(), d, r)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		if c := clash(here); c != (people.Clash{}) {
			t.Errorf("somebody clashes with themselves: %+v", c)
		}
		other := people.Resident{ID: db.NewID(), Username: "RESIDENT1", Phone: here.Phone}
		if c := clash(other); c != (people.Clash{Username: true, Phone: true}) {
			t.Errorf("%+v, want username and phone", c)
		}
		if c := clash(people.Resident{ID: db.NewID(), Username: "nobody"}); c != (people.Clash{}) {
			t.Errorf("nobody clashes: %+v", c)
		}
		for but, want := range map[uuid.UUID]bool{here.FamilyID: false, db.NewID(): true} {
			if taken, err := w.People.FamilyCodeTaken(t.Context(), d, here.FamilyCode, but); err != nil || taken != want {
				t.Errorf("the family code is taken: %v, want %v (%v)", taken, want, err)
			}
		}
		if taken, err := w.People.FamilyCodeTaken(t.Context(), d, "NOSUCHCODE00", db.NewID()); err != nil || taken {
			t.Errorf("a free code is taken (%v)", err)
		}
	})
}
