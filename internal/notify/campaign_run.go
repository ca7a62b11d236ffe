package notify

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
)

// campaignArgs is one step of a campaign. Each turn is taken once, so however often a job
// is repeated, and wherever, nobody is told twice and no second chain of jobs begins.
type campaignArgs struct {
	ID   uuid.UUID `json:"id"`
	Turn int       `json:"turn"`
}

// Kind names the work.
func (campaignArgs) Kind() string { return "notify.campaign" }

// Urgent is false: steps go behind what somebody waits for.
func (campaignArgs) Urgent() bool { return false }

const (
	campaignBatch = 100              // residents of one step: every writer waits behind it on SQLite
	campaignAhead = 300              // messages that may wait to be sent; the others' stay few and young
	campaignPause = 5 * time.Second  // until it is seen whether they have been sent
	campaignStale = 15 * time.Minute // without a step: its job was lost
)

// stepCampaign tells the next residents, in one transaction with the note how far it got
// and the job of the next step. A process that is killed leaves all of it or nothing.
func (s *Service) stepCampaign(ctx context.Context, args campaignArgs) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		now := s.now()
		c, ours, err := takeTurn(ctx, tx, args, now)
		if err != nil || !ours {
			return err // stopped, or another worker's turn
		}
		room, until, err := s.campaignRoom(ctx, tx, c, now)
		if err != nil {
			return err
		}
		if room == 0 && c.Service && until.Sub(now) > campaignStale {
			c.SMS, room = false, campaignBatch // what matters now does not wait for the next day's money
		}
		if room == 0 {
			return s.pauseCampaign(ctx, tx, c, until, now)
		}
		batch, err := s.crowd.Next(ctx, tx, c.Target, c.after, room)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			_, err := endCampaign(ctx, tx, c.ID, Finished, "", now)
			return err
		}
		reached, err := s.pushedTo(ctx, tx, c, batch)
		if err != nil {
			return err
		}
		for _, r := range batch {
			if err := s.tellReader(ctx, tx, &c, r, reached[r.ID], now); err != nil {
				return err
			}
		}
		c.after = batch[len(batch)-1].ID
		if err := advanceCampaign(ctx, tx, c); err != nil {
			return err
		}
		return s.queue.Enqueue(ctx, tx, campaignArgs{ID: c.ID, Turn: c.turn})
	})
	if err != nil {
		return fmt.Errorf("campaign %s, turn %d: %w", args.ID, args.Turn, err)
	}
	return nil
}

// campaignRoom is how many residents may be told now. When it is none, the campaign goes
// on at another moment. News is not texted by night; a service notice is, for it may be
// about the next morning.
func (s *Service) campaignRoom(ctx context.Context, tx *db.Tx, c Campaign, now time.Time) (room int, until time.Time, err error) {
	if c.SMS && !c.Service && byNight(now) {
		return 0, nextMorning(now), nil
	}
	waiting, texts, err := campaignWaiting(ctx, tx, c.ID)
	if err != nil || waiting >= campaignAhead {
		return 0, now.Add(campaignPause), err
	}
	most := s.opts.Cost * max(parts(c.Scripts.En.SMS), parts(c.Scripts.Fil.SMS))
	if !c.SMS || most == 0 || s.opts.CityCap <= 0 {
		return campaignBatch, time.Time{}, nil
	}
	day := db.Day(now)
	today, err := spent(ctx, tx, day, day)
	if err != nil {
		return 0, time.Time{}, err
	}
	left := s.dayBudget() - today
	if room = (left - texts*most) / most; room > 0 {
		return min(room, campaignBatch), time.Time{}, nil
	}
	if texts > 0 { // what they will have cost is not known yet
		return 0, now.Add(campaignPause), nil
	}
	return 0, nextMorning(now), nil
}

func (s *Service) pauseCampaign(ctx context.Context, tx *db.Tx, c Campaign, until, now time.Time) error {
	if until.Sub(now) > campaignStale {
		c.WaitsUntil = &until
	}
	if err := advanceCampaign(ctx, tx, c); err != nil {
		return err
	}
	return s.queue.EnqueueAt(ctx, tx, campaignArgs{ID: c.ID, Turn: c.turn}, until)
}

// pushedTo are those of a batch who have a browser that shows messages, when the campaign
// goes that way.
func (s *Service) pushedTo(ctx context.Context, tx *db.Tx, c Campaign, batch []Reader) (map[uuid.UUID]bool, error) {
	if !c.Push {
		return nil, nil
	}
	ids := make([]uuid.UUID, len(batch))
	for i, r := range batch {
		ids[i] = r.ID
	}
	return subscribed(ctx, tx, Resident, ids)
}

// tellReader gives one resident their turn, and writes down what became of it.
func (s *Service) tellReader(ctx context.Context, tx *db.Tx, c *Campaign, r Reader, push bool, now time.Time) error {
	turn := campaignTurn{campaign: c.ID, Told: Told{ID: r.ID, Name: r.Name, Language: languageOf(r.Recipient), Wanted: r.Wants || c.Service, At: now}}
	if !turn.Wanted {
		c.Unwanted++
		return insertTurn(ctx, tx, turn)
	}
	c.Told++
	turn.notice = db.NewID()
	err := insertNotice(ctx, tx, Bell{r.Audience, r.ID}, Notification{
		ID: turn.notice, Type: "other", Message: c.Scripts.En.Notice, MessageFil: c.Scripts.Fil.Notice, Link: c.Link, CreatedAt: now})
	if err != nil {
		return err
	}
	m, script := Message{Kind: c.Kind, To: r.Recipient, campaign: c.ID}, c.Scripts.In(r.Language)
	if c.SMS && r.Phone != "" {
		if turn.sms, err = s.enqueue(ctx, tx, m, SMS, r.Phone, body{Lines: []string{script.SMS}}); err != nil {
			return err
		}
	}
	if c.Mail && r.Email != "" {
		b := body{Subject: script.Subject, Lines: script.Lines}
		if !c.Service {
			b.Stop = s.opts.SiteURL + s.StopPath(r.ID)
		}
		if c.Link != "" && script.Button != "" {
			b.Link, b.Button = s.opts.SiteURL+c.Link, script.Button
		}
		if turn.mail, err = s.enqueue(ctx, tx, m, Mail, r.Email, b); err != nil {
			return err
		}
	}
	if push {
		b := body{Subject: cut(cmp.Or(script.Subject, s.opts.City), maxPushTitle), Lines: []string{script.Notice}, Link: c.Link, Tag: "campaign-" + c.ID.String()}
		if turn.push, err = s.enqueue(ctx, tx, m, Push, "", b); err != nil {
			return err
		}
	}
	return insertTurn(ctx, tx, turn)
}

// ResumeCampaigns gives those a new job that have lost theirs: one that failed more often
// than the queue tries, or was cancelled by a person.
func (s *Service) ResumeCampaigns(ctx context.Context) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		now := s.now()
		stale, err := staleCampaigns(ctx, tx, now, now.Add(-campaignStale))
		if err != nil {
			return fmt.Errorf("find campaigns without a job: %w", err)
		}
		for _, c := range stale {
			if err := s.queue.Enqueue(ctx, tx, campaignArgs{ID: c.ID, Turn: c.turn}); err != nil {
				return err
			}
		}
		return nil
	})
}
