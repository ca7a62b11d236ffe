package notify

import (
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"
)

// The GSM 7-bit default alphabet (3GPP TS 23.038): what a text message may hold at 160
// characters. Those of the extension take two places. One other character, and the whole
// message has room for 70.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmMore  = "^{}\\[~]|€\f"
)

// smsLength is what one text message holds, in septets.
const smsLength = 160

// GSM7 counts the septets of a text; ok is false when it holds a character that the
// alphabet lacks.
func GSM7(text string) (septets int, ok bool) {
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			septets++
		case strings.ContainsRune(gsmMore, r):
			septets += 2
		default:
			return 0, false
		}
	}
	return septets, true
}

// segments is as how many messages a text is sent, and paid.
func segments(text string) int {
	n, ok := GSM7(text)
	one, several := smsLength, 153
	if !ok {
		n, one, several = len(utf16.Encode([]rune(text))), 70, 67
	}
	if n <= one {
		return 1
	}
	return (n + several - 1) / several
}

var gsmLookalikes = strings.NewReplacer(
	"’", "'", "‘", "'", "“", "\"", "”", "\"", "–", "-", "—", "-", "−", "-", "…", "...", "·", "-", "•", "-", "₱", "P", "\u00a0", " ", "\t", " ", "`", "'")

// toGSM7 writes a text with the alphabet's characters: look-alikes for punctuation, the
// bare letter for one with an accent that is not there, else a question mark.
func toGSM7(text string) string {
	if _, ok := GSM7(text); ok {
		return text
	}
	var b strings.Builder
	for _, r := range gsmLookalikes.Replace(norm.NFC.String(text)) {
		if known(r) {
			b.WriteRune(r)
			continue
		}
		bare := '?'
		for _, part := range norm.NFD.String(string(r)) {
			if known(part) {
				bare = part
				break
			}
		}
		if !unicode.Is(unicode.Mn, r) && !unicode.IsControl(r) {
			b.WriteRune(bare)
		}
	}
	return b.String()
}

func known(r rune) bool { return strings.ContainsRune(gsmBasic, r) || strings.ContainsRune(gsmMore, r) }
