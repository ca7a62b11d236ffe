package console

import (
	"net/http"

	"ekolek/internal/notify"
	"ekolek/internal/report"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
)

// GET /console/messages.csv and .xlsx: what the list shows, all of its pages; addresses
// stay hidden as they are there.
func (c *Console) exportMessages(w http.ResponseWriter, r *http.Request) error {
	table := report.Table{
		Name: "console.messages.title",
		Head: []string{"report.col.at", "console.messages.recipient", "console.messages.address", "console.messages.channel", "console.messages.about",
			"console.messages.status", "report.col.reason", "console.message.words", "console.message.provider", "console.message.provider_id",
			"console.messages.attempts", "console.messages.cost_pesos", "console.message.sent_at", "report.col.id"},
		Rows: rowsOf(func(cursor string) ([]notify.Entry, string, error) {
			filter := c.messageFilter(form.Query(r))
			filter.Cursor, filter.Limit = cursor, exportChunk
			page, err := c.notify.Outbox(r.Context(), filter)
			return page.Rows, page.Next, err
		}, messageCells),
	}
	return web.Export(w, r, "messages", c.now(), table)
}

func messageCells(m notify.Entry) []any {
	channel, about, sent := report.Word("console.messages.sms"), any(m.Kind), any(nil)
	switch m.Channel {
	case notify.Mail:
		channel = "console.messages.mail"
	case notify.Push:
		channel = "console.messages.push"
	case notify.SMS:
	}
	if key := messageKey(m.Kind); key != "" {
		about = report.Word(key)
	}
	if m.SentAt != nil {
		sent = *m.SentAt
	}
	return []any{m.CreatedAt, m.Name, maskAddress(m.Address), channel, about, report.Word(statusKey(m.Status)), report.Word(m.Reason.Text().Key),
		m.Error, m.Provider, m.ProviderID, int64(m.Attempts), report.Pesos(m.Cost), sent, m.ID.String()}
}
