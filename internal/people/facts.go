package people

import (
	"context"
	"fmt"
	"time"
)

// Facts are what `ekolek check` judges about the city's people.
type Facts struct {
	Families    int64
	CardKeyMade *time.Time // of the newest key that signs cards; nil before the first card
	KeyReadable bool       // a key that signs cards lies readable in the database
}

// SigningPeriod is how long one key signs cards.
const SigningPeriod = signingPeriod

// Facts counts families and looks at the keys that sign cards.
func (s *Service) Facts(ctx context.Context) (Facts, error) {
	f, err := facts(ctx, s.db)
	if err != nil {
		return Facts{}, fmt.Errorf("read facts about people: %w", err)
	}
	return f, nil
}
