// Package check tells whether a set-up is fit for production. It looks first (Look sends
// requests to the program's own handler, asks the database, reads the disk) and judges
// then: every check is a function of what was seen, so a test can show it each fault
// alone. It changes nothing, and it believes answers, not settings.
//
// The ids are stable: EK.E… are errors, EK.W… warnings, EK.I… for information. They
// stand, with Django's ids that they answer to, in docs/checks.md.
package check

import (
	"cmp"
	"fmt"
	"slices"
)

// Class is how bad a finding is.
type Class string

// The classes. Errors keep `serve` from starting in production and cannot be silenced;
// warnings fail a check all the same; information does not.
const (
	Error   Class = "error"
	Warning Class = "warning"
	Info    Class = "info"
)

// Check is one line of the table.
type Check struct {
	ID     string // "EK.E004"
	Class  Class  // of its worst finding
	Deploy bool   // only with --deploy: it is about production
	// Later says that only a running program, or people through it, can mend the finding:
	// then it does not keep `serve` from starting.
	Later  bool
	Warns  bool   // some findings of this error are warnings only: those can be silenced
	Title  string // what is right
	Mend   string // what to do when it is not
	Django string // ids of Django's checks that it answers to; "" when it has none
	judge  func(f *Facts, v *verdict)
}

// Finding is one thing to be mended.
type Finding struct {
	ID    string `json:"id"`
	Class Class  `json:"class"`
	What  string `json:"what"`
	Mend  string `json:"mend"`
}

// verdict is what a check says.
type verdict struct {
	check    *Check
	findings []Finding
	skipped  string // why it could not be judged
	err      error  // why it could not even be looked at
}

// fail finds something of the check's class.
func (v *verdict) fail(format string, args ...any) { v.find(v.check.Class, format, args...) }

// warn finds something that is less than an error.
func (v *verdict) warn(format string, args ...any) { v.find(Warning, format, args...) }

// mostFindings of one check are told; the first ones say what is wrong.
const mostFindings = 5

func (v *verdict) find(c Class, format string, args ...any) {
	f := Finding{ID: v.check.ID, Class: c, What: fmt.Sprintf(format, args...), Mend: v.check.Mend}
	if len(v.findings) < mostFindings && !slices.Contains(v.findings, f) {
		v.findings = append(v.findings, f)
	}
}

// skip says why this cannot be judged here.
func (v *verdict) skip(because string) { v.skipped = because }

// Table lists every check, by id.
func Table() []Check {
	all := slices.Concat(basic(), headers(), hosts(), keys(), pages(), database(), books(), signIns(), messages(), server(), disks(), outside())
	slices.SortFunc(all, func(a, b Check) int { return cmp.Compare(number(a.ID), number(b.ID)) })
	return all
}

// number orders ids by their digits: EK.W021 stands between EK.E020 and EK.E022.
func number(id string) string { return id[len("EK.E"):] }

// Scope says which checks run.
type Scope int

// The scopes: a working set-up, one fit for production, and what `serve` asks before it
// starts in production.
const (
	Basic Scope = iota
	Deploy
	Start
)

func (s Scope) has(c Check) bool {
	switch s {
	case Basic:
		return !c.Deploy
	case Start:
		return c.Class == Error && !c.Later
	default:
		return true
	}
}

// Judge runs the checks of a scope.
func Judge(f *Facts, scope Scope) Result {
	r := Result{Version: f.Version, At: f.Now, Findings: []Finding{}, Silenced: []Silenced{}, NotJudged: []NotJudged{}, Failed: []NotJudged{}}
	var found []Finding
	for _, c := range Table() {
		if !scope.has(c) {
			continue
		}
		v := verdict{check: &c}
		c.judge(f, &v)
		r.Checked++
		switch {
		case v.err != nil:
			r.Failed = append(r.Failed, NotJudged{ID: c.ID, Because: v.err.Error()})
		case v.skipped != "":
			r.NotJudged = append(r.NotJudged, NotJudged{ID: c.ID, Because: v.skipped})
		}
		if scope == Start {
			v.findings = slices.DeleteFunc(v.findings, func(f Finding) bool { return f.Class != Error })
		}
		found = append(found, v.findings...)
	}
	r.silence(found, f.Silences)
	r.Hash = r.hash()
	return r
}
