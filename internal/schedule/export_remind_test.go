package schedule

import (
	"context"

	"ekolek/internal/db"
)

// RemindArgs is one step of reminding.
type RemindArgs = remindArgs

// RemindStep is what the queue does of one step; goOn is given the next one.
func (s *Service) RemindStep(ctx context.Context, args RemindArgs, goOn func(context.Context, *db.Tx, RemindArgs) error) error {
	return s.remindStep(ctx, args, goOn)
}

// InSteps has one step remind so many families.
func (s *Service) InSteps(of int) *Service {
	s.reminding.batch = of
	return s
}
