package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/notify/carrier"
)

// deliverArgs is the job that sends one row of the outbox.
type deliverArgs struct {
	ID      uuid.UUID `json:"id"`
	Channel Channel   `json:"channel"`
	Now     bool      `json:"now,omitempty"`
	News    bool      `json:"news,omitempty"`
}

// Kind names the work.
func (deliverArgs) Kind() string { return "notify.deliver" }

// Lane lets each channel go one by one: a process that is killed leaves at most one
// message of each in doubt.
func (a deliverArgs) Lane() string { return string(a.Channel) }

// Urgent goes first.
func (a deliverArgs) Urgent() bool { return a.Now }

// Last is what belongs to a campaign: however much of it there is, nobody else waits.
func (a deliverArgs) Last() bool { return a.News }

// An attempt asks every carrier once, within carryTimeout. attemptTimeout leaves time to
// write down what came of it; some seconds later the queue takes the job of a worker that
// died from it, so that a code is still of use then.
const (
	attemptTimeout = 20 * time.Second
	carryTimeout   = 18 * time.Second
)

// Timeout is how long one attempt may take.
func (deliverArgs) Timeout() time.Duration { return attemptTimeout }

// unclearTries is how often a message is tried whose carrier may have taken it. Each may
// be one more copy on somebody's phone.
const unclearTries = 3

// errTaken says that another worker has a message just now.
var errTaken = errors.New("another worker is sending this message")

// deliver makes one attempt: claim the row, ask the carriers outside of any transaction,
// write down the outcome. What is claimed and never written down is claimed again, so a
// message is sent at least once, and twice only when the process died in between.
func (s *Service) deliver(ctx context.Context, args deliverArgs) error {
	m, err := s.claim(ctx, args.ID)
	if err != nil {
		return fmt.Errorf("claim message %s: %w", args.ID, err)
	}
	if m.Status != Sending {
		return nil
	}
	out, err := s.carry(ctx, m)
	if err != nil {
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	// Whatever becomes of this attempt's time: what happened is written down.
	if err := s.settle(context.WithoutCancel(ctx), m, out); err != nil {
		return fmt.Errorf("write down message %s: %w", m.ID, err)
	}
	if out.failure != nil && !out.final(m) && out.after == 0 {
		return fmt.Errorf("message %s: %w", m.ID, out.failure)
	}
	return nil
}

// claim takes a message for one attempt and sets its cost aside. A message that is not to
// be sent any more comes back with another status than Sending.
func (s *Service) claim(ctx context.Context, id uuid.UUID) (m message, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		now := s.now()
		m, err = s.take(ctx, tx, id, now, now.Add(-attemptTimeout))
		if errors.Is(err, ErrNotFound) {
			m, err = s.untaken(ctx, tx, id, now)
			return err
		}
		if err != nil {
			return err
		}
		status, reason := s.barred(m)
		if status == "" {
			reason, err = s.setAside(ctx, tx, &m, now)
			if err != nil || reason == NoReason {
				return err
			}
			status = Failed
		}
		m.Status = status
		return finish(ctx, tx, m, ending{status: status, reason: reason}, now)
	})
	return m, err
}

// untaken looks why a message could not be taken: it has reached its end, is too late, or
// is with another worker.
func (s *Service) untaken(ctx context.Context, tx *db.Tx, id uuid.UUID, now time.Time) (message, error) {
	m, err := s.messageByID(ctx, tx, id)
	switch {
	case err != nil:
		return m, err
	case m.Final():
		return m, nil
	case m.Deadline.After(now):
		return m, errTaken
	}
	m.Status = Expired
	_, err = expire(ctx, tx, id, now, now.Add(-attemptTimeout))
	return m, err
}

// barred says what keeps a message from being sent before anybody is asked; "" is nothing.
func (s *Service) barred(m message) (Status, Reason) {
	switch {
	case m.Channel == Mail && len(s.opts.Mailers) == 0:
		return Failed, NoProvider
	case m.Channel == Push && s.opts.Push == nil:
		return Failed, NoProvider
	case m.Channel == Mail, m.Channel == Push:
		return "", NoReason
	case s.opts.SMSOff:
		return Cancelled, SwitchedOff
	case !s.opts.Abroad && !philippine.MatchString(m.Address):
		return Failed, Abroad
	case len(s.opts.Gateways) == 0:
		return Failed, NoProvider
	}
	return "", NoReason
}

// outcome is what came of one attempt.
type outcome struct {
	provider string
	receipt  carrier.Receipt
	failure  *carrier.Failure // nil: it was taken
	reason   Reason           // why it failed for good; empty: it was refused
	after    time.Duration    // it is not tried sooner; 0: when the queue does
	handed   []handed         // of a push message, at each browser
}

// final says that a failed message is not tried again.
func (o outcome) final(m message) bool {
	return o.failure.Outcome == carrier.Permanent || (o.failure.Outcome == carrier.Unclear && m.Attempts >= unclearTries)
}

// carry asks the carriers of a message's channel.
func (s *Service) carry(ctx context.Context, m message) (outcome, error) {
	b, err := m.says()
	if err != nil {
		return outcome{}, err
	}
	if m.Channel == Push {
		return s.push(ctx, m, b)
	}
	return s.hand(ctx, m, b)
}

func (s *Service) hand(ctx context.Context, m message, b body) (outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, carryTimeout)
	defer cancel()
	if m.Channel == SMS {
		return ask(ctx, s, s.opts.Gateways, carrier.Text{ID: m.ID, To: m.Address, Body: b.text(), Urgent: m.Urgent}), nil
	}
	letter, err := s.letter(ctx, m, b)
	if err != nil {
		return outcome{}, err
	}
	return ask(ctx, s, s.opts.Mailers, letter), nil
}

// settle writes down what came of an attempt. What a carrier surely did not take has cost
// nothing.
func (s *Service) settle(ctx context.Context, m message, out outcome) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		now := s.now()
		e := ending{status: Sent, provider: out.provider, providerID: out.receipt.ID, cost: m.Cost, sentAt: &now}
		if f := out.failure; f != nil {
			e = ending{status: Queued, reason: Unavailable, provider: out.provider, words: f.Words, cost: m.Cost}
			if out.final(m) {
				e.status, e.reason = Failed, cmp.Or(out.reason, Refused)
			}
			if f.Outcome == carrier.Unclear {
				e.reason = Unclear
			} else {
				e.cost -= m.booked
			}
		}
		if err := finish(ctx, tx, m, e, now); err != nil {
			return err
		}
		if err := noteHanded(ctx, tx, m.ID, out.handed, now); err != nil {
			return err
		}
		if e.status == Queued && out.after > 0 {
			again := deliverArgs{ID: m.ID, Channel: m.Channel, Now: m.Urgent, News: m.Campaign != uuid.Nil}
			if err := s.queue.EnqueueAt(ctx, tx, again, now.Add(out.after)); err != nil {
				return err
			}
		}
		if e.cost == m.Cost {
			return nil
		}
		return s.putBack(ctx, tx, m)
	})
}

// SendWaiting makes one attempt at each message that waits, without the queue: for the
// demo, which plays its past with a clock of its own.
func (s *Service) SendWaiting(ctx context.Context) error {
	waiting, err := waitingIDs(ctx, s.db, purgeBatch)
	if err != nil {
		return fmt.Errorf("list waiting messages: %w", err)
	}
	for _, id := range waiting {
		if err := s.deliver(ctx, deliverArgs{ID: id}); err != nil {
			return err
		}
	}
	return nil
}

// Expire ends the messages whose time ran out while no attempt was due.
func (s *Service) Expire(ctx context.Context) error {
	return s.inBatches(ctx, func(ctx context.Context, tx *db.Tx) (int64, error) {
		now := s.now()
		return expireOld(ctx, tx, now, now.Add(-attemptTimeout), purgeBatch)
	})
}
