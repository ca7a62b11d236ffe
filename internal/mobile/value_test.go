package mobile

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ekolek/internal/collection"
	"ekolek/internal/ledger"
)

func TestReadKilos(t *testing.T) {
	for text, want := range map[string]ledger.Grams{
		"2.5": 2500, "2.50000": 2500, " 2.5 ": 2500, "+2.5": 2500, ".5": 500, "5.": 5000, "1e1": 10_000, "1E-3": 1, "2.5e+0": 2500,
		"0.0005": 1, "0.0014999": 1, "0.0015": 2, "1.2345": 1235, "1.2344999999": 1234, "10000": 10_000_000, "10000.0004": 10_000_000,
		"00001": 1000,
		"":      0, "0": 0, "0.0004999": 0, "-1": 0, "10000.0005": 0, "1e99": 0, "1e999": 0, "1e-99": 0, "NaN": 0, "Inf": 0, "Infinity": 0, "nan": 0,
		"1,5": 0, "1_000": 0, "0x10": 0, "1/2": 0, "abc": 0, "1 2": 0, "e5": 0, ".": 0, "٣": 0, "1e": 0, strings.Repeat("9", 21): 0, "2.5\x00": 0,
	} {
		got, ok := readKilos(text)
		if got != want || ok != (want > 0) {
			t.Errorf("%q: %d, %v; want %d", text, got, ok, want)
		}
	}
}

// A weight that was written as kilograms reads back to the gram, and nothing that is not
// within the book's bounds is read.
func TestReadKilosReadsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := ledger.Grams(rapid.Int64Range(int64(collection.MinGrams), int64(collection.MaxGrams)).Draw(t, "grams"))
		if got, ok := readKilos(g.Kilos()); !ok || got != g {
			t.Fatalf("%s: %d, %v", g.Kilos(), got, ok)
		}
		text := rapid.StringMatching(`[-+.0-9eE]{0,12}`).Draw(t, "text")
		if got, ok := readKilos(text); ok && (got < collection.MinGrams || got > collection.MaxGrams) {
			t.Fatalf("%q: %d", text, got)
		}
	})
}
