package auth

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
	"ekolek/internal/people"
)

// What happens to a staff account is told under the bell, in the act's own transaction:
// no act, no notice, and never a second one. docs/messages.md names who is told what.

// staffNews is one thing that happened to a staff account. An empty text tells nobody of
// its kind.
type staffNews struct {
	kind   string    // of the notice, as the reference called it
	own    errs.Text // to the owner of the account
	leads  string    // the owner, to a page that they may open
	others errs.Text // to those who answer for it
}

// tellNews tells the owner of an account, and every super administrator but them and
// whoever acted.
func (s *Service) tellNews(ctx context.Context, tx *db.Tx, actor audit.Actor, st Staff, n staffNews) error {
	if n.own.Key != "" {
		if err := s.putNotice(ctx, tx, st.ID, notify.Notice{Type: n.kind, Text: n.own, Link: n.leads}); err != nil {
			return err
		}
	}
	admins, err := activeSuperAdmins(ctx, tx)
	if err != nil {
		return fmt.Errorf("find who answers for %s: %w", st.ID, err)
	}
	for _, id := range admins {
		if id == st.ID || actor.Kind == audit.Staff && id == actor.ID {
			continue
		}
		if err := s.putNotice(ctx, tx, id, notify.Notice{Type: n.kind, Text: n.others, Link: staffPage(st.ID)}); err != nil {
			return err
		}
	}
	return nil
}

// tellLockedStaff tells those who guard the sign-ins that somebody's is closed, once for
// each lock. Whoever may not open the account's page is led to its trail.
func (s *Service) tellLockedStaff(ctx context.Context, tx *db.Tx, st Staff) error {
	guards, err := s.StaffWith(ctx, tx, ManageSecurity)
	if err != nil {
		return fmt.Errorf("find who guards %s: %w", st.ID, err)
	}
	for _, g := range guards {
		if g.ID == st.ID {
			continue
		}
		link := "/console/audit/?target=" + st.ID.String()
		if g.Role.May(ManageStaff) {
			link = staffPage(st.ID)
		}
		err := s.putNotice(ctx, tx, g.ID, notify.Notice{Type: "admin_account_locked", Link: link,
			Text: errs.T("staffnews.locked", "Name", st.FullName, "Username", st.Username)})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) putNotice(ctx context.Context, tx *db.Tx, staff uuid.UUID, n notify.Notice) error {
	_, err := s.notify.Add(ctx, tx, notify.Message{Kind: "staff." + n.Type, To: notify.Recipient{Audience: notify.Staff, ID: staff}, Notice: &n})
	if err != nil {
		return fmt.Errorf("tell staff %s: %w", staff, err)
	}
	return nil
}

// staffPage is where the console shows a member of staff.
func staffPage(id uuid.UUID) string { return "/console/staff/" + id.String() + "/" }

func suspendedNews(actor audit.Actor, st Staff, reason string) staffNews {
	return staffNews{kind: "admin_account_suspended",
		others: errs.T("staffnews.suspended", "Name", st.FullName, "Username", st.Username, "By", by(actor), "Reason", reason)}
}

func restoredNews(actor audit.Actor, st Staff) staffNews {
	return staffNews{kind: "admin_account_reactivated", own: errs.T("staffnews.restored.own", "By", by(actor)), leads: "/console/",
		others: errs.T("staffnews.restored", "Name", st.FullName, "Username", st.Username, "By", by(actor))}
}

func unlockedNews(actor audit.Actor, st Staff) staffNews {
	return staffNews{kind: "admin_account_unlocked", own: errs.T("staffnews.unlocked.own", "By", by(actor)), leads: "/console/",
		others: errs.T("staffnews.unlocked", "Name", st.FullName, "Username", st.Username, "By", by(actor))}
}

func assignedNews(actor audit.Actor, st Staff, barangays []people.Barangay) staffNews {
	names := errs.T("staffnews.no_barangay")
	if len(barangays) > 0 {
		names = errs.T("staffnews.barangays", "Names", barangayNames(barangays))
	}
	return staffNews{kind: "barangay_assignment_changed", own: errs.T("staffnews.assigned.own", "By", by(actor), "Barangays", names), leads: "/console/residents/",
		others: errs.T("staffnews.assigned", "Name", st.FullName, "Username", st.Username, "By", by(actor), "Barangays", names)}
}

func barangayNames(barangays []people.Barangay) string {
	names := make([]string, len(barangays))
	for i, b := range barangays {
		names[i] = b.Name
	}
	return strings.Join(names, ", ")
}
