package rewards_test

import (
	"errors"
	"strings"
	"testing"

	"ekolek/internal/db"
	"ekolek/internal/notify"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

func TestAnnounce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		s, actor := rewards.New(d, w.Notify, w.Clock.Now), w.Actor(w.Content)
		w.Resident(t, w.Barangays[0])
		item := func(f rewards.ItemForm) rewards.Announcement {
			t.Helper()
			id, err := s.SaveItem(t.Context(), actor, f)
			if err != nil {
				t.Fatal(err)
			}
			return rewards.Announcement{RequestKey: "k", Item: id, SMS: true, Mail: true}
		}
		rice := item(rewards.ItemForm{Name: "Rice", NameFil: "Bigas", Description: "Five kilos in a sack.", Price: 60_00, Unit: "kg", Active: true, Stock: 5})
		draft, err := s.AnnouncementOf(t.Context(), rice)
		if err != nil {
			t.Fatal(err)
		}
		en, fil := draft.Scripts.En, draft.Scripts.Fil
		if en.Notice != "New reward: Rice for 60 points." || fil.Notice != "Bagong gantimpala: Bigas sa 60 puntos." ||
			strings.Join(en.Lines, "|") != "There is something new for your points: Rice.|60 points for one kg.|Five kilos in a sack." ||
			!strings.Contains(fil.SMS, "Bigas sa 60 puntos") || en.Button == "" || draft.Link != "/rewards/"+rice.Item.String()+"/" {
			t.Errorf("%+v", draft)
		}
		c, err := s.Announce(t.Context(), actor, rice)
		if err != nil || c.Kind != rewards.AnnouncedKind || c.About != rice.Item || c.Expected != 1 {
			t.Errorf("%+v, %v", c, err)
		}
		rice.RequestKey = "another"
		if _, err := s.Announce(t.Context(), actor, rice); !errors.Is(err, notify.ErrCampaignRuns) {
			t.Errorf("announced twice: %v", err)
		}
		hidden := item(rewards.ItemForm{Name: "Soap", Price: 1, Stock: 5})
		if _, err := s.Announce(t.Context(), actor, hidden); !errors.Is(err, rewards.ErrItemNotActive) {
			t.Errorf("a hidden item: %v", err)
		}
		hidden.Item = db.NewID()
		if _, err := s.Announce(t.Context(), actor, hidden); !errors.Is(err, rewards.ErrItemNotFound) {
			t.Errorf("no item: %v", err)
		}
		// Whatever an item is called, its text message is one.
		long := item(rewards.ItemForm{Name: strings.Repeat("Ñandú ", 30), NameFil: strings.Repeat("Bigas ", 30), Price: 99_999_99, Active: true})
		long.RequestKey = "long"
		if c, err := s.Announce(t.Context(), actor, long); err != nil || len([]rune(c.Scripts.En.SMS)) > 160 || len([]rune(c.Scripts.Fil.SMS)) > 160 {
			t.Errorf("a long name: %v, %d characters", err, len([]rune(c.Scripts.En.SMS)))
		}
	})
}
