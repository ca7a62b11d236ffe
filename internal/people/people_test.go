package people_test

import (
	"testing"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

var (
	now    = time.Date(2026, 11, 24, 7, 55, 0, 123456000, time.UTC)
	office = audit.Command("test")
	nobody = audit.Actor{Kind: audit.Nobody}
)

func newService(t *testing.T, d *db.DB) *people.Service {
	t.Helper()
	vault, err := db.NewVault("test-secret", "test-encryption-key")
	if err != nil {
		t.Fatal(err)
	}
	s := people.New(d, vault, func() time.Time { return now })
	if _, err := s.LoadPSGC(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSmoke(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		s := newService(t, d)
		bs, err := s.Barangays(ctx)
		if err != nil || len(bs) != 27 {
			t.Fatal(len(bs), err)
		}
		f, r, err := s.RegisterFamily(ctx, nobody, people.NewFamily{Name: "Peña", BarangayID: bs[3].ID, Address: "1 Mabini", Representative: people.NewResident{Username: "Juan", FirstName: "Juan", LastName: "Peña", Phone: "0917 123 4567", Email: "A@b.ph"}})
		if err != nil {
			t.Fatal(err)
		}
		dec, err := s.Approve(ctx, office, people.City, r.ID)
		if err != nil || !dec.Family {
			t.Fatal(dec, err)
		}
		m, err := s.JoinFamily(ctx, nobody, f.Code, people.NewResident{Username: "maria", FirstName: "M", LastName: "P", Phone: "9171234568"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Reject(ctx, office, people.City, m.ID, "no"); err != nil {
			t.Fatal(err)
		}
		c, err := s.CardOf(ctx, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []string{c.QR, c.Typed(), r.ID.String(), "JUAN", f.Code} {
			id, err := s.Identify(ctx, people.City, x)
			t.Log(x, id.By, err)
			if err != nil || id.Resident.ID != r.ID {
				t.Error(x, id, err)
			}
		}
		if _, err := s.Suspend(ctx, office, people.City, r.ID, "x"); err != nil {
			t.Error(err)
		}
		cnt, err := s.ResidentCounts(ctx, people.City, people.ResidentFilter{Search: "pena"})
		t.Log(cnt, err)
		p, err := s.Residents(ctx, people.Scope{Staff: r.ID}, people.ResidentFilter{Search: "pena", Cursor: "", Status: "approved", Barangay: bs[3].ID})
		t.Log(p, err)
		p, err = s.Residents(ctx, people.City, people.ResidentFilter{Limit: 1})
		t.Log(p, err)
		p, err = s.Residents(ctx, people.City, people.ResidentFilter{Cursor: p.Next})
		t.Log(p.Rows, err)
		fs, err := s.Families(ctx, people.City, people.FamilyFilter{Search: "peña", Status: "approved"})
		t.Log(fs, err)
		t.Log(s.FamilySummary(ctx, r.ID))
		_, err = s.EditResident(ctx, office, people.City, m.ID, people.ResidentEdit{Username: "juan", FirstName: "A", LastName: "B", Phone: "09171234567"})
		t.Log(err)
		_, err = s.EditResident(ctx, office, people.City, m.ID, people.ResidentEdit{Username: "juanb", FirstName: "A", LastName: "B", Phone: "09171234569"})
		t.Log(err)
		_, err = s.EditFamily(ctx, office, people.City, f.ID, people.FamilyEdit{Name: "Penya", BarangayID: bs[4].ID, Address: "2"})
		t.Log(err)
		t.Log(s.Reissue(ctx, office, people.City, r.ID))
		t.Log(s.Identify(ctx, people.City, c.QR))
		t.Log(s.SaveBarangay(ctx, office, people.BarangayEdit{ID: bs[2].ID, Name: "cuyab", Active: true}))
		t.Log(s.SaveBarangay(ctx, office, people.BarangayEdit{Name: "New", Active: true}))
	})
}
