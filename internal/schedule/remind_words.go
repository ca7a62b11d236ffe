package schedule

import (
	"cmp"
	"strings"

	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/notify"
)

// reminderWords is what a reminder says of a day's pick-ups. It names the day and not
// "tomorrow": a notice is still there when that is past.
type reminderWords struct {
	day     db.Civil
	pickups []Pickup
}

func wordsOf(pickups []Pickup) reminderWords {
	return reminderWords{day: db.Civil(pickups[0].Day), pickups: pickups}
}

func (w reminderWords) notice() errs.Text {
	if len(w.pickups) == 1 {
		return errs.T("remind.notice", "Day", w.day, "Pickup", pickupText(w.pickups[0]))
	}
	return errs.T("remind.notice_many", "Day", w.day, "Pickups", w.list())
}

// list joins the pick-ups of a day, each in the reader's language.
func (w reminderWords) list() errs.Text {
	text := pickupText(w.pickups[len(w.pickups)-1])
	for i := len(w.pickups) - 2; i >= 0; i-- {
		text = errs.T("remind.and", "First", pickupText(w.pickups[i]), "Rest", text)
	}
	return text
}

// pickupText is a pick-up in words: its times and what it takes.
func pickupText(p Pickup) errs.Text {
	en, fil := wasteNames([]Pickup{p}, "en"), wasteNames([]Pickup{p}, "fil")
	if en == "" {
		return errs.T("remind.pickup_any", "Start", p.Start.Clock(), "End", p.End.Clock())
	}
	return errs.T("remind.pickup", "Start", p.Start.Clock(), "End", p.End.Clock(), "Wastes", errs.Names{English: en, Filipino: fil})
}

// sms says it within one text message, in the reader's language.
func (w reminderWords) sms(language string) errs.Text {
	times := make([]string, len(w.pickups))
	for i, p := range w.pickups {
		times[i] = p.Start.Clock()
	}
	wastes := wasteNames(w.pickups, language)
	if wastes == "" {
		return errs.T("remind.sms_any", "Day", w.day, "Times", strings.Join(times, ", "))
	}
	return errs.T("remind.sms", "Day", w.day, "Times", strings.Join(times, ", "), "Wastes", wastes)
}

// push stands on the phone's screen, in place of an older reminder.
func (w reminderWords) push() *notify.Pushed {
	return &notify.Pushed{Title: errs.T("remind.subject", "Day", w.day), Text: w.list(), Link: schedulePath, Tag: "reminder"}
}

func (w reminderWords) letter() *notify.Letter {
	l := &notify.Letter{Subject: errs.T("remind.subject", "Day", w.day), Link: schedulePath, Button: errs.T("schedule.tell.button")}
	l.Lines = append(l.Lines, errs.T("remind.mail", "Day", w.day))
	for _, p := range w.pickups {
		l.Lines = append(l.Lines, pickupText(p))
		if p.Notes != "" || p.NotesFil != "" {
			l.Lines = append(l.Lines, errs.T("remind.mail_notes", "Notes", errs.Names{English: cmp.Or(p.Notes, p.NotesFil), Filipino: p.NotesFil}))
		}
	}
	l.Lines = append(l.Lines, errs.T("remind.mail_change"))
	return l
}

// wasteNames are the materials of some pick-ups in a language, each once.
func wasteNames(pickups []Pickup, language string) string {
	var names []string
	seen := map[string]bool{}
	add := func(name string) {
		if name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	for _, p := range pickups {
		for _, m := range p.Wastes {
			if language == "fil" {
				add(cmp.Or(m.NameFil, m.Name))
			} else {
				add(m.Name)
			}
		}
		for _, other := range p.Other {
			add(other)
		}
	}
	return strings.Join(names, ", ")
}
