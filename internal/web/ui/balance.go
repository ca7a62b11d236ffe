package ui

import "unicode/utf8"

// balanceSize makes a long number smaller where a phone shows it beside the QR code.
func balanceSize(points string) string {
	switch n := utf8.RuneCountInString(points); {
	case n < 6: // 186.5
		return ""
	case n < 8: // 1,186.5
		return "balance-num-6"
	case n < 10: // 1,186.25
		return "balance-num-8"
	default:
		return "balance-num-10"
	}
}
