package ical

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"ekolek/internal/schedule"
)

// octets is how long a line of the file may be (RFC 5545, 3.1).
const octets = 75

// writer writes content lines.
type writer struct{ buf bytes.Buffer }

// text writes a property whose value is words.
func (w *writer) text(name, value string) { w.prop(name, escape(value)) }

func (w *writer) number(name string, n int) { w.prop(name, strconv.Itoa(n)) }

// prop writes a property. A long line goes on in the next one after a blank; no character
// is cut in two.
func (w *writer) prop(name, value string) {
	rest, room := name+":"+value, octets
	for len(rest) > room {
		cut := room
		for !utf8.RuneStart(rest[cut]) {
			cut--
		}
		w.buf.WriteString(rest[:cut])
		w.buf.WriteString("\r\n ")
		rest, room = rest[cut:], octets-1
	}
	w.buf.WriteString(rest)
	w.buf.WriteString("\r\n")
}

var escaper = strings.NewReplacer(`\`, `\\`, `;`, `\;`, `,`, `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// escape writes words as a value may hold them. Characters that no line may hold go.
func escape(s string) string {
	s = escaper.Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		if (r < ' ' && r != '\t') || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

// duration writes minutes, more than none: PT13H30M.
func duration(m schedule.Minutes) string {
	d := "PT"
	if h := m / 60; h > 0 {
		d += strconv.Itoa(int(h)) + "H"
	}
	if m %= 60; m > 0 {
		d += strconv.Itoa(int(m)) + "M"
	}
	return d
}
