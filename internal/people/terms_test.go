package people_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func newTerms(version string, activate bool) people.NewTerms {
	text := strings.Repeat("What you agree to. ", 10)
	return people.NewTerms{
		Version: version, Activate: activate,
		Title:   map[string]string{"en": "Terms", "fil": "Mga tuntunin"},
		Content: map[string]string{"en": text + "\r\n\r\nEnd.", "fil": text},
	}
}

func activeVersions(t *testing.T, w *testkit.World) map[string]string {
	t.Helper()
	active, err := w.People.ActiveTerms(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for language, terms := range active {
		out[language] = terms.Version
	}
	return out
}

func TestFirstTermsComeWithTheProgram(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewEmptyWorld(t, d)
		if err := w.People.LoadTerms(t.Context()); err != nil { // once more: nothing is added
			t.Fatal(err)
		}
		if n := count(t, d, `SELECT count(*) FROM people_terms`); n != 2 {
			t.Errorf("%d texts, want one in each language", n)
		}
		for language, word := range map[string]string{"en": "Republic Act No. 10173", "fil": "karapatang"} {
			terms, err := w.People.TermsFor(t.Context(), language)
			if err != nil || terms.Language != language || terms.Version != "1.0" || !strings.Contains(terms.Content, word) {
				t.Errorf("%s: %v, %.60q", language, err, terms.Content)
			}
		}
	})
}

func TestWriteTerms(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx, office := t.Context(), w.Actor(w.Admin)
		w.Clock.Advance(time.Hour)
		texts, err := w.People.WriteTerms(ctx, office, newTerms("2.0", false))
		if err != nil {
			t.Fatal(err)
		}
		if got := activeVersions(t, w); got["en"] != "1.0" || got["fil"] != "1.0" {
			t.Errorf("a draft is in force: %v", got)
		}
		if texts[0].Content != strings.TrimSpace(strings.Repeat("What you agree to. ", 10)+"\n\nEnd.") {
			t.Errorf("content %q", texts[0].Content)
		}
		if _, err := w.People.ActivateTerms(ctx, office, texts[1].ID); err != nil {
			t.Fatal(err)
		}
		if got := activeVersions(t, w); got["en"] != "2.0" || got["fil"] != "2.0" {
			t.Errorf("in force: %v", got)
		}
		_, err = w.People.WriteTerms(ctx, office, newTerms("2.0", true))
		if fieldsOf(t, err)["version"] != "error.people.terms_version_taken" {
			t.Errorf("the same version again: %v", err)
		}
		page, err := w.People.TermsVersions(ctx, "")
		if err != nil || len(page.Rows) != 4 || page.Rows[0].Version != "2.0" || page.Rows[0].CreatedBy.UUID != w.Admin.ID || page.Rows[3].Active {
			t.Errorf("versions %+v, %v", page.Rows, err)
		}
		if n := count(t, d, `SELECT count(*) FROM audit_event WHERE action IN ('terms.write', 'terms.activate')`); n != 2 {
			t.Errorf("%d audit rows, want 2", n)
		}
		_, err = w.People.ActivateTerms(ctx, office, db.NewID())
		wantErr(t, "unknown terms", err, people.ErrTermsNotFound)
	})
}

func TestWriteTermsTellsWhatIsMissing(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	in := newTerms(strings.Repeat("9", 51), false)
	in.Title["fil"], in.Content["en"], in.Content["fil"] = "", "too short", "\x00"
	_, err := w.People.WriteTerms(t.Context(), w.Actor(w.Admin), in)
	got := fieldsOf(t, err)
	want := map[string]string{"version": "form.too_long", "title_fil": "form.required", "content_en": "error.people.terms_short", "content_fil": "error.people.unprintable"}
	for field, key := range want {
		if got[field] != key {
			t.Errorf("%s: %q, want %q", field, got[field], key)
		}
	}
	if len(got) != len(want) {
		t.Errorf("fields %v", got)
	}
}

func TestTermsActivatedAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx, office := t.Context(), w.Actor(w.Admin)
		var ids []uuid.UUID
		for _, version := range []string{"2", "3", "4", "5"} {
			texts, err := w.People.WriteTerms(ctx, office, newTerms(version, false))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, texts[0].ID)
		}
		var wg sync.WaitGroup
		for _, id := range append(ids, ids...) {
			wg.Go(func() {
				if _, err := w.People.ActivateTerms(ctx, office, id); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got := activeVersions(t, w)
		if len(got) != 2 || got["en"] != got["fil"] || got["en"] == "1.0" {
			t.Errorf("in force: %v", got)
		}
	})
}

func TestTermsAndConsentsAreNotRewritten(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		r := w.Resident(t, w.Barangays[0])
		terms, err := w.People.TermsFor(ctx, "fil")
		if err != nil {
			t.Fatal(err)
		}
		c := people.Consent{ResidentID: r.ID, TermsID: terms.ID, Language: "fil", IP: "192.0.2.7", UserAgent: strings.Repeat("x", 499) + "é"}
		inTx(t, d, func(ctx context.Context, tx *db.Tx) error { return w.People.Accept(ctx, tx, c) })
		got, err := w.People.Consents(ctx, r.ID)
		if err != nil || len(got) != 1 {
			t.Fatalf("consents %+v, %v", got, err)
		}
		c.ID, c.AcceptedAt, c.UserAgent, c.Version = got[0].ID, w.Clock.Now(), strings.Repeat("x", 499), "1.0"
		if !got[0].AcceptedAt.Equal(c.AcceptedAt) {
			t.Errorf("accepted at %s", got[0].AcceptedAt)
		}
		got[0].AcceptedAt = c.AcceptedAt
		if got[0] != c {
			t.Errorf("consent %+v, want %+v", got[0], c)
		}
		for _, statement := range []string{
			`UPDATE people_consent SET ip = ''`, `DELETE FROM people_consent`, `UPDATE people_terms SET content = 'x'`, `DELETE FROM people_terms`,
		} {
			err := d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		if _, err := w.People.WriteTerms(ctx, w.Actor(w.Admin), newTerms("2", true)); err != nil {
			t.Fatal(err)
		}
		err = d.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return w.People.Accept(ctx, tx, c) })
		wantErr(t, "accept an old text", err, people.ErrTermsChanged)
	})
}

func TestImportTerms(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		r := w.Resident(t, w.Barangays[0])
		then := testkit.Start.AddDate(-1, 0, 0)
		old := people.Terms{ID: db.NewID(), Language: "en", Version: "1.0", Title: "Old", Content: "Old", Active: true, CreatedAt: then, UpdatedAt: then}
		c := people.Consent{ID: db.NewID(), ResidentID: r.ID, TermsID: old.ID, Language: "en", AcceptedAt: then, IP: "::1"}
		bring := func(terms people.Terms) (first, second bool) {
			inTx(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
				if first, err = w.People.ImportTerms(ctx, tx, terms); err != nil {
					return err
				}
				second, err = w.People.ImportConsent(ctx, tx, c)
				return err
			})
			return first, second
		}
		if a, b := bring(old); !a || !b {
			t.Error("not brought over")
		}
		if a, b := bring(old); a || b {
			t.Error("brought over twice")
		}
		now, err := w.People.TermsFor(ctx, "en")
		if err != nil || now.ID != old.ID || !now.UpdatedAt.Equal(then) {
			t.Errorf("the program's text did not give way: %+v, %v", now, err)
		}
		if _, err := w.People.WriteTerms(ctx, w.Actor(w.Admin), newTerms("2", true)); err != nil {
			t.Fatal(err)
		}
		late := old
		late.ID = db.NewID()
		bring(late)
		if got := activeVersions(t, w); got["en"] != "2" {
			t.Errorf("an old text replaced the office's: %v", got)
		}
		list, err := w.People.Consents(ctx, r.ID)
		if err != nil || len(list) != 1 || !list[0].AcceptedAt.Equal(then) {
			t.Errorf("consents %+v, %v", list, err)
		}
	})
}

func inTx(t *testing.T, d *db.DB, f func(context.Context, *db.Tx) error) {
	t.Helper()
	if err := d.InTx(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}
