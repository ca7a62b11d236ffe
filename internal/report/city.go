package report

import (
	"context"
	"fmt"

	"ekolek/internal/ledger"
)

// FactorSource is where the factors for avoided emissions come from; every place that
// shows AvoidedGrams names it.
const FactorSource = "US EPA WARM v15"

// CityTotals are the figures of the landing page, since the beginning, weigh-ins of a
// former system included.
type CityTotals struct {
	Families     int64 // approved
	Residents    int64 // approved
	WeighIns     int64
	Grams        ledger.Grams
	Earned       ledger.Points // by weigh-ins
	Redemptions  int64
	Redeemed     ledger.Points
	Given        []Given      // the rewards given most, the most first
	AvoidedGrams ledger.Grams // of CO2e, against landfilling, by Source
	CountedGrams ledger.Grams // of the materials for which Source has a factor
	Source       string
}

// Given is a reward and how much of it was handed out.
type Given struct {
	Name     string
	NameFil  string
	Unit     string
	Icon     string
	Quantity int64
}

// CityTotals reads the landing page's figures. It sums whole tables: the caller keeps
// the answer for some minutes.
func (s *Service) CityTotals(ctx context.Context) (CityTotals, error) {
	c, err := cityCounts(ctx, s.behind)
	if err != nil {
		return CityTotals{}, fmt.Errorf("city totals: %w", err)
	}
	if c.Given, err = mostGiven(ctx, s.behind, 3); err != nil {
		return CityTotals{}, fmt.Errorf("city totals: rewards: %w", err)
	}
	types, err := recycledByType(ctx, s.behind)
	if err != nil {
		return CityTotals{}, fmt.Errorf("city totals: materials: %w", err)
	}
	c.Source = FactorSource
	for _, t := range types {
		if t.factor {
			c.CountedGrams += t.grams
			c.AvoidedGrams += avoided(t.grams, t.avoidedMg)
		}
	}
	return c, nil
}

// avoided is grams of CO2e: kilograms are multiplied before grams, so that no city's
// history overflows.
func avoided(g ledger.Grams, mgPerKilo int64) ledger.Grams {
	milligrams := int64(g)/1000*mgPerKilo + int64(g)%1000*mgPerKilo/1000
	return ledger.Grams(milligrams / 1000)
}
