package auth

import (
	"context"
	"fmt"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
)

// staffMail is what a member of staff is told about their own account. It never holds a
// password or a code: whoever hires hands the temporary password over.
type staffMail struct {
	kind    string
	subject errs.Text
	lines   []errs.Text
}

// tellStaff mails a member of staff, in the transaction of what they are told. Those
// without an address are told by whoever does it.
func (s *Service) tellStaff(ctx context.Context, tx *db.Tx, st Staff, m staffMail) error {
	letter := notify.Letter{Subject: m.subject, Lines: append([]errs.Text{errs.T("staffmail.hello", "Name", st.FullName)}, m.lines...),
		Link: "/console/login/", Button: errs.T("staffmail.button")}
	to := notify.Recipient{Audience: notify.Staff, ID: st.ID, Name: st.FullName, Email: st.Email, Language: st.Language}
	if _, err := s.notify.Add(ctx, tx, notify.Message{Kind: m.kind, To: to, Mail: &letter}); err != nil {
		return fmt.Errorf("tell %s: %w", st.ID, err)
	}
	return nil
}

// by names whoever acted; a command has no name that says anything to the reader.
func by(actor audit.Actor) errs.Text {
	if actor.Kind == audit.Staff && actor.Name != "" {
		return errs.T("staffmail.by", "By", actor.Name)
	}
	return errs.T("staffmail.by_office")
}

func createdMail(actor audit.Actor, st Staff, mustChange bool) staffMail {
	m := staffMail{"staff.created", errs.T("staffmail.created.subject"), []errs.Text{
		errs.T("staffmail.created.what", "By", by(actor), "Role", roleWord(st.Role), "Username", st.Username),
	}}
	if mustChange {
		m.lines = append(m.lines, errs.T("staffmail.temporary"))
	}
	return m
}

func suspendedMail(actor audit.Actor, reason string) staffMail {
	return staffMail{"staff.suspended", errs.T("staffmail.suspended.subject"), []errs.Text{
		errs.T("staffmail.suspended.what", "By", by(actor), "Reason", reason), errs.T("staffmail.suspended.then"),
	}}
}

func restoredMail(actor audit.Actor) staffMail {
	return staffMail{"staff.restored", errs.T("staffmail.restored.subject"), []errs.Text{errs.T("staffmail.restored.what", "By", by(actor))}}
}

func unlockedMail(actor audit.Actor) staffMail {
	return staffMail{"staff.unlocked", errs.T("staffmail.unlocked.subject"), []errs.Text{errs.T("staffmail.unlocked.what", "By", by(actor)), errs.T("staffmail.not_me")}}
}

func passwordResetMail(actor audit.Actor) staffMail {
	return staffMail{"staff.password_reset", errs.T("staffmail.password_reset.subject"), []errs.Text{
		errs.T("staffmail.password_reset.what", "By", by(actor)), errs.T("staffmail.temporary"),
	}}
}

// lockedMail tells of a lock, by wrong passwords or by wrong codes.
func lockedMail(until time.Time, codes bool) staffMail {
	what, then := errs.T("staffmail.locked.passwords", "Until", until), errs.T("staffmail.locked.not_me")
	if codes {
		what, then = errs.T("staffmail.locked.codes", "Until", until), errs.T("staffmail.locked.change_password")
	}
	return staffMail{"staff.locked", errs.T("staffmail.locked.subject"), []errs.Text{what, then}}
}

func secondOnMail() staffMail {
	return staffMail{"staff.second_on", errs.T("staffmail.second_on.subject"), []errs.Text{errs.T("staffmail.second_on.what"), errs.T("staffmail.not_me")}}
}

func secondOffMail() staffMail {
	return staffMail{"staff.second_off", errs.T("staffmail.second_off.subject"), []errs.Text{errs.T("staffmail.second_off.what"), errs.T("staffmail.not_me")}}
}

func secondResetMail(actor audit.Actor, reason string) staffMail {
	return staffMail{"staff.second_reset", errs.T("staffmail.second_reset.subject"), []errs.Text{
		errs.T("staffmail.second_reset.what", "By", by(actor), "Reason", reason), errs.T("staffmail.second_reset.then"),
	}}
}

func recoveryUsedMail(left int) staffMail {
	return staffMail{"staff.recovery_used", errs.T("staffmail.recovery_used.subject"), []errs.Text{
		errs.T("staffmail.recovery_used.what", "Count", left), errs.T("staffmail.not_me"),
	}}
}

// roleWord is a role in the reader's language.
func roleWord(r Role) errs.Text {
	switch r {
	case SuperAdmin:
		return errs.T("staff.role.super_admin")
	case OperationsManager:
		return errs.T("staff.role.operations_manager")
	case ContentRewardsManager:
		return errs.T("staff.role.content_rewards_manager")
	default:
		return errs.T("staff.role.security_analyst")
	}
}
