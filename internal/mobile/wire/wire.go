// Package wire writes the values that the phone apps read, in exactly the spelling of
// the system that they were made for. Dart tells 10 from 10.0, so numbers have types here.
package wire

import (
	"strconv"
	"strings"
	"time"

	"ekolek/internal/ledger"
)

// Points are a float that always has a point: 120.5, 30.0.
type Points ledger.Points

// MarshalJSON writes hundredths as the shortest decimal.
func (p Points) MarshalJSON() ([]byte, error) {
	return withPoint(ledger.Points(p).String()), nil
}

// Kilos are a weight in kilograms, a float that always has a point.
type Kilos ledger.Grams

// MarshalJSON writes grams as kilograms.
func (k Kilos) MarshalJSON() ([]byte, error) {
	return withPoint(ledger.Grams(k).Kilos()), nil
}

// PerKilo is a rate in points for a kilogram, a float that always has a point.
type PerKilo ledger.Rate

// MarshalJSON writes hundredths as the shortest decimal.
func (r PerKilo) MarshalJSON() ([]byte, error) {
	return withPoint(ledger.Rate(r).String()), nil
}

// withPoint writes small numbers as the reference's language does: 1e-05 has no point,
// but no value of ours is that small.
func withPoint(decimal string) []byte {
	if !strings.Contains(decimal, ".") {
		decimal += ".0"
	}
	return []byte(decimal)
}

// The layouts of the reference: six digits, and none at all when they are zeros.
const (
	layoutExact = "2006-01-02T15:04:05.000000-07:00"
	layoutWhole = "2006-01-02T15:04:05-07:00"
)

// Time is a moment in UTC with six digits: 2026-11-23T07:54:49.491928+00:00.
type Time time.Time

// MarshalJSON writes the moment; the zero one is null.
func (t Time) MarshalJSON() ([]byte, error) { return moment(time.Time(t), time.UTC), nil }

// ManilaTime is a moment as the reference's serializers write it: +08:00.
type ManilaTime time.Time

// MarshalJSON writes the moment; the zero one is null. The offset is the contract's,
// not the zone's.
func (t ManilaTime) MarshalJSON() ([]byte, error) {
	return moment(time.Time(t), time.FixedZone("", 8*60*60)), nil
}

// TimeOrNull is the moment, or null.
func TimeOrNull(t *time.Time) Time {
	if t == nil {
		return Time{}
	}
	return Time(*t)
}

func moment(t time.Time, zone *time.Location) []byte {
	if t.IsZero() {
		return []byte("null")
	}
	t = t.Truncate(time.Microsecond)
	layout := layoutExact
	if t.Nanosecond() == 0 {
		layout = layoutWhole
	}
	return strconv.AppendQuote(nil, t.In(zone).Format(layout))
}

// OrNull is a text, or null where there is none.
func OrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
