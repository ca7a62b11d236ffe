package collection

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Source of the factors, for every place that shows a figure made with them.
const FactorSource = "US EPA WARM v15"

// Factor is what handling a kilogram of a material saves against landfilling it, as
// the WARM model of the US EPA (version 15) publishes it.
type Factor struct {
	Material  string
	Pathway   string // recycle, compost
	AvoidedMg int64  // milligrams of CO2e a kilogram; below zero: landfill would be better
}

//go:embed data/warm_v15_factors.csv
var warm string

var factors = sync.OnceValue(func() []Factor {
	table, err := parseFactors(warm)
	if err != nil {
		panic(err) // the table is part of the program, and a test reads it
	}
	return table
})

// Factors lists the materials for which WARM publishes a factor, in its order.
func Factors() []Factor { return slices.Clone(factors()) }

// FactorOf finds a material's factor.
func FactorOf(material string) (Factor, bool) {
	i := slices.IndexFunc(factors(), func(f Factor) bool { return f.Material == material })
	if i < 0 {
		return Factor{}, false
	}
	return factors()[i], true
}

// parseFactors reads the table; materials without a published factor are left out.
func parseFactors(text string) ([]Factor, error) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read factors: %w", err)
	}
	const material, pathway, net = 0, 1, 6
	var out []Factor
	for _, row := range rows[1:] {
		if row[net] == "" {
			continue
		}
		emitted, err := millionths(row[net])
		if err != nil {
			return nil, fmt.Errorf("factor of %s: %w", row[material], err)
		}
		out = append(out, Factor{Material: row[material], Pathway: row[pathway], AvoidedMg: -emitted})
	}
	return out, nil
}

// millionths reads a decimal number with up to six places exactly: kilograms a
// kilogram become milligrams a kilogram.
func millionths(text string) (int64, error) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, part, _ := strings.Cut(digits, ".")
	if len(part) > 6 {
		return 0, fmt.Errorf("%q has more than six decimal places", text)
	}
	n, err := strconv.ParseUint(whole+part+strings.Repeat("0", 6-len(part)), 10, 62)
	if err != nil {
		return 0, fmt.Errorf("%q is not a decimal number", text)
	}
	if negative {
		return -int64(n), nil
	}
	return int64(n), nil
}
