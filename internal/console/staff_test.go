package console_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/auth"
	"ekolek/internal/console"
	"ekolek/internal/db"
	"ekolek/internal/report"
	"ekolek/internal/testkit"
	"ekolek/internal/web"
)

const fresh = "mangga sa umaga 7" // a password that the policy takes

// safeBuffer is a log that requests write to at once.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// newLoggedOffice is an office whose program logs everything that it logs at all.
func newLoggedOffice(t *testing.T, d *db.DB) (*office, *safeBuffer) {
	t.Helper()
	o, log := newOffice(t, d), &safeBuffer{}
	c := console.New(console.Deps{Files: o.Files, Auth: o.Auth, Notify: o.Notify, Approval: o.Approval, Queue: o.Queue, People: o.People, Collection: o.collection, Rewards: o.rewards, Schedule: o.schedule,
		Report: report.New(o.DB, o.People, o.Clock.Now), Now: o.Clock.Now})
	srv := web.New(web.Options{Debug: true, Hosts: []string{"*"}, SecretKey: []byte("test"), Now: o.Clock.Now, PrincipalOf: o.Auth.PrincipalOf,
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	srv.Mount(c.Surface(), c.Routes())
	ts := httptest.NewServer(srv.Handler())
	t.Cleanup(ts.Close)
	o.url = ts.URL
	return o, log
}

// staffNamed finds a member of staff by username.
func (o *office) staffNamed(username string) auth.Staff {
	o.t.Helper()
	list, err := o.Auth.StaffList(o.t.Context())
	must(o.t, err)
	for _, st := range list {
		if st.Username == username {
			return st
		}
	}
	o.t.Fatalf("there is no %s", username)
	return auth.Staff{}
}

// temporary is the password that an answer shows, after a look that it stands there once,
// in no header, and that nobody may keep the page.
func temporary(t *testing.T, a testkit.Answer) string {
	t.Helper()
	a.Is(http.StatusOK)
	password := a.Text("#temporary")
	if len(password) != len("ABCDE-ABCDE-ABCDE-ABCDE") || strings.Count(a.Body, password) != 1 {
		t.Fatalf("the page shows %q %d times", password, strings.Count(a.Body, password))
	}
	for name, values := range a.Header {
		if strings.Contains(strings.Join(values, " "), password) {
			t.Errorf("the password stands in the header %s", name)
		}
	}
	if got := a.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
		t.Errorf("Cache-Control is %q", got)
	}
	return password
}

// shownNowhere fails when a password stands on a page, in the audit trail or in the log.
func (o *office) shownNowhere(b *testkit.Browser, log *safeBuffer, password string, pages ...string) {
	o.t.Helper()
	for _, page := range pages {
		if strings.Contains(b.Get(page).Is(http.StatusOK).Body, password) {
			o.t.Errorf("%s shows the temporary password", page)
		}
	}
	if strings.Contains(log.String(), password) {
		o.t.Error("the log holds the temporary password")
	}
	var n int
	must(o.t, o.DB.QueryRowContext(o.t.Context(), `SELECT count(*) FROM audit_event WHERE details LIKE $1 OR target_name LIKE $2`,
		"%"+password+"%", "%"+password+"%").Scan(&n))
	if n != 0 {
		o.t.Errorf("%d lines of the audit trail hold the temporary password", n)
	}
}

func TestHireStaff(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o, log := newLoggedOffice(t, d)
		b := o.as("admin")
		hire, here := "/console/staff/new/", o.Barangays[3]
		if n := b.Get(hire).Is(http.StatusOK).Find(`.for-operations input[name="barangays"]`).Length(); n != 27 {
			t.Errorf("%d barangays to choose from", n)
		}
		a := b.Post(hire, "full_name", "", "username", "li za", "email", "no", "role", "mayor", "barangays", here.ID.String())
		a.Refuses("full_name", "username", "email", "role").Value("#username", "li za").Value("#email", "no")
		if a.Find(`input[name="barangays"][checked]`).AttrOr("value", "") != here.ID.String() {
			t.Error("the chosen barangay is no longer chosen")
		}
		in := []string{"full_name", "Liza Reyes", "username", "liza.reyes", "email", "liza@example.com", "role", "operations_manager"}
		a = b.Post(hire, append(in, "barangays", uuid.NewString())...)
		a.Refuses("barangays").Value("#full_name", "Liza Reyes")
		if a.Find(`input[name="role"][checked]`).AttrOr("value", "") != "operations_manager" {
			t.Error("the chosen role is no longer chosen")
		}
		b.Post(hire, append(in, "barangays", "not-an-id")...).Refuses("barangays")

		password := temporary(t, b.Post(hire, append(in, "barangays", here.ID.String())...))
		liza := o.staffNamed("liza.reyes")
		page := "/console/staff/" + liza.ID.String() + "/"
		o.shownNowhere(b, log, password, "/console/staff/", page, hire, "/console/audit/", "/console/")
		b.Post(hire, in...).Refuses("username", "email").Value("#username", "liza.reyes")
		b.Get("/console/staff/").Has(".dtable", "Liza Reyes").Has(".dtable", here.Name).Has(".dtable", "Operations manager").Has(".dtable", "Never")
		b.Get(page).Has("h1", "Liza Reyes").Has(".facts", here.Name).Has(".facts", "liza@example.com")

		l := testkit.NewBrowser(t, o.url)
		l.Post("/console/login/", "username", "liza.reyes", "password", password).Is(http.StatusSeeOther)
		l.Get("/console/residents/").LeadsTo("/console/password/")
		l.Post("/console/password/", "current_password", password, "new_password", fresh, "again", fresh).LeadsTo("/console/")
		l.Get("/console/residents/").Is(http.StatusOK)
		l.Get("/console/staff/").Is(http.StatusForbidden)
	})
}

func TestEditStaff(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("admin")
		page := "/console/staff/" + o.Manager.ID.String() + "/"
		a := b.Get(page+"edit/").Is(http.StatusOK).Value("#full_name", "Staff manager")
		if n := a.Find(`input[name="barangays"][checked]`).Length(); n != 2 || a.Find("#username").Length() != 0 {
			t.Errorf("%d barangays are chosen, %d usernames to change", n, a.Find("#username").Length())
		}
		b.Post(page+"edit/", "full_name", "", "email", "no", "role", "operations_manager").Refuses("full_name", "email").Value("#email", "no")
		b.Post(page+"edit/", "full_name", "Rodel Cruz", "role", "operations_manager").LeadsTo(page)
		b.Get(page).Has("h1", "Rodel Cruz").Has(".notice", "No barangay is assigned")
		o.as("manager").Get("/console/residents/").Is(http.StatusOK)
		b.Post(page+"edit/", "full_name", "Rodel Cruz", "role", "security_analyst", "barangays", o.Barangays[0].ID.String()).LeadsTo(page)
		b.Get(page).Has(".facts", "Security analyst").Has(".facts", "Whole city")
		o.as("manager").Get("/console/residents/").Is(http.StatusForbidden)

		last := "/console/staff/" + o.Admin.ID.String() + "/edit/"
		b.Post(last, "full_name", "Staff admin", "role", "security_analyst").Is(http.StatusUnprocessableEntity).Has("#errors", "last super administrator")
		b.Get("/console/staff/" + uuid.NewString() + "/").Is(http.StatusNotFound)
		b.Get("/console/staff/not-an-id/edit/").Is(http.StatusNotFound)
	})
}

func TestSuspendStaff(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b, m := o.as("admin"), o.as("manager")
		page := "/console/staff/" + o.Manager.ID.String() + "/"
		b.Get(page+"suspend/").Is(http.StatusOK).Has("h1", "Suspend Staff manager?")
		b.Post(page+"suspend/", "reason", "short").Refuses("reason").Value("#reason", "short")
		b.Post(page+"suspend/", "reason", "Left the office in May").LeadsTo(page)
		b.Get(page).Has(".notice-clay", "Left the office in May")
		b.Get("/console/staff/").Has(".dtable", "Suspended")
		m.Get("/console/").LeadsTo("/console/login/?next=%2Fconsole%2F")
		b.Post(page+"suspend/", "reason", "Left the office in May").Is(http.StatusUnprocessableEntity).Value("#reason", "Left the office in May")

		b.Get(page + "reactivate/").Is(http.StatusOK)
		b.Post(page + "reactivate/").LeadsTo(page)
		b.Post(page + "reactivate/").Is(http.StatusUnprocessableEntity)
		o.as("manager").Get("/console/").Is(http.StatusOK)

		own := "/console/staff/" + o.Admin.ID.String() + "/"
		b.Get(own).Has("main", "Change password").Lacks("main", "Suspend")
		b.Post(own+"suspend/", "reason", "I have had enough of it").Is(http.StatusUnprocessableEntity).Has("#errors", "your own account")
		b.Post(own+"password/").Is(http.StatusUnprocessableEntity).Has("#errors", "your own password")
		b.Get("/console/").Is(http.StatusOK)
	})
}

func TestUnlockStaff(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b, m := o.as("admin"), testkit.NewBrowser(t, o.url)
		page := "/console/staff/" + o.Manager.ID.String() + "/"
		b.Get(page).Is(http.StatusOK).Lacks("main", "Unlock")
		b.Post(page+"unlock/").Is(http.StatusUnprocessableEntity).Has("#errors", "not locked any more")
		for range 5 {
			m.Post("/console/login/", "username", "manager", "password", "mali mali mali")
		}
		b.Get(page).Has(".notice-sun", "Locked after several failed logins").Has("main", "Unlock")
		b.Get(page+"unlock/").Is(http.StatusOK).Sound(page+"unlock/").Has("h1", "Unlock the account of Staff manager?")
		b.Post(page + "unlock/").LeadsTo(page)
		b.Get(page).Has(".notice", "Staff manager can log in again").Lacks("main", "Unlock")
		m.Post("/console/login/", "username", "manager", "password", testkit.Password).Is(http.StatusSeeOther)
		m.Get("/console/notices/").Has(".told", "Staff admin unlocked your account")
		m.Post(page + "unlock/").Is(http.StatusForbidden)
	})
}

func TestResetStaffPassword(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o, log := newLoggedOffice(t, d)
		b, m := o.as("admin"), o.as("manager")
		page := "/console/staff/" + o.Manager.ID.String() + "/"
		b.Get(page+"password/").Is(http.StatusOK).Has("h1", "Reset the password of Staff manager?")
		password := temporary(t, b.Post(page+"password/"))
		o.shownNowhere(b, log, password, page, page+"password/", "/console/staff/", "/console/audit/?target="+o.Manager.ID.String())
		m.Get("/console/").LeadsTo("/console/login/?next=%2Fconsole%2F")
		m.Post("/console/login/", "username", "manager", "password", testkit.Password).Is(http.StatusUnprocessableEntity)
		m.Post("/console/login/", "username", "manager", "password", password).Is(http.StatusSeeOther)
		m.Get("/console/").LeadsTo("/console/password/")
	})
}

func TestStaffPagesAreForSuperAdmins(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	page := "/console/staff/" + o.Manager.ID.String() + "/"
	for _, username := range []string{"content", "manager", "analyst"} {
		b := o.as(username)
		if b.Get("/console/").Find(`a[href="/console/staff/"]`).Length() != 0 {
			t.Errorf("%s sees staff in the menu", username)
		}
		for _, path := range []string{"/console/staff/", "/console/staff/new/", page, page + "edit/", page + "suspend/", page + "reactivate/", page + "password/"} {
			b.Get(path).Is(http.StatusForbidden)
		}
		for _, path := range []string{"/console/staff/new/", page + "edit/", page + "suspend/", page + "reactivate/", page + "password/"} {
			b.Post(path).Is(http.StatusForbidden)
		}
	}
}

func TestSetResidentPassword(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		b := o.as("manager")
		r, elsewhere, waiting := o.Resident(t, o.Barangays[0]), o.Resident(t, o.Barangays[9]), o.Applicant(t, o.Barangays[0])
		home := "/console/residents/" + r.ID.String() + "/"
		old := o.SignIn(t, r.Username)
		b.Get(home).Has("main", "Set a password")
		b.Get(home+"password/").Is(http.StatusOK).Has("h1", r.FullName)
		b.Post(home+"password/", "password", fresh, "again", "another one entirely").Refuses("again").Value("#password", "")
		b.Post(home+"password/", "password", "short", "again", "short").Refuses("password").Value("#again", "")
		b.Post(home+"password/", "password", "resident1 resident1", "again", "resident1 resident1").Refuses("password")
		b.Post(home+"password/", "password", fresh, "again", fresh).LeadsTo(home)
		b.Get(home).Has(".notice", r.FullName+" has a new password")
		if _, err := o.Auth.PrincipalOf(t.Context(), auth.ResidentSurface, old); err == nil {
			t.Error("the resident's old sign-in goes on")
		}
		o.Clock.Advance(time.Minute) // until another code may be sent
		if _, err := o.Enter(t, r.Username, fresh); err != nil {
			t.Errorf("with the new password: %v", err)
		}
		trail := o.as("admin").Get("/console/audit/?action=resident.password&target=" + r.ID.String())
		trail.Has(".dtable", "Staff manager")
		if strings.Contains(trail.Body, fresh) {
			t.Error("the trail shows the password")
		}

		b.Get("/console/residents/" + elsewhere.ID.String() + "/password/").Is(http.StatusForbidden)
		b.Post("/console/residents/"+elsewhere.ID.String()+"/password/", "password", fresh, "again", fresh).Is(http.StatusForbidden)
		b.Get("/console/residents/"+waiting.ID.String()+"/").Lacks("main", "Set a password")
		b.Post("/console/residents/"+waiting.ID.String()+"/password/", "password", fresh, "again", fresh).Is(http.StatusConflict)
		o.as("content").Post(home+"password/", "password", fresh, "again", fresh).Is(http.StatusForbidden)
	})
}

func TestStaffPagesSpeakTagalog(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	o.Staff(t, "collector", auth.OperationsManager, o.Barangays[:4]...)
	r := o.Resident(t, o.Barangays[0])
	b := o.as("admin")
	b.Lang = "fil"
	b.Get("/console/staff/").Has("h1", "Mga kawani").Has(".dtable", "Tagapamahala ng operasyon").Has(".dtable", "at 2 pa")
	page := "/console/staff/" + o.Manager.ID.String() + "/"
	for _, path := range []string{"/console/staff/", "/console/staff/new/", page, page + "edit/", page + "suspend/", page + "reactivate/", page + "password/",
		"/console/residents/" + r.ID.String() + "/password/"} {
		a := b.Get(path).Is(http.StatusOK)
		for _, word := range strings.Fields(a.Text("body")) {
			if strings.HasPrefix(word, "staff.") || strings.HasPrefix(word, "resident.") || strings.HasPrefix(word, "console.") {
				t.Errorf("%s shows the key %s", path, word)
			}
		}
	}
	temporary(t, b.Post(page+"password/").Has("h1", "Pansamantalang password"))
}
