package console_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func TestTerms(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("admin")
		b.Get("/console/terms/").Is(http.StatusOK).Sound("/console/terms/").Has(".dtable", "1.0, English").Has(".dtable", "1.0, Tagalog")
		a := b.Get("/console/terms/new/").Is(http.StatusOK).Sound("/console/terms/new/")
		if !strings.Contains(a.Find("#content_en").Text(), "Points are not money") || !strings.Contains(a.Find("#content_fil").Text(), "Hindi pera ang puntos") {
			t.Error("the new version does not begin with the texts in force")
		}
		b.Post("/console/terms/new/", "version", "", "title_en", "Terms", "content_en", "short", "title_fil", "", "content_fil", "").
			Refuses("version", "content_en", "title_fil", "content_fil").Value("#content_en", "short")
		long := strings.Repeat("Something new to agree to. ", 10)
		page := []string{"title_en", "New terms", "content_en", long, "title_fil", "Bagong tuntunin", "content_fil", long}
		b.Post("/console/terms/new/", append(page, "version", "1.0")...).Refuses("version")
		b.Post("/console/terms/new/", append(page, "version", "2.0")...).LeadsTo("/console/terms/")
		b.Get("/console/terms/").Has(".notice", "Version 2.0 is written").Has(".dtable", "New terms")
		active, err := o.People.TermsFor(t.Context(), people.English)
		must(t, err)
		if active.Version != "1.0" {
			t.Errorf("version %s is in force", active.Version)
		}
		list, err := o.People.TermsVersions(t.Context(), "")
		must(t, err)
		text := "/console/terms/" + list.Rows[0].ID.String() + "/"
		b.Get(text).Is(http.StatusOK).Sound(text).Has("main", "Not in force").Has("main", "Bagong tuntunin").Has("main", "New terms")
		b.Get(text+"activate/").Is(http.StatusOK).Sound(text+"activate/").Has("main", "is shown version 2.0").Has("main", "Version 1.0 is no longer shown")
		b.Post(text + "activate/").LeadsTo("/console/terms/")
		b.Get("/console/audit/").Has(".dtable", "Brought terms into force")
		b.Get(text).Has("main", "In force").Lacks("main .btn-primary", "Bring")
		b.Get("/console/terms/" + uuid.NewString() + "/").Is(http.StatusNotFound)
		o.as("manager").Get("/console/terms/").Is(http.StatusForbidden)
	})
}

// Whoever registers at the counter signs on paper, and the record says who has the paper.
func TestConsentOnPaper(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("manager")
	a := b.Get("/console/families/new/").Has("main", "signed the terms, version 1.0, on paper")
	family := []string{"family_name", "Reyes", "address", "1 Mabini St.", "first_name", "Ana", "last_name", "Reyes", "username", "ana.reyes", "phone", "0917-123-4567",
		"password", "mangga sa umaga 7", "barangay", o.Barangays[0].ID.String(), "paper", "on", "terms", a.Find("input[name=terms]").AttrOr("value", "")}
	page := b.Post("/console/families/new/", family...).Is(http.StatusSeeOther).Header.Get("Location")
	b.Get(page).Has(".facts", "Version 1.0").Has(".facts", "on paper")
	who, err := o.People.ByUsername(t.Context(), o.DB, "ana.reyes")
	must(t, err)
	consents, err := o.People.Consents(t.Context(), who.ID)
	must(t, err)
	if len(consents) != 1 || consents[0].RecordedBy.UUID != o.Manager.ID {
		t.Errorf("consents %+v", consents)
	}
	if told := o.Told(t, who.Phone); len(told) != 0 {
		t.Errorf("somebody who stands at the counter was told %+v", told)
	}
	member := "/console/families/" + who.FamilyID.String() + "/members/new/"
	b.Post(page + "approve/").Is(http.StatusSeeOther)
	b.Post(member, "first_name", "Ben", "last_name", "Reyes", "username", "ben.reyes", "phone", "09171234568", "password", "mangga sa umaga 7").Is(http.StatusSeeOther)
	ben, err := o.People.ByUsername(t.Context(), o.DB, "ben.reyes")
	must(t, err)
	if consents, err := o.People.Consents(t.Context(), ben.ID); err != nil || len(consents) != 0 {
		t.Errorf("consents without paper: %+v, %v", consents, err)
	}
}

// The office reads what an approval will pay before it is given.
func TestApprovalTellsTheReferral(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	host := o.Resident(t, o.Barangays[0])
	r, err := o.People.JoinFamily(t.Context(), o.Actor(o.Admin), host.FamilyCode, people.NewResident{
		Username: "brought", FirstName: "Ana", LastName: "Reyes", Phone: "09181234567", ReferralCode: host.ReferralCode})
	must(t, err)
	b := o.as("manager")
	page := "/console/residents/" + r.ID.String() + "/"
	b.Get(page).Has(".facts", host.ReferralCode)
	b.Get(page+"approve/").Has("main", "Named the referral code "+host.ReferralCode).Has("main", "10 points")
	b.Post(page + "approve/").Is(http.StatusSeeOther)
	b.Get(page).Has("#points-h", "10").Has("main", "Referral bonus")
}
