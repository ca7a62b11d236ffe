package people

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/notify"
)

// Recipients are residents as the outbox knows them, by id. As for campaigns, a number or
// an address that somebody else had first is left out.
func (s *Service) Recipients(ctx context.Context, q db.Q, ids []uuid.UUID) (map[uuid.UUID]notify.Recipient, error) {
	out := make(map[uuid.UUID]notify.Recipient, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	found, err := s.readersByID(ctx, q, ids)
	if err != nil {
		return nil, fmt.Errorf("find recipients: %w", err)
	}
	for _, r := range found {
		out[r.ID] = r.Recipient
	}
	return out, nil
}
