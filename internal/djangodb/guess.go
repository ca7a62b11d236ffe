package djangodb

import (
	"strings"
	"unicode"

	"ekolek/internal/collection"
	"ekolek/internal/people"
)

// guess is what a word in a waste type's name says about it.
type guess struct {
	word   string // folded; the start of a word of the name
	class  collection.Class
	factor string // material of the WARM table; empty: none published, or not known
	icon   string
}

// guesses are tried in their order; the first that fits wins, and what fits none is
// recyclable: the reference pays for what can be sold. The list is in docs/import.md.
var guesses = []guess{
	{"non-biodegradable", collection.Residual, "", ""},
	{"non-recyclable", collection.Residual, "", ""},
	{"residual", collection.Residual, "", ""},
	{"sachet", collection.Residual, "", ""},
	{"diaper", collection.Residual, "", ""},
	{"styro", collection.Residual, "", ""},
	{"special", collection.Special, "", ""},
	{"hazard", collection.Special, "", ""},
	{"batter", collection.Special, "", ""},
	{"baterya", collection.Special, "", ""},
	{"bulb", collection.Special, "", ""},
	{"fluorescent", collection.Special, "", ""},
	{"paint", collection.Special, "", ""},
	{"medic", collection.Special, "", ""},
	{"e-waste", collection.Special, "Mixed Electronics", ""},
	{"electronic", collection.Special, "Mixed Electronics", ""},
	{"biodegradable", collection.Biodegradable, "", ""},
	{"nabubulok", collection.Biodegradable, "", ""},
	{"kitchen", collection.Biodegradable, "", ""},
	{"food", collection.Biodegradable, "", ""},
	{"garden", collection.Biodegradable, "", ""},
	{"yard", collection.Biodegradable, "", ""},
	{"organic", collection.Biodegradable, "", ""},
	{"compost", collection.Biodegradable, "", ""},
	{"pet", collection.Recyclable, "PET", "art-pet"},
	{"hdpe", collection.Recyclable, "HDPE", "art-pet"},
	{"glass", collection.Recyclable, "Glass", "art-glass"},
	{"bote", collection.Recyclable, "Glass", "art-glass"},
	{"aluminum", collection.Recyclable, "Aluminum Cans", "art-can"},
	{"aluminium", collection.Recyclable, "Aluminum Cans", "art-can"},
	{"tin", collection.Recyclable, "Steel Cans", "art-can"},
	{"lata", collection.Recyclable, "Steel Cans", "art-can"},
	{"steel", collection.Recyclable, "Steel Cans", "art-metal"},
	{"copper", collection.Recyclable, "Copper Wire", "art-metal"},
	{"metal", collection.Recyclable, "Mixed Metals", "art-metal"},
	{"bakal", collection.Recyclable, "Mixed Metals", "art-metal"},
	{"can", collection.Recyclable, "Aluminum Cans", "art-can"},
	{"cardboard", collection.Recyclable, "Corrugated Containers", "art-box"},
	{"carton", collection.Recyclable, "Corrugated Containers", "art-box"},
	{"karton", collection.Recyclable, "Corrugated Containers", "art-box"},
	{"newspaper", collection.Recyclable, "Newspaper", "art-paper"},
	{"dyaryo", collection.Recyclable, "Newspaper", "art-paper"},
	{"white paper", collection.Recyclable, "Office Paper", "art-paper"},
	{"paper", collection.Recyclable, "Mixed Paper (general)", "art-paper"},
	{"papel", collection.Recyclable, "Mixed Paper (general)", "art-paper"},
	{"plastic", collection.Recyclable, "Mixed Plastics", "art-pet"},
	{"plastik", collection.Recyclable, "Mixed Plastics", "art-pet"},
	{"oil", collection.Special, "", "art-oil"},
}

// guessType makes an active waste type of a name. A factor that the table does not have
// is left out.
func guessType(name string) collection.TypeForm {
	form := collection.TypeForm{Name: name, Class: collection.Recyclable, Active: true}
	folded := people.Fold(name)
	for _, g := range guesses {
		if !startsAWord(folded, g.word) {
			continue
		}
		form.Class, form.Icon = g.class, g.icon
		if _, ok := collection.FactorOf(g.factor); ok {
			form.Factor = g.factor
		}
		return form
	}
	return form
}

// startsAWord says that a word of the text begins so: "can" in "soda cans", not in "volcanic".
func startsAWord(text, start string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], start)
		if i < 0 {
			return false
		}
		at += i
		if at == 0 || !unicode.IsLetter(rune(text[at-1])) {
			return true
		}
		at++
	}
}
