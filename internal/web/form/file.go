package form

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
)

// maxFields bounds the text fields of a form that carries a file.
const (
	maxFields     = 100
	maxFieldBytes = 64 << 10
)

// ReadFile parses a multipart form that carries one file and writes that file, as it comes,
// to content; nothing of it is kept in memory. name is what the uploader's machine calls
// it, "" when none was chosen. Errors are those of Read, and of content.
func ReadFile(r *http.Request, field string, content io.Writer) (f *Form, name string, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, "", errors.Join(ErrMalformed, err)
	}
	f = &Form{values: url.Values{}}
	for range maxFields {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return f, name, nil
		}
		if err != nil {
			return nil, "", malformed(err)
		}
		if part.FormName() != field {
			if err := f.readField(part); err != nil {
				return nil, "", err
			}
			continue
		}
		if name != "" {
			return nil, "", ErrMalformed // two files
		}
		name = part.FileName()
		if err := copyPart(content, part); err != nil {
			return nil, "", err
		}
	}
	return nil, "", ErrMalformed
}

func (f *Form) readField(part *multipart.Part) error {
	value, err := io.ReadAll(io.LimitReader(part, maxFieldBytes+1))
	if err != nil {
		return malformed(err)
	}
	if len(value) > maxFieldBytes {
		return ErrMalformed
	}
	f.values.Add(part.FormName(), string(value))
	return nil
}

// copyPart tells a body that broke off from a disk that is full.
func copyPart(to io.Writer, part *multipart.Part) error {
	buffer := make([]byte, 32<<10)
	for {
		n, err := part.Read(buffer)
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return malformed(err)
		}
	}
}

// malformed is a body that cannot be read; that it is too large stays to be seen.
func malformed(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return errors.Join(ErrMalformed, err)
}
