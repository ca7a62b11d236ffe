package check

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Result is what came of a run.
type Result struct {
	Version   string      `json:"version"`
	At        time.Time   `json:"at"`
	Hash      string      `json:"hash"`    // of everything below: the same outcome, the same hash
	Checked   int         `json:"checked"` // how many checks ran
	Findings  []Finding   `json:"findings"`
	Silenced  []Silenced  `json:"silenced"`
	NotJudged []NotJudged `json:"not_judged"`
	Failed    []NotJudged `json:"failed"` // could not be checked
}

// NotJudged is a check without an outcome.
type NotJudged struct {
	ID      string `json:"id"`
	Because string `json:"because"`
}

// Code is the command's exit code: 0 clean, 1 something was found, 2 something could not
// be checked. Information alone is clean.
func (r Result) Code() int {
	switch {
	case len(r.Failed) > 0:
		return 2
	case r.Worst() == Error || r.Worst() == Warning:
		return 1
	default:
		return 0
	}
}

// Worst is the class of the worst finding; "" without any.
func (r Result) Worst() Class {
	worst := Class("")
	for _, f := range r.Findings {
		switch {
		case f.Class == Error:
			return Error
		case f.Class == Warning || worst == "":
			worst = f.Class
		}
	}
	return worst
}

// hash names the outcome, without its moment: two runs that found the same have the same.
func (r Result) hash() string {
	r.At, r.Hash = time.Time{}, ""
	data, _ := json.Marshal(r) // strings and numbers: it cannot fail
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])[:16]
}

// Print writes the outcome for people: what was found, what was silenced and why, what
// could not be judged.
func (r Result) Print(w io.Writer) error {
	p := &printer{w: w}
	for _, f := range r.Findings {
		p.line("%s %s: %s\n    %s", f.ID, f.Class, f.What, f.Mend)
	}
	for _, s := range r.Silenced {
		p.line("%s silenced until %s (%s): %s", s.ID, s.Until, s.Reason, s.What)
	}
	for _, n := range r.NotJudged {
		p.line("%s not judged, because %s", n.ID, n.Because)
	}
	for _, n := range r.Failed {
		p.line("%s could not be checked: %s", n.ID, n.Because)
	}
	verdict := "ok"
	if r.Code() != 0 {
		verdict = "not ok"
	}
	p.line("%s: %d checks, %d findings, %d silenced, %d not judged, %d failed; result %s", verdict,
		r.Checked, len(r.Findings), len(r.Silenced), len(r.NotJudged), len(r.Failed), r.Hash)
	return p.err
}

// printer keeps the first error of many lines.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// Refusal is why a program does not start: all of its errors at once.
type Refusal struct{ Result Result }

// Error lists every finding with its mend.
func (r *Refusal) Error() string {
	text := fmt.Sprintf("not fit for production: %d findings", len(r.Result.Findings))
	for _, f := range r.Result.Findings {
		text += fmt.Sprintf("\n  %s %s\n      %s", f.ID, f.What, f.Mend)
	}
	return text + "\n`ekolek check --deploy` tells more."
}
