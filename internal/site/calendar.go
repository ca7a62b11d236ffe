package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ekolek/internal/auth"
	"ekolek/internal/errs"
	"ekolek/internal/people"
	"ekolek/internal/schedule"
	"ekolek/internal/schedule/ical"
	"ekolek/internal/web"
	"ekolek/internal/web/i18n"
)

// calendarRoutes are the files by which programs learn when the truck comes. Nobody signs
// in for them: a phone fetches them by itself.
func (s *Site) calendarRoutes() []web.Route {
	return []web.Route{{Pattern: "GET /calendar/{file}", Need: auth.Anyone, Handle: s.calendar}}
}

var errNoCalendar = errs.New(errs.NotFound, "CALENDAR_NOT_FOUND", "error.calendar.not_found")

// calendarDays is how many days the JSON twin tells.
const calendarDays = 60

// calendarKept is how long somebody between us and the phone may keep a calendar.
const calendarKept = "public, max-age=300"

// GET /calendar/{psgc}.ics and /calendar/{psgc}.json, of a class with ?type=recyclable,
// in Tagalog with ?lang=fil
func (s *Site) calendar(w http.ResponseWriter, r *http.Request) error {
	name, ending, _ := strings.Cut(r.PathValue("file"), ".")
	class := r.URL.Query().Get("type")
	if (ending != "ics" && ending != "json") || (class != "" && !ical.Known(class)) {
		return errNoCalendar
	}
	b, err := s.barangayNamed(r, name)
	if err != nil {
		return err
	}
	feed, err := s.schedule.Feed(r.Context(), b.ID)
	if err != nil {
		return err
	}
	if ending == "json" {
		body, err := json.Marshal(s.calendarJSON(b, feed, class))
		if err != nil {
			return fmt.Errorf("write calendar: %w", err)
		}
		return serveCalendar(w, r, "application/json; charset=utf-8", time.Time{}, append(body, '\n')) // it changes with the day
	}
	w.Header().Set("Content-Disposition", `inline; filename="e-kolek-`+name+`.ics"`)
	return serveCalendar(w, r, ical.ContentType, feed.ChangedAt, ical.Write(feed, s.calendarOptions(r, b, class)))
}

// serveCalendar gives a file, or says that whoever asks has it already.
func serveCalendar(w http.ResponseWriter, r *http.Request, kind string, changed time.Time, body []byte) error {
	sum := sha256.Sum256(body)
	h := w.Header()
	h.Set("ETag", `W/"`+base64.RawURLEncoding.EncodeToString(sum[:16])+`"`) // weak: it may go out compressed
	h.Set("Cache-Control", calendarKept)
	h.Set("Content-Type", kind)
	http.ServeContent(w, r, "", changed, bytes.NewReader(body))
	return nil
}

func (s *Site) calendarOptions(r *http.Request, b people.Barangay, class string) ical.Options {
	lang := i18n.English
	if r.URL.Query().Get("lang") == string(i18n.Filipino) {
		lang = i18n.Filipino
	}
	return ical.Options{
		Language: string(lang), Say: func(t errs.Text) string { return i18n.In(string(lang), t) },
		Class: class, Address: s.siteURL + calendarPath(b, class, lang), Page: s.siteURL + "/schedule/?barangay=" + placeName(b),
	}
}

// calendarPath is the local address of a barangay's calendar of a class, in a language.
func calendarPath(b people.Barangay, class string, lang i18n.Lang) string {
	q := url.Values{}
	if class != "" {
		q.Set("type", class)
	}
	if lang != i18n.English {
		q.Set("lang", string(lang))
	}
	u := url.URL{Path: "/calendar/" + placeName(b) + ".ics", RawQuery: q.Encode()}
	return u.String()
}

// webcal is the address under which phones subscribe to what stands at a local one.
func (s *Site) webcal(path string) string {
	_, rest, _ := strings.Cut(s.siteURL, "://")
	return "webcal://" + rest + path
}

// placeName names a barangay in an address: by its code, or by its id when it has none.
func placeName(b people.Barangay) string {
	if b.PSGC != "" {
		return b.PSGC
	}
	return b.ID.String()
}

// barangayNamed finds the barangay of an address.
func (s *Site) barangayNamed(r *http.Request, name string) (people.Barangay, error) {
	all, err := s.people.Barangays(r.Context())
	if err != nil {
		return people.Barangay{}, err
	}
	for _, b := range all {
		if name == placeName(b) {
			return b, nil
		}
	}
	return people.Barangay{}, errNoCalendar
}

// calendarFile is the JSON twin of a calendar: the pick-ups of the next days as they stand.
type calendarFile struct {
	Barangay  calendarPlace    `json:"barangay"`
	TimeZone  string           `json:"time_zone"`
	Revision  int              `json:"revision"`
	ChangedAt *time.Time       `json:"changed_at,omitempty"`
	From      string           `json:"from"`
	To        string           `json:"to"`
	Pickups   []calendarPickup `json:"pickups"`
}

type calendarPlace struct {
	PSGC string `json:"psgc,omitempty"`
	Name string `json:"name"`
}

type calendarPickup struct {
	Day      string          `json:"day"`
	Start    string          `json:"start"`
	End      string          `json:"end"`
	State    schedule.State  `json:"state"`
	Planned  string          `json:"planned_day,omitempty"` // of a moved one
	Wastes   []calendarWaste `json:"wastes"`
	Other    []string        `json:"other_wastes,omitempty"`
	Notes    string          `json:"notes,omitempty"`
	NotesFil string          `json:"notes_fil,omitempty"`
	Reason   schedule.Reason `json:"reason,omitempty"`
	Note     string          `json:"note,omitempty"`
	NoteFil  string          `json:"note_fil,omitempty"`
}

type calendarWaste struct {
	Name    string `json:"name"`
	NameFil string `json:"name_fil,omitempty"`
	Class   string `json:"class"`
}

func (s *Site) calendarJSON(b people.Barangay, feed schedule.Feed, class string) calendarFile {
	from := s.schedule.Today()
	f := calendarFile{
		Barangay: calendarPlace{b.PSGC, b.Name}, TimeZone: "Asia/Manila", Revision: feed.Revision,
		From: from, To: schedule.AddDays(from, calendarDays-1), Pickups: []calendarPickup{},
	}
	if !feed.ChangedAt.IsZero() {
		at := feed.ChangedAt.UTC()
		f.ChangedAt = &at
	}
	for _, p := range feed.Pickups(f.From, f.To, false) {
		if row, ok := calendarRow(p, class); ok {
			f.Pickups = append(f.Pickups, row)
		}
	}
	return f
}

// calendarRow is a pick-up in JSON, unless nothing of the class is collected.
func calendarRow(p schedule.Pickup, class string) (row calendarPickup, ok bool) {
	row = calendarPickup{
		Day: p.Day, Start: p.Start.String(), End: p.End.String(), State: p.State,
		Wastes: []calendarWaste{}, Other: p.Other, Notes: p.Notes, NotesFil: p.NotesFil,
	}
	ok = class == ""
	for _, m := range p.Wastes {
		row.Wastes = append(row.Wastes, calendarWaste{m.Name, m.NameFil, m.Class})
		ok = ok || m.Class == class
	}
	if p.State == schedule.Moved {
		row.Planned = p.Original
	}
	if p.Why != nil {
		row.Reason, row.Note, row.NoteFil = p.Why.Reason, p.Why.Note, p.Why.NoteFil
	}
	return row, ok
}
