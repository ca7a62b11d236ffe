package djangodb

import (
	"testing"

	"ekolek/internal/collection"
	"ekolek/internal/ledger"
)

func TestGuessType(t *testing.T) {
	cases := []struct {
		name   string
		class  collection.Class
		factor string
	}{
		{"PET Bottles", collection.Recyclable, "PET"},
		{"Mga Bote", collection.Recyclable, "Glass"},
		{"Mixed Paper", collection.Recyclable, "Mixed Paper (general)"},
		{"White Paper", collection.Recyclable, "Office Paper"},
		{"Softdrink cans", collection.Recyclable, "Aluminum Cans"},
		{"Volcanic ash", collection.Recyclable, ""}, // "can" begins no word of it
		{"Carpet", collection.Recyclable, ""},       // nor does "pet"
		{"Karton", collection.Recyclable, "Corrugated Containers"},
		{"NABUBULOK", collection.Biodegradable, ""},
		{"Non-biodegradable", collection.Residual, ""},
		{"Mga sachet", collection.Residual, ""},
		{"Used Batteries", collection.Special, ""},
		{"E-waste", collection.Special, "Mixed Electronics"},
		{"Used cooking oil", collection.Special, ""},
		{"Ginto", collection.Recyclable, ""},
	}
	for _, c := range cases {
		form := guessType(c.name)
		if form.Class != c.class || form.Factor != c.factor || form.Name != c.name || !form.Active {
			t.Errorf("%s is guessed as %s with the factor %q, want %s with %q", c.name, form.Class, form.Factor, c.class, c.factor)
		}
	}
}

// TestGuessesHaveFactors: a factor that the table lost would be left out in silence.
func TestGuessesHaveFactors(t *testing.T) {
	for _, g := range guesses {
		if _, ok := collection.FactorOf(g.factor); g.factor != "" && !ok {
			t.Errorf("%s: the table has no factor for %q", g.word, g.factor)
		}
	}
}

func TestPaidAt(t *testing.T) {
	cases := []struct {
		name   string
		grams  ledger.Grams
		points ledger.Points
		today  ledger.Rate
		want   ledger.Rate
	}{
		{"today's rate", 2450, 1225, 500, 500},
		{"today's rate, rounded", 333, 167, 500, 500},
		{"an older rate", 2000, 800, 500, 400},
		{"unpaid", 2000, 0, 500, 0},
		{"nearest hundredth", 3000, 1000, 500, 333},
	}
	for _, c := range cases {
		if got := paidAt(c.grams, c.points, c.today); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestRowID(t *testing.T) {
	id := "0000003a-0000-4000-8000-000000000001"
	if got := rowID(tableWeighIn, id); got.String() != id {
		t.Errorf("an id of its own became %s", got)
	}
	// Fixed for ever: another id would bring every weigh-in over twice.
	if got := rowID(tableWeighIn, "1").String(); got != "28fc06d1-3402-58e4-b757-3f641b30682b" {
		t.Errorf("weigh-in 1 became %s", got)
	}
	if rowID(tableWeighIn, "1") == rowID(tableRedemption, "1") {
		t.Error("two tables' rows share an id")
	}
}
