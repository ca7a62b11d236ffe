package site_test

import (
	"net/http"
	"strings"
	"testing"

	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func TestLiveCodeOnTheCardPage(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	r := c.Resident(t, c.Barangays[0])
	b := c.as(r)
	digits := func() string {
		code, err := c.People.LiveOf(t.Context(), r.ID)
		must(t, err)
		got := strings.ReplaceAll(b.Get("/card/").Is(http.StatusOK).Text("[data-digits]"), " ", "")
		if got != code.Digits {
			t.Errorf("the page shows %q, the code is %q", got, code.Digits)
		}
		return got
	}
	first := digits()
	c.Clock.Advance(people.LiveStep)
	if digits() == first {
		t.Error("the code did not change")
	}
	must(t, c.People.Revoke(t.Context(), c.Actor(c.Admin), people.City, r.ID, "the card was lost"))
	b.Get("/card/").Is(http.StatusOK).Has("[data-live]", "your card has ended")
}

func TestPINOnTheSecurityPage(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	r := c.Resident(t, c.Barangays[0])
	b := c.as(r)
	b.Get("/me/security/").Is(http.StatusOK).Has("main", "No PIN yet")
	b.Get("/me/pin/").Is(http.StatusOK).Lacks("main", "Remove the PIN")
	b.Post("/me/pin/").Refuses("current_password", "pin", "again")
	b.Post("/me/pin/", "current_password", "wrong wrong wrong", "pin", "739154", "again", "739154").Refuses("current_password")
	b.Post("/me/pin/", "current_password", testkit.Password, "pin", "739154", "again", "739155").Refuses("again")
	b.Post("/me/pin/", "current_password", testkit.Password, "pin", "739154", "again", "739154").LeadsTo("/me/security/")
	proof, err := c.People.Prove(t.Context(), c.Actor(c.Manager), c.Manager.Scope, people.Proving{RequestKey: "k", Resident: r.ID, Text: "739154"})
	if err != nil || proof.By != people.ByPIN {
		t.Errorf("%+v, %v", proof, err)
	}
	b.Post("/me/pin/remove/").LeadsTo("/me/security/")
	b.Get("/me/security/").Has("main", "No PIN yet")
}
