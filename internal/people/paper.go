package people

import (
	"context"
	"fmt"
	"io"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/files"
)

// Keeping is the service with a place for the papers of terms.
func (s *Service) Keeping(f *files.Service) *Service {
	c := *s
	c.files = f
	return &c
}

// AttachPaper adds the paper of a text: the same words as a PDF or DOCX, for people to
// keep. The text itself stays what people accept. A paper that was attached before gives
// way to it and is kept: people may have read it. Errors: ErrTermsNotFound, and those of
// files.Put about the field "file".
func (s *Service) AttachPaper(ctx context.Context, actor audit.Actor, id uuid.UUID, name string, content io.ReadSeeker) (files.File, error) {
	terms, err := termsByID(ctx, s.db, id)
	if err != nil {
		return files.File{}, err
	}
	paper, err := s.files.Put(ctx, actor, files.Upload{Kind: files.TermsPaper, Name: name, Content: content})
	if err != nil {
		return files.File{}, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.files.Keep(ctx, tx, paper); err != nil {
			return err
		}
		if err := insertPaper(ctx, tx, terms.ID, paper); err != nil {
			return err
		}
		return audit.Record(ctx, tx, actor, s.now(), audit.Event{
			Action: "terms.paper", TargetKind: "terms", TargetID: terms.ID, TargetName: terms.Title,
			Details: map[string]any{"version": terms.Version, "file": paper.ID, "type": paper.Type, "sha256": paper.SHA256},
		})
	})
	if err != nil {
		return files.File{}, fmt.Errorf("attach paper to terms %s: %w", id, err)
	}
	return paper, nil
}
