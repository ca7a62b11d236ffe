package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/db"
	"ekolek/internal/errs"
)

// CampaignFilter narrows the campaigns; a zero field does not.
type CampaignFilter struct {
	About  uuid.UUID
	Cursor string
	Limit  int
}

// Campaigns gives one page of campaigns, newest first.
func (s *Service) Campaigns(ctx context.Context, f CampaignFilter) (db.Page[Campaign], error) {
	after, err := db.ParseCursor(f.Cursor)
	if err != nil {
		return db.Page[Campaign]{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := listCampaigns(ctx, s.db, f, after, limit+1)
	if err != nil {
		return db.Page[Campaign]{}, fmt.Errorf("list campaigns: %w", err)
	}
	return db.PageOf(rows, limit, func(c Campaign) db.Cursor { return db.Cursor{At: c.CreatedAt, ID: c.ID} }), nil
}

// CampaignByID finds a campaign: ErrCampaignNotFound.
func (s *Service) CampaignByID(ctx context.Context, id uuid.UUID) (Campaign, error) {
	c, err := campaignByID(ctx, s.db, id)
	if err != nil {
		return Campaign{}, fmt.Errorf("campaign %s: %w", id, err)
	}
	return c, nil
}

// CampaignCounts counts a campaign's messages by channel and status.
func (s *Service) CampaignCounts(ctx context.Context, id uuid.UUID) ([]Count, error) {
	out, err := countCampaign(ctx, s.db, id)
	if err != nil {
		return nil, fmt.Errorf("count messages of campaign %s: %w", id, err)
	}
	return out, nil
}

// Told is how one resident's turn in a campaign went.
type Told struct {
	ID       uuid.UUID
	Name     string
	Language string // in which they were told
	Wanted   bool   // false: wants no news, was told nothing
	SMS      Way
	Mail     Way
	Push     Way
	SeenAt   *time.Time // the notice under the bell
	At       time.Time
}

// Way is a message of a turn. Without a Status there was none to send: no address, or the
// campaign does not go this way.
type Way struct {
	Message uuid.UUID
	Status  Status
	Reason  Reason
}

// Outcome narrows the recipients of a campaign.
type Outcome string

// The outcomes.
const (
	OutcomeWaiting  Outcome = "waiting"  // a message of theirs has not left yet
	OutcomeSent     Outcome = "sent"     // one has
	OutcomeFailed   Outcome = "failed"   // one could not be sent, or was kept back
	OutcomeUnwanted Outcome = "unwanted" // they want no news
)

// Outcomes are all of them, in the order in which a page shows them.
func Outcomes() []Outcome {
	return []Outcome{OutcomeWaiting, OutcomeSent, OutcomeFailed, OutcomeUnwanted}
}

// RecipientFilter narrows the recipients; a zero field does not.
type RecipientFilter struct {
	Outcome Outcome
	Cursor  string // the last id seen
	Limit   int
}

// Recipients gives one page of those who had their turn in a campaign, by id.
func (s *Service) Recipients(ctx context.Context, campaign uuid.UUID, f RecipientFilter) (db.Page[Told], error) {
	after, err := parseID(f.Cursor)
	if err != nil {
		return db.Page[Told]{}, err
	}
	limit := db.Limit(f.Limit)
	rows, err := listTurns(ctx, s.db, campaign, f.Outcome, after, limit+1)
	if err != nil {
		return db.Page[Told]{}, fmt.Errorf("list recipients of campaign %s: %w", campaign, err)
	}
	if len(rows) <= limit {
		return db.Page[Told]{Rows: rows}, nil
	}
	rows = rows[:limit]
	return db.Page[Told]{Rows: rows, Next: rows[limit-1].ID.String()}, nil
}

func parseID(text string) (uuid.UUID, error) {
	if text == "" {
		return uuid.Nil, nil
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return uuid.Nil, db.ErrCursor
	}
	return id, nil
}

// Script writes a script of the catalogue's texts. City is filled in.
func (s *Service) Script(language string, notice, sms errs.Text, l Letter) Script {
	m := Message{}
	w := Script{Notice: s.say(m, notice, language), SMS: s.fit(Message{To: Recipient{Language: language}, SMS: &sms}),
		Subject: s.say(m, l.Subject, language), Button: s.say(m, l.Button, language)}
	for _, line := range l.Lines {
		w.Lines = append(w.Lines, s.say(m, line, language))
	}
	return w
}
