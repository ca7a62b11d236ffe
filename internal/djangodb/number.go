package djangodb

import (
	"errors"
	"math/big"
	"strings"
)

var errNumber = errors.New("not a number that can be held")

// parseScaled reads a decimal number, as PostgreSQL writes numeric and double
// precision, times ten to the decimals. What is left over is rounded half up, away
// from zero, on the decimal digits themselves: 2.675 kg is not 2.67499999 on the way.
// NaN, the infinities and what does not fit into an int64 are errors.
func parseScaled(text string, decimals int) (n int64, exact bool, err error) {
	if len(text) > 400 || strings.Trim(text, "0123456789.eE+-") != "" {
		return 0, false, errNumber
	}
	if _, exponent, ok := strings.Cut(strings.ToLower(text), "e"); ok && len(exponent) > 4 {
		return 0, false, errNumber
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, false, errNumber
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	r.Mul(r, new(big.Rat).SetInt(scale))
	whole := roundHalfUp(r)
	if !whole.IsInt64() {
		return 0, false, errNumber
	}
	return whole.Int64(), r.IsInt(), nil
}

// roundHalfUp rounds to the nearest whole number, halves away from zero.
func roundHalfUp(r *big.Rat) *big.Int {
	double := new(big.Int).Lsh(new(big.Int).Abs(r.Num()), 1)
	double.Add(double, r.Denom())
	whole := double.Quo(double, new(big.Int).Lsh(r.Denom(), 1))
	if r.Sign() < 0 {
		whole.Neg(whole)
	}
	return whole
}
