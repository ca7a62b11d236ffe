package notify

import (
	"context"
	"fmt"
	"strings"

	"ekolek/internal/errs"
	"ekolek/internal/notify/carrier"
)

// letter writes a mail as text and as HTML. Both say the same.
func (s *Service) letter(ctx context.Context, m message, b body) (carrier.Letter, error) {
	say := func(t errs.Text) string { return s.opts.Words(m.Language, t) }
	p := letterPage{
		Language: m.Language, Subject: b.Subject, Code: b.Code, Link: b.Link, Button: b.Button,
		Footer: []string{say(errs.T("notify.mail.office", "City", s.opts.City)), say(errs.T("notify.mail.why"))},
	}
	if b.Stop != "" {
		p.Footer[1], p.Stop, p.StopText = say(errs.T("notify.mail.news_why")), b.Stop, say(errs.T("notify.mail.news_stop"))
	}
	if len(b.Lines) > 0 {
		p.First, p.Rest = b.Lines[0], b.Lines[1:]
	}
	var html strings.Builder
	if err := letterHTML(p).Render(ctx, &html); err != nil {
		return carrier.Letter{}, fmt.Errorf("write mail: %w", err)
	}
	return carrier.Letter{ID: m.ID, To: m.Address, Subject: b.Subject, Text: p.text(), HTML: html.String(), Stop: b.Stop}, nil
}

// text is the mail for programs that show no HTML, and for readers who want none.
func (p letterPage) text() string {
	var b strings.Builder
	paragraph := func(s string) {
		if s != "" {
			b.WriteString(s + "\n\n")
		}
	}
	paragraph(p.First)
	if p.Code != "" {
		paragraph("    " + p.Code)
	}
	for _, line := range p.Rest {
		paragraph(line)
	}
	if p.Link != "" {
		paragraph(p.Button + ": " + p.Link)
	}
	b.WriteString("-- \n" + strings.Join(p.Footer, "\n") + "\n")
	if p.Stop != "" {
		b.WriteString(p.StopText + ": " + p.Stop + "\n")
	}
	return b.String()
}
