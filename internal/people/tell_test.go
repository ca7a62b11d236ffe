package people_test

import (
	"context"
	"strings"
	"testing"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/testkit"
	"ekolek/internal/web/i18n"
)

// wordy is an applicant whose names and language stretch a text message.
func wordy(language string) people.NewFamily {
	in := people.NewResident{
		Username: "wordy", FirstName: "María Corazón de los Ángeles del Pilar", LastName: "Fernández", Phone: "09171234567",
		Email: "wordy@example.com", Language: language,
	}
	return people.NewFamily{Name: strings.Repeat("Ñ", 100), Address: "1", Representative: in}
}

// What an applicant is told comes by text message and mail, in their language, and fits.
func TestApplicantsAreTold(t *testing.T) {
	reason := "The address — “12 Mabini” – isn't in this barangay; come with a bill, please. " + strings.Repeat("é", 300)
	for language, word := range map[string]string{"en": "NOT approved", "fil": "HINDI naaprubahan"} {
		t.Run(language, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, d *db.DB) {
				w := testkit.NewWorld(t, d)
				ctx, office := t.Context(), w.Actor(w.Admin)
				in := wordy(language)
				in.BarangayID = w.Barangays[0].ID
				_, r, err := w.People.RegisterFamily(ctx, nobody, in)
				if err != nil {
					t.Fatal(err)
				}
				inTx(t, d, func(ctx context.Context, tx *db.Tx) error { return w.People.TellReceived(ctx, tx, r) })
				if _, err := w.People.Reject(ctx, office, people.City, r.ID, reason); err != nil {
					t.Fatal(err)
				}
				if _, err := w.People.Approve(ctx, office, people.City, r.ID); err != nil {
					t.Fatal(err)
				}
				told := w.Outbox(t)
				var kinds []string
				for _, m := range told {
					kinds = append(kinds, m.Kind+" "+string(m.Channel))
					if m.Channel == notify.SMS {
						checkSMS(t, m.Lines[0])
					} else if m.To != "wordy@example.com" || m.Subject == "" || strings.Contains(m.Subject, "people.") {
						t.Errorf("mail %+v", m)
					}
				}
				if got := strings.Join(kinds, ", "); got != "resident.received sms, resident.received email, resident.rejected sms, resident.rejected email, resident.approved sms, resident.approved email" {
					t.Fatalf("told %s", got)
				}
				if !strings.Contains(told[2].Lines[0], word) || !strings.Contains(told[2].Lines[0], `The address - "12 Mabini"`) {
					t.Errorf("rejection %q", told[2].Lines[0])
				}
				if !strings.Contains(told[3].Lines[0], reason) {
					t.Errorf("the mail shortens the reason: %q", told[3].Lines[0])
				}
			})
		})
	}
}

// checkSMS wants one message of 160 letters that every phone has, without a link.
func checkSMS(t *testing.T, text string) {
	t.Helper()
	const letters = "@£$¥èéùìòÇØøÅåÆæßÉ¡ÄÖÑÜ§¿äöñüà"
	n := 0
	for _, r := range text {
		n++
		if r > '~' && !strings.ContainsRune(letters, r) || strings.ContainsRune("^{}[]~|\\`", r) {
			t.Errorf("%q has %q", text, r)
		}
	}
	if n > 160 || strings.Contains(text, "http") || strings.Contains(text, "{{") {
		t.Errorf("%d characters: %q", n, text)
	}
}

// Members who are rejected along with the representative are told as well.
func TestRejectedMembersAreTold(t *testing.T) {
	w := testkit.NewWorld(t, testkit.DB(t))
	r := w.Applicant(t, w.Barangays[0])
	member := people.Resident{
		ID: db.NewID(), FamilyID: r.FamilyID, Username: "member", FirstName: "Ana", LastName: "Reyes", FullName: "Ana Reyes", Phone: "+639180000001",
		Status: people.Pending, Active: true, CreatedAt: testkit.Start, UpdatedAt: testkit.Start,
	}
	inTx(t, w.DB, func(ctx context.Context, tx *db.Tx) error {
		_, err := w.People.ImportResident(ctx, tx, member)
		return err
	})
	if _, err := w.People.Reject(t.Context(), w.Actor(w.Admin), people.City, r.ID, "not of this city"); err != nil {
		t.Fatal(err)
	}
	for _, phone := range []string{r.Phone, member.Phone} {
		if told := w.Told(t, phone); len(told) != 1 || told[0].Kind != "resident.rejected" || !strings.Contains(told[0].Lines[0], "not of this city") {
			t.Errorf("%s was told %+v", phone, told)
		}
	}
}

// What does not reach anybody is not sent: a former system's numbers may be none.
func TestRecipientHasOnlyWhatReaches(t *testing.T) {
	to := people.Recipient(people.Resident{FullName: "Ana", Phone: "12345", Email: "none", Language: "fil"})
	if to.Phone != "" || to.Email != "" || to.Language != "fil" || to.Audience != notify.Resident {
		t.Errorf("recipient %+v", to)
	}
}

func TestReferralNoticeNamesPointsWithoutZeros(t *testing.T) {
	got := i18n.In("fil", errs.T("people.referral.notice", "First", "Ana", "Points", "10"))
	if !strings.Contains(got, "10 puntos") {
		t.Errorf("notice %q", got)
	}
}
