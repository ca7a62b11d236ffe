package console

import (
	"net/http"

	"ekolek/internal/notify"
	"ekolek/internal/report"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
)

// GET /console/campaigns/{id}/recipients.csv and .xlsx?outcome=: who had their turn, and
// what became of it; no address.
func (c *Console) exportRecipients(w http.ResponseWriter, r *http.Request) error {
	campaign, err := c.campaignOf(r)
	if err != nil {
		return err
	}
	table := report.Table{
		Name: "console.campaign.recipients",
		Head: []string{"console.resident", "console.campaign.notice", "console.messages.push", "console.announcements.push_reason",
			"console.messages.mail", "console.announcements.mail_reason",
			"console.messages.sms", "console.announcements.sms_reason", "report.col.at", "report.col.id"},
		Rows: rowsOf(func(cursor string) ([]notify.Told, string, error) {
			page, err := c.notify.Recipients(r.Context(), campaign.ID, notify.RecipientFilter{Outcome: readOutcome(form.Query(r)), Cursor: cursor, Limit: exportChunk})
			return page.Rows, page.Next, err
		}, recipientCells),
	}
	return web.Export(w, r, "recipients", c.now(), table)
}

func recipientCells(t notify.Told) []any {
	notice := "console.campaign.unseen"
	switch {
	case !t.Wanted:
		notice = "console.campaign.outcome.unwanted"
	case t.SeenAt != nil:
		notice = "console.campaign.seen"
	}
	push, pushReason := wayCells(t.Push)
	mail, mailReason := wayCells(t.Mail)
	sms, smsReason := wayCells(t.SMS)
	return []any{t.Name, report.Word(notice), push, pushReason, mail, mailReason, sms, smsReason, t.At, t.ID.String()}
}

// wayCells are a message's status and why it is so; nothing when there was none to send.
func wayCells(w notify.Way) (status, reason any) {
	if w.Status == "" {
		return nil, nil
	}
	return report.Word(statusKey(w.Status)), report.Word(w.Reason.Text().Key)
}
