package console_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ekolek/internal/db"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

var paper = []byte("%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n")

// A document is attached to a text, refused beside its field when it is none, and gives
// way to a newer one; what was stored before stays.
func TestTermsPaper(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("admin")
		active, err := o.People.ActiveTerms(t.Context())
		must(t, err)
		text := "/console/terms/" + active[people.English].ID.String() + "/"
		b.Get(text).Has("main", "Attach a document").Lacks("main", "Download as")
		b.Get(text+"paper/").Is(http.StatusOK).Sound(text+"paper/").Has("h1", "English").Lacks("main", "already")
		for name, c := range map[string]struct {
			name    string
			content []byte
			words   string
		}{
			"none":      {"", nil, "empty"},
			"a program": {"terms.pdf", []byte("MZ"), "Choose a PDF"},
			"a page":    {"terms.html", []byte("<script>"), "Choose a PDF"},
			"too large": {"terms.pdf", bytes.Repeat([]byte("%PDF-1.7\n%%EOF\n"), 1<<20), "larger than 10 MB"},
			"misnamed":  {"terms.exe", paper, ".pdf"},
		} {
			b.PostFile(text+"paper/", "file", c.name, c.content).Refuses("file").Has("#file-error", c.words)
			if t.Failed() {
				t.Fatal(name)
			}
		}
		b.PostFile(text+"paper/", "file", "Tuntunin.pdf", paper).LeadsTo(strings.TrimSuffix(text, "/") + "/")
		b.Get(text).Has(".notice", "attached").Has("main", "Download as PDF (1 KB)")
		b.Get(text+"paper/").Has("main", "attached already")
		b.PostFile(text+"paper/", "file", "Tuntunin 2.pdf", append(paper, '\n')).Is(http.StatusSeeOther)
		now, err := o.People.TermsFor(t.Context(), people.English)
		must(t, err)
		if now.Paper == nil || now.Paper.Name != "Tuntunin 2.pdf" {
			t.Errorf("paper %+v", now.Paper)
		}
		if other := active[people.Tagalog]; other.Paper != nil {
			t.Error("the other language has a paper too")
		}
		if page, err := o.Files.List(t.Context(), ""); err != nil || len(page.Rows) != 2 {
			t.Errorf("%d files are kept, %v", len(page.Rows), err)
		}
		b.Get("/console/audit/").Has(".dtable", "Attached a document to terms")
		o.as("manager").PostFile(text+"paper/", "file", "x.pdf", paper).Is(http.StatusForbidden)
		o.noDraftsLeft(t)
	})
}

func (o *office) noDraftsLeft(t *testing.T) {
	t.Helper()
	page, err := o.Files.List(t.Context(), "")
	must(t, err)
	media := filepath.Dir(filepath.Dir(o.FileOf(page.Rows[0])))
	left, err := os.ReadDir(filepath.Join(media, "tmp"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
}

// D-17, INC-20: a storage that takes nothing is told on the form; nothing is attached.
func TestTermsPaperWithoutStorage(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	b := o.as("admin")
	active, err := o.People.ActiveTerms(t.Context())
	must(t, err)
	text := "/console/terms/" + active[people.English].ID.String() + "/"
	must(t, o.Files.Close()) // its folder can be reached no more
	b.PostFile(text+"paper/", "file", "x.pdf", paper).Is(http.StatusInsufficientStorage).Has("#file-error", "no room")
	now, err := o.People.TermsFor(t.Context(), people.English)
	if err != nil || now.Paper != nil {
		t.Errorf("paper %+v, %v", now.Paper, err)
	}
}
