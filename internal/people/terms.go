package people

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/files"
)

// Terms are one version of what people accept when they register, in one language. The
// two languages of a text share their version. A text never changes; the office writes a
// new version.
type Terms struct {
	ID        uuid.UUID
	Language  string // en, fil
	Version   string
	Title     string
	Content   string // plain text, paragraphs between empty lines
	Active    bool   // in force; at most one of each language
	CreatedBy uuid.NullUUID
	CreatedAt time.Time
	UpdatedAt time.Time   // when it came into force or out of it
	Paper     *files.File // the same as a document: id, name, type, size; nil: none
}

// The languages in which terms are kept.
const (
	English = "en"
	Tagalog = "fil"
)

// Limits of a text, in characters.
const (
	maxVersion = 50
	maxTitle   = 255
	maxTerms   = 60_000
	minTerms   = 100 // less is no text but a slip
)

// Refusals that callers compare with errors.Is.
var (
	ErrTermsNotFound = errs.New(errs.NotFound, "TERMS_NOT_FOUND", "error.people.terms_not_found")
	ErrTermsChanged  = errs.New(errs.Conflict, "TERMS_CHANGED", "error.people.terms_changed")
)

// ActiveTerms are the terms in force by language. A language without any is missing.
func (s *Service) ActiveTerms(ctx context.Context) (map[string]Terms, error) {
	list, err := activeTerms(ctx, s.db)
	if err != nil {
		return nil, fmt.Errorf("active terms: %w", err)
	}
	out := map[string]Terms{}
	for _, t := range list {
		out[t.Language] = t
	}
	return out, nil
}

// TermsFor are the terms in force in a language, else in the other one: a city that has
// them in one language only still has people agree to them. Error: ErrTermsNotFound.
func (s *Service) TermsFor(ctx context.Context, language string) (Terms, error) {
	active, err := s.ActiveTerms(ctx)
	if err != nil {
		return Terms{}, err
	}
	for _, l := range []string{language, English, Tagalog} {
		if t, ok := active[l]; ok {
			return t, nil
		}
	}
	return Terms{}, ErrTermsNotFound
}

// TermsByID finds a text that is in force or was: ErrTermsNotFound.
func (s *Service) TermsByID(ctx context.Context, id uuid.UUID) (Terms, error) {
	return termsByID(ctx, s.db, id)
}

// TermsRow is a text as a list shows it.
type TermsRow struct {
	Terms        // without its content and its paper
	Consents int // how often it was accepted
}

// TermsVersions lists every text, newest first, with how often each was accepted.
func (s *Service) TermsVersions(ctx context.Context, cursor string) (db.Page[TermsRow], error) {
	at, err := db.ParseCursor(cursor)
	if err != nil {
		return db.Page[TermsRow]{}, err
	}
	rows, err := listTerms(ctx, s.db, at, db.DefaultLimit+1)
	if err != nil {
		return db.Page[TermsRow]{}, fmt.Errorf("list terms: %w", err)
	}
	return db.PageOf(rows, db.DefaultLimit, func(t TermsRow) db.Cursor { return db.Cursor{At: t.CreatedAt, ID: t.ID} }), nil
}

// NewTerms is a new version as the office writes it, in both languages at once.
type NewTerms struct {
	Version  string
	Title    map[string]string // by language
	Content  map[string]string
	Activate bool // bring it into force at once
}

// Twin is the text of the same version in the other language: ErrTermsNotFound when there
// is none.
func (s *Service) Twin(ctx context.Context, t Terms) (Terms, error) {
	texts, err := termsOfVersion(ctx, s.db, t)
	if err != nil {
		return Terms{}, fmt.Errorf("twin of terms %s: %w", t.ID, err)
	}
	if len(texts) < 2 {
		return Terms{}, ErrTermsNotFound
	}
	return texts[1], nil
}

// WriteTerms adds a version in both languages. Fields: version, title_en, content_en,
// title_fil, content_fil.
func (s *Service) WriteTerms(ctx context.Context, actor audit.Actor, in NewTerms) ([]Terms, error) {
	now := s.now()
	var f errs.Fields
	version := cleanText(&f, "version", in.Version, true, maxVersion)
	var texts []Terms
	for _, l := range []string{English, Tagalog} {
		texts = append(texts, Terms{
			ID: db.NewID(), Language: l, Version: version, CreatedBy: uuid.NullUUID{UUID: actor.ID, Valid: actor.ID != uuid.Nil},
			Title:     cleanText(&f, "title_"+l, in.Title[l], true, maxTitle),
			Content:   cleanLines(&f, "content_"+l, in.Content[l]),
			CreatedAt: now, UpdatedAt: now,
		})
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if taken, err := isTermsVersion(ctx, tx, version); err != nil {
			return err
		} else if taken {
			return errs.NewField("version", "error.people.terms_version_taken")
		}
		for _, t := range texts {
			if _, err := insertTerms(ctx, tx, t); err != nil {
				return err
			}
		}
		if err := s.recordTerms(ctx, tx, actor, "terms.write", texts[0]); err != nil || !in.Activate {
			return err
		}
		return s.activate(ctx, tx, actor, texts)
	})
	if err != nil {
		return nil, fmt.Errorf("write terms %s: %w", version, err)
	}
	return texts, nil
}

// ActivateTerms brings a version into force in every language that it has, and the ones
// before it out of force. Who registers from then on accepts this one. id is that of
// either language's text.
func (s *Service) ActivateTerms(ctx context.Context, actor audit.Actor, id uuid.UUID) (Terms, error) {
	var t Terms
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if t, err = termsByID(ctx, tx, id); err != nil {
			return err
		}
		texts, err := termsOfVersion(ctx, tx, t)
		if err != nil {
			return err
		}
		return s.activate(ctx, tx, actor, texts)
	})
	if err != nil {
		return Terms{}, fmt.Errorf("activate terms %s: %w", id, err)
	}
	return t, nil
}

func (s *Service) activate(ctx context.Context, tx *db.Tx, actor audit.Actor, texts []Terms) error {
	// Two who activate at once take turns: the index allows one text of a language.
	if err := lockTerms(ctx, tx); err != nil {
		return err
	}
	for _, t := range texts {
		if err := putInForce(ctx, tx, t, s.now()); err != nil {
			return err
		}
	}
	return s.recordTerms(ctx, tx, actor, "terms.activate", texts[0])
}

func (s *Service) recordTerms(ctx context.Context, tx *db.Tx, actor audit.Actor, action string, t Terms) error {
	return audit.Record(ctx, tx, actor, s.now(), audit.Event{
		Action: action, TargetKind: "terms", TargetID: t.ID, TargetName: t.Title, Details: map[string]any{"version": t.Version},
	})
}

// cleanLines is cleanText for a text of many lines.
func cleanLines(f *errs.Fields, field, s string) string {
	s = norm.NFC.String(strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")))
	control := func(r rune) bool { return unprintable(r) && r != '\n' && r != '\t' }
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		f.Add(field, "form.required")
	case !utf8.ValidString(s), strings.ContainsFunc(s, control):
		f.Add(field, "error.people.unprintable")
	case n < minTerms:
		f.Add(field, "error.people.terms_short", "Min", minTerms)
	case n > maxTerms:
		f.Add(field, "form.too_long", "Limit", maxTerms)
	}
	return s
}

// Texts that the program brings along, so that people can register on the first day.
const (
	shippedVersion  = "1.0"
	shippedTitle    = "Terms of E-KOLEK and what happens to your data"
	shippedTitleFil = "Mga tuntunin ng E-KOLEK at kung ano ang nangyayari sa iyong datos"
)

//go:embed data/terms_en.txt
var shippedTerms string

//go:embed data/terms_fil.txt
var shippedTermsFil string

// LoadTerms puts the program's own text in force in each language that has none yet.
func (s *Service) LoadTerms(ctx context.Context) error {
	texts := []Terms{
		{Language: English, Title: shippedTitle, Content: shippedTerms},
		{Language: Tagalog, Title: shippedTitleFil, Content: shippedTermsFil},
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, t := range texts {
			t.ID, t.Version, t.Active, t.CreatedAt, t.UpdatedAt = db.NewID(), shippedVersion, true, s.now(), s.now()
			t.Content = strings.TrimSpace(t.Content)
			if _, err := insertTerms(ctx, tx, t); err != nil {
				return fmt.Errorf("load terms: %w", err)
			}
		}
		return nil
	})
}

// ImportTerms brings a text of a former system over. inserted is false when it is here
// already. One that was in force there is in force here, unless the office has written
// terms here meanwhile.
func (s *Service) ImportTerms(ctx context.Context, tx *db.Tx, t Terms) (inserted bool, err error) {
	wanted := t.Active
	t.Active = false
	if inserted, err = insertTerms(ctx, tx, t); err != nil || !inserted || !wanted {
		return inserted, wrapTerms(t, err)
	}
	if err := lockTerms(ctx, tx); err != nil {
		return true, wrapTerms(t, err)
	}
	now, err := activeTermsIn(ctx, tx, t.Language)
	if err != nil && !errors.Is(err, ErrTermsNotFound) {
		return true, wrapTerms(t, err)
	}
	if err == nil && now.CreatedBy.Valid {
		return true, nil
	}
	return true, wrapTerms(t, putInForce(ctx, tx, t, t.UpdatedAt))
}

func wrapTerms(t Terms, err error) error {
	if err != nil {
		return fmt.Errorf("import terms %s: %w", t.ID, err)
	}
	return nil
}
