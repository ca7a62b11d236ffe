package wire

import (
	"encoding/json"
	"regexp"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ekolek/internal/ledger"
)

func TestSpellings(t *testing.T) {
	at := time.Date(2026, 11, 23, 7, 54, 49, 491928999, time.UTC)
	manila := time.FixedZone("", 8*60*60)
	for _, c := range []struct {
		value any
		want  string
	}{
		{Points(0), `0.0`}, {Points(1000), `10.0`}, {Points(12050), `120.5`}, {Points(5056), `50.56`}, {Points(-2550), `-25.5`}, {Points(5), `0.05`},
		{Kilos(0), `0.0`}, {Kilos(2000), `2.0`}, {Kilos(2666), `2.666`}, {Kilos(1), `0.001`},
		{PerKilo(125), `1.25`}, {PerKilo(500), `5.0`},
		{Time(at), `"2026-11-23T07:54:49.491928+00:00"`},
		{Time(at.In(manila)), `"2026-11-23T07:54:49.491928+00:00"`},
		{Time(at.Truncate(time.Second)), `"2026-11-23T07:54:49+00:00"`},
		{Time(at.Truncate(time.Second).Add(time.Microsecond)), `"2026-11-23T07:54:49.000001+00:00"`},
		{Time(at.Truncate(time.Second).Add(999 * time.Nanosecond)), `"2026-11-23T07:54:49+00:00"`},
		{Time{}, `null`}, {TimeOrNull(nil), `null`}, {TimeOrNull(&at), `"2026-11-23T07:54:49.491928+00:00"`},
		{ManilaTime(at), `"2026-11-23T15:54:49.491928+08:00"`}, {ManilaTime{}, `null`},
		{OrNull(""), `null`}, {OrNull("x"), `"x"`},
	} {
		got, err := json.Marshal(c.value)
		if err != nil || string(got) != c.want {
			t.Errorf("%#v: %s, %v; want %s", c.value, got, err, c.want)
		}
	}
}

// Every amount is a float with a point that says exactly the amount.
func TestAmountsAreFloats(t *testing.T) {
	float := regexp.MustCompile(`^-?[0-9]+\.[0-9]+$`)
	rapid.Check(t, func(t *rapid.T) {
		points := ledger.Points(rapid.Int64Range(-int64(ledger.MaxPoints), int64(ledger.MaxPoints)).Draw(t, "points"))
		text, err := json.Marshal(Points(points))
		if err != nil || !float.Match(text) {
			t.Fatalf("%d: %s, %v", points, text, err)
		}
		if back, err := ledger.ParsePoints(string(text)); err != nil || back != points {
			t.Fatalf("%d became %s, read as %d: %v", points, text, back, err)
		}
		grams := ledger.Grams(rapid.Int64Range(0, 1_000_000_000).Draw(t, "grams"))
		text, err = json.Marshal(Kilos(grams))
		f, err2 := strconv.ParseFloat(string(text), 64)
		if err != nil || err2 != nil || !float.Match(text) || int64(f*1000+0.5) != int64(grams) {
			t.Fatalf("%d grams: %s", grams, text)
		}
	})
}
