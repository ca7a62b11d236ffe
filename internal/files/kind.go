package files

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"ekolek/internal/errs"
)

// Kind is what a file is for: which types it may have, how large it may be, who reads it.
type Kind struct {
	Name       string
	Types      []string // media types that are taken
	MaxBytes   int64
	Access     Access
	Permission string // with Staff and Family: which staff, as package auth names it
}

// The media types that are known. Nothing else is ever stored: no SVG, no HTML, nothing
// that a browser would run.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	WebP = "image/webp"
	PDF  = "application/pdf"
	DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
)

// endings are the endings under which a type is kept.
var endings = map[string]string{JPEG: ".jpg", PNG: ".png", WebP: ".webp", PDF: ".pdf", DOCX: ".docx"}

// accepted are the endings under which a type may come.
var accepted = map[string][]string{
	JPEG: {".jpg", ".jpeg"}, PNG: {".png"}, WebP: {".webp"}, PDF: {".pdf"}, DOCX: {".docx"},
}

// The kinds of files.
var (
	// TermsPaper is the paper of a text of terms. Anybody may read it: people do before they
	// register.
	TermsPaper = Kind{Name: "terms", Types: []string{PDF, DOCX}, MaxBytes: 10 << 20, Access: Public}
	// RewardPicture shows a reward. It is stored by PutPicture alone.
	RewardPicture = Kind{Name: "reward_picture", Types: []string{JPEG, PNG, WebP}, MaxBytes: 5 << 20, Access: Public}
)

// field is the form field that refusals name.
const field = "file"

// judge tells the media type of a file, by its content, and whether this kind takes it:
// the name must agree with the content, and the content must be what it begins as.
func (k Kind) judge(name string, content io.ReadSeeker) (string, error) {
	size, err := content.Seek(0, io.SeekEnd)
	if err != nil {
		return "", fmt.Errorf("judge file: %w", err)
	}
	switch {
	case size == 0:
		return "", errs.NewField(field, "error.files.empty")
	case size > k.MaxBytes:
		return "", errs.NewField(field, "error.files.too_large", "MB", k.MaxBytes>>20)
	}
	kind, err := sniff(content)
	if err != nil {
		return "", fmt.Errorf("judge file: %w", err)
	}
	if !slices.Contains(k.Types, kind) {
		return "", k.refuse()
	}
	if !slices.Contains(accepted[kind], strings.ToLower(path.Ext(name))) {
		return "", errs.NewField(field, "error.files.ending", "Ending", endings[kind])
	}
	switch kind {
	case PDF:
		return kind, judgePDF(content, size)
	case DOCX:
		return kind, judgeDOCX(content, size)
	case JPEG, PNG, WebP:
		return kind, judgePicture(kind, content)
	}
	return kind, nil
}

// refuse says what this kind takes.
func (k Kind) refuse() error {
	if slices.Contains(k.Types, PDF) {
		return errs.NewField(field, "error.files.no_document")
	}
	return errs.NewField(field, "error.files.no_picture")
}

// sniff knows a type by its first bytes; "" for one that is not taken at all. A DOCX is a
// ZIP to begin with; judgeDOCX looks further.
func sniff(content io.ReadSeeker) (string, error) {
	var head [16]byte
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	n, err := io.ReadFull(content, head[:])
	if err != nil && n == 0 {
		return "", err
	}
	b := head[:n]
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		return JPEG, nil
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return PNG, nil
	case n >= 12 && bytes.HasPrefix(b, []byte("RIFF")) && string(b[8:12]) == "WEBP":
		return WebP, nil
	case bytes.HasPrefix(b, []byte("%PDF-")):
		return PDF, nil
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return DOCX, nil
	}
	return "", nil
}
