package ui

import (
	"fmt"
	"strconv"

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
	b := make([]byte, 0, 16<<10)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			run := 0
			for x+run < code.Size && code.Black(x+run, y) {
				run++
			}
			if run > 0 {
				b = appendRun(b, x+quiet, y+quiet, run)
				x += run
			}
		}
	}
	side := code.Size + 2*quiet
	return string(b), fmt.Sprintf("0 0 %d %d", side, side)
}

// appendRun draws a row of black modules: "M4 4h7v1h-7z". A code has some hundreds of
// them, on the page that residents open most.
func appendRun(b []byte, x, y, run int) []byte {
	b = strconv.AppendInt(append(b, 'M'), int64(x), 10)
	b = strconv.AppendInt(append(b, ' '), int64(y), 10)
	b = strconv.AppendInt(append(b, 'h'), int64(run), 10)
	b = strconv.AppendInt(append(b, "v1h-"...), int64(run), 10)
	return append(b, 'z')
}
