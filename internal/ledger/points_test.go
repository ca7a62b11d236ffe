package ledger_test

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"ekolek/internal/ledger"
)

// exactPoints is the rule in rational numbers: grams/1000 × rate, rounded half up.
func exactPoints(g ledger.Grams, r ledger.Rate) *big.Int {
	product := new(big.Rat).Mul(big.NewRat(int64(g), 1000), big.NewRat(int64(r), 1))
	product.Add(product, big.NewRat(1, 2))
	return new(big.Int).Div(product.Num(), product.Denom()) // floor: both are positive
}

func TestPointsForIsExact(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(2026, 11))
	rounds := 1_000_000
	if testing.Short() {
		rounds = 10_000
	}
	for range rounds {
		g, r := ledger.Grams(rng.Int64N(1<<rng.IntN(40)+1)), ledger.Rate(rng.Int64N(1<<rng.IntN(24)+1))
		got, err := ledger.PointsFor(g, r)
		want := exactPoints(g, r)
		if want.Cmp(big.NewInt(int64(ledger.MaxPoints))) > 0 {
			if !errors.Is(err, ledger.ErrTooLarge) {
				t.Fatalf("%d g at %d: %v, %v; want ErrTooLarge", g, r, got, err)
			}
			continue
		}
		if err != nil || want.Cmp(big.NewInt(int64(got))) != 0 {
			t.Fatalf("%d g at %d: %d, %v; want %s", g, r, got, err, want)
		}
	}
}

func TestPointsForAtTheEdges(t *testing.T) {
	for _, c := range []struct {
		grams ledger.Grams
		rate  ledger.Rate
		want  ledger.Points
		err   error
	}{
		{0, 300, 0, nil},
		{1, 499, 0, nil},
		{1, 500, 1, nil}, // half goes up
		{2450, 300, 735, nil},
		{1_000_000, 300, 300_000, nil},
		{int64Grams, int64Rate, 0, ledger.ErrTooLarge},
		{int64Grams, 1, 0, ledger.ErrTooLarge},
		{-1, 300, 0, ledger.ErrNumber},
		{1, -300, 0, ledger.ErrNumber},
	} {
		got, err := ledger.PointsFor(c.grams, c.rate)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%d g at %d: %d, %v; want %d, %v", c.grams, c.rate, got, err, c.want, c.err)
		}
	}
}

const (
	int64Grams ledger.Grams = math.MaxInt64
	int64Rate  ledger.Rate  = math.MaxInt64
)

func TestPrintAndParse(t *testing.T) {
	for text, want := range map[string]ledger.Points{
		"0": 0, "120.5": 12050, "0.05": 5, "-3": -300, "-0.5": -50, "1000000": 100_000_000,
	} {
		if got := want.String(); got != text {
			t.Errorf("%d prints %q, want %q", want, got, text)
		}
		if got, err := ledger.ParsePoints(text); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		p := ledger.Points(rapid.Int64Range(-int64(ledger.MaxPoints), int64(ledger.MaxPoints)).Draw(t, "points"))
		if back, err := ledger.ParsePoints(p.String()); err != nil || back != p {
			t.Fatalf("%s came back as %s, %v", p, back, err)
		}
	})
}

func TestParseWhatPeopleType(t *testing.T) {
	for _, c := range []struct {
		text string
		want ledger.Grams
		err  error
	}{
		{"2.45", 2450, nil},
		{"2,45", 2450, nil},
		{" 2.450 ", 2450, nil},
		{"0.001", 1, nil},
		{"7", 7000, nil},
		{"7.", 7000, nil},
		{"1.50000", 1500, nil},
		{"1,000", 0, ledger.ErrNumber}, // one, or a thousand?
		{"1,000.5", 0, ledger.ErrNumber},
		{"0.0005", 0, ledger.ErrNumber},
		{".5", 0, ledger.ErrNumber},
		{"", 0, ledger.ErrNumber},
		{"-", 0, ledger.ErrNumber},
		{"-2", 0, ledger.ErrNumber},
		{"--2", 0, ledger.ErrNumber},
		{"+2", 0, ledger.ErrNumber},
		{"2e3", 0, ledger.ErrNumber},
		{"0x10", 0, ledger.ErrNumber},
		{"1_000", 0, ledger.ErrNumber},
		{"٢", 0, ledger.ErrNumber},
		{"99999999999999999999", 0, ledger.ErrTooLarge},
		{"9223372036854775.808", 0, ledger.ErrTooLarge},
	} {
		got, err := ledger.ParseKilos(c.text)
		if !errors.Is(err, c.err) || (err == nil && got != c.want) {
			t.Errorf("%q is %d g, %v; want %d, %v", c.text, got, err, c.want, c.err)
		}
	}
	if r, err := ledger.ParseRate("2.75"); err != nil || r != 275 || r.String() != "2.75" {
		t.Errorf("a rate came back as %s, %v", r, err)
	}
	if _, err := ledger.ParseRate("-1"); err == nil {
		t.Error("a rate may be negative")
	}
	if g := ledger.Grams(2450).Kilos(); g != "2.45" {
		t.Errorf("2450 g prints %q", g)
	}
	if _, err := ledger.ParsePoints("10000000000000.01"); !errors.Is(err, ledger.ErrTooLarge) {
		t.Errorf("more than MaxPoints: %v", err)
	}
}

func TestFixedHasBothDecimals(t *testing.T) {
	for p, want := range map[ledger.Points]string{0: "0.00", 5: "0.05", 50: "0.50", 100: "1.00", 2_550: "25.50", -120_005: "-1200.05"} {
		if got := p.Fixed(); got != want {
			t.Errorf("%d: %q, want %q", p, got, want)
		}
	}
}
