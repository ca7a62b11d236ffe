package ui

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the margin around a code in modules. Half of it lies in the drawing, the rest
// is the white of the tile.
const quiet = 2

// qrDrawing turns a text into the path of its QR code (level M, one unit a module) and
// the box of the drawing. A text that fits no code is a programmer's error: cards are
// short. It draws nothing then.
func qrDrawing(text string) (path, box string) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", "0 0 1 1"
	}
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			run := 0
			for x+run < code.Size && code.Black(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
				x += run
			}
		}
	}
	side := code.Size + 2*quiet
	return b.String(), fmt.Sprintf("0 0 %d %d", side, side)
}
