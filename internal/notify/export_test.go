package notify

import (
	"context"

	"github.com/google/uuid"

	"ekolek/internal/errs"
)

// What the tests look at from inside.
var (
	ErrTaken = errTaken
	Segments = segments
	ToGSM7   = toGSM7
)

// Deliver makes one attempt at a message, as the queue's worker does.
func (s *Service) Deliver(ctx context.Context, id uuid.UUID) error {
	return s.deliver(ctx, deliverArgs{ID: id})
}

// Fit is a text message as it is sent.
func (s *Service) Fit(to Recipient, code string, t errs.Text) string {
	return s.fit(Message{To: to, Code: code, SMS: &t})
}

// Step does the next step of a campaign, as the queue's worker does.
func (s *Service) Step(ctx context.Context, id uuid.UUID) error {
	c, err := s.CampaignByID(ctx, id)
	if err != nil {
		return err
	}
	return s.StepTurn(ctx, id, c.turn)
}

// StepTurn does one turn of a campaign, or repeats it.
func (s *Service) StepTurn(ctx context.Context, id uuid.UUID, turn int) error {
	return s.stepCampaign(ctx, campaignArgs{ID: id, Turn: turn})
}
