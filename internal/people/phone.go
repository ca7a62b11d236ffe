package people

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
)

// NoteRefusedPoints keeps that an app asked for another balance. Apps of the former
// system could set it; here nothing does but the ledger.
func (s *Service) NoteRefusedPoints(ctx context.Context, actor audit.Actor, resident uuid.UUID, asked, has string) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		return audit.Record(ctx, tx, actor, s.now(), audit.Event{
			Action: "points_set_refused", TargetKind: "resident", TargetID: resident, TargetName: actor.Name,
			Details: map[string]any{"asked": asked, "has": has},
		})
	})
	if err != nil {
		return fmt.Errorf("note refused points of %s: %w", resident, err)
	}
	return nil
}
