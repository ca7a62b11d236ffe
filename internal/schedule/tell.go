package schedule

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
)

// The kinds of the messages that tell of the plan, and the names of these acts in the trail.
const (
	SuspendedKind = "schedule.suspend"
	MovedKind     = "schedule.move"
	AddedKind     = "schedule.add"
	LiftedKind    = "schedule.lift"
)

// schedulePath is where notices of the plan lead.
const schedulePath = "/schedule/"

// tell begins to tell the residents, and gives the campaign; none when nobody lives there.
func (s *Service) tell(ctx context.Context, tx *db.Tx, actor audit.Actor, d notify.Draft) (uuid.UUID, error) {
	c, err := s.notify.BeginCampaign(ctx, tx, actor, d)
	if errors.Is(err, notify.ErrNobody) { // it has written nothing
		return uuid.Nil, nil
	}
	return c.ID, err
}

// hush stops telling what is no longer so.
func (s *Service) hush(ctx context.Context, tx *db.Tx, actor audit.Actor, e Exception) error {
	if e.Campaign == uuid.Nil {
		return nil
	}
	err := s.notify.HaltCampaign(ctx, tx, actor, e.Campaign)
	if errors.Is(err, notify.ErrCampaignEnded) { // it has written nothing
		return nil
	}
	return err
}

// tellLifted tells that the plan holds again.
func (s *Service) tellLifted(ctx context.Context, tx *db.Tx, actor audit.Actor, e Exception) error {
	d := s.draft(ExceptionForm{}, e)
	d.RequestKey, d.Kind, d.About = "lift "+e.ID.String(), LiftedKind, uuid.Nil
	d.Scripts = notify.Scripts{En: s.script("en", e, e.liftedNotice(), ""), Fil: s.script("fil", e, e.liftedNotice(), "")}
	_, err := s.tell(ctx, tx, actor, d)
	return err
}

// draft is what the residents of an exception's barangays would be told.
func (s *Service) draft(f ExceptionForm, e Exception) notify.Draft {
	return notify.Draft{
		RequestKey: "except " + e.ID.String(), Kind: e.Kind.action(), About: e.ID, Title: e.title(), Target: notify.Target{Barangays: e.places()},
		Link: schedulePath, SMS: f.SMS, Mail: f.Mail, Push: true, Service: true,
		Scripts: notify.Scripts{En: s.script("en", e, e.notice(), e.Note), Fil: s.script("fil", e, e.notice(), cmp.Or(e.NoteFil, e.Note))},
	}
}

// places are the ids of the exception's barangays.
func (e Exception) places() []uuid.UUID {
	ids := make([]uuid.UUID, len(e.Barangays))
	for i, b := range e.Barangays {
		ids[i] = b.ID
	}
	return ids
}

// script says it in one language. note is the office's own sentence.
func (s *Service) script(language string, e Exception, notice errs.Text, note string) notify.Script {
	w := s.notify.Script(language, notice, notice, notify.Letter{
		Subject: errs.T("schedule.tell.subject", "Days", e.days()), Lines: []errs.Text{notice}, Button: errs.T("schedule.tell.button"),
	})
	if note != "" {
		w.Lines = append(w.Lines, note)
	}
	return w
}

// notice is the one sentence under the bell.
func (e Exception) notice() errs.Text {
	switch {
	case e.Kind == Add:
		return errs.T("schedule.tell.add", "Days", e.days(), "Start", e.Start.Clock(), "End", e.End.Clock())
	case e.Kind == Move && e.Start != nil:
		return errs.T("schedule.tell.move_time", "Moves", e.moves(), "Start", e.Start.Clock(), "End", e.End.Clock(), "Why", e.Reason.Text())
	case e.Kind == Move:
		return errs.T("schedule.tell.move", "Moves", e.moves(), "Why", e.Reason.Text())
	case e.line != nil:
		return errs.T("schedule.tell.suspend_line", "Days", e.days(), "Start", e.line.Start.Clock(), "Why", e.Reason.Text())
	default:
		return errs.T("schedule.tell.suspend", "Days", e.days(), "Why", e.Reason.Text())
	}
}

func (e Exception) liftedNotice() errs.Text {
	if e.Kind == Add {
		return errs.T("schedule.tell.lift_add", "Days", e.days())
	}
	return errs.T("schedule.tell.lift", "Days", e.days())
}

// Text is the reason as it stands in a sentence: "typhoon".
func (r Reason) Text() errs.Text {
	switch r {
	case ReasonTyphoon:
		return errs.T("schedule.why.typhoon")
	case ReasonHoliday:
		return errs.T("schedule.why.holiday")
	case ReasonTruck:
		return errs.T("schedule.why.truck")
	default:
		return errs.T("schedule.why.other")
	}
}

// days are the exception's days in words: a run of them as its ends, a few by name.
func (e Exception) days() errs.Text {
	n := len(e.Days)
	first, last := e.Days[0].Day, e.Days[n-1].Day
	switch {
	case n == 1:
		return errs.T("schedule.days.one", "Day", db.Civil(first))
	case n == 2:
		return errs.T("schedule.days.two", "Day", db.Civil(first), "Other", db.Civil(last))
	case daysBetween(first, last) == n-1:
		return errs.T("schedule.days.run", "From", db.Civil(first), "Until", db.Civil(last))
	default:
		return errs.T("schedule.days.many", "Day", db.Civil(first), "Other", db.Civil(e.Days[1].Day), "Count", n-2)
	}
}

// moves are where the exception's days go, in words.
func (e Exception) moves() errs.Text {
	first := e.Days[0]
	if len(e.Days) == 1 {
		return errs.T("schedule.moves.one", "Day", db.Civil(first.Day), "To", db.Civil(first.To))
	}
	return errs.T("schedule.moves.many", "Day", db.Civil(first.Day), "To", db.Civil(first.To), "Count", len(e.Days)-1)
}

// title names an exception where only one line fits: its days, and its barangays.
func (e Exception) title() string {
	t := e.Days[0].Day
	if len(e.Days) > 1 {
		t += " … " + e.Days[len(e.Days)-1].Day
	}
	t += " · " + e.Barangays[0].Name
	if n := len(e.Barangays) - 1; n > 0 {
		t += fmt.Sprintf(" +%d", n)
	}
	return t
}
