package console

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/auth"
	"ekolek/internal/notify"
	"ekolek/internal/web"
	"ekolek/internal/web/form"
	"ekolek/internal/web/i18n"
	"ekolek/internal/web/ui"
)

type messageView struct {
	web.Page
	Message notify.Entry
	Content notify.Content
	Repeats []notify.Entry // the times it was sent again
}

// Forgotten says that the text is no longer kept.
func (v messageView) Forgotten() bool { return len(v.Content.Lines) == 0 }

// MayResend says whether the reader may send it again.
func (v messageView) MayResend() bool {
	return mayActOnMessages(v.Principal) && v.Message.Final() && !v.Message.Secret && !v.Forgotten()
}

// MayCancel says whether the reader may still stop it.
func (v messageView) MayCancel() bool {
	return mayActOnMessages(v.Principal) && v.Message.Status == notify.Queued
}

// RecipientPath is the page of the person, "" when there is none for the reader.
func (v messageView) RecipientPath() string {
	switch m := v.Message; {
	case m.Audience == notify.Resident && v.Principal.May(auth.ManageResidents):
		return residentPath(m.Recipient)
	case m.Audience == notify.Staff && v.Principal.May(auth.ManageStaff):
		return staffPath(m.Recipient)
	default:
		return ""
	}
}

// GET /console/messages/{id}/
func (c *Console) message(w http.ResponseWriter, r *http.Request) error {
	m, content, err := c.messageOf(r)
	if err != nil {
		return err
	}
	repeats, err := c.notify.Outbox(r.Context(), notify.Filter{ResendOf: m.ID})
	if err != nil {
		return err
	}
	v := messageView{Page: web.NewPage(r, "console.message.title", "Kind", messageWords(r.Context(), m.Kind)), Message: m, Content: content, Repeats: repeats.Rows}
	return web.Render(w, r, http.StatusOK, messageTempl(v))
}

// messageOf is the message that the address names.
func (c *Console) messageOf(r *http.Request) (notify.Entry, notify.Content, error) {
	id, err := web.PathID(r, "id")
	if err != nil {
		return notify.Entry{}, notify.Content{}, err
	}
	return c.notify.Read(r.Context(), id)
}

// messageAct is something that a person does to a message.
type messageAct struct {
	name   string // in the address
	apply  func(c *Console, ctx context.Context, actor audit.Actor, id uuid.UUID) (next uuid.UUID, err error)
	danger bool
}

var messageActs = []messageAct{
	{name: "resend", apply: func(c *Console, ctx context.Context, actor audit.Actor, id uuid.UUID) (uuid.UUID, error) {
		return c.notify.Resend(ctx, actor, id)
	}},
	{name: "cancel", danger: true, apply: func(c *Console, ctx context.Context, actor audit.Actor, id uuid.UUID) (uuid.UUID, error) {
		return id, c.notify.Cancel(ctx, actor, id)
	}},
}

func (a messageAct) words(ctx context.Context, m notify.Entry) actWords {
	if a.name == "cancel" {
		return actWords{Question: i18n.T(ctx, "console.message.cancel.question"), Button: i18n.T(ctx, "console.message.cancel"), Done: "console.message.cancel.done",
			Effects: []string{i18n.T(ctx, "console.message.cancel.effect", "Name", recipientName(ctx, m))}}
	}
	w := actWords{Question: i18n.T(ctx, "console.message.resend.question"), Button: i18n.T(ctx, "console.message.resend"), Done: "console.message.resend.done",
		Effects: []string{i18n.T(ctx, "console.message.resend.effect", "Address", maskAddress(m.Address))}}
	if m.Status == notify.Sent || m.Status == notify.Delivered {
		w.Effects = append(w.Effects, i18n.T(ctx, "console.message.resend.effect_twice"))
	}
	if m.Channel == notify.SMS {
		w.Effects = append(w.Effects, i18n.T(ctx, "console.message.resend.effect_cost"))
	}
	return w
}

type messageActView struct {
	web.Page
	Form    *form.Form
	Act     messageAct
	Words   actWords
	Message notify.Entry
}

// GET /console/messages/{id}/resend/, …/cancel/
func (c *Console) messageActPage(a messageAct) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		m, _, err := c.messageOf(r)
		if err != nil {
			return err
		}
		return c.showMessageAct(w, r, a, m, form.Empty())
	}
}

// POST to the same addresses.
func (c *Console) messageAct(a messageAct) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		m, _, err := c.messageOf(r)
		if err != nil {
			return err
		}
		f, err := form.Read(r)
		if err != nil {
			return err
		}
		next, err := a.apply(c, r.Context(), web.ActorOf(r), m.ID)
		if err := f.Take(err); err != nil {
			return err
		}
		if !f.OK() {
			return c.showMessageAct(w, r, a, m, f)
		}
		web.Flash(w, r, ui.Done, a.words(r.Context(), m).Done)
		web.Redirect(w, r, messagePath(next))
		return nil
	}
}

func (c *Console) showMessageAct(w http.ResponseWriter, r *http.Request, a messageAct, m notify.Entry, f *form.Form) error {
	words := a.words(r.Context(), m)
	v := messageActView{Page: web.NewPage(r, "console.act.title", "Act", words.Button, "Name", messageWords(r.Context(), m.Kind)), Form: f, Act: a, Words: words, Message: m}
	return web.RenderForm(w, r, f, messageActTempl(v))
}
