package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// Target says which residents a campaign is for.
type Target struct {
	Barangays []uuid.UUID `json:"barangays,omitempty"` // none: the whole city
}

// Script is what a campaign says in one language.
type Script struct {
	Notice  string   `json:"notice"` // under the bell
	Subject string   `json:"subject,omitempty"`
	Lines   []string `json:"lines,omitempty"` // paragraphs of the mail
	Button  string   `json:"button,omitempty"`
	SMS     string   `json:"sms,omitempty"`
}

// Scripts is what a campaign says to each in their language.
type Scripts struct {
	En  Script `json:"en"`
	Fil Script `json:"fil"`
}

// In is the script of a language.
func (s Scripts) In(language string) Script {
	if language == "fil" {
		return s.Fil
	}
	return s.En
}

// Draft is a campaign before it begins.
type Draft struct {
	RequestKey string
	Kind       string    // stable, "reward.new": the outbox filters by it
	About      uuid.UUID // the reward, …: one campaign about it runs at a time; uuid.Nil: about nothing of ours
	Title      string    // what the office calls it
	Target     Target
	Scripts    Scripts
	Link       string // local address that notices and mails lead to; empty: none
	SMS, Mail  bool   // beside the notice under the bell
	Push       bool   `json:",omitempty"` // as well
	// Service says that it is no news: a truck that does not come concerns those too who
	// want no news. Its mails cannot be unsubscribed from.
	Service bool `json:",omitempty"`
}

// CampaignState is where a campaign stands.
type CampaignState string

// The states.
const (
	Running  CampaignState = "running"
	Stopped  CampaignState = "stopped" // by staff
	Finished CampaignState = "done"    // everybody had their turn; their messages may be under way still
)

// Campaign is the same words to many residents.
type Campaign struct {
	ID         uuid.UUID
	Kind       string
	About      uuid.UUID // uuid.Nil: nothing of ours
	Title      string
	Target     Target
	Scripts    Scripts
	Link       string
	SMS, Mail  bool
	Push       bool
	Service    bool // no news: to those as well who want none
	State      CampaignState
	Expected   int        // residents in its target when it began
	Told       int        // residents who were told
	Unwanted   int        // residents who want no news
	WaitsUntil *time.Time // it goes on then: in the morning, with the next day's money
	StartedBy  string
	StoppedBy  string
	CreatedAt  time.Time
	EndedAt    *time.Time

	startedBy uuid.UUID
	turn      int
	after     uuid.UUID
	hash      string // of its draft
}

// Turns is how many residents had theirs.
func (c Campaign) Turns() int { return c.Told + c.Unwanted }

// Refusals.
var (
	ErrCampaignNotFound = errs.New(errs.NotFound, "CAMPAIGN_NOT_FOUND", "error.notify.campaign_not_found")
	ErrCampaignRuns     = errs.New(errs.Conflict, "CAMPAIGN_RUNS", "error.notify.campaign_runs")   // another one about the same
	ErrCampaignEnded    = errs.New(errs.Conflict, "CAMPAIGN_ENDED", "error.notify.campaign_ended") // nothing is left to stop
	ErrNobody           = errs.New(errs.Conflict, "CAMPAIGN_NOBODY", "error.notify.campaign_nobody")
)

// Bounds of what a campaign says.
const (
	maxTitle   = 250
	maxNotice  = 300
	maxSubject = 250
	maxLine    = 2000
	maxLines   = 20
	maxParts   = 2 // text messages that one text may take
)

// StartCampaign begins to tell everybody in the target, by a job of small steps. The same
// request key of the same person gives the first one again. Errors: fields; ErrNobody;
// ErrCampaignRuns; db.ErrKeyReused.
func (s *Service) StartCampaign(ctx context.Context, actor audit.Actor, d Draft) (c Campaign, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, err = s.BeginCampaign(ctx, tx, actor, d)
		return err
	})
	return c, err
}

// BeginCampaign is StartCampaign inside the transaction of the act that is told about. It
// refuses before it writes, so an act that nobody needs to hear of goes on after ErrNobody.
func (s *Service) BeginCampaign(ctx context.Context, tx *db.Tx, actor audit.Actor, d Draft) (Campaign, error) {
	d = d.trimmed()
	if err := s.checkDraft(d); err != nil {
		return Campaign{}, err
	}
	asked, err := json.Marshal(d)
	if err != nil {
		return Campaign{}, fmt.Errorf("hash campaign: %w", err)
	}
	c, err := s.beginCampaign(ctx, tx, actor, d, db.HashRequest(asked))
	if err != nil {
		return Campaign{}, fmt.Errorf("start campaign %q: %w", d.Title, err)
	}
	return c, nil
}

func (s *Service) beginCampaign(ctx context.Context, tx *db.Tx, actor audit.Actor, d Draft, hash string) (Campaign, error) {
	p, err := s.preview(ctx, tx, d)
	if err != nil {
		return Campaign{}, err
	}
	if p.Wanted() == 0 {
		return firstCampaign(ctx, tx, actor.ID, d.RequestKey, hash, ErrNobody)
	}
	c := Campaign{
		ID: db.NewID(), Kind: d.Kind, About: d.About, Title: d.Title, Target: d.Target, Scripts: d.Scripts, Link: d.Link,
		SMS: d.SMS, Mail: d.Mail, Push: d.Push, Service: d.Service,
		State: Running, Expected: p.Residents, StartedBy: actor.Name, CreatedAt: s.now(), startedBy: actor.ID, hash: hash,
	}
	fresh, err := insertCampaign(ctx, tx, c, d.RequestKey)
	if err != nil {
		return Campaign{}, err
	}
	if !fresh {
		return firstCampaign(ctx, tx, actor.ID, d.RequestKey, hash, ErrCampaignRuns)
	}
	if err := s.queue.Enqueue(ctx, tx, campaignArgs{ID: c.ID}); err != nil {
		return Campaign{}, err
	}
	return c, audit.Record(ctx, tx, actor, c.CreatedAt, audit.Event{Action: "campaign.start", TargetKind: "campaign", TargetID: c.ID, TargetName: c.Title,
		Details: map[string]any{"kind": c.Kind, "residents": p.Wanted(), "barangays": len(c.Target.Barangays), "sms": c.SMS, "email": c.Mail, "push": c.Push, "cost": p.Cost}})
}

// firstCampaign is the one that a request key began, or why there cannot be a new one.
func firstCampaign(ctx context.Context, tx *db.Tx, by uuid.UUID, key, hash string, refusal error) (Campaign, error) {
	c, err := campaignByKey(ctx, tx, by, key)
	switch {
	case db.IsNoRows(err):
		return Campaign{}, refusal
	case err != nil:
		return Campaign{}, err
	case c.hash != hash:
		return Campaign{}, db.ErrKeyReused
	}
	return c, db.Confirm(ctx, tx)
}

// StopCampaign tells nobody else, and keeps back what has not been sent yet. Errors:
// ErrCampaignNotFound, ErrCampaignEnded.
func (s *Service) StopCampaign(ctx context.Context, actor audit.Actor, id uuid.UUID) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return s.HaltCampaign(ctx, tx, actor, id) })
}

// HaltCampaign is StopCampaign inside the transaction of the act that makes the news untrue.
// It writes nothing when it is ErrCampaignEnded, so that the act may go on.
func (s *Service) HaltCampaign(ctx context.Context, tx *db.Tx, actor audit.Actor, id uuid.UUID) error {
	now := s.now()
	stopped, err := endCampaign(ctx, tx, id, Stopped, actor.Name, now)
	if err != nil {
		return fmt.Errorf("stop campaign %s: %w", id, err)
	}
	kept, err := cancelCampaign(ctx, tx, id, now)
	if err != nil {
		return fmt.Errorf("stop campaign %s: %w", id, err)
	}
	c, err := campaignByID(ctx, tx, id)
	if err != nil {
		return fmt.Errorf("stop campaign %s: %w", id, err)
	}
	if !stopped && kept == 0 {
		return fmt.Errorf("stop campaign %s: %w", id, ErrCampaignEnded)
	}
	return audit.Record(ctx, tx, actor, now, audit.Event{Action: "campaign.stop", TargetKind: "campaign", TargetID: id, TargetName: c.Title,
		Details: map[string]any{"told": c.Told, "kept_back": kept}})
}

func (d Draft) trimmed() Draft {
	d.Title = oneLine(d.Title)
	for _, w := range []*Script{&d.Scripts.En, &d.Scripts.Fil} {
		w.Notice, w.Subject, w.Button, w.SMS = oneLine(w.Notice), oneLine(w.Subject), oneLine(w.Button), toGSM7(oneLine(w.SMS))
		var lines []string
		for _, line := range w.Lines {
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, line)
			}
		}
		w.Lines = lines
	}
	return d
}

// checkDraft refuses what cannot be sent. The fields of a script end in its language:
// notice_en, subject_fil.
func (s *Service) checkDraft(d Draft) error {
	var wrong errs.Fields
	if d.RequestKey == "" || len(d.RequestKey) > 100 {
		wrong.Add("request_key", "error.notify.campaign_key")
	}
	if d.Link != "" && (!strings.HasPrefix(d.Link, "/") || strings.HasPrefix(d.Link, "//")) {
		wrong.Add("link", "error.notify.campaign_link")
	}
	if d.SMS && s.opts.SMSOff {
		wrong.Add("sms", "error.notify.campaign_sms_off")
	}
	bounded(&wrong, "title", d.Title, maxTitle)
	for language, w := range map[string]Script{"en": d.Scripts.En, "fil": d.Scripts.Fil} {
		bounded(&wrong, "notice_"+language, w.Notice, maxNotice)
		if d.Mail {
			bounded(&wrong, "subject_"+language, w.Subject, maxSubject)
			bounded(&wrong, "lines_"+language, strings.Join(w.Lines, ""), maxLine)
			if len(w.Lines) > maxLines {
				wrong.Add("lines_"+language, "error.notify.campaign_long", "Max", maxLine)
			}
		}
		if d.SMS && (w.SMS == "" || segments(w.SMS) > maxParts) {
			wrong.Add("sms_"+language, "error.notify.campaign_sms", "Parts", maxParts)
		}
	}
	return wrong.Err()
}

func bounded(wrong *errs.Fields, field, text string, most int) {
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		wrong.Add(field, "form.required")
	case n > most:
		wrong.Add(field, "error.notify.campaign_long", "Max", most)
	}
}
