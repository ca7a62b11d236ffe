package notify

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Mark stands for an address where it must not be read, as in the address of a page:
// Filter.Mark finds the messages. address is canonical.
func (s *Service) Mark(address string) string {
	if strings.Contains(address, "@") {
		return s.addressHash(Mail, address)
	}
	return s.addressHash(SMS, address)
}

// unsentFor is how long a message that failed is work for somebody.
const unsentFor = 7 * 24 * time.Hour

// Unsent counts the messages of the last week that failed and that nobody has sent again.
// Codes are left out: whoever waited for one has asked for another.
func (s *Service) Unsent(ctx context.Context) (int, error) {
	n, err := countUnsent(ctx, s.db, s.now().Add(-unsentFor))
	if err != nil {
		return 0, fmt.Errorf("count messages that failed: %w", err)
	}
	return n, nil
}
