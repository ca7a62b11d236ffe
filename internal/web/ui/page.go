// Package ui holds the parts that pages are made of: the layouts of the two surfaces and
// the shared components, one file each. A part takes words that are already said in the
// reader's language; it looks nothing up but its own few words (catalogue web.toml).
package ui

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/web/i18n"
)

// Page is what every page knows; each page's own struct embeds it. web.NewPage fills it.
type Page struct {
	Title     string // in the reader's language
	Address   string // path and query of this page, for the language switch
	Lang      i18n.Lang
	Principal auth.Principal
	Flashes   []Flash
	Frame     *Frame
	Counts    map[string]int // by Item.Counts: how many wait there
	RequestID string
}

// Path is the address without its query.
func (p Page) Path() string {
	path, _, _ := strings.Cut(p.Address, "?")
	return path
}

// Frame is what the pages of one surface have around them.
type Frame struct {
	Name     string // catalogue key of the surface's name, after the title: "web.console"
	Home     string // where the wordmark leads
	SignIn   string
	SignOut  string // POST
	Password string // where one changes one's password; empty: nowhere
	Second   string // where one sets up a second factor; empty: nowhere
	Account  string // one's own sign-ins and security; empty: no such page
	Bell     BellItem
	Search   string // GET ?q=; empty: no search in the bar
	Menu     []Group
}

// Group is a headed part of the menu. Text is a catalogue key; empty on the site, whose
// menu is one row.
type Group struct {
	Text  string
	Items []Item
}

// Item is a place in the menu, shown to those who may go there.
type Item struct {
	Href   string
	Icon   string
	Text   string // catalogue key
	Need   auth.Permission
	Counts string // key in Page.Counts of the number beside it; empty: none
	Prefix bool   // stays marked on the pages below Href
}

// BellItem is the bell's place in the frame; without Href there is none.
type BellItem struct {
	Href   string // the notices
	Need   auth.Permission
	Counts string // key in Page.Counts
	Stream string // where a page hears of news
	Ask    string // where it asks, when it cannot hear
}

// Flash is a message that survives one redirect.
type Flash struct {
	Kind FlashKind `json:"k"`
	Text errs.Text `json:"t"`
}

// FlashKind is the tone of a flash.
type FlashKind string

// The tones.
const (
	Done    FlashKind = "done"
	Warning FlashKind = "warning"
	Failed  FlashKind = "failed"
)

// menu is the part of the frame's menu that the principal may use; empty groups go.
func (p Page) menu() []Group {
	var groups []Group
	for _, g := range p.Frame.Menu {
		items := slices.DeleteFunc(slices.Clone(g.Items), func(i Item) bool { return !p.Principal.May(i.Need) })
		if len(items) > 0 {
			groups = append(groups, Group{Text: g.Text, Items: items})
		}
	}
	return groups
}

// current is the value of aria-current for an item.
func (p Page) current(i Item) string {
	here, there := strings.TrimSuffix(p.Path(), "/"), strings.TrimSuffix(i.Href, "/")
	switch {
	case here == there:
		return "page"
	case i.Prefix && strings.HasPrefix(here, there+"/"):
		return "true"
	default:
		return ""
	}
}

// languageAddress switches to lang and comes back to this page.
func (p Page) languageAddress(lang i18n.Lang) string {
	return "/language/" + string(lang) + "?back=" + url.QueryEscape(p.Address)
}

// docTitle is the text of <title>.
func (p Page) docTitle(ctx context.Context) string {
	name := i18n.T(ctx, p.Frame.Name)
	if p.Title == "" {
		return name
	}
	return p.Title + " · " + name
}

// roleName is how the bar names what a member of staff does.
func (p Page) roleName(ctx context.Context) string {
	switch p.Principal.Role {
	case auth.SuperAdmin:
		return i18n.T(ctx, "web.role.super_admin")
	case auth.OperationsManager:
		return i18n.T(ctx, "web.role.operations_manager")
	case auth.ContentRewardsManager:
		return i18n.T(ctx, "web.role.content_rewards_manager")
	case auth.SecurityAnalyst:
		return i18n.T(ctx, "web.role.security_analyst")
	default:
		return ""
	}
}
