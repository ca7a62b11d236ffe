package console_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
)

// An old card: the code is asked for on the page, a wrong one is told, and the right one
// hands out. What is kept on the phone never holds the code.
func TestStationProofInBrowser(t *testing.T) {
	s := newStationBrowser(t, nil)
	s.save(s.nena, "k1", s.metal.ID.String(), "12", "")
	p := s.page(360, 740)
	s.open(p, s.giving(s.nena, "legacy_card", want(s.rice), "1"))
	s.click(p, "[data-save]")
	s.says(p, "#code-error", "Type the six figures")
	s.keys(p, "123456")
	s.click(p, "[data-show]")
	s.shot(p, "proof")
	s.click(p, "[data-save]")
	if !s.until(p, `() => document.querySelector("#code").value === "" && !document.querySelector("#code-error").hidden`) {
		t.Fatal("a wrong code is not told")
	}
	s.shot(p, "proof-wrong")
	if kept := p.MustEval(`() => JSON.stringify(sessionStorage) + JSON.stringify(localStorage)`).Str(); strings.Contains(kept, "123456") {
		t.Errorf("kept on the phone: %s", kept)
	}
	live, err := s.people.LiveOf(t.Context(), s.nena.ID)
	must(t, err)
	s.keys(p, live.Digits+"\r")
	s.waitAt(p, "/console/station/receipts/")
	s.says(p, ".receipt-facts", "by live code")
	s.shot(p, "given-proved")
}

// The camera sees what a resident reserved: one tap hands it out.
func TestStationScansReservation(t *testing.T) {
	s := newStationBrowser(t, func(w *stationWorld) string {
		w.save(w.nena, "k1", w.metal.ID.String(), "12", "")
		return w.reserves(w.nena, w.rice, 1, uuid.Nil).QR()
	})
	p := s.page(360, 740)
	s.open(p, "/console/station/")
	s.waitAt(p, "/console/station/residents/"+s.nena.ID.String()+"/rewards/give/")
	s.says(p, ".receipt", "set aside")
	s.shot(p, "claim")
	s.click(p, "[data-save]")
	s.waitAt(p, "/console/station/receipts/")
	s.says(p, ".notice-sun", "New balance: 70 points")
}
