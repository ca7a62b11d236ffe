package console_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
)

// A slip is made of what residents were handed, stands on the stock card, is printed, and
// can be void; the double tap makes one.
func TestRequisitionPages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("content")
		rice := o.rice(20)
		today := db.Day(o.Clock.Now())
		b.Get("/console/requisitions/").Is(http.StatusOK).Has("main", "No slips here")
		b.Get("/console/requisitions/new/").Is(http.StatusOK).Has("main", "Everything is on a slip")

		r := o.Resident(t, o.Barangays[0])
		o.Give(t, r, 1_000_00)
		_, err := o.rewards.Redeem(t.Context(), o.Actor(o.Admin), people.City, rewards.Request{RequestKey: "one", Resident: r.ID, IdentifiedBy: "card", Wants: []rewards.Want{{Item: rice.ID, Quantity: 3}}})
		must(t, err)
		card := "/console/stock-card/?item=" + rice.ID.String()
		b.Get(card).Is(http.StatusOK).Has(".dtable", "No requisition slip yet").Has(".facts", "20 received, 3 issued, 17 left").Sound(card)

		page := "/console/requisitions/new/"
		b.Get(page).Is(http.StatusOK).Has(".dtable", "3 kg").Sound(page)
		fields := []string{"key", "k1", "place", rewards.DefaultPlace.String(), "from", today, "until", today, "purpose", "Rewards", "requested_name", "Ana Reyes", "requested_day", today}
		b.Post(page, fields...).Refuses("office").Value("#requested_name", "Ana Reyes")
		for range 2 {
			if at := b.Post(page, append(fields, "office", "City ENRO")...).Is(http.StatusSeeOther).Header.Get("Location"); !strings.HasPrefix(at, "/console/requisitions/") {
				t.Fatalf("leads to %q", at)
			}
		}
		list, err := o.rewards.Requisitions(t.Context(), rewards.RequisitionFilter{})
		must(t, err)
		if len(list.Rows) != 1 {
			t.Fatalf("%d slips", len(list.Rows))
		}
		slip, number := "/console/requisitions/"+list.Rows[0].ID.String()+"/", list.Rows[0].Number
		b.Get("/console/requisitions/").Has(".dtable", number).Sound("/console/requisitions/")
		b.Get(slip).Is(http.StatusOK).Has("h1", number).Has(".facts", "Ana Reyes").Has(".dtable", "Rice").Sound(slip)
		b.Get(card).Has(".dtable", number).Lacks(".dtable", "No requisition slip yet")
		if pdf := b.Get(slip + "slip.pdf").Is(http.StatusOK); !strings.HasPrefix(pdf.Body, "%PDF-") || pdf.Header.Get("Content-Type") != "application/pdf" {
			t.Errorf("no PDF: %.20q", pdf.Body)
		}
		book, err := excelize.OpenReader(bytes.NewReader([]byte(b.Get("/console/stock-card.xlsx?item=" + rice.ID.String()).Is(http.StatusOK).Body)))
		must(t, err)
		if got, err := book.GetCellValue("STOCK CARD", "B12"); got != number || err != nil {
			t.Errorf("the card's workbook says %q, %v", got, err)
		}
		for _, path := range []string{slip + "slip.xlsx", "/console/stock-card.pdf", "/console/count-sheet.pdf", "/console/count-sheet.xlsx"} {
			b.Get(path).Is(http.StatusOK)
		}

		b.Post(slip+"void/", "reason", "no").Refuses("reason")
		b.Post(slip+"void/", "reason", "The office was the wrong one").LeadsTo(slip)
		b.Get(slip).Has(".notice", "The office was the wrong one").Lacks("main", "Void the slip")
		b.Get(card).Has(".dtable", "No requisition slip yet")
		b.Get("/console/stock-card/?from=yesterday").Is(http.StatusOK)
		b.Get("/console/stock-card/?from=2020-01-01&to=2026-01-01&item=" + o.Barangays[0].ID.String()).Is(http.StatusNotFound)
	})
}

// Goods are carried to another place by a slip; less than was asked for is told.
func TestSupplyPage(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("content")
	rice := o.rice(20)
	page := "/console/requisitions/supply/"
	b.Get(page).Is(http.StatusOK).Has("main", "There is only one place")
	court, err := o.rewards.SavePlace(t.Context(), o.Actor(o.Admin), rewards.PlaceForm{Name: "Covered court", Active: true})
	must(t, err)
	b.Get(page).Is(http.StatusOK).Has("form", "20 kg there").Sound(page)
	l := rewards.RequisitionLine{Item: rice.ID}
	fields := []string{"key", "k1", "place", rewards.DefaultPlace.String(), "office", "Court", "purpose", "Supply", l.RequestedField(), "30"}
	b.Post(page, fields...).Refuses("to")
	b.Post(page, append(fields, "to", court.String())...).Is(http.StatusUnprocessableEntity).Has(".notice", "only 20 are there").Value("#"+l.RequestedField(), "30")
	b.Post(page, append(fields, "to", court.String(), l.IssuedField(), "31")...).Refuses(l.IssuedField())
	b.Post(page, append(fields, "to", court.String(), l.IssuedField(), "8")...).Is(http.StatusSeeOther)
	at, err := o.rewards.ItemsAt(t.Context(), court)
	must(t, err)
	if at[0].Stock != 8 {
		t.Errorf("%d at the court", at[0].Stock)
	}
	b.Get("/console/stock-card/?item="+rice.ID.String()).Has(".dtable", "Covered court").Has(".dtable", "RIS-")
}
