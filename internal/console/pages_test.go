package console_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"ekolek/internal/console"
	"ekolek/internal/notify"
	"ekolek/internal/people"
	"ekolek/internal/rewards"
	"ekolek/internal/schedule"
	"ekolek/internal/testkit"
)

// Every page of the console's table must be sound, empty and with one of everything, in
// both languages. A new page joins by its route alone.
func TestEveryPageIsSound(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	o.everyPageIsSound(nil)

	resident, waiting := o.Resident(t, o.Barangays[0]), o.Applicant(t, o.Barangays[0])
	pet := o.pet()
	weighed := o.weigh(resident, pet, "a")
	item, err := o.rewards.SaveItem(t.Context(), o.Actor(o.Admin), rewards.ItemForm{Name: "Rice", Price: 1000, Unit: "kg", Active: true, Stock: 5, ReorderPoint: 9})
	must(t, err)
	redeemed, err := o.rewards.Redeem(t.Context(), o.Actor(o.Admin), people.City, rewards.Request{RequestKey: "b", Resident: resident.ID, Wants: []rewards.Want{{Item: item, Quantity: 1}}, IdentifiedBy: "card"})
	must(t, err)
	waits, failed := o.told(resident, "test.waits"), o.told(resident, "test.failed")
	o.setJob(failed, "discarded", 25)
	unclear := o.write(resident, "resident.approved", "")
	o.fate(unclear.SMS, notify.Failed, notify.Unclear, "no answer")
	today := o.schedule.Today()
	line := o.comes(o.Barangays[0], (int(schedule.WeekdayOf(today))+6)%7+1, 8*60, uuid.Nil)
	typhoon, err := o.schedule.Except(t.Context(), o.Actor(o.Admin), people.City, schedule.ExceptionForm{RequestKey: "c", Kind: schedule.Suspend,
		Reason: schedule.ReasonTyphoon, Barangays: []uuid.UUID{o.Barangays[0].ID}, Days: []schedule.DayMove{{Day: schedule.AddDays(today, 7)}}})
	must(t, err)
	o.everyPageIsSound(map[string]string{
		"/console/schedule/lines/":         line.String(),
		"/console/schedule/exceptions/":    typhoon.ID.String(),
		"{source}":                         line.String(),
		"{original}":                       today,
		"/console/messages/":               unclear.SMS.String(),
		"/console/campaigns/":              o.campaign().ID.String(),
		"/console/jobs/{id}/cancel/":       strconv.FormatInt(waits, 10),
		"/console/jobs/":                   strconv.FormatInt(failed, 10),
		"/console/residents/{id}/approve/": waiting.ID.String(),
		"/console/residents/{id}/reject/":  waiting.ID.String(),
		"/console/residents/{id}/restore/": o.suspended().ID.String(),
		"/console/residents/":              resident.ID.String(),
		"/console/families/":               resident.FamilyID.String(),
		"/console/weigh-ins/":              weighed.ID.String(),
		"/console/rewards/":                item.String(),
		"/console/waste-types/":            pet.ID.String(),
		"/console/barangays/":              o.Barangays[0].ID.String(),
		"/console/staff/":                  o.Manager.ID.String(),
		"/console/terms/":                  o.terms().ID.String(),
		"/console/station/residents/":      resident.ID.String(),
		"/console/station/weigh-ins/":      weighed.ID.String(),
		"/console/station/redemptions/":    redeemed.Redemptions[0].ID.String(),
		"{item}":                           item.String(),
	})
}

// terms is a version that is not in force yet.
func (o *office) terms() people.Terms {
	o.t.Helper()
	long := strings.Repeat("Something to agree to. ", 10)
	texts, err := o.People.WriteTerms(o.t.Context(), o.Actor(o.Admin), people.NewTerms{Version: "2.0",
		Title: map[string]string{"en": "Terms", "fil": "Mga tuntunin"}, Content: map[string]string{"en": long, "fil": long}})
	must(o.t, err)
	return texts[0]
}

// suspended is a resident who is barred.
func (o *office) suspended() people.Resident {
	o.t.Helper()
	r := o.Resident(o.t, o.Barangays[0])
	_, err := o.People.Suspend(o.t.Context(), o.Actor(o.Admin), people.City, r.ID, "Lent the card to strangers")
	must(o.t, err)
	return r
}

// everyPageIsSound asks for the pages of the table; ids are what to put for {id}, by the
// pattern or by what it begins with. Pages without one are left out.
func (o *office) everyPageIsSound(ids map[string]string) {
	o.t.Helper()
	admin, stranger := o.as("admin"), testkit.NewBrowser(o.t, o.url)
	for _, path := range consolePages() {
		id := ids[path]
		for start := range ids {
			if id == "" && strings.HasPrefix(path, start) {
				id = ids[start]
			}
		}
		if strings.Contains(path, "{id}") && id == "" || strings.Contains(path, "{source}") && ids == nil {
			continue
		}
		path = strings.NewReplacer("{id}", id, "{item}", ids["{item}"], "{source}", ids["{source}"], "{original}", ids["{original}"], "/station/find/", "/station/find/?q=Juan",
			"/rewards/give/", "/rewards/give/?q-"+ids["{item}"]+"=1").Replace(path)
		for _, lang := range []string{"en", "fil"} {
			admin.Lang, stranger.Lang = lang, lang
			b := admin
			if path == "/console/login/" {
				b = stranger
			}
			a := b.Get(path)
			if a.Status >= 300 && a.Status < 400 {
				continue // leads to a page that is asked for by itself
			}
			missing := path == "/admin/setup/" || ids == nil && strings.Contains(path, "/find/") // closed; nobody to find
			if a.Status != http.StatusOK && !missing {
				o.t.Errorf("%s: status %d", path, a.Status)
			}
			a.Sound(path)
		}
	}
}

// consolePages are the patterns that a browser can ask for and that show a page.
func consolePages() []string {
	var pages []string
	other := regexp.MustCompile(`\.(csv|xlsx|pdf)$|logout`)
	for _, r := range console.New(console.Deps{}).Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if method == http.MethodGet && !r.Quiet && !other.MatchString(path) {
			pages = append(pages, path)
		}
	}
	return pages
}
