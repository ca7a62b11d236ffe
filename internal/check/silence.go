package check

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Silence is one entry of CHECK_SILENCED: a warning that somebody has looked at, why it
// stays, and until when. Err says what is wrong with an entry that is none.
type Silence struct {
	ID     string
	Until  time.Time // the last day, in Manila
	Reason string
	Err    string
}

// Silenced is a finding that was silenced. It is told every time.
type Silenced struct {
	ID     string `json:"id"`
	What   string `json:"what"`
	Reason string `json:"reason"`
	Until  string `json:"until"` // 2026-12-31
}

var silenceForm = regexp.MustCompile(`^(EK\.[EWI]\d{3})\s+until\s+(\d{4}-\d{2}-\d{2}):\s*(.+)$`)

// shortestReason is what a reason must at least say.
const shortestReason = 10

// longestSilence is how far ahead an expiry may lie: somebody looks again within a year.
const longestSilence = 366 * 24 * time.Hour

// ParseSilences reads CHECK_SILENCED: entries separated by semicolons, each
// "EK.W047 until 2026-12-31: the backups run on the host". zone is Manila's.
func ParseSilences(text string, now time.Time, zone *time.Location) []Silence {
	var out []Silence
	known := map[string]bool{}
	for _, c := range Table() {
		known[c.ID] = true
	}
	for entry := range strings.SplitSeq(text, ";") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		out = append(out, parseSilence(entry, now, zone, known))
	}
	return out
}

func parseSilence(entry string, now time.Time, zone *time.Location, known map[string]bool) Silence {
	m := silenceForm.FindStringSubmatch(entry)
	if m == nil {
		return Silence{Err: fmt.Sprintf("%q is not \"EK.W000 until 2026-12-31: the reason\"", entry)}
	}
	s := Silence{ID: m[1], Reason: strings.TrimSpace(m[3])}
	day, err := time.ParseInLocation(time.DateOnly, m[2], zone)
	s.Until = day
	switch {
	case err != nil:
		s.Err = fmt.Sprintf("%s: %s is not a day", s.ID, m[2])
	case !known[s.ID]:
		s.Err = s.ID + " is not a check"
	case len(s.Reason) < shortestReason:
		s.Err = s.ID + ": the reason says nothing"
	case !now.Before(day.AddDate(0, 0, 1)):
		s.Err = fmt.Sprintf("%s: expired on %s", s.ID, m[2])
	case day.Sub(now) > longestSilence:
		s.Err = s.ID + ": the expiry is more than a year away"
	}
	return s
}

// silence divides what was found into findings and silenced ones. An error stays, whoever
// wants it silent.
func (r *Result) silence(found []Finding, silences []Silence) {
	by := map[string]Silence{}
	for _, s := range silences {
		if s.Err == "" {
			by[s.ID] = s
		}
	}
	for _, f := range found {
		s, ok := by[f.ID]
		if !ok || f.Class == Error {
			r.Findings = append(r.Findings, f)
			continue
		}
		r.Silenced = append(r.Silenced, Silenced{ID: f.ID, What: f.What, Reason: s.Reason, Until: s.Until.Format(time.DateOnly)})
	}
}

// silencing judges the entries themselves.
func silencing(f *Facts, v *verdict) {
	stays := map[string]bool{}
	for _, c := range Table() {
		stays[c.ID] = c.Class == Error && !c.Warns
	}
	for _, s := range f.Silences {
		switch {
		case s.Err != "":
			v.fail("CHECK_SILENCED: %s", s.Err)
		case stays[s.ID]:
			v.fail("CHECK_SILENCED: %s is an error, and errors cannot be silenced", s.ID)
		}
	}
}
