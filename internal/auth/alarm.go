package auth

import (
	"context"
	"fmt"
	"time"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
)

// Limits by account and by network do not see whoever tries one code at each of a million
// accounts, from a thousand places. The city's own count does. It closes nothing, for
// then a stranger could close the city; it tells those who can.
const (
	alarmShort     = 10 * time.Minute
	alarmShortMost = 1000
	alarmLong      = time.Hour
	alarmLongLeast = 500 // in a small city nobody is woken by less
	alarmShare     = 200 // one failure an hour for so many residents
	alarmEvery     = 100 // residents are counted after so many failures
)

// countCity counts a failed try in the whole city.
func (s *Service) countCity(ctx context.Context, actor audit.Actor) (alarm bool, err error) {
	now := s.now()
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		alarm = false
		short, err := countUp(ctx, tx, s.lockKey("city", "short"), limit{within: alarmShort}, now)
		if err != nil {
			return err
		}
		long, err := countUp(ctx, tx, s.lockKey("city", "long"), limit{within: alarmLong}, now)
		if err != nil {
			return err
		}
		if alarm, err = s.tooManyInCity(ctx, tx, short.n, long.n); err != nil || !alarm {
			return err
		}
		raised, err := countUp(ctx, tx, s.lockKey("city", "alarm"), limit{within: alarmLong}, now)
		if err != nil {
			return err
		}
		if alarm = raised.n == 1; !alarm {
			return nil
		}
		return s.raiseAlarm(ctx, tx, actor, max(short.n, long.n))
	})
	if err != nil {
		return false, fmt.Errorf("count failed sign-ins of the city: %w", err)
	}
	return alarm, nil
}

func (s *Service) tooManyInCity(ctx context.Context, tx *db.Tx, short, long int) (bool, error) {
	if short > alarmShortMost {
		return true, nil
	}
	if long < alarmLongLeast || long%alarmEvery != 0 {
		return false, nil
	}
	residents, err := countResidents(ctx, tx)
	return long > residents/alarmShare, err
}

// raiseAlarm tells every super administrator under the bell, and the audit trail.
func (s *Service) raiseAlarm(ctx context.Context, tx *db.Tx, actor audit.Actor, failed int) error {
	admins, err := activeSuperAdmins(ctx, tx)
	if err != nil {
		return err
	}
	for _, id := range admins {
		if _, err := s.notify.Add(ctx, tx, notify.Message{Kind: "auth.alarm", To: notify.Recipient{Audience: notify.Staff, ID: id},
			Notice: &notify.Notice{Type: "other", Text: errs.T("auth.alarm.notice", "Count", failed), Link: "/console/audit/"}}); err != nil {
			return err
		}
	}
	actor.Kind = audit.Nobody
	return audit.Record(ctx, tx, actor, s.now(), audit.Event{Action: "auth.alarm", TargetKind: "city", TargetName: "city", Details: map[string]any{"failed": failed}})
}
