package e2e

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"rsc.io/qr"
)

// The picture of the fake camera.
const (
	videoWidth  = 640
	videoHeight = 480
)

// writeQRVideo puts a card's QR, or with "" a white wall, before the camera: a film of
// one frame in Y4M, the format that Chromium's fake capture device plays in a loop.
func writeQRVideo(t testing.TB, file, text string) {
	t.Helper()
	luma := bytes.Repeat([]byte{235}, videoWidth*videoHeight)
	if text != "" {
		drawQR(t, luma, text)
	}
	var film bytes.Buffer
	fmt.Fprintf(&film, "YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420\nFRAME\n", videoWidth, videoHeight)
	film.Write(luma)
	film.Write(bytes.Repeat([]byte{128}, videoWidth*videoHeight/2)) // no colour: U and V at a quarter each
	if err := os.WriteFile(file, film.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// drawQR draws the code into the middle of a white picture.
func drawQR(t testing.TB, luma []byte, text string) {
	t.Helper()
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	scale := (videoHeight - 80) / code.Size
	left, top := (videoWidth-code.Size*scale)/2, (videoHeight-code.Size*scale)/2
	for y := range code.Size * scale {
		for x := range code.Size * scale {
			if code.Black(x/scale, y/scale) {
				luma[(top+y)*videoWidth+left+x] = 16
			}
		}
	}
}
