package mobile

import (
	"encoding/json"
	"math/big"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/collection"
	"ekolek/internal/ledger"
)

// empty says whether the reference would take a value for none: missing, null, "", 0,
// false, [] and {}.
func (b body) empty(name string) bool {
	switch v := b[name].(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case json.Number:
		mantissa, _, _ := strings.Cut(strings.ToLower(v.String()), "e")
		return strings.Trim(mantissa, "-.0") == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// uuid is a value that must be an id.
func (b body) uuid(name string) (uuid.UUID, bool) {
	text, ok := b.text(name)
	if !ok {
		return uuid.Nil, false
	}
	id, err := uuid.Parse(strings.TrimSpace(text))
	return id, err == nil
}

// whole is a value that must be a whole number, as a number or in a text.
func (b body) whole(name string, missing int64) (int64, bool) {
	if !b.has(name) {
		return missing, true
	}
	text, ok := b.word(name)
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return n, ok && err == nil
}

// number is a decimal number as the reference reads one, at most so long that nothing
// can be done to us with it.
var number = regexp.MustCompile(`^\+?([0-9]{1,20}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?$`)

// readKilos reads a weight. Grams are the last that counts, half of one rounds up. ok is
// false for what is no number, not above nothing, or more than the book takes.
func readKilos(text string) (g ledger.Grams, ok bool) {
	text = strings.TrimSpace(text)
	if !number.MatchString(text) {
		return 0, false
	}
	kilos, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, false
	}
	kilos.Mul(kilos, big.NewRat(1000, 1)).Add(kilos, big.NewRat(1, 2))
	grams := new(big.Int).Div(kilos.Num(), kilos.Denom())
	if !grams.IsInt64() || grams.Int64() < int64(collection.MinGrams) || grams.Int64() > int64(collection.MaxGrams) {
		return 0, false
	}
	return ledger.Grams(grams.Int64()), true
}

// visible is what a request key may be made of.
var visible = regexp.MustCompile(`^[!-~]{1,100}$`)

// requestKey is the key that a newer app sends with what must not be done twice; "" when
// it sends none.
func requestKey(r *http.Request) (string, error) {
	key := strings.TrimSpace(r.Header.Get("Idempotency-Key"))
	if key != "" && !visible.MatchString(key) {
		return "", refuseCollector(http.StatusBadRequest, "INVALID_IDEMPOTENCY_KEY", "Invalid Idempotency-Key")
	}
	return key, nil
}
