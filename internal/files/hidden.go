package files

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"regexp"

	"ekolek/internal/errs"
)

// mostScans is how many passes a JPEG may draw itself in. A progressive one has a dozen;
// each of thousands costs the work of a whole picture and hardly a byte.
const mostScans = 300

// judgePicture refuses a picture that another program would take for something else, that
// moves, or that takes far more work than its size tells. Drawing it anew would drop what
// hides in it, but whoever uploads such a file should know.
func judgePicture(kind string, content io.ReadSeeker) error {
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("judge picture: %w", err)
	}
	b, err := io.ReadAll(content)
	switch {
	case err != nil:
		return fmt.Errorf("judge picture: %w", err)
	case hidesArchive(b), hidesDocument(b), markup.Match(b):
		return errs.NewField(field, "error.files.hides")
	case moves(kind, b):
		return errs.NewField(field, "error.files.moves")
	case kind == JPEG && bytes.Count(b, []byte("\xff\xda")) > mostScans:
		return errPicture
	}
	return nil
}

// markup is what a browser or a server might run.
var markup = regexp.MustCompile(`(?i)<(script|html|iframe|svg|foreignobject)[\s>/]|<!doctype html|<\?php|<!entity`)

// hidesArchive looks where programs look that unpack: at the end for ZIP, anywhere for others.
func hidesArchive(b []byte) bool {
	const end, longest = 22, 1<<16 - 1 // of ZIP's last record, and of its comment
	tail := b[max(0, len(b)-end-longest):]
	for at := bytes.LastIndex(tail, []byte("PK\x05\x06")); at >= 0; at = bytes.LastIndex(tail[:at], []byte("PK\x05\x06")) {
		if rest := tail[at:]; len(rest) >= end && end+int(binary.LittleEndian.Uint16(rest[20:])) <= len(rest) {
			return true
		}
	}
	return bytes.Contains(b, []byte("Rar!\x1a\x07")) || bytes.Contains(b, []byte("7z\xbc\xaf\x27\x1c"))
}

// hidesDocument knows that readers of PDF take one that begins within the first kilobyte.
func hidesDocument(b []byte) bool { return bytes.Contains(b[:min(len(b), 1024)], []byte("%PDF-")) }

// moves says that a picture has several frames: PNG tells by a chunk before the first of
// them, WebP by a flag of its head.
func moves(kind string, b []byte) bool {
	switch kind {
	case PNG:
		head, _, _ := bytes.Cut(b, []byte("IDAT"))
		return bytes.Contains(head, []byte("acTL"))
	case WebP:
		return len(b) > 20 && string(b[12:16]) == "VP8X" && b[20]&0x02 != 0
	}
	return false
}
