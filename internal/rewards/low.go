package rewards

import (
	"context"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"

	"github.com/google/uuid"
)

// warnLow tells those who manage rewards when an item has just fallen to its reorder point
// or below: change is by how many what can be handed out has changed.
func (s *Service) warnLow(ctx context.Context, tx *db.Tx, item uuid.UUID, change int64) error {
	if change >= 0 || s.managers == nil {
		return nil
	}
	i, err := itemByID(ctx, tx, item)
	if err != nil {
		return err
	}
	if !i.Low() || i.Available()-change <= i.ReorderPoint {
		return nil // there is enough, or they know
	}
	managers, err := s.managers(ctx, tx)
	if err != nil {
		return err
	}
	text := errs.T("notice.rewards.low", "Reward", i.Name, "Left", i.Available(), "Point", i.ReorderPoint)
	for _, id := range managers {
		_, err := s.notify.Add(ctx, tx, notify.Message{Kind: "reward.low", To: notify.Recipient{Audience: notify.Staff, ID: id},
			Notice: &notify.Notice{Type: "low_stock", Text: text, Link: "/console/rewards/" + i.ID.String() + "/", Reward: i.Name, At: s.now()}})
		if err != nil {
			return err
		}
	}
	return nil
}
