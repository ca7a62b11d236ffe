package djangodb

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/people"
)

// termsFact is what consents need of a text.
type termsFact struct {
	language string
	changed  time.Time
}

// termsLanguages are the reference's names of the languages of terms.
var termsLanguages = map[string]string{"english": people.English, "tagalog": people.Tagalog}

// bringTerms brings the terms' texts over: whoever accepted one must find it again. The
// one in force goes on, unless the office has written terms here meanwhile.
func (im *importer) bringTerms(ctx context.Context) error {
	return bring(ctx, im, table[people.Terms]{tableTerms, false, im.compareTerms, im.writeTerms},
		read(ctx, im, tableTerms, decodeTerms, im.judgeTerms))
}

func decodeTerms(r Row) people.Terms {
	return people.Terms{
		ID: r.UUID("id"), Language: r.Text("language"), Version: r.Text("version"), Title: r.Text("title"), Content: r.Text("content"),
		Active: r.Bool("is_active", false), CreatedAt: r.Time("created_at"), UpdatedAt: r.Time("updated_at"),
	}
}

func (im *importer) judgeTerms(id string, t *people.Terms) error {
	language, ok := termsLanguages[t.Language]
	if !ok {
		return fmt.Errorf("version %q: the language %q is neither english nor tagalog", t.Version, t.Language)
	}
	t.Language = language
	t.Content = strings.TrimSpace(strings.ReplaceAll(t.Content, "\r\n", "\n"))
	if t.Content == "" {
		im.find(FindNote, tableTerms, id, "version %q: the text is empty; if it was a file, put it into the console as a new version", t.Version)
		t.Active = false
	}
	if strings.Contains(t.Content, `\u00`) {
		im.find(FindNote, tableTerms, id, "version %q: the text holds marks like \\u000A, which the old system saved when somebody edited it; kept as it is", t.Version)
	}
	im.terms[t.ID] = termsFact{t.Language, t.UpdatedAt}
	return nil
}

func (im *importer) compareTerms(ctx context.Context, batch []people.Terms) ([]verdict, error) {
	verdicts := make([]verdict, len(batch))
	for i, t := range batch {
		here, err := im.people.TermsByID(ctx, t.ID)
		switch {
		case errors.Is(err, people.ErrTermsNotFound):
		case err != nil:
			return nil, err
		default:
			var d different
			d.when(here.Version != t.Version, "version")
			d.when(here.Title != t.Title, "title")
			d.when(here.Content != t.Content, "content")
			verdicts[i] = verdict{here: true, row: t.ID.String(), differ: d}
		}
	}
	return verdicts, nil
}

func (im *importer) writeTerms(ctx context.Context, tx *db.Tx, fresh []people.Terms) error {
	for _, t := range fresh {
		if inserted, err := im.people.ImportTerms(ctx, tx, t); err != nil || !inserted {
			return wrote(0, 1, err)
		}
	}
	return nil
}

// bringConsents brings over who accepted which text. The old system wrote one row for
// each language that was in force, and not which of them was read.
func (im *importer) bringConsents(ctx context.Context) error {
	return bring(ctx, im, table[people.Consent]{tableConsent, true, im.compareConsents, im.writeConsents},
		read(ctx, im, tableConsent, decodeConsent, im.judgeConsent))
}

func decodeConsent(r Row) people.Consent {
	return people.Consent{
		ID: r.UUID("id"), ResidentID: r.UUID("user_id"), TermsID: r.UUID("terms_version_id"), AcceptedAt: r.Time("accepted_at"),
		IP: r.Text("ip_address"), UserAgent: r.Text("user_agent"),
	}
}

func (im *importer) judgeConsent(id string, c *people.Consent) error {
	terms, ok := im.terms[c.TermsID]
	switch {
	case im.residents[c.ResidentID] == nil:
		return fmt.Errorf("its resident %s was not brought over, or is not in the source", c.ResidentID)
	case !ok:
		return fmt.Errorf("its terms %s were not brought over, or are not in the source", c.TermsID)
	}
	if c.AcceptedAt.Before(terms.changed) {
		im.leftOut[remark{FindNote, tableConsent, "accepted before the text's row was last changed: the old system could overwrite a text in place"}]++
	}
	c.Language = terms.language
	if c.IP, ok = addressOf(c.IP); !ok {
		im.find(FindAltered, tableConsent, id, "the network address is none; left empty")
	}
	return nil
}

func (im *importer) compareConsents(ctx context.Context, batch []people.Consent) ([]verdict, error) {
	return known(batch, func(c people.Consent) uuid.UUID { return c.ID },
		func(ids []uuid.UUID) (map[uuid.UUID]bool, error) { return people.KnownConsents(ctx, im.DB, ids) })
}

func (im *importer) writeConsents(ctx context.Context, tx *db.Tx, fresh []people.Consent) error {
	for _, c := range fresh {
		if inserted, err := im.people.ImportConsent(ctx, tx, c); err != nil || !inserted {
			return wrote(0, 1, err)
		}
	}
	return nil
}

// addressOf reads PostgreSQL's inet, which may carry a mask: "192.0.2.7", "2001:db8::1/64".
// An empty one stays empty; ok is false for what is no address.
func addressOf(text string) (ip string, ok bool) {
	if text == "" {
		return "", true
	}
	host, _, _ := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return "", false
	}
	return addr.Unmap().WithZone("").String(), true
}
