package testkit

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// BadPicture is an upload that must be refused.
type BadPicture struct {
	What    string // is wrong with it
	Name    string // of the file
	Content []byte
	Says    string // key of what the person is told
}

// What people are told about pictures.
const (
	noPicture  = "error.files.no_picture"
	broken     = "error.files.broken_picture"
	hides      = "error.files.hides"
	moves      = "error.files.moves"
	tooMany    = "error.files.too_many_pixels"
	wrongEnd   = "error.files.ending"
	tooLarge   = "error.files.too_large"
	emptyFile  = "error.files.empty"
	pageInside = "<script>alert(document.cookie)</script>"
)

// BadPictures are forty uploads that try to pass for a picture, or that are one that no
// server should unpack.
func BadPictures(t testing.TB) []BadPicture {
	t.Helper()
	p, j, w := aPNG(t), aJPEG(t), aWebP(t)
	zipped := aZIP(t)
	text := func(s string) []byte { return []byte(s) }
	return []BadPicture{
		// Of another type, whatever they are called.
		{"nothing", "x.jpg", nil, emptyFile},
		{"an SVG", "x.svg", text(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), noPicture},
		{"an SVG called PNG", "x.png", text(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`), noPicture},
		{"a page called JPEG", "x.jpg", text("<!doctype html><title>x</title>" + pageInside), noPicture},
		{"a program called WebP", "x.webp", text("MZ\x90\x00\x03\x00\x00\x00"), noPicture},
		{"a shell script called PNG", "x.png", text("#!/bin/sh\nid\n"), noPicture},
		{"a PDF", "x.pdf", text("%PDF-1.4\n%%EOF\n"), noPicture},
		{"a ZIP called JPEG", "x.jpg", zipped, noPicture},
		{"a GIF", "x.gif", aGIF(t), noPicture},
		{"a GIF that is a script too", "x.png", text("GIF89a/*\x00\x01*/=1;alert(1)"), noPicture},
		{"a BMP", "x.bmp", text("BM\x3a\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00"), noPicture},
		{"a TIFF", "x.tif", text("II*\x00\x08\x00\x00\x00\x00\x00"), noPicture},
		{"an icon called PNG", "x.png", text("\x00\x00\x01\x00\x01\x00\x10\x10"), noPicture},
		{"a HEIC", "x.heic", text("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), noPicture},
		{"an AVIF called WebP", "x.webp", text("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00"), noPicture},
		{"a sound in a RIFF", "x.webp", text("RIFF\x24\x00\x00\x00WAVEfmt "), noPicture},
		{"a picture behind a page", "x.png", append(text(pageInside), p...), noPicture},
		{"a PNG called JPEG", "x.jpg", p, wrongEnd},
		{"a JPEG called PHP", "x.php", j, wrongEnd},
		{"a JPEG called HTML", "x.jpg.html", j, wrongEnd},
		{"a WebP without an ending", "x", w, wrongEnd},
		{"a PNG called SVG", "x.png.svg", p, wrongEnd},

		// Two things at once.
		{"an archive behind a JPEG", "x.jpg", join(j, zipped), hides},
		{"an archive behind a PNG", "x.png", join(p, zipped), hides},
		{"an archive with a comment", "x.webp", join(w, aZIPWith(t, strings.Repeat("c", 60_000))), hides},
		{"a page behind a PNG", "x.png", join(p, text(pageInside)), hides},
		{"a page in a JPEG's comment", "x.jpg", comment(j, pageInside), hides},
		{"PHP in a JPEG's comment", "x.jpg", comment(j, "<?php system($_GET['c']); ?>"), hides},
		{"an SVG in a PNG's text", "x.png", chunk(p, "tEXt", "Comment\x00<svg onload=alert(1)>"), hides},
		{"a PDF that is a JPEG too", "x.jpg", comment(j, "%PDF-1.4\n1 0 obj\n"), hides},
		{"a RAR behind a WebP", "x.webp", join(w, text("Rar!\x1a\x07\x01\x00more")), hides},

		// Too much to unpack.
		{"a PNG of 60,000 × 60,000", "x.png", sized(p, 60_000, 60_000), tooMany},
		{"a PNG of 1 × 2,000,000,000", "x.png", sized(p, 1, 2_000_000_000), tooMany},
		{"a JPEG of 65,500 × 65,500", "x.jpg", sizedJPEG(j, 65_500, 65_500), tooMany},
		{"a deep PNG of 14 million pixels", "x.png", deep(sized(p, 4_000, 3_500)), tooMany},
		{"5 MB and a little", "x.png", join(p, make([]byte, 5<<20)), tooLarge},
		{"a JPEG of a thousand passes", "x.jpg", comment(j, strings.Repeat("\xff\xda\x00\x08", 1_000)), broken},

		// Damaged, or in motion.
		{"half of a JPEG", "x.jpg", j[:len(j)/2], broken},
		{"half of a PNG", "x.png", p[:len(p)/2], broken},
		{"half of a WebP", "x.webp", w[:len(w)/2], broken},
		{"a JPEG's first bytes", "x.jpg", text("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), broken},
		{"a PNG whose sums are wrong", "x.png", altered(p, len(p)-20), broken},
		{"a PNG without pixels", "x.png", sized(p, 0, 0), broken},
		{"a PNG that unpacks to more than it shows", "x.png", bomb(), broken},
		{"a WebP of nothing", "x.webp", text("RIFF\x0c\x00\x00\x00WEBPVP8 \x00\x00\x00\x00"), broken},
		{"a PNG that moves", "x.png", chunk(p, "acTL", "\x00\x00\x00\x02\x00\x00\x00\x00"), moves},
		{"a WebP that moves", "x.webp", text("RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x07\x00\x00\x07\x00\x00ANIM"), moves},
	}
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func aPNG(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, aScene()))
	return b.Bytes()
}

func aJPEG(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, aScene(), nil))
	return b.Bytes()
}

func aGIF(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, gif.Encode(&b, aScene(), nil))
	return b.Bytes()
}

// aWebP is one of 1 × 1, lossy.
func aWebP(t testing.TB) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	must(t, err)
	return b
}

func aScene() image.Image {
	p := image.NewRGBA(image.Rect(0, 0, 48, 32))
	for y := range 32 {
		for x := range 48 {
			p.Set(x, y, color.RGBA{uint8(x * 5), uint8(y * 8), uint8(x * y), 255})
		}
	}
	return p
}

func aZIP(t testing.TB) []byte { return aZIPWith(t, "") }

func aZIPWith(t testing.TB, comment string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	must(t, z.SetComment(comment))
	f, err := z.Create("index.html")
	must(t, err)
	_, err = f.Write([]byte("hello"))
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}

// comment puts a comment behind the first mark of a JPEG.
func comment(j []byte, text string) []byte {
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xfe}, uint16(len(text)+2))
	return join(j[:2], head, []byte(text), j[2:])
}

// chunk puts one behind the head of a PNG.
func chunk(p []byte, kind, data string) []byte {
	const head = 33 // signature and IHDR
	return join(p[:head], pngChunk(kind, []byte(data)), p[head:])
}

func pngChunk(kind string, data []byte) []byte {
	c := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	c = append(append(c, kind...), data...)
	return binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
}

// sized is a PNG that says it has another size.
func sized(p []byte, w, h uint32) []byte {
	out := bytes.Clone(p)
	binary.BigEndian.PutUint32(out[16:], w)
	binary.BigEndian.PutUint32(out[20:], h)
	binary.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(out[12:29]))
	return out
}

// deep is a PNG that says it has 16 bits for each colour, and lets light through.
func deep(p []byte) []byte {
	out := bytes.Clone(p)
	out[24], out[25] = 16, 6
	binary.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(out[12:29]))
	return out
}

func sizedJPEG(j []byte, w, h uint16) []byte {
	out := bytes.Clone(j)
	at := bytes.Index(out, []byte{0xff, 0xc0}) + 5
	binary.BigEndian.PutUint16(out[at:], h)
	binary.BigEndian.PutUint16(out[at+2:], w)
	return out
}

func altered(p []byte, at int) []byte {
	out := bytes.Clone(p)
	out[at] ^= 0xff
	return out
}

// bomb is a PNG of 8 × 8 that unpacks to four megabytes.
func bomb() []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write(make([]byte, 4<<20)); err != nil {
		panic(fmt.Sprint("testkit: ", err))
	}
	if err := z.Close(); err != nil {
		panic(fmt.Sprint("testkit: ", err))
	}
	head := pngChunk("IHDR", []byte{0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0})
	return join([]byte("\x89PNG\r\n\x1a\n"), head, pngChunk("IDAT", b.Bytes()), pngChunk("IEND", nil))
}

// APicture is an honest PNG of 48 × 32.
func APicture(t testing.TB) []byte {
	t.Helper()
	return aPNG(t)
}
