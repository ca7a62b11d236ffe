package files

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"ekolek/internal/errs"
)

// Limits of a DOCX, which is an archive: what it unpacks to, not what it says it does.
const (
	maxEntries  = 200
	maxUnpacked = 64 << 20
	maxRatio    = 100 // of unpacked to packed
)

// pdfTail is how far from the end of a PDF its mark may stand; readers look no further.
const pdfTail = 1024

var errDocument = errs.NewField(field, "error.files.broken_document")

// judgePDF looks at the two ends of a PDF. Nothing in it is parsed: it is stored and given
// out to be read elsewhere. One that is a ZIP as well, which is how two files hide in one,
// is refused.
func judgePDF(content io.ReadSeeker, size int64) error {
	if _, err := content.Seek(-min(pdfTail, size), io.SeekEnd); err != nil {
		return fmt.Errorf("judge PDF: %w", err)
	}
	tail, err := io.ReadAll(content)
	if err != nil {
		return fmt.Errorf("judge PDF: %w", err)
	}
	if !bytes.Contains(tail, []byte("%%EOF")) {
		return errDocument
	}
	if _, err := zip.NewReader(readerAt{content}, size); err == nil {
		return errDocument
	}
	return nil
}

// judgeDOCX unpacks a DOCX to nowhere, within limits, and looks for what makes it one.
func judgeDOCX(content io.ReadSeeker, size int64) error {
	archive, err := zip.NewReader(readerAt{content}, size)
	if err != nil || len(archive.File) > maxEntries {
		return errDocument
	}
	// What the archive itself says comes first: honest bombs need not be unpacked.
	seen := map[string]bool{}
	var said uint64
	for _, f := range archive.File {
		said += min(f.UncompressedSize64, maxUnpacked+1)
		if !plainEntry(f) || seen[f.Name] {
			return errDocument
		}
		seen[f.Name] = true
	}
	if !seen["[Content_Types].xml"] || !seen["word/document.xml"] || said > maxUnpacked {
		return errDocument
	}
	left := min(int64(maxUnpacked), max(size, 64<<10)*maxRatio)
	for _, f := range archive.File {
		n, err := unpack(f, left)
		if err != nil {
			return errDocument
		}
		left -= n
	}
	return nil
}

// plainEntry says that an entry of a DOCX is a file below it: no path that leads out of it,
// no macros, no password.
func plainEntry(f *zip.File) bool {
	name := strings.ToLower(f.Name)
	switch {
	case path.IsAbs(name), strings.Contains(name, `\`), path.Clean("/" + name)[1:] != strings.TrimSuffix(name, "/"):
		return false
	case strings.Contains(name, "vbaproject"), strings.HasPrefix(path.Base(name), "editdata"):
		return false
	case f.Flags&1 != 0, f.Mode()&^0o777 != 0 && !f.Mode().IsDir():
		return false
	}
	return true
}

// unpack reads an entry to its end, at most limit bytes of it.
func unpack(f *zip.File, limit int64) (int64, error) {
	r, err := f.Open()
	if err != nil {
		return 0, err
	}
	var seen watcher
	n, err := io.Copy(&seen, io.LimitReader(r, limit+1))
	if err == nil && n > limit {
		err = errTooLong
	}
	if err == nil {
		err = seen.judge(f.Name)
	}
	return n, errors.Join(err, r.Close())
}

// watcher keeps the beginning of an entry.
type watcher struct{ head []byte }

func (w *watcher) Write(p []byte) (int, error) {
	if room := maxContentTypes - len(w.head); room > 0 {
		w.head = append(w.head, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

// maxContentTypes is how much is kept of an entry, for the list of what a DOCX holds.
const maxContentTypes = 32 << 10

var (
	errNested   = errors.New("an archive in the archive")
	errNotAWord = errors.New("not a text document")
)

// judge refuses archives within the archive, and what is no text document without macros.
func (w *watcher) judge(name string) error {
	if bytes.HasPrefix(w.head, []byte("PK\x03\x04")) || bytes.HasPrefix(w.head, []byte("\x1f\x8b")) {
		return errNested
	}
	if name == "[Content_Types].xml" && !bytes.Contains(w.head, []byte(DOCX[:len(DOCX)-len("document")]+"document.main+xml")) {
		return errNotAWord
	}
	return nil
}

// readerAt reads a seeker at places. Nobody else reads it meanwhile.
type readerAt struct{ r io.ReadSeeker }

func (a readerAt) ReadAt(p []byte, off int64) (int, error) {
	if _, err := a.r.Seek(off, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(a.r, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}
