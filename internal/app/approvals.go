package app

import (
	"context"

	"ekolek/internal/approval"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
)

// tellDecision puts what a second person decided under the bell of the one who asked.
func (a *App) tellDecision(ctx context.Context, tx *db.Tx, r approval.Request) error {
	text := errs.T("notice.approval_agreed", "Staff", r.DecidedByName, "Name", r.TargetName)
	if r.State == approval.Refused {
		text = errs.T("notice.approval_refused", "Staff", r.DecidedByName, "Name", r.TargetName, "Reason", r.DecisionReason)
	}
	_, err := a.Notify.Add(ctx, tx, notify.Message{
		Kind: "approval.decided", To: notify.Recipient{Audience: notify.Staff, ID: r.AskedBy, Name: r.AskedByName},
		Notice: &notify.Notice{Type: "other", Text: text, Link: decisionLink(r)},
	})
	return err
}

// decisionLink is a page that the one who asked may open. Whoever takes rewards back
// manages rewards and need not manage points, on which others decided.
func decisionLink(r approval.Request) string {
	switch {
	case r.Kind == approval.ReturnRedemption:
		return "/console/redemptions/" + r.TargetID.String() + "/"
	case r.Unit == approval.Items:
		return "/console/approvals/stock/" + r.ID.String() + "/"
	default:
		return "/console/approvals/points/" + r.ID.String() + "/"
	}
}
