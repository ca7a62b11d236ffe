package files

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"io"
)

// orientationTag is the one tag of EXIF that says how a picture is to be seen.
const orientationTag = 0x0112

// lying is the first orientation of a picture that lies on its side: as wide as it is high.
const lying = 5

// orientation finds how a JPEG is turned, 1 (not) to 8, as EXIF counts. What is not there
// or cannot be understood counts as not turned; the error is the reader's.
func orientation(content io.ReadSeeker) (int, error) {
	if _, err := content.Seek(2, io.SeekStart); err != nil { // after the mark of a JPEG
		return 1, err
	}
	for range 32 { // EXIF stands among the first segments
		var head [4]byte
		if _, err := io.ReadFull(content, head[:]); err != nil || head[0] != 0xff {
			return 1, nil
		}
		size := int64(binary.BigEndian.Uint16(head[2:])) - 2
		if size < 0 || head[1] == 0xda { // the picture itself begins
			return 1, nil
		}
		if head[1] != 0xe1 {
			if _, err := content.Seek(size, io.SeekCurrent); err != nil {
				return 1, err
			}
			continue
		}
		segment := make([]byte, size) // at most 64 KB
		if _, err := io.ReadFull(content, segment); err != nil {
			return 1, nil
		}
		if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok {
			return orientationOf(tiff), nil
		}
	}
	return 1, nil
}

// orientationOf looks the tag up in the first directory of a TIFF.
func orientationOf(tiff []byte) int {
	var order binary.ByteOrder = binary.BigEndian
	if bytes.HasPrefix(tiff, []byte("II")) {
		order = binary.LittleEndian
	}
	if len(tiff) < 8 {
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	entries := tiff[at+2:]
	for n := order.Uint16(tiff[at:]); n > 0 && len(entries) >= 12; n, entries = n-1, entries[12:] {
		if order.Uint16(entries) != orientationTag {
			continue
		}
		if turn := int(order.Uint16(entries[8:])); turn >= 1 && turn <= 8 {
			return turn
		}
	}
	return 1
}

// upright shows a picture, whose bounds begin at zero, as its orientation wants it.
type upright struct {
	image.Image
	turn int
}

// Bounds are those of the upright picture.
func (u upright) Bounds() image.Rectangle {
	b := u.Image.Bounds()
	if u.turn >= lying {
		return image.Rect(0, 0, b.Dy(), b.Dx())
	}
	return image.Rect(0, 0, b.Dx(), b.Dy())
}

// At is the colour of a point of the upright picture.
func (u upright) At(x, y int) color.Color {
	b := u.Image.Bounds()
	w, h := b.Dx()-1, b.Dy()-1
	switch u.turn {
	case 2: // mirrored
		x = w - x
	case 3: // upside down
		x, y = w-x, h-y
	case 4: // mirrored upside down
		y = h - y
	case 5: // mirrored on its side
		x, y = y, x
	case 6: // its top is on the right
		x, y = y, h-x
	case 7:
		x, y = w-y, h-x
	case 8: // its top is on the left
		x, y = w-y, x
	}
	return u.Image.At(x, y)
}
