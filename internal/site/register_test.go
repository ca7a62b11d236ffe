package site_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// whoIs is the first page as somebody fills it in; pairs replace its fields.
func whoIs(pairs ...string) []string {
	page := []string{"first_name", "Ana", "last_name", "Reyes", "phone", "0917 555 0101", "email", "Ana@example.com",
		"birth_date", "1990-02-28", "gender", "female", "username", "ana.reyes", "password", testkit.Password}
	for i := 0; i+1 < len(pairs); i += 2 {
		page[slices.Index(page, pairs[i])+1] = pairs[i+1]
	}
	return page
}

// household is the second page of a new family.
func (c *town) household() []string {
	return []string{"family_name", "Reyes", "barangay", c.Barangays[0].ID.String(), "address", "12 Mabini St.", "city", "San Pedro City"}
}

// lastPage is the third page, filled in with the codes that came and the terms shown.
func (c *town) lastPage(b *testkit.Browser, kind string) []string {
	c.t.Helper()
	a := b.Get("/register/" + kind + "/verify/").Is(http.StatusOK)
	pairs := []string{"consent", "on", "terms", a.Find("input[name=terms]").AttrOr("value", "")}
	if a.Find("#phone_code").Length() == 1 {
		pairs = append(pairs, "phone_code", c.Code(c.t, "+639175550101"))
	}
	if kind == "family" && a.Find("#email_code").Length() == 1 {
		pairs = append(pairs, "email_code", c.Code(c.t, "ana@example.com"))
	}
	return pairs
}

func TestRegisterAFamilyWithoutJavaScript(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		b := c.visitor()
		b.Get("/").Has("main", "Register")
		b.Get("/login/").Has("main", "Not registered yet?")
		b.Get("/register/").Is(http.StatusOK).Sound("/register/").Has("h1", "Register").Lacks("main", "You have begun")
		a := b.Get("/register/family/").Is(http.StatusOK).Sound("/register/family/")
		a.Has(`[aria-current=step]`, "Who").Value("#first_name", "")

		b.Post("/register/family/", whoIs("first_name", "", "password", "short", "phone", "123", "email", "")...).Refuses("first_name", "password", "phone", "email")
		b.Post("/register/family/", whoIs()...).LeadsTo("/register/family/where/")
		b.Get("/register/").Has("main", "You have begun, Ana")
		a = b.Get("/register/family/").Value("#first_name", "Ana").Value("#phone", "0917 555 0101").Value("#email", "ana@example.com").Has("main", "Your password is kept")
		if a.Find("#password").AttrOr("value", "") != "" {
			t.Error("the password comes back")
		}

		b.Get("/register/family/verify/").LeadsTo("/register/family/where/")
		b.Get("/register/family/where/").Is(http.StatusOK).Sound("where").Value("#family_name", "Reyes").Value("#city", "San Pedro City").Has(".steps-bar a", "Who")
		b.Post("/register/family/where/", "family_name", "Reyes").Refuses("barangay", "address").Value("#family_name", "Reyes")
		b.Post("/register/family/where/", c.household()...).LeadsTo("/register/family/verify/")
		b.Get("/register/family/where/").Value("#address", "12 Mabini St.").Value("#barangay", c.Barangays[0].ID.String())

		a = b.Get("/register/family/verify/").Is(http.StatusOK).Sound("verify")
		a.Has("main", "0917 555 0101").Has("main", "ana@example.com").Has(".terms-box", "Republic Act No. 10173").Has("main", "version 1.0")
		if a.Find(`#phone_code[autocomplete="one-time-code"]`).Length() != 1 {
			t.Error("the code cannot be filled in by the phone")
		}
		b.Post("/register/family/verify/", "phone_code", "12", "referral_code", "NOBODY23").Refuses("phone_code", "email_code", "referral_code", "consent").Value("#referral_code", "NOBODY23")
		b.Post("/register/family/verify/", "act", "sms", "referral_code", "ABCD2345").Refuses("phone_code").Has("#phone_code-error", "second")
		c.Clock.Advance(time.Minute)
		b.Post("/register/family/verify/", "act", "sms", "referral_code", "ABCD2345").LeadsTo("/register/family/verify/")
		b.Get("/register/family/verify/").Has("main", "A code is on its way to your phone").Value("#referral_code", "ABCD2345")

		last := append(c.lastPage(b, "family"), "referral_code", "")
		b.Post("/register/family/verify/", last...).LeadsTo("/register/status/")
		b.Post("/register/family/verify/", last...).LeadsTo("/register/status/") // the second tap
		a = b.Get("/register/status/").Is(http.StatusOK).Sound("status")
		a.Has("h1", "We have your registration").Has("main", "Ana Reyes").Has("[aria-current=step]", "checking it")
		b.Get("/register/").Has("main", "A registration was finished on this device")

		who, err := c.People.ByUsername(t.Context(), d, "ana.reyes")
		must(t, err)
		consents, err := c.People.Consents(t.Context(), who.ID)
		must(t, err)
		if len(consents) != 1 || consents[0].Language != "en" || consents[0].UserAgent == "" || consents[0].IP != "127.0.0.1" {
			t.Errorf("consents %+v", consents)
		}
		_, err = c.People.Approve(t.Context(), c.Actor(c.Manager), c.Manager.Scope, who.ID)
		must(t, err)
		b.Get("/register/status/").Has("h1", "You are approved").Has("main a", "Log in")
	})
}

func TestRegisterAMember(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		host := c.Resident(t, c.Barangays[3])
		b := c.visitor()
		b.Lang = "fil"
		b.Get("/register/member/").Is(http.StatusOK).Has("h1", "Sumali sa aking pamilya")
		b.Post("/register/member/", whoIs()...).LeadsTo("/register/member/where/")
		b.Get("/register/member/where/").Is(http.StatusOK).Sound("where")
		b.Post("/register/member/where/", "family_code", "WRONGCODE234").Refuses("family_code").Value("#family_code", "WRONGCODE234")
		b.Post("/register/member/where/", "family_code", strings.ToLower(host.FamilyCode)).LeadsTo("/register/member/where/#found")
		a := b.Get("/register/member/where/").Has("#found", "P•••").Has("#found", c.Barangays[3].Name).Lacks("main", host.FamilyName).Value("#family_code", host.FamilyCode)
		b.Get("/register/member/verify/").LeadsTo("/register/member/where/")
		b.Post("/register/member/where/", "family_code", host.FamilyCode, "sure", a.Find("input[name=sure]").AttrOr("value", "")).LeadsTo("/register/member/verify/")
		b.Get("/register/member/verify/").Has(".terms-box", "karapatan").Has("main", "(hindi kailangan)")
		b.Post("/register/member/verify/", append(c.lastPage(b, "member"), "referral_code", host.ReferralCode)...).LeadsTo("/register/status/")
		who, err := c.People.ByUsername(t.Context(), d, "ana.reyes")
		must(t, err)
		if who.FamilyID != host.FamilyID || who.ReferredByCode != host.ReferralCode || who.Language != "fil" || who.Representative {
			t.Errorf("member %+v", who)
		}
		_, err = c.People.Reject(t.Context(), c.Actor(c.Admin), people.City, who.ID, "Hindi ka nakatira roon")
		must(t, err)
		b.Get("/register/status/").Has("h1", "Hindi naaprubahan").Has("main", "Hindi ka nakatira roon").Has("main a", "Magparehistro muli")
	})
}

// What somebody took in the last moment is told on the page where its field stands, with
// everything that was typed.
func TestRegisterTellsALateClashWhereItsFieldStands(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	b := c.visitor()
	b.Post("/register/family/", whoIs()...).LeadsTo("/register/family/where/")
	b.Post("/register/family/where/", c.household()...).LeadsTo("/register/family/verify/")
	last := c.lastPage(b, "family")
	_, _, err := c.People.RegisterFamily(t.Context(), c.Actor(c.Admin), people.NewFamily{Name: "X", BarangayID: c.Barangays[0].ID, Address: "1",
		Representative: people.NewResident{Username: "ANA.REYES", FirstName: "Ana", LastName: "Other", Phone: "09185550000"}})
	must(t, err)
	a := b.Post("/register/family/verify/", last...).Refuses("username").Value("#first_name", "Ana").Value("#username", "ana.reyes")
	if action := a.Find("main form").AttrOr("action", ""); action != "/register/family/" {
		t.Errorf("the form goes to %s", action)
	}
	b.Post("/register/family/", whoIs("username", "ana.r")...).LeadsTo("/register/family/where/")
	a = b.Get("/register/family/verify/").Has("main", "Verified")
	if a.Find("#phone_code, #email_code").Length() != 0 {
		t.Error("codes that were right are asked for again")
	}
	b.Post("/register/family/verify/", c.lastPage(b, "family")...).LeadsTo("/register/status/")
}

func TestRegisterAsksForNewTerms(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	b := c.visitor()
	b.Post("/register/family/", whoIs()...).LeadsTo("/register/family/where/")
	b.Post("/register/family/where/", c.household()...).LeadsTo("/register/family/verify/")
	last := c.lastPage(b, "family")
	long := strings.Repeat("Something new. ", 10)
	_, err := c.People.WriteTerms(t.Context(), c.Actor(c.Admin), people.NewTerms{Version: "2.0", Activate: true,
		Title: map[string]string{"en": "New terms", "fil": "Bagong tuntunin"}, Content: map[string]string{"en": long, "fil": long}})
	must(t, err)
	a := b.Post("/register/family/verify/", last...).Refuses("consent").Has(".terms-box", "Something new").Has("main", "version 2.0")
	if _, ticked := a.Find("#consent").Attr("checked"); ticked {
		t.Error("the new terms are ticked already")
	}
	b.Get("/terms/").Is(http.StatusOK).Sound("/terms/").Has("h1", "New terms")
	b.Post("/register/family/verify/", c.lastPage(b, "family")...).LeadsTo("/register/status/")
}

func TestRegisterWithoutADraft(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	b := c.visitor()
	b.Get("/register/family/where/").LeadsTo("/register/family/")
	b.Get("/register/family/").Has("main", "nothing to continue")
	b.Post("/register/member/verify/", "consent", "on").LeadsTo("/register/member/")
	b.Get("/register/status/").Is(http.StatusOK).Sound("status").Has("main", "No registration was finished on this device")
	b.Post("/register/member/", whoIs()...).LeadsTo("/register/member/where/")
	b.Get("/register/family/where/").LeadsTo("/register/member/where/") // a draft has one kind
	b.Get("/register/status/").LeadsTo("/register/member/where/")
	b.Post("/register/over/").LeadsTo("/register/")
	b.Get("/register/").Lacks("main", "You have begun")
	for old, to := range map[string]string{"/accounts/register/family/": "/register/family/", "/privacy-policy/": "/terms/", "/terms-of-service/": "/terms/"} {
		b.Get(old).LeadsTo(to)
	}
	if auth.DraftLife != 24*time.Hour {
		t.Error("the pages promise a day")
	}
}

func TestRegisterPagesAreLight(t *testing.T) {
	c := newTown(t, testkit.DB(t))
	b := c.visitor()
	b.Post("/register/family/", whoIs()...)
	b.Post("/register/family/where/", c.household()...)
	for _, path := range []string{"/register/", "/register/family/", "/register/family/where/", "/register/family/verify/", "/terms/"} {
		if n := b.FirstVisit(path); n > 100_000 {
			t.Errorf("%s takes %d bytes on a first visit", path, n)
		}
	}
}

func TestHomeTellsTheReferralCode(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newTown(t, d)
		host := c.Resident(t, c.Barangays[0])
		b := c.as(host)
		a := b.Get("/home/").Is(http.StatusOK).Sound("/home/").Has("main", host.ReferralCode).Has("main", "gets 10 points and you get 10").Lacks("main", "joined with your code")
		if share := a.Find("[data-share]").AttrOr("data-share", ""); !strings.Contains(share, "https://ekolek.test/register/") || !strings.Contains(share, host.ReferralCode) {
			t.Errorf("share %q", share)
		}
		if sms := a.Find(`a[href^="sms:"]`).AttrOr("href", ""); !strings.Contains(sms, "body=Recyclables%20are") {
			t.Errorf("sms %q", sms)
		}
		r, err := c.People.JoinFamily(t.Context(), c.Actor(c.Admin), host.FamilyCode, people.NewResident{
			Username: "brought", FirstName: "Ana", LastName: "Reyes", Phone: "09181234567", ReferralCode: host.ReferralCode})
		must(t, err)
		_, err = c.People.Approve(t.Context(), c.Actor(c.Admin), people.City, r.ID)
		must(t, err)
		b.Get("/home/").Has("main", "1 person has joined with your code").Has(".balance-num", "10").Has("main", "Ana joined with your referral code")
	})
}
