package notify

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"

	"ekolek/internal/notify/carrier"
)

// pushWorkers is how many push messages one process hands over at a time. One that is in
// doubt when it is killed is sent twice, and takes its own place on the phone by its tag.
const pushWorkers = 8

// pushTries is how often browsers are tried that do not take a message which another one
// of theirs has taken.
const pushTries = 3

// handed is what came of a message at one browser.
type handed struct {
	device  uuid.UUID
	service string
	failure *carrier.Failure // nil: taken
}

// payload is what our worker in the browser reads.
type payload struct {
	Title    string `json:"title"`
	Text     string `json:"text"`
	Link     string `json:"link,omitempty"` // local
	Tag      string `json:"tag,omitempty"`
	Language string `json:"lang"`
}

// push hands a message to each browser of whom it is for, except to those that took it in
// an earlier attempt.
func (s *Service) push(ctx context.Context, m message, b body) (outcome, error) {
	devices, err := s.listDevices(ctx, s.db, Bell{m.Audience, m.Recipient})
	if err != nil {
		return outcome{}, err
	}
	data, err := json.Marshal(payload{b.Subject, b.text(), b.Link, b.Tag, m.Language})
	if err != nil {
		return outcome{}, err
	}
	urgency := "normal"
	if m.Urgent {
		urgency = "high"
	}
	message := carrier.Pushed{ID: m.ID, Payload: data, Life: m.Deadline.Sub(s.now()), Urgency: urgency, Topic: topic(b.Tag)}
	ctx, cancel := context.WithTimeout(ctx, carryTimeout)
	defer cancel()
	all := len(devices)
	devices = slices.DeleteFunc(devices, func(d Device) bool { return d.tookID == m.ID })
	results := make([]handed, len(devices))
	var wg sync.WaitGroup
	for i, d := range devices {
		wg.Go(func() {
			one := message
			one.To = d.browser
			results[i] = handed{device: d.ID, service: d.Service}
			if _, err := s.opts.Push.Send(ctx, one); err != nil {
				results[i].failure = carrier.FailureOf(err)
			}
		})
	}
	wg.Wait()
	return judge(results, all-len(devices), m.Attempts), nil
}

// judge is what an attempt at several browsers comes to. before is how many took the
// message in an earlier one.
func judge(results []handed, before, attempts int) outcome {
	out := outcome{handed: results}
	took, waits, gone := before, 0, 0
	worst := carrier.Permanent
	var services, words []string
	for _, h := range results {
		services = append(services, h.service)
		f := h.failure
		if f == nil {
			took++
			continue
		}
		words = append(words, h.service+": "+f.Words)
		switch {
		case f.Gone:
			gone++
		case f.Outcome != carrier.Permanent:
			waits++
			out.after = max(out.after, f.After)
			if worst != carrier.Temporary {
				worst = f.Outcome
			}
		}
	}
	slices.Sort(services)
	out.provider = strings.Join(slices.Compact(services), ", ")
	if took > 0 && (waits == 0 || attempts >= pushTries) {
		out.after = 0
		return out
	}
	if waits == 0 && gone == len(results) {
		out.reason = NoDevice
	}
	out.failure = &carrier.Failure{Outcome: worst, Words: cut(strings.Join(words, "; "), maxWords)}
	return out
}

const maxWords = 300

// topic stands for a tag at the push service, which learns nothing from it.
func topic(tag string) string {
	if tag == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(tag))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}
