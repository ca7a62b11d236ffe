package people

import (
	"context"
	"fmt"
	"strings"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
)

// Recipient is a resident as the outbox knows them. A former system's number or address
// that is none reaches nobody.
func Recipient(r Resident) notify.Recipient {
	to := notify.Recipient{Audience: notify.Resident, ID: r.ID, Name: r.FullName, Language: r.Language}
	if _, ok := CanonicalPhone(r.Phone); ok {
		to.Phone = r.Phone
	}
	if _, ok := CanonicalEmail(r.Email); ok {
		to.Email = r.Email
	}
	return to
}

// TellReceived tells an applicant that the office has the registration.
func (s *Service) TellReceived(ctx context.Context, tx *db.Tx, r Resident) error {
	text := errs.T("people.received.sms", "First", r.FirstName)
	return s.tell(ctx, tx, notify.Message{
		Kind: "resident.received", To: Recipient(r), SMS: &text,
		Mail: &notify.Letter{Subject: errs.T("people.received.subject"), Lines: []errs.Text{
			errs.T("people.received.mail", "Family", r.FamilyName, "Barangay", r.BarangayName), errs.T("people.received.mail_next"),
		}},
	})
}

// tellApproved welcomes a resident who was let in.
func (s *Service) tellApproved(ctx context.Context, tx *db.Tx, r Resident) error {
	text := errs.T("people.approved.sms", "First", r.FirstName)
	return s.tell(ctx, tx, notify.Message{
		Kind: "resident.approved", To: Recipient(r), SMS: &text,
		Notice: &notify.Notice{Type: "other", Text: errs.T("people.approved.notice"), Link: "/rates/"},
		Mail: &notify.Letter{Subject: errs.T("people.approved.subject"), Lines: []errs.Text{
			errs.T("people.approved.mail", "Name", r.FullName), errs.T("people.approved.mail_family", "Family", r.FamilyName, "Code", r.FamilyCode),
		}, Link: "/login/", Button: errs.T("people.approved.button")},
	})
}

// tellRejected gives an applicant the reason and says what can be done.
func (s *Service) tellRejected(ctx context.Context, tx *db.Tx, r Resident) error {
	text := errs.T("people.rejected.sms", "Reason", strings.TrimRight(r.StatusReason, ". "))
	return s.tell(ctx, tx, notify.Message{
		Kind: "resident.rejected", To: Recipient(r), SMS: &text,
		Mail: &notify.Letter{Subject: errs.T("people.rejected.subject"), Lines: []errs.Text{
			errs.T("people.rejected.mail", "Reason", r.StatusReason), errs.T("people.rejected.mail_next"),
		}, Link: "/register/", Button: errs.T("people.rejected.button")},
	})
}

// tellReferrer thanks whoever brought a newcomer.
func (s *Service) tellReferrer(ctx context.Context, tx *db.Tx, referrer, newcomer Resident, p ledger.Points) error {
	hundredths := int64(p)
	args := []any{"First", newcomer.FirstName, "Points", p.String()}
	return s.tell(ctx, tx, notify.Message{
		Kind: "resident.referral", To: Recipient(referrer),
		Notice: &notify.Notice{Type: "other", Text: errs.T("people.referral.notice", args...), Link: "/points/", Points: &hundredths},
		Mail: &notify.Letter{Subject: errs.T("people.referral.subject"), Lines: []errs.Text{errs.T("people.referral.notice", args...)},
			Link: "/points/", Button: errs.T("people.referral.button")},
	})
}

func (s *Service) tell(ctx context.Context, tx *db.Tx, m notify.Message) error {
	if _, err := s.notify.Add(ctx, tx, m); err != nil {
		return fmt.Errorf("tell %s: %w", m.Kind, err)
	}
	return nil
}
