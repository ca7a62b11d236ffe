package auth_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

// applicant is somebody who fills in the three pages.
type applicant struct {
	t      *testing.T
	w      *testkit.World
	actor  audit.Actor
	secret string
}

func newApplicant(t *testing.T, w *testkit.World) *applicant {
	return &applicant{t: t, w: w, actor: audit.Actor{Kind: audit.Nobody, IP: "203.0.113.9", UserAgent: "Mozilla/5.0"}}
}

func ana() people.NewResident {
	return people.NewResident{
		Username: "Ana.Reyes", FirstName: " Ana ", LastName: "Reyes", Phone: "0917 555 0101", Email: "Ana@Example.com",
		BirthDate: "1990-02-28", Gender: "female", Language: "fil",
	}
}

func (a *applicant) who(family bool, in people.NewResident) {
	a.t.Helper()
	secret, err := a.w.Auth.RegisterWho(a.t.Context(), a.actor, a.secret, family, in, testkit.Password)
	if err != nil {
		a.t.Fatalf("who: %v", err)
	}
	a.secret = secret
}

func (a *applicant) where() {
	a.t.Helper()
	in := people.NewFamily{Name: "Reyes", BarangayID: a.w.Barangays[0].ID, Address: "12 Mabini St."}
	if err := a.w.Auth.RegisterWhere(a.t.Context(), a.actor, a.secret, in); err != nil {
		a.t.Fatalf("where: %v", err)
	}
}

func (a *applicant) join(code string) {
	a.t.Helper()
	for _, sure := range []bool{false, true} {
		if err := a.w.Auth.RegisterFamilyCode(a.t.Context(), a.actor, a.secret, code, sure); err != nil {
			a.t.Fatalf("join: %v", err)
		}
	}
}

// finish is the last page, with the codes that came.
func (a *applicant) finish() auth.Finish {
	a.t.Helper()
	r := a.draft()
	in := auth.Finish{Terms: a.terms("fil").ID, Agreed: true}
	if !r.Phone.Verified {
		in.PhoneCode = a.w.Code(a.t, r.Phone.Address)
	}
	if r.Family && !r.Email.Verified {
		in.EmailCode = a.w.Code(a.t, r.Email.Address)
	}
	return in
}

func (a *applicant) draft() auth.Registration {
	a.t.Helper()
	r, err := a.w.Auth.Registration(a.t.Context(), a.secret)
	if err != nil {
		a.t.Fatalf("draft: %v", err)
	}
	return r
}

func (a *applicant) terms(language string) people.Terms {
	a.t.Helper()
	terms, err := a.w.People.TermsFor(a.t.Context(), language)
	if err != nil {
		a.t.Fatal(err)
	}
	return terms
}

func (a *applicant) register(in auth.Finish) (people.Resident, error) {
	return a.w.Auth.Register(a.t.Context(), a.actor, a.secret, in)
}

func refusedFields(t *testing.T, err error) map[string]string {
	t.Helper()
	e, ok := errs.As(err)
	if !ok || e.Fields == nil {
		t.Fatalf("got %v, want a refused form", err)
	}
	out := map[string]string{}
	for field, text := range e.Fields {
		out[field] = text.Key
	}
	return out
}

func TestRegisterFamily(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		ctx := t.Context()
		elsewhere := w.Staff(t, "elsewhere", auth.OperationsManager, w.Barangays[5])
		a := newApplicant(t, w)
		a.who(true, ana())
		a.where()
		if r := a.draft(); !r.Placed || !r.HasPassword || !r.Phone.Sent || !r.Email.Sent || r.Phone.Verified || r.Who.FirstName != "Ana" ||
			r.Phone.Address != "+639175550101" || r.Email.Address != "ana@example.com" {
			t.Errorf("draft %+v", r)
		}
		in := a.finish()
		r, err := a.register(in)
		if err != nil {
			t.Fatal(err)
		}
		if r.Status != people.Pending || !r.Representative || r.FamilyName != "Reyes" || r.Phone != "+639175550101" || r.Email != "ana@example.com" {
			t.Errorf("resident %+v", r)
		}
		stored, err := w.Auth.Registered(ctx, a.secret)
		if err != nil || stored.ID != r.ID || stored.PhoneVerifiedAt == nil || stored.EmailVerifiedAt == nil || !stored.PhoneVerifiedAt.Equal(w.Clock.Now()) {
			t.Errorf("status %+v, %v", stored, err)
		}
		consents, err := w.People.Consents(ctx, r.ID)
		if err != nil || len(consents) != 1 {
			t.Fatalf("consents %v, %v", consents, err)
		}
		if c := consents[0]; c.TermsID != in.Terms || c.Language != "fil" || c.IP != "203.0.113.9" || c.UserAgent != "Mozilla/5.0" || !c.AcceptedAt.Equal(w.Clock.Now()) || c.RecordedBy.Valid {
			t.Errorf("consent %+v", c)
		}
		_, err = w.Auth.SignInResident(ctx, a.actor, auth.SignIn{Username: "ana.reyes", Password: testkit.Password})
		if !errors.Is(err, auth.ErrPending) {
			t.Errorf("signing in: %v", err)
		}
		told := w.Told(t, r.Phone)
		if len(told) != 2 || told[1].Kind != "resident.received" {
			t.Errorf("told %+v", told)
		}
		notices := func(p auth.Principal) int {
			return count(t, d, `SELECT count(*) FROM notify_notice WHERE audience = 'staff' AND type = 'new_registration' AND subject_id = $1 AND link = $2`,
				p.ID, "/console/residents/"+r.ID.String()+"/")
		}
		if notices(w.Admin) != 1 || notices(w.Manager) != 1 || notices(w.Content)+notices(w.Analyst)+notices(elsewhere) != 0 {
			t.Errorf("notices: admin %d, manager %d, others %d", notices(w.Admin), notices(w.Manager), notices(w.Content)+notices(w.Analyst)+notices(elsewhere))
		}
		if n := count(t, d, `SELECT count(*) FROM auth_flow WHERE data LIKE '%Reyes%'`); n != 0 {
			t.Error("the draft lies readable in the database")
		}
		_, err = a.register(in)
		if !errors.Is(err, auth.ErrFlowOver) {
			t.Errorf("finish again: %v", err)
		}
	})
}

func TestRegisterMember(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		host := w.Resident(t, w.Barangays[2])
		a := newApplicant(t, w)
		in := ana()
		in.Email = ""
		a.who(false, in)
		if err := w.Auth.RegisterFamilyCode(t.Context(), a.actor, a.secret, "NOSUCHFAMILY", true); refusedFields(t, err)["family_code"] == "" {
			t.Errorf("a wrong code: %v", err)
		}
		typed := host.FamilyCode[:4] + "-" + host.FamilyCode[4:8] + " " + host.FamilyCode[8:]
		a.join(typed)
		finish := a.finish()
		finish.ReferralCode = host.ReferralCode
		r, err := a.register(finish)
		if err != nil {
			t.Fatal(err)
		}
		if r.FamilyID != host.FamilyID || r.Representative || r.ReferredByCode != host.ReferralCode || r.EmailVerifiedAt != nil {
			t.Errorf("member %+v", r)
		}
	})
}

// The first page tells everything that is wrong with it, and keeps nothing.
func TestRegisterWhoRefuses(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	w.Resident(t, w.Barangays[0]) // resident1, 0917 0000001
	a := newApplicant(t, w)
	in := people.NewResident{Username: "RESIDENT1", FirstName: "", LastName: "1", Phone: "63 917 000 0001", BirthDate: "2027-01-01", Gender: "x"}
	_, err := w.Auth.RegisterWho(t.Context(), a.actor, "", true, in, "short")
	got := refusedFields(t, err)
	want := map[string]string{
		"username": "error.people.username_taken", "first_name": "form.required", "last_name": "error.people.name_without_letters",
		"phone": "error.people.phone_taken", "email": "form.required", "birth_date": "error.people.birth_date_future", "gender": "form.choose",
		"password": "error.auth.password_short",
	}
	for field, key := range want {
		if got[field] != key {
			t.Errorf("%s: %q, want %q", field, got[field], key)
		}
	}
	if n := count(t, w.DB, `SELECT count(*) FROM auth_flow`); n != 0 {
		t.Errorf("%d drafts", n)
	}
	_, err = w.Auth.RegisterWho(t.Context(), a.actor, "", false, ana(), "")
	if refusedFields(t, err)["password"] != "form.required" {
		t.Errorf("without a password: %v", err)
	}
}

// A draft that is changed keeps the password, unless it was checked against other names.
func TestRegisterWhoAgain(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	ctx := t.Context()
	a := newApplicant(t, w)
	a.who(true, ana())
	in := ana()
	in.BirthDate = ""
	again, err := w.Auth.RegisterWho(ctx, a.actor, a.secret, true, in, "")
	if err != nil || again != a.secret || a.draft().Who.BirthDate != "" {
		t.Errorf("the same draft: %v, %v", again == a.secret, err)
	}
	in.LastName = "Santos"
	_, err = w.Auth.RegisterWho(ctx, a.actor, a.secret, true, in, "")
	if refusedFields(t, err)["password"] != "error.auth.password_again" {
		t.Errorf("other names, old password: %v", err)
	}
	w.Clock.Advance(24*time.Hour + time.Second)
	if _, err := w.Auth.Registration(ctx, a.secret); !errors.Is(err, auth.ErrFlowOver) {
		t.Errorf("a day later: %v", err)
	}
}

// A phone that answered proves nothing about another one.
func TestAnotherPhoneAsksForAnotherCode(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	a := newApplicant(t, w)
	a.who(true, ana())
	a.where()
	in := a.finish()
	in.Agreed = false
	_, err := a.register(in)
	if got := refusedFields(t, err); len(got) != 1 || got["consent"] != "error.auth.consent_missing" {
		t.Errorf("without consent: %v", got)
	}
	if r := a.draft(); !r.Phone.Verified || !r.Email.Verified {
		t.Errorf("the codes were right: %+v", r)
	}
	other := ana()
	other.Phone = "09175550202"
	if _, err := w.Auth.RegisterWho(t.Context(), a.actor, a.secret, true, other, ""); err != nil {
		t.Fatal(err)
	}
	in.Agreed = true
	_, err = a.register(in)
	if got := refusedFields(t, err); got["phone_code"] == "" || got["email_code"] != "" {
		t.Errorf("with another phone: %v", got)
	}
	if err := w.Auth.SendRegistrationCode(t.Context(), a.actor, a.secret, notify.SMS); err != nil {
		t.Fatal(err)
	}
	if r, err := a.register(a.finish()); err != nil || r.Phone != "+639175550202" {
		t.Errorf("registered %s, %v", r.Phone, err)
	}
}

func TestRegisterTellsAllThatIsWrong(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	a := newApplicant(t, w)
	a.who(true, ana())
	if _, err := a.register(auth.Finish{}); !errors.Is(err, auth.ErrNotPlaced) {
		t.Errorf("before the second page: %v", err)
	}
	a.where()
	_, err := a.register(auth.Finish{PhoneCode: "000000", ReferralCode: "NOBODY23", Terms: uuid.New(), Agreed: true})
	want := map[string]string{
		"phone_code": "error.auth.code_wrong", "email_code": "error.auth.code_missing",
		"referral_code": "error.people.referral_code_invalid", "consent": "error.people.terms_changed",
	}
	got := refusedFields(t, err)
	for field, key := range want {
		if got[field] != key {
			t.Errorf("%s: %q, want %q", field, got[field], key)
		}
	}
	if a.draft().Who.ReferralCode != "NOBODY23" {
		t.Error("what was typed is lost")
	}
}

// The code that was sent to one draft is worth nothing to another one of the same phone.
func TestRegistrationCodeIsTheDraftsOwn(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	mine, theirs := newApplicant(t, w), newApplicant(t, w)
	mine.who(true, ana())
	mine.where()
	in := mine.finish()
	theirs.who(true, ana())
	theirs.where() // too soon for another code: none is sent
	_, err := theirs.register(in)
	if got := refusedFields(t, err); got["phone_code"] != "error.auth.code_wrong" || got["email_code"] != "error.auth.code_wrong" {
		t.Errorf("another draft's codes: %v", got)
	}
	if _, err := mine.register(in); err != nil {
		t.Errorf("my own: %v", err)
	}
}

func TestTermsThatChangeAreAskedForAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := testkit.NewWorld(t, d)
		a := newApplicant(t, w)
		a.who(true, ana())
		a.where()
		in := a.finish()
		long := strings.Repeat("Something new. ", 10)
		text := map[string]string{"en": long, "fil": long}
		_, err := w.People.WriteTerms(t.Context(), w.Actor(w.Admin), people.NewTerms{Version: "2", Title: map[string]string{"en": "T", "fil": "T"}, Content: text, Activate: true})
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.register(in)
		if refusedFields(t, err)["consent"] != "error.people.terms_changed" {
			t.Errorf("old terms: %v", err)
		}
		in = a.finish()
		r, err := a.register(in)
		if err != nil {
			t.Fatal(err)
		}
		consents, err := w.People.Consents(t.Context(), r.ID)
		if err != nil || len(consents) != 1 || consents[0].TermsID != in.Terms {
			t.Errorf("consents %+v, %v", consents, err)
		}
	})
}

func TestRegistrationIsCapped(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	a := newApplicant(t, w)
	a.who(true, ana())
	tooOften := 0
	for n := range 130 {
		a.actor.IP = fmt.Sprintf("2001:db8::%x", n) // one home's /64
		err := w.Auth.RegisterFamilyCode(t.Context(), a.actor, a.secret, "AAAABBBBCCCC", false)
		if errors.Is(err, auth.ErrTooOften) {
			tooOften++
		}
	}
	if tooOften != 10 {
		t.Errorf("%d of 130 refused, want 10", tooOften)
	}
	w.Clock.Advance(time.Hour)
	if _, err := w.Auth.RegisterWho(t.Context(), a.actor, a.secret, true, ana(), ""); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

func TestTaken(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	r := w.Applicant(t, w.Barangays[0])
	a := newApplicant(t, w)
	ask := func(want bool, phone string) {
		t.Helper()
		if got, err := w.Auth.PhoneTaken(t.Context(), a.actor, phone); got != want || err != nil {
			t.Errorf("%s: %v, %v", phone, got, err)
		}
	}
	ask(true, "0917 000 0001")
	ask(true, r.Phone)
	ask(false, "09170000002")
	ask(false, "nonsense")
	if _, err := w.People.Reject(t.Context(), w.Actor(w.Admin), people.City, r.ID, "not of this city"); err != nil {
		t.Fatal(err)
	}
	ask(false, r.Phone)
	for range 60 {
		_, _ = w.Auth.EmailTaken(t.Context(), a.actor, "x@example.com") // counted below
	}
	if _, err := w.Auth.EmailTaken(t.Context(), a.actor, "x@example.com"); !errors.Is(err, auth.ErrTooOften) {
		t.Errorf("after 60: %v", err)
	}
}

func TestDropRegistration(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	a := newApplicant(t, w)
	a.who(true, ana())
	if err := w.Auth.DropRegistration(t.Context(), a.secret); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Auth.Registration(t.Context(), a.secret); !errors.Is(err, auth.ErrFlowOver) {
		t.Errorf("dropped: %v", err)
	}
}
