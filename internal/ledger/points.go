package ledger

import (
	"math"
	"math/bits"
	"strconv"
	"strings"

	"ekolek/internal/errs"
)

// Points are hundredths of a point: 120.5 points are Points(12050). One point buys
// what the catalogue says, so the arithmetic is that of money: integers only.
type Points int64

// Grams are a weight.
type Grams int64

// Rate is hundredths of a point for one kilogram.
type Rate int64

// MaxPoints bounds one posting and one balance, so that no sum of either can
// overflow. The table's CHECK names the same number.
const MaxPoints Points = 1_000_000_000_000_000

// Refusals of what a person typed, or of what cannot be counted.
var (
	ErrNumber   = errs.New(errs.Invalid, "INVALID_NUMBER", "error.number")
	ErrTooLarge = errs.New(errs.Invalid, "NUMBER_TOO_LARGE", "error.number_too_large")
)

// PointsFor is the one place where points are rounded, half up:
// (grams × rate + 500) / 1000. Negative input and a result above MaxPoints are errors.
func PointsFor(g Grams, r Rate) (Points, error) {
	if g < 0 || r < 0 {
		return 0, ErrNumber
	}
	hi, lo := bits.Mul64(uint64(g), uint64(r))
	lo, carry := bits.Add64(lo, 500, 0)
	hi += carry
	if hi >= 1000 {
		return 0, ErrTooLarge
	}
	quotient, _ := bits.Div64(hi, lo, 1000)
	if quotient > uint64(MaxPoints) {
		return 0, ErrTooLarge
	}
	return Points(quotient), nil
}

// String writes points as people do, without useless zeros: 120.5.
func (p Points) String() string { return decimal(int64(p), 2) }

// Fixed writes points with both decimals, as the phone apps' texts do: 120.50.
func (p Points) Fixed() string {
	s := p.String()
	_, part, found := strings.Cut(s, ".")
	if !found {
		s += "."
	}
	return s + strings.Repeat("0", 2-len(part))
}

// String writes a rate in points per kilogram: 2.75.
func (r Rate) String() string { return decimal(int64(r), 2) }

// Kilos writes a weight in kilograms: 2.45.
func (g Grams) Kilos() string { return decimal(int64(g), 3) }

// ParsePoints reads "120.5" or "120,5" exactly. A leading minus is allowed.
func ParsePoints(s string) (Points, error) {
	n, err := parseDecimal(s, 2)
	if err == nil && (n > int64(MaxPoints) || n < -int64(MaxPoints)) {
		err = ErrTooLarge
	}
	return Points(n), err
}

// ParseRate reads points per kilogram. A rate is never negative.
func ParseRate(s string) (Rate, error) {
	n, err := parseUnsigned(s, 2)
	return Rate(n), err
}

// ParseKilos reads kilograms, "2.45" or "2,45", into grams. A weight is never negative.
func ParseKilos(s string) (Grams, error) {
	n, err := parseUnsigned(s, 3)
	return Grams(n), err
}

func decimal(n int64, places int) string {
	digits := strconv.FormatUint(magnitude(n), 10)
	if len(digits) <= places {
		digits = strings.Repeat("0", places+1-len(digits)) + digits
	}
	whole, part := digits[:len(digits)-places], strings.TrimRight(digits[len(digits)-places:], "0")
	if part != "" {
		whole += "." + part
	}
	if n < 0 {
		return "-" + whole
	}
	return whole
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

func parseUnsigned(s string, places int) (int64, error) {
	n, err := parseDecimal(s, places)
	if err == nil && n < 0 {
		err = ErrNumber
	}
	return n, err
}

// parseDecimal reads a decimal number with at most so many places as an integer of
// the last place. A comma separates decimals as a dot does, but "1,000" is refused:
// nobody can tell whether it means one or a thousand.
func parseDecimal(s string, places int) (int64, error) {
	s = strings.TrimSpace(s)
	unsigned, negative := strings.CutPrefix(s, "-")
	whole, part, comma := strings.Cut(unsigned, ",")
	if comma && len(part) == 3 {
		return 0, ErrNumber
	}
	if !comma {
		whole, part, _ = strings.Cut(unsigned, ".")
	}
	part = strings.TrimRight(part, "0")
	if whole == "" || len(part) > places || !digitsOnly(whole+part) {
		return 0, ErrNumber
	}
	n, err := strconv.ParseUint(whole+part+strings.Repeat("0", places-len(part)), 10, 64)
	if err != nil || n > math.MaxInt64 {
		return 0, ErrTooLarge
	}
	if negative {
		return -int64(n), nil
	}
	return int64(n), nil
}

func digitsOnly(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
