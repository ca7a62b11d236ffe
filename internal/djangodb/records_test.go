package djangodb_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/db"
	"ekolek/internal/djangodb"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
)

func consentID(n byte) uuid.UUID {
	id := uuid.MustParse("00000c05-0000-4000-8000-000000000000")
	id[15] = n
	return id
}

// The terms in force there are in force here; who accepted which text, when, from where
// is kept.
func TestOddTermsAndConsents(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newCity(t, d)
		if err := c.people.LoadTerms(t.Context()); err != nil { // as `ekolek migrate` does
			t.Fatal(err)
		}
		c.bring(t, openDump(t, oddDump), true)
		active, err := c.people.ActiveTerms(t.Context())
		if err != nil || len(active) != 2 || active[people.English].ID != refID("7e", 2) || active[people.Tagalog].Content != "Mga salitang Tagalog ñ." {
			t.Errorf("in force are %+v (%v)", active, err)
		}
		old, err := c.people.TermsByID(t.Context(), refID("7e", 1))
		if err != nil || old.Content != "Old English words.\n\nA second paragraph \\ with a backslash." || old.Active {
			t.Errorf("the old text is %+v (%v)", old, err)
		}
		type line struct {
			Terms    uuid.UUID
			Language string
			At       string
			IP       string
			Agent    string
		}
		lines := func(resident uuid.UUID) (out []line) {
			list, err := c.people.Consents(t.Context(), resident)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range list {
				out = append(out, line{x.TermsID, x.Language, x.AcceptedAt.Format(time.DateTime), x.IP, x.UserAgent})
			}
			return out
		}
		want := []line{
			{refID("7e", 3), "fil", "2025-03-01 01:02:03", "203.0.113.7", "Mozilla/5.0 (Linux; Android 9)"},
			{refID("7e", 2), "en", "2025-03-01 01:02:03", "203.0.113.7", "Mozilla/5.0 (Linux; Android 9)"},
		}
		if diff := cmp.Diff(want, lines(refID("05", 1))); diff != "" {
			t.Errorf("ana's consents, -want +got:\n%s", diff)
		}
		got := lines(refID("05", 2))
		if len(got) != 2 || !slices.ContainsFunc(got, func(l line) bool { return l.Terms == refID("7e", 1) && l.IP == "203.0.113.8" }) ||
			!slices.ContainsFunc(got, func(l line) bool { return l.Terms == refID("7e", 2) && l.IP == "" }) {
			t.Errorf("josé's consents are %+v", got)
		}
	})
}

// Terms that the office has written here stay in force.
func TestTermsWrittenHereStay(t *testing.T) {
	c := newCity(t, testkit.DB(t))
	hepe, err := c.auth.CreateStaff(t.Context(), audit.Command("test"), auth.NewStaff{
		Username: "hepe", FullName: "Bagong Hepe", Role: auth.SuperAdmin, Password: "tatlong itlog sa basket",
	})
	if err != nil {
		t.Fatal(err)
	}
	err = c.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO people_terms (id, language, version, title, content, active, created_by, created_at, updated_at)
			VALUES ($1, 'en', '9', 'Ours', 'Ours', TRUE, $2, $3, $4)`, db.NewID(), hepe.ID, db.At(testClock), db.At(testClock))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	c.bring(t, openDump(t, oddDump), true)
	active, err := c.people.ActiveTerms(t.Context())
	if err != nil || active[people.English].Version != "9" || active[people.Tagalog].Version != "2.0" {
		t.Errorf("in force are %+v (%v)", active, err)
	}
}

func TestOddLogins(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newCity(t, d)
		c.bring(t, openDump(t, oddDump), true)
		type line struct {
			Success bool
			Reason  string
			Way     auth.Way
			IP      string
		}
		want := map[byte][]line{
			1: {{true, "", auth.WayCode, "203.0.113.7"}, {false, auth.BadCredentials, auth.WayPassword, "203.0.113.7"}},
			3: {{false, auth.CodeWrong, auth.WayCode, "2001:db8::7"}},
			6: {{false, auth.IsSuspended, auth.WayCard, ""}},
			2: {{false, auth.OtherReason, auth.WayPassword, "203.0.113.7"}},
		}
		for n, w := range want {
			page, err := c.auth.Logins(t.Context(), refID("05", n), "", 10)
			if err != nil {
				t.Fatal(err)
			}
			var got []line
			for _, l := range page.Rows {
				got = append(got, line{l.Success, l.Reason, l.Way, l.IP})
			}
			if diff := cmp.Diff(w, got); diff != "" {
				t.Errorf("resident %d, -want +got:\n%s", n, diff)
			}
		}
		if n := countRows(t, d, "auth_login WHERE subject_id IS NULL"); n != 2 {
			t.Errorf("%d attempts of nobody, want 2", n)
		}
	})
}

// What the old system had seen proved is proved: a phone that a code had reached, and a
// referral that was paid.
func TestOddMarks(t *testing.T) {
	c := newCity(t, testkit.DB(t))
	c.bring(t, openDump(t, oddDump), true)
	for n, want := range map[byte]struct{ phone, paid bool }{1: {phone: true}, 2: {}, 3: {}, 6: {paid: true}} {
		r, err := c.people.ResidentByID(t.Context(), people.City, refID("05", n))
		if err != nil {
			t.Fatal(err)
		}
		if (r.PhoneVerifiedAt != nil) != want.phone || (r.ReferralPaidAt != nil) != want.paid || r.EmailVerifiedAt != nil {
			t.Errorf("resident %d: phone verified %v, e-mail %v, referral paid %v", n, r.PhoneVerifiedAt, r.EmailVerifiedAt, r.ReferralPaidAt)
		}
	}
}

func deviceID(n byte) uuid.UUID {
	id := uuid.MustParse("00000d0e-0000-4000-8000-000000000000")
	id[15] = n
	return id
}

func TestOddDevices(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newCity(t, d)
		c.bring(t, openDump(t, oddDump), true)
		type line struct {
			ID                 uuid.UUID
			Name, Type         string
			Active, Trusted    bool
			Failures           int
			Verifiable, Unseen bool
		}
		for n, want := range map[byte][]line{
			1: {{deviceID(1), "Telepono ni Ana 🌺", "android", true, false, 0, true, false}},
			2: {{deviceID(5), "Telepono ni Ana 🌺", "android", true, true, 3, false, false}},
		} {
			devices, err := c.auth.Devices(t.Context(), refID("05", n))
			if err != nil {
				t.Fatal(err)
			}
			var got []line
			for _, x := range devices {
				got = append(got, line{x.ID, x.Name, x.Type, x.Active, x.Trusted, x.Failures, x.Verifiable(), x.LastUsed == nil})
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("resident %d, -want +got:\n%s", n, diff)
			}
		}
		attempts, err := c.auth.Attempts(t.Context(), refID("05", 1), false, 10)
		if err != nil || len(attempts) != 2 || attempts[0].Success || attempts[0].IP != "" || !attempts[1].Success || attempts[1].IP != "203.0.113.7" {
			t.Errorf("ana's attempts are %+v (%v)", attempts, err)
		}
		if n := countRows(t, d, "auth_biometric_device WHERE fingerprint_hash LIKE 'fp-%' OR challenge_hash IS NOT NULL"); n != 0 {
			t.Errorf("%d phones have an old challenge, or a fingerprint in clear", n)
		}
	})
}

// A phone that registered here before the old database came stays its owner's.
func TestDevicesRegisteredHereStay(t *testing.T) {
	c := newCity(t, testkit.DB(t))
	err := c.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := c.auth.ImportDevice(ctx, tx, auth.Device{ID: db.NewID(), Resident: db.NewID(), DeviceID: "dev-1", Credential: "ours", Active: true, Registered: testClock}, "x")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	plan := c.bring(t, openDump(t, oddDump), false)
	done := c.bring(t, openDump(t, oddDump), true)
	plan.Applied = true
	if diff := cmp.Diff(plan, done); diff != "" {
		t.Errorf("the plan is not what was done, -plan +done:\n%s", diff)
	}
	if !slices.ContainsFunc(done.Findings, func(f djangodb.Finding) bool {
		return f.Kind == djangodb.FindDiffers && f.Row == deviceID(1).String()
	}) {
		t.Error("nobody is told")
	}
}

// oldRefresh is a refresh token as the old system signed it.
func oldRefresh(claims string, jti byte) string {
	encode := base64.RawURLEncoding.EncodeToString
	body := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(fmt.Appendf(nil,
		`{"token_type":"refresh","exp":%d,"iat":%d,"jti":"%s",%s}`,
		time.Date(2026, 12, 21, 8, 0, 0, 0, time.UTC).Unix(), time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC).Unix(),
		strings.Repeat(fmt.Sprintf("%02x", jti), 16), claims))
	mac := hmac.New(sha256.New, []byte(testkit.SecretKey))
	mac.Write([]byte(body))
	return body + "." + encode(mac.Sum(nil))
}

// Phones stay signed in, and those that were signed out stay out.
func TestOddTokens(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		c := newCity(t, d)
		c.bring(t, openDump(t, oddDump), true)
		phone := audit.Actor{Kind: audit.Nobody, IP: "192.0.2.20"}
		ana := fmt.Sprintf(`"user_id":"%s"`, refID("05", 1))
		pair, err := c.auth.Refresh(t.Context(), phone, auth.ResidentSurface, oldRefresh(ana, 1))
		if err != nil {
			t.Fatalf("a token that lives: %v", err)
		}
		if p, err := c.auth.ResidentOfToken(t.Context(), pair.Access); err != nil || p.ID != refID("05", 1) {
			t.Errorf("it leads to %s (%v)", p.ID, err)
		}
		if _, err := c.auth.Refresh(t.Context(), phone, auth.ResidentSurface, oldRefresh(ana, 2)); !errors.Is(err, auth.ErrTokenExpired) {
			t.Errorf("one that was ended: %v", err)
		}
		kapitan := fmt.Sprintf(`"admin_id":"%s","username":"kapitan","role":"operations_manager","email":null,"is_admin":true`, refID("ad", 2))
		if _, err := c.auth.Refresh(t.Context(), phone, auth.StaffSurface, oldRefresh(kapitan, 5)); !errors.Is(err, auth.ErrTokenExpired) {
			t.Errorf("a collector's that was ended: %v", err)
		}
		jose := fmt.Sprintf(`"user_id":"%s"`, refID("05", 2))
		if _, err := c.auth.Refresh(t.Context(), phone, auth.ResidentSurface, oldRefresh(jose, 9)); err != nil {
			t.Errorf("one whose owner stands in the token alone: %v", err)
		}
		report := c.bring(t, openDump(t, oddDump), true)
		if report.Changed() {
			t.Errorf("a run after phones came back reports changes: %+v", report.Tables)
		}
	})
}

// Rows of an address or a token hold what must not stand in a report.
func TestReportHoldsNoTokens(t *testing.T) {
	c := newCity(t, testkit.DB(t))
	var out strings.Builder
	if err := c.bring(t, openDump(t, oddDump), false).Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"eyJ", strings.Repeat("01", 16), "203.0.113"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the report shows %q", secret)
		}
	}
}
