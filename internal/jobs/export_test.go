package jobs

import "time"

// TakeOver and SlotOf are what the tests look at from inside.
var (
	TakeOver = (*Queue).takeOver
	SlotOf   = slotOf
	Alarm    = (*Queue).alarm
)

// Leases are how long the jobs of each kind may lie with a dead worker until another
// node has them: the attempt's time, and then whoever looks and takes.
func Leases(q *Queue) map[string]time.Duration {
	leases := map[string]time.Duration{}
	for kind, timeout := range q.timeouts {
		leases[kind] = timeout + grace + sweepEvery + q.cfg.Poll
	}
	return leases
}
