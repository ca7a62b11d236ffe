package uploads_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/console"
	"ekolek/internal/db"
	"ekolek/internal/files"
	"ekolek/internal/mobile"
	"ekolek/internal/people"
	"ekolek/internal/site"
	"ekolek/internal/testkit"
	"ekolek/internal/web"
	"ekolek/internal/web/uploads"
)

var pdf = []byte("%PDF-1.7\n" + strings.Repeat("1 0 obj <<>> endobj\n", 100) + "%%EOF\n")

// shelf is a site with files of every class.
type shelf struct {
	*testkit.World
	t   *testing.T
	url string
}

func newShelf(t *testing.T, d *db.DB) *shelf {
	w := testkit.NewWorld(t, d)
	s := &shelf{World: w, t: t}
	s.url = w.Serve(t, func(srv *web.Server) {
		residents := site.New(site.Deps{Auth: w.Auth, People: w.People, Notify: w.Notify, Now: w.Clock.Now})
		srv.Mount(residents.Surface(), residents.Routes())
		office := console.New(console.Deps{Auth: w.Auth, People: w.People, Notify: w.Notify, Approval: w.Approval, Now: w.Clock.Now})
		srv.Mount(office.Surface(), office.Routes())
		phones := mobile.New(mobile.Deps{Auth: w.Auth, People: w.People, Notify: w.Notify, Now: w.Clock.Now})
		srv.Mount(phones.Residents(), phones.ResidentRoutes())
		u := uploads.New(w.Files)
		srv.Mount(u.Surface(), u.Routes())
	})
	return s
}

// put keeps a file of a class.
func (s *shelf) put(access files.Access, owner uuid.UUID, former string) files.File {
	s.t.Helper()
	kind := files.TermsPaper
	kind.Access, kind.Permission = access, ""
	if access == files.Family || access == files.Staff {
		kind.Permission = string(auth.ManageResidents)
	}
	f, err := s.Files.Put(s.t.Context(), audit.Command("test"), files.Upload{Kind: kind, Name: "Tuntunin ñ.pdf", Content: bytes.NewReader(pdf), OwnerID: owner, FormerPath: former})
	must(s.t, err)
	must(s.t, s.DB.InTx(s.t.Context(), func(ctx context.Context, tx *db.Tx) error { return s.Files.Keep(ctx, tx, f) }))
	return f
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Every class of access × everybody who may come. To whom a file is not for, it is not
// there.
func TestWhoMayRead(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d)
		owner, other := s.Resident(t, s.Barangays[0]), s.Resident(t, s.Barangays[0])
		visitors := map[string]*testkit.Browser{"nobody": s.Browser(t, s.url)}
		for _, r := range []struct{ name, page, username string }{
			{"owner", "/login/", owner.Username}, {"member", "/login/", s.Member(t, owner).Username}, {"other", "/login/", other.Username},
			{"manager", "/console/login/", "manager"}, {"analyst", "/console/login/", "analyst"},
		} {
			visitors[r.name] = s.Browser(t, s.url).SignIn(r.page, r.username)
		}
		for access, may := range map[files.Access]string{
			files.Public:   "nobody owner member other manager analyst",
			files.Resident: "owner member other",
			files.Family:   "owner member manager",
			files.Staff:    "manager",
		} {
			path := s.put(access, owner.FamilyID, "").Path()
			for name, b := range visitors {
				want := http.StatusNotFound
				if strings.Contains(" "+may+" ", " "+name+" ") {
					want = http.StatusOK
				}
				a := b.Get(path)
				if a.Status != want {
					t.Errorf("%s, %s: status %d, want %d", access, name, a.Status, want)
				}
				if public := strings.Contains(a.Header.Get("Cache-Control"), "public"); public != (access == files.Public) && want == http.StatusOK {
					t.Errorf("%s: Cache-Control %q", access, a.Header.Get("Cache-Control"))
				}
			}
		}
	})
}

func (s *shelf) ask(method, path string, header ...string) (*http.Response, string) {
	s.t.Helper()
	req, err := http.NewRequest(method, s.url+path, nil)
	must(s.t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	must(s.t, err)
	body, err := io.ReadAll(res.Body)
	must(s.t, err)
	must(s.t, res.Body.Close())
	return res, string(body)
}

// H-15, H-16: what an answer says of a stranger's bytes.
func TestAnswer(t *testing.T) {
	s := newShelf(t, testkit.DB(t))
	f := s.put(files.Public, uuid.Nil, "terms_documents/old name.pdf")
	res, body := s.ask("GET", f.Path())
	if res.StatusCode != 200 || body != string(pdf) {
		t.Fatalf("status %d, %d bytes", res.StatusCode, len(body))
	}
	for name, want := range map[string]string{
		"Content-Type":                 files.PDF,
		"X-Content-Type-Options":       "nosniff",
		"Content-Security-Policy":      "default-src 'none'; sandbox",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Content-Disposition":          `attachment; filename="tuntunin.pdf"; filename*=UTF-8''Tuntunin%20%C3%B1.pdf`,
		"Cache-Control":                "public, max-age=31536000, immutable",
		"Etag":                         `"` + f.SHA256 + `"`,
		"Content-Encoding":             "",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if res, _ := s.ask("GET", f.Path(), "If-None-Match", `"`+f.SHA256+`"`); res.StatusCode != http.StatusNotModified {
		t.Errorf("the same again: status %d", res.StatusCode)
	}
	if res, body := s.ask("GET", f.Path(), "Range", "bytes=9-18"); res.StatusCode != http.StatusPartialContent || body != string(pdf[9:19]) {
		t.Errorf("a part: status %d, %q", res.StatusCode, body)
	}
	if res, _ := s.ask("GET", f.Path(), "Range", "bytes=999999-"); res.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("a part beyond the end: status %d", res.StatusCode)
	}
	if res, body := s.ask("HEAD", f.Path()); res.StatusCode != 200 || body != "" || res.ContentLength != f.Size {
		t.Errorf("HEAD: status %d, length %d", res.StatusCode, res.ContentLength)
	}
	if res, body := s.ask("GET", "/media/terms_documents/old%20name.pdf"); res.StatusCode != 200 || body != string(pdf) {
		t.Errorf("the former address: status %d", res.StatusCode)
	}
	for _, path := range []string{
		"/media/" + f.ID.String() + "/other.html", "/media/" + uuid.NewString() + "/tuntunin.pdf", "/media/x/y", "/media/reward_images/none.png",
		"/media/terms_documents/..%2f..%2fekolek.sqlite3", "/media/", "/media/reward_images/",
	} {
		if res, _ := s.ask("GET", path); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d", path, res.StatusCode)
		}
	}
	if res, _ := s.ask("POST", f.Path()); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", res.StatusCode)
	}
}

// F-37: a damaged file is a failure that nobody keeps, with the page's own headers.
func TestDamagedFile(t *testing.T) {
	s := newShelf(t, testkit.DB(t))
	f := s.put(files.Public, uuid.Nil, "")
	must(t, os.WriteFile(s.FileOf(f), bytes.Repeat([]byte("x"), len(pdf)), 0o600))
	res, body := s.ask("GET", f.Path())
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Etag") != "" || strings.Contains(body, "xxxx") {
		t.Errorf("status %d, %v", res.StatusCode, res.Header)
	}
}

// Anybody may read the document; the phone apps find it where the reference had it.
func TestTermsPaperIsPublic(t *testing.T) {
	w := newShelf(t, testkit.DB(t))
	active, err := w.People.ActiveTerms(t.Context())
	must(t, err)
	_, err = w.People.AttachPaper(t.Context(), w.Actor(w.Admin), active[people.Tagalog].ID, "tuntunin.pdf", bytes.NewReader(pdf))
	must(t, err)
	_, err = w.People.AttachPaper(t.Context(), w.Actor(w.Admin), db.NewID(), "x.pdf", bytes.NewReader(pdf))
	if !errors.Is(err, people.ErrTermsNotFound) {
		t.Errorf("%v", err)
	}
	b := testkit.NewBrowser(t, w.url)
	var told struct {
		Terms map[string]struct {
			FileURL *string `json:"file_url"`
		}
	}
	must(t, json.Unmarshal([]byte(b.Get("/api/terms/active/").Body), &told))
	if told.Terms["english"].FileURL != nil || told.Terms["tagalog"].FileURL == nil {
		t.Fatalf("%+v", told)
	}
	if a := b.Get(*told.Terms["tagalog"].FileURL).Is(http.StatusOK); a.Body != string(pdf) {
		t.Error("another document")
	}
	b.Lang = "fil"
	if a := b.Get("/terms/").Is(http.StatusOK).Sound("/terms/"); a.Find(`a[download]`).AttrOr("href", "") != *told.Terms["tagalog"].FileURL {
		t.Error("the page of terms has no link to the document")
	}
}
