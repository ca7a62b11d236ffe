package notify

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify/carrier"
)

// Pushed is what a browser shows although no page of ours is open.
type Pushed struct {
	Title errs.Text
	Text  errs.Text
	Link  string // local address that it opens; empty: none
	Tag   string // a newer one with the same tag takes its place; empty: none does
}

// Browser is where push messages go, as its script told it.
type Browser = carrier.Browser

// Device is a browser that somebody lets show messages.
type Device struct {
	ID        uuid.UUID
	UserAgent string
	Service   string // whose push service it is: "fcm.googleapis.com"
	CreatedAt time.Time
	TookAt    *time.Time // the last message
	Failures  int        // since then
	FailedAt  *time.Time

	browser Browser
	tookID  uuid.UUID
}

// Endpoint is where it is reached. Whoever knows it alone can send nothing.
func (d Device) Endpoint() string { return d.browser.Endpoint }

// Refusals.
var (
	ErrDevice         = errs.New(errs.Invalid, "PUSH_SUBSCRIPTION", "error.notify.push_subscription") // nothing can be sent there
	ErrDeviceNotFound = errs.New(errs.NotFound, "PUSH_DEVICE_NOT_FOUND", "error.notify.push_device_not_found")
	ErrPushOff        = errs.New(errs.Unavailable, "PUSH_OFF", "error.notify.push_off")
)

// Bounds of what is kept and shown.
const (
	maxDevices   = 10 // of one person: the one that took nothing for the longest time goes
	maxAgent     = 300
	maxPushTitle = 120
	maxPushText  = 500
	devicesKept  = 30 * 24 * time.Hour // one that took nothing since, though it was tried
	deadAfter    = 5                   // so often
)

// PushKey is what a browser needs to subscribe. Error: ErrPushOff.
func (s *Service) PushKey() (string, error) {
	if s.opts.Push == nil {
		return "", ErrPushOff
	}
	return s.opts.Push.PublicKey()
}

// Subscribe lets a browser show somebody's messages. Again, it changes nothing; a browser
// that showed somebody else's shows theirs no more. Error: ErrDevice.
func (s *Service) Subscribe(ctx context.Context, actor audit.Actor, b Bell, browser Browser, userAgent string) error {
	if s.opts.Push == nil {
		return ErrPushOff
	}
	if !s.opts.Push.Accepts(browser) {
		return ErrDevice
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		d := Device{ID: db.NewID(), UserAgent: cut(userAgent, maxAgent), CreatedAt: s.now(), browser: browser}
		known, err := s.renewDevice(ctx, tx, b, d)
		if err != nil || known {
			return err
		}
		if err := s.insertDevice(ctx, tx, b, d); err != nil {
			return err
		}
		if err := trimDevices(ctx, tx, b, maxDevices); err != nil {
			return err
		}
		return audit.Record(ctx, tx, actor, d.CreatedAt, audit.Event{Action: "push.subscribe", TargetKind: string(b.Audience), TargetID: b.ID, TargetName: actor.Name,
			Details: map[string]any{"service": browser.Service()}})
	})
	if err != nil {
		return fmt.Errorf("subscribe to push messages: %w", err)
	}
	return nil
}

// Unsubscribe ends what Subscribe began, for the browser with this endpoint. One that has
// ended, or is somebody else's, is no error: the browser shows nothing of theirs.
func (s *Service) Unsubscribe(ctx context.Context, actor audit.Actor, b Bell, endpoint string) error {
	return s.endDevice(ctx, actor, b, func(ctx context.Context, tx *db.Tx) (bool, error) {
		return s.deleteEndpoint(ctx, tx, b, endpoint)
	})
}

// RemoveDevice is Unsubscribe from afar: ErrDeviceNotFound.
func (s *Service) RemoveDevice(ctx context.Context, actor audit.Actor, b Bell, id uuid.UUID) error {
	return s.endDevice(ctx, actor, b, func(ctx context.Context, tx *db.Tx) (bool, error) {
		found, err := deleteDevice(ctx, tx, b, id)
		if err == nil && !found {
			err = ErrDeviceNotFound
		}
		return found, err
	})
}

func (s *Service) endDevice(ctx context.Context, actor audit.Actor, b Bell, remove func(context.Context, *db.Tx) (bool, error)) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		found, err := remove(ctx, tx)
		if err != nil || !found {
			return err
		}
		return audit.Record(ctx, tx, actor, s.now(), audit.Event{Action: "push.end", TargetKind: string(b.Audience), TargetID: b.ID, TargetName: actor.Name})
	})
	if err != nil {
		return fmt.Errorf("end push messages: %w", err)
	}
	return nil
}

// Devices lists somebody's browsers, the oldest first. They are ten at the most.
func (s *Service) Devices(ctx context.Context, b Bell) ([]Device, error) {
	all, err := s.listDevices(ctx, s.db, b)
	if err != nil {
		return nil, fmt.Errorf("list browsers with push messages: %w", err)
	}
	return all, nil
}

// Subscribed says whether a push message would reach a resident anywhere.
func (s *Service) Subscribed(ctx context.Context, q db.Q, resident uuid.UUID) (bool, error) {
	found, err := subscribed(ctx, q, Resident, []uuid.UUID{resident})
	if err != nil {
		return false, fmt.Errorf("look for browsers with push messages: %w", err)
	}
	return len(found) > 0, nil
}

// TryPush sends somebody a push message for trial, to all their browsers: ErrDeviceNotFound
// when there is none.
func (s *Service) TryPush(ctx context.Context, to Recipient, link string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error {
		added, err := s.Add(ctx, tx, Message{Kind: "push.try", To: to, Urgent: true, Until: s.now().Add(tryLife),
			Push: &Pushed{Title: errs.T("notify.push.try_title"), Text: errs.T("notify.push.try_text", "City", s.opts.City), Link: link, Tag: "try"}})
		if err == nil && added.Push == uuid.Nil {
			err = ErrDeviceNotFound
		}
		return err
	})
}

// tryLife is how long somebody looks at a phone that should ring.
const tryLife = 10 * time.Minute

// addPush writes a message's row for the browsers of whom it is for, when there are any.
func (s *Service) addPush(ctx context.Context, tx *db.Tx, m Message) (uuid.UUID, error) {
	found, err := subscribed(ctx, tx, m.To.Audience, []uuid.UUID{m.To.ID})
	if err != nil || len(found) == 0 {
		return uuid.Nil, err
	}
	language := languageOf(m.To)
	return s.enqueue(ctx, tx, m, Push, "", body{
		Subject: cut(oneLine(s.say(m, m.Push.Title, language)), maxPushTitle), Lines: []string{cut(oneLine(s.say(m, m.Push.Text, language)), maxPushText)},
		Link: m.Push.Link, Tag: m.Push.Tag, Code: m.Code,
	})
}

// cut shortens a text that is too long, and says so by dots.
func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(slices.Concat(runes[:most-1], []rune("…")))
}
