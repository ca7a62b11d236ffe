package console_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"ekolek/internal/errs"
	"ekolek/internal/files"
	"ekolek/internal/rewards"
	"ekolek/internal/testkit"
	"ekolek/internal/web/i18n"
)

// Every bad picture is refused by the item's own form, beside its field, in words, and
// leaves neither a row nor a byte.
func TestBadPicturesAreRefusedByTheForm(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	item, err := o.rewards.SaveItem(t.Context(), o.Actor(o.Admin), rewards.ItemForm{Name: "Rice", Price: 1000, Active: true})
	must(t, err)
	b, path := o.as("content"), "/console/rewards/"+item.String()+"/picture/"
	media := filepath.Dir(filepath.Dir(o.FileOf(files.File{Key: "aa/b"})))
	for _, c := range testkit.BadPictures(t) {
		a := b.PostFile(path, "file", c.Name, c.Content)
		if a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: status %d", c.What, a.Status)
			continue
		}
		want, _, _ := strings.Cut(i18n.In("en", errs.T(c.Says)), "{{")
		if got := a.Text("#picture .field-error"); !strings.Contains(got, strings.Fields(want)[0]) || got == "" {
			t.Errorf("%s: says %q, want %q", c.What, got, want)
		}
	}
	for _, table := range []string{"files_file", "files_stray"} {
		if n := o.countOf("SELECT count(*) FROM " + table); n != 0 {
			t.Errorf("%s has %d rows", table, n)
		}
	}
	left, err := filepath.Glob(filepath.Join(media, "*", "*"))
	must(t, err)
	if len(left) > 0 {
		t.Errorf("left are %v", left)
	}
	b.PostFile(path, "file", "bigas.png", testkit.APicture(t)).LeadsTo("/console/rewards/" + item.String() + "/")
	if n := o.countOf("SELECT count(*) FROM files_file"); n != 2 {
		t.Errorf("an honest picture became %d files", n)
	}
}
