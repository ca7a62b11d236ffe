package ui

import (
	"strings"
	"unicode/utf8"
)

// block is a part of a long text: a heading or a paragraph with its lines.
type block struct {
	heading string
	lines   []string
}

// headingLimit is the longest line that may be a heading, in characters.
const headingLimit = 90

// blocks cuts a plain text at its empty lines. A short first line without a full stop is
// the heading of what follows it, as offices write terms: "3. Points are not money".
func blocks(text string) []block {
	var out []block
	for _, part := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		part = strings.Trim(part, "\n")
		if strings.TrimSpace(part) == "" {
			continue
		}
		b := block{lines: strings.Split(part, "\n")}
		first := strings.TrimSpace(b.lines[0])
		if utf8.RuneCountInString(first) <= headingLimit && !strings.ContainsAny(first[len(first)-1:], ".;:,!?") {
			b.heading, b.lines = first, b.lines[1:]
		}
		out = append(out, b)
	}
	return out
}
