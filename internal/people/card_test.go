package people_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func TestIdentify(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		rep := w.Resident(t, w.Barangays[0])
		r := w.Member(t, rep)
		card, err := w.People.CardOf(ctx, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		cases := []struct {
			text string
			who  people.Resident
			by   people.By
		}{
			{card.QR, r, people.ByCard},
			{" " + card.QR + "\n", r, people.ByCard},
			{card.Typed(), r, people.ByCode},
			{strings.ToLower(card.Code), r, people.ByCode},
			{r.ID.String(), r, people.ByLegacyCard},
			{"{" + strings.ToUpper(r.ID.String()) + "}", r, people.ByLegacyCard},
			{"RESIDENT2", r, people.ByUsername},
			{strings.ToLower(r.FamilyCode), rep, people.ByFamilyCode},
		}
		for _, c := range cases {
			got, err := w.People.Identify(ctx, w.Manager.Scope, c.text)
			if err != nil || got.Resident.ID != c.who.ID || got.By != c.by || got.LegacyCard != (c.by == people.ByLegacyCard) {
				t.Errorf("identify %q: %s by %s, %v; want %s by %s", c.text, got.Resident.Username, got.By, err, c.who.Username, c.by)
			}
		}
		for _, text := range []string{"", "nobody", "7K3M-9QXP", strings.Repeat("A", 12), strings.Repeat("x", 1000), db.NewID().String(), "\x00", "a\xffb", "' OR 1=1 --"} {
			_, err := w.People.Identify(ctx, people.City, text)
			wantErr(t, fmt.Sprintf("identify %q", text), err, people.ErrUnknownCode)
		}
	})
}

// Somebody who takes another family's code as a username does not catch its scans.
func TestIdentifyPrefersTheCitysCodes(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	rep := w.Resident(t, w.Barangays[0])
	in := newcomer()
	in.Username = rep.FamilyCode
	if _, err := w.People.JoinFamily(t.Context(), nobody, rep.FamilyCode, in); err != nil {
		t.Fatal(err)
	}
	got, err := w.People.Identify(t.Context(), people.City, rep.FamilyCode)
	if err != nil || got.Resident.ID != rep.ID {
		t.Errorf("the code stands for %s, %v; want the representative", got.Resident.Username, err)
	}
}

func TestReissueEndsOlderPrints(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		r := w.Resident(t, w.Barangays[0])
		old, err := w.People.CardOf(ctx, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		card, err := w.People.Reissue(ctx, w.Actor(w.Manager), w.Manager.Scope, r.ID)
		if err != nil || card.Serial != 2 || card.Code == old.Code {
			t.Fatalf("reissued %+v, %v", card, err)
		}
		_, err = w.People.Identify(ctx, people.City, old.QR)
		wantErr(t, "old print", err, people.ErrCardReplaced)
		_, err = w.People.Identify(ctx, people.City, old.Typed())
		wantErr(t, "old typed code", err, people.ErrUnknownCode)
		for _, text := range []string{card.QR, card.Typed()} {
			if _, err := w.People.Identify(ctx, people.City, text); err != nil {
				t.Errorf("new card %q: %v", text, err)
			}
		}
		if err := w.People.Revoke(ctx, w.Actor(w.Manager), w.Manager.Scope, r.ID, "Lost"); err != nil {
			t.Fatal(err)
		}
		_, err = w.People.Identify(ctx, people.City, card.QR)
		wantErr(t, "revoked card", err, people.ErrCardRevoked)
		_, err = w.People.Identify(ctx, people.City, card.Typed())
		wantErr(t, "revoked card's typed code", err, people.ErrUnknownCode)
	})
}

func TestCardExpires(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	r := w.Resident(t, w.Barangays[0])
	card, err := w.People.CardOf(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(card.ExpiresAt.Sub(w.Clock.Now()) - time.Second)
	if _, err := w.People.Identify(t.Context(), people.City, card.QR); err != nil {
		t.Errorf("the last second: %v", err)
	}
	w.Clock.Advance(time.Second)
	_, err = w.People.Identify(t.Context(), people.City, card.QR)
	wantErr(t, "afterwards", err, people.ErrCardExpired)
}

// The city's key changes every year; cards signed with the old one stay valid.
func TestSigningKeyChanges(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	r := w.Resident(t, w.Barangays[0])
	first, err := w.People.CardOf(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(366 * 24 * time.Hour)
	second, err := w.People.CardOf(t.Context(), r.ID)
	if err != nil || second.QR == first.QR {
		t.Fatalf("the card's text did not change: %v", err)
	}
	for _, text := range []string{first.QR, second.QR} {
		if _, err := w.People.Identify(t.Context(), people.City, text); err != nil {
			t.Errorf("%.20s…: %v", text, err)
		}
	}
}

// Two services on one database, as two processes are, make the first key at once.
func TestOneKeyIsMade(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		r := w.Resident(t, w.Barangays[0])
		second := people.New(d, w.Vault, w.Notify, w.Clock.Now)
		texts := make([]string, 16)
		var wg sync.WaitGroup
		for i := range texts {
			wg.Go(func() {
				s := []*people.Service{w.People, second}[i%2]
				c, err := s.CardOf(t.Context(), r.ID)
				if err != nil {
					t.Error(err)
				}
				texts[i] = c.QR
			})
		}
		wg.Wait()
		for _, text := range texts {
			if text != texts[0] {
				t.Fatal("the card has two texts")
			}
		}
		if n := count(t, d, `SELECT count(*) FROM people_card_key WHERE private_key LIKE 'b:%'`); n != 1 {
			t.Errorf("%d sealed keys, want 1", n)
		}
	})
}
