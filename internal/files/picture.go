package files

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"slices"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"ekolek/internal/audit"
	"ekolek/internal/errs"
)

// Limits of a picture. What it claims to be is read before anything is unpacked.
const (
	maxPixels = 24_000_000 // half as many when each takes eight bytes
	maxSide   = 16_000
	quality   = 82 // of JPEG
)

// PutPicture judges a picture and writes it anew as JPEG in several widths (pixels), the
// given order kept; none is made larger than it is. Nothing of the uploaded file but what
// can be seen survives: no place, no camera, no second file hidden in the first. It stands
// upright. Each of the files is kept by Keep, as those of Put. Errors are those of Put.
func (s *Service) PutPicture(ctx context.Context, actor audit.Actor, u Upload, widths ...int) ([]File, error) {
	kind, err := u.Kind.judge(u.Name, u.Content)
	if err != nil {
		return nil, err
	}
	pictures, err := s.redraw(ctx, kind, u.Content, widths)
	if err != nil {
		return nil, err
	}
	out := make([]File, 0, len(pictures))
	for i, p := range pictures {
		drawn := u
		drawn.Content = bytes.NewReader(p)
		if i > 0 {
			drawn.FormerPath = "" // an old address leads to one file
		}
		f, err := s.put(ctx, actor, drawn, JPEG)
		if err != nil {
			return nil, err // those before are strays, and go
		}
		out = append(out, f)
	}
	return out, nil
}

var errPicture = errs.NewField(field, "error.files.broken_picture")

// redraw decodes a picture and encodes it in each width. One picture is in memory at
// a time: one of the largest takes some hundred megabytes.
func (s *Service) redraw(ctx context.Context, kind string, content io.ReadSeeker, widths []int) ([][]byte, error) {
	select {
	case s.drawing <- struct{}{}:
		defer func() { <-s.drawing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p, err := decodePicture(kind, content)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, 0, len(widths))
	for _, width := range widths {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, p.scaled(width), &jpeg.Options{Quality: quality}); err != nil {
			return nil, fmt.Errorf("encode picture: %w", err)
		}
		out = append(out, b.Bytes())
	}
	return out, nil
}

// codec is how a type is read: first what it claims, then all of it.
type codec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var codecs = map[string]codec{
	JPEG: {jpeg.DecodeConfig, jpeg.Decode},
	PNG:  {png.DecodeConfig, png.Decode},
	WebP: {webp.DecodeConfig, webp.Decode},
}

// picture is one as it was uploaded, and how it is turned.
type picture struct {
	image.Image
	turn int
}

func decodePicture(kind string, content io.ReadSeeker) (picture, error) {
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return picture{}, fmt.Errorf("read picture: %w", err)
	}
	c, err := codecs[kind].config(content)
	switch {
	case err != nil, c.Width < 1, c.Height < 1:
		return picture{}, errPicture
	case c.Width > maxSide, c.Height > maxSide, c.Width*c.Height > pixels(c.ColorModel):
		return picture{}, errs.NewField(field, "error.files.too_many_pixels", "Million", maxPixels/1_000_000)
	}
	turn := 1
	if kind == JPEG {
		if turn, err = orientation(content); err != nil {
			return picture{}, fmt.Errorf("read picture: %w", err)
		}
	}
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return picture{}, fmt.Errorf("read picture: %w", err)
	}
	decoded, err := codecs[kind].decode(content)
	if err != nil {
		return picture{}, errPicture
	}
	return picture{decoded, turn}, nil
}

// pixels is how many fit into the memory that a picture may take.
func pixels(m color.Model) int {
	if slices.Contains([]color.Model{color.RGBA64Model, color.NRGBA64Model}, m) {
		return maxPixels / 2
	}
	return maxPixels
}

// scaled is the picture upright in a width, on white where it lets light through. It is
// made small as it lies, which is fast, and turned then.
func (p picture) scaled(width int) image.Image {
	b := p.Bounds()
	w, h := b.Dx(), b.Dy()
	if p.turn >= lying {
		height := min(width, h) // it will be the width
		w, h = max(1, w*height/h), height
	} else {
		width = min(width, w)
		w, h = width, max(1, h*width/w)
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	draw.BiLinear.Scale(out, out.Bounds(), p.Image, b, draw.Over, nil)
	return upright{out, p.turn}
}
