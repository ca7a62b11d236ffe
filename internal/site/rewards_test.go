package site_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

func TestRewards(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		c.pet()
		c.rice()
		c.reward(rewards.ItemForm{Name: "Cooking oil", NameFil: "Mantika", Price: 10_000, Active: true, Stock: 3})
		c.reward(rewards.ItemForm{Name: "Sardines", Price: 100, Active: true})
		c.reward(rewards.ItemForm{Name: "Soap", Price: 100, Active: false, Stock: 5})
		juan := c.Resident(t, c.Barangays[0])
		c.Give(t, juan, 7050)

		a := c.visitor().Get("/rewards/").Is(http.StatusOK)
		a.Has(".rewards", "Rice, 1 kg").Has(".rewards", "10 left at City office").Has(".rewards", "Cooking oil").Lacks(".rewards", "Sardines").Has(".reward-row", "Sardines").Lacks("main", "Soap")

		a = c.as(juan).Get("/rewards/").Is(http.StatusOK)
		a.Has("main", "You can spend 70.5 points").Has(".rewards", "Rice").Lacks(".rewards", "Cooking oil")
		a.Has(".reward-row", "Cooking oil").Has(".reward-row", "29.5 points more: 5.9 kg of PET bottles")
		if bar := a.Find(".reward-row progress"); bar.Length() != 1 || bar.AttrOr("value", "") != "7050" || bar.AttrOr("max", "") != "10000" {
			t.Errorf("the bar stands at %s of %s", bar.AttrOr("value", ""), bar.AttrOr("max", ""))
		}
	})
}

func TestRewardsAreSearchedAndSorted(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	food, err := c.rewards.SaveCategory(t.Context(), c.Actor(c.Admin), rewards.CategoryForm{Name: "Groceries", Active: true})
	must(t, err)
	school, err := c.rewards.SaveCategory(t.Context(), c.Actor(c.Admin), rewards.CategoryForm{Name: "School", Active: true})
	must(t, err)
	c.reward(rewards.ItemForm{Category: food, Name: "Rice", NameFil: "Bigas", Price: 6000, Active: true, Stock: 1})
	c.reward(rewards.ItemForm{Category: food, Name: "Salt", NameFil: "Asin", Description: "From Pangasinan", Price: 500, Active: true, Stock: 1})
	c.reward(rewards.ItemForm{Category: school, Name: "Notebook", NameFil: "Kuwaderno", Price: 700, Active: true, Stock: 1})
	for _, test := range []struct{ query, want string }{
		{"", "Salt Notebook Rice"}, {"?q=bigas", "Rice"}, {"?q=GROCERIES+salt", "Salt"}, {"?q=pangasinan", "Salt"}, {"?category=" + school.String(), "Notebook"},
		{"?q=rice&category=" + school.String(), ""}, {"?category=no-such", ""},
	} {
		a := c.visitor().Get("/rewards/" + test.query).Is(http.StatusOK).Sound("/rewards/" + test.query)
		if got := a.Text(".reward h3"); got != test.want {
			t.Errorf("%q shows %q, want %q", test.query, got, test.want)
		}
		if test.want == "" {
			a.Has("main", "Nothing fits your search").Has("main .empty a", "Show everything")
		}
	}
	a := c.visitor().Get("/rewards/?q=rice").Value("#q", "rice")
	if href := a.Find(`.tabs-line a:contains("School")`).AttrOr("href", ""); href != "/rewards/?category="+school.String()+"&q=rice" {
		t.Errorf("the category leads to %s", href)
	}
}

func TestRewardPage(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		c.pet()
		rice := c.reward(rewards.ItemForm{Name: "Rice", NameFil: "Bigas", Description: "Well milled", DescriptionFil: "Sinaing na", Price: 6000, Unit: "kg", Active: true, Stock: 4})
		hidden := c.reward(rewards.ItemForm{Name: "Soap", Price: 100, Stock: 5})
		gone := c.reward(rewards.ItemForm{Name: "Sardines", Price: 100, Active: true})
		path := "/rewards/" + rice.String() + "/"

		c.visitor().Get(path).Is(http.StatusOK).Sound(path).Has("h1", "Rice, 1 kg").Has("main", "Well milled").Has("main li", "City office 4 left").Has("main a.btn", "Reserve")
		poor, rich := c.Resident(t, c.Barangays[0]), c.Resident(t, c.Barangays[0])
		c.Give(t, rich, 9000)
		if n := c.as(poor).Get(path).Has("main", "60 points more: 12 kg of PET bottles").Find("main a.btn-primary").Length(); n != 0 {
			t.Error("nothing buys something")
		}
		b := c.as(rich)
		b.Get(path).Has("main", "You can spend 90. This leaves you 30.")
		b.Lang = "fil"
		b.Get(path).Has("h1", "Bigas, 1 kg").Has("main", "Sinaing na")
		b.Get("/rewards/" + hidden.String() + "/").Is(http.StatusNotFound)
		b.Get("/rewards/" + uuid.NewString() + "/").Is(http.StatusNotFound)
		b.Lang = "en"
		b.Get("/rewards/"+gone.String()+"/").Has("main", "None left for now")
		b.Get("/rewards/reserve/" + gone.String() + "/").LeadsTo("/rewards/" + gone.String() + "/")
	})
}
