package rewards

import (
	"cmp"
	"context"
	"fmt"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
)

// AnnouncedKind is the kind of the messages that tell of a new reward.
const AnnouncedKind = "reward.new"

// Announcement is what a person says about telling the residents of an item.
type Announcement struct {
	RequestKey string
	Item       uuid.UUID
	Barangays  []uuid.UUID // none: the whole city
	Push, SMS  bool        // beside the notice under the bell
	Mail       bool        // as well
}

// Announce tells the residents who want news of an item, by a job. Errors: those of
// AnnouncementOf, and of notify.StartCampaign.
func (s *Service) Announce(ctx context.Context, actor audit.Actor, a Announcement) (notify.Campaign, error) {
	d, err := s.AnnouncementOf(ctx, a)
	if err != nil {
		return notify.Campaign{}, err
	}
	c, err := s.notify.StartCampaign(ctx, actor, d)
	if err != nil {
		return notify.Campaign{}, fmt.Errorf("announce reward %s: %w", a.Item, err)
	}
	return c, nil
}

// AnnouncementOf is what the residents would be told, for a look before it begins. Errors:
// ErrItemNotFound; ErrItemNotActive for an item that the catalogue does not show.
func (s *Service) AnnouncementOf(ctx context.Context, a Announcement) (notify.Draft, error) {
	i, err := s.ItemByID(ctx, a.Item)
	if err != nil {
		return notify.Draft{}, err
	}
	if !i.Active {
		return notify.Draft{}, fmt.Errorf("announce reward %s: %w", a.Item, ErrItemNotActive)
	}
	return notify.Draft{
		RequestKey: a.RequestKey, Kind: AnnouncedKind, About: i.ID, Title: i.Name, Target: notify.Target{Barangays: a.Barangays},
		Link: "/rewards/" + i.ID.String() + "/", Push: a.Push, SMS: a.SMS, Mail: a.Mail,
		Scripts: notify.Scripts{En: s.announcement("en", i.Name, i.Description, i), Fil: s.announcement("fil", cmp.Or(i.NameFil, i.Name), cmp.Or(i.DescriptionFil, i.Description), i)},
	}, nil
}

// announcement is what is said of an item in one language.
func (s *Service) announcement(language, name, description string, i Item) notify.Script {
	args := []any{"Reward", name, "Points", i.Price.String(), "Unit", i.Unit}
	price := errs.T("rewards.announce.price", args...)
	if i.Unit != "" {
		price = errs.T("rewards.announce.price_unit", args...)
	}
	l := notify.Letter{Subject: errs.T("rewards.announce.subject", args...), Lines: []errs.Text{errs.T("rewards.announce.mail", args...), price},
		Button: errs.T("rewards.announce.button")}
	script := s.notify.Script(language, errs.T("rewards.announce.notice", args...), errs.T("rewards.announce.sms", args...), l)
	if description != "" {
		script.Lines = append(script.Lines, description)
	}
	return script
}
