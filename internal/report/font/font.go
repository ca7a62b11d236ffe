// Package font is the typeface of everything that is printed: the Latin parts of Figtree,
// with a peso sign and a tick that it does not have (make.py). Licence: OFL.txt.
package font

import (
	_ "embed"
	"strings"
)

// Regular is the plain weight, TrueType.
//
//go:embed figtree-regular.ttf
var Regular []byte

// Bold is the heavy weight.
//
//go:embed figtree-bold.ttf
var Bold []byte

// What the typeface has besides Basic Latin and Latin-1, and what of Latin Extended-A it
// has not.
const (
	signs  = "–—‘’‚“”„•…‹›€™↑↓−₱✓"
	absent = "ĔĕĨĩĬĭĸĿŀŉŎŏŢţŦŧŨũſ\u00ad"
)

// Has tells whether the typeface has a letter or sign.
func Has(r rune) bool {
	if r < ' ' || (r > '~' && r < '\u00a0') {
		return false
	}
	return (r < '\u0180' && !strings.ContainsRune(absent, r)) || strings.ContainsRune(signs, r)
}
