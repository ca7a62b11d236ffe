// Package site is what residents see: the city's public page, their sign-in, their home
// with the card, their passbook, what a kilo pays and what points buy. Its pages work on
// a cheap phone with prepaid data, and without JavaScript.
package site

import (
	"context"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/cache"
	"ekolek/internal/collection"
	"ekolek/internal/files"
	"ekolek/internal/ledger"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/report"
	"ekolek/internal/rewards"
	"ekolek/internal/schedule"
	"ekolek/internal/web"
	"ekolek/internal/web/ui"
)

// Site is the surface. Make it with New.
type Site struct {
	auth       *auth.Service
	people     *people.Service
	collection *collection.Service
	rewards    *rewards.Service
	schedule   *schedule.Service
	report     *report.Service
	notify     *notify.Service
	sealing    *ledger.Sealing
	files      *files.Service
	outbox     func(n int) ([]notify.Kept, error)
	cache      cache.Cache
	city       string
	siteURL    string
	holds      time.Duration
	events     *web.Events
	now        func() time.Time
}

// Deps are the capabilities that the site shows.
type Deps struct {
	Auth       *auth.Service
	People     *people.Service
	Collection *collection.Service
	Rewards    *rewards.Service
	Schedule   *schedule.Service
	Report     *report.Service
	Notify     *notify.Service
	Sealing    *ledger.Sealing
	Files      *files.Service
	Outbox     func(n int) ([]notify.Kept, error) // what development did not send, newest first; nil outside of it
	Cache      cache.Cache                        // keeps the city's figures for a few minutes
	City       string                             // "San Pedro City"
	SiteURL    string                             // for texts that people send each other
	Reserved   time.Duration                      // how long a reservation holds
	Events     *web.Events                        // news of open pages; nil: they ask
	Now        func() time.Time
}

// New makes the surface; mount it with Surface and Routes.
func New(d Deps) *Site {
	return &Site{auth: d.Auth, people: d.People, collection: d.Collection, rewards: d.Rewards, schedule: d.Schedule, report: d.Report, notify: d.Notify, events: d.Events, sealing: d.Sealing, files: d.Files, outbox: d.Outbox, cache: d.Cache, city: d.City, siteURL: d.SiteURL, holds: d.Reserved, now: d.Now}
}

// Surface is the site's frame: the resident's menu at the thumb, and the sign-in.
func (s *Site) Surface() *web.Surface {
	return &web.Surface{
		Frame: ui.Frame{
			Name: "web.site", Home: "/", SignIn: "/login/", SignOut: "/logout/", Bell: s.bell().Item(),
			Menu: []ui.Group{{Items: []ui.Item{
				{Href: "/home/", Icon: "house", Text: "site.menu.home", Need: auth.Resident},
				{Href: "/points/", Icon: "wallet", Text: "site.menu.points", Need: auth.Resident},
				{Href: "/rewards/", Icon: "gift", Text: "site.menu.rewards", Need: auth.Resident, Prefix: true},
				{Href: "/schedule/", Icon: "truck", Text: "site.schedule.menu", Need: auth.Resident},
				{Href: "/me/", Icon: "user", Text: "site.menu.me", Need: auth.Resident, Prefix: true},
			}}},
		},
		SignIns: auth.ResidentSurface,
		Cookie:  web.ResidentCookie,
		Prefix:  "/",
		Counts:  s.counts,
	}
}

// bell are the resident's notices.
func (s *Site) bell() web.Bell {
	return web.Bell{Notify: s.notify, Audience: notify.Resident, Path: "/notices/", Stream: "/events/", Events: s.events, Need: auth.Resident, Layout: noticesTempl}
}

// counts are the numbers in the frame: what is new under the bell.
func (s *Site) counts(ctx context.Context, p auth.Principal) (map[string]int, error) {
	n, err := s.bell().Unread(ctx, p)
	return map[string]int{web.BellCount: n}, err
}
