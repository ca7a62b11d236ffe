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
