package files_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"ekolek/internal/files"
	"ekolek/internal/testkit"
)

// scene is a picture whose four corners differ: red, green, blue, black.
func scene(w, h int) *image.RGBA {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{A: 255}
			switch {
			case y < h/2 && x < w/2:
				c.R = 255
			case y < h/2:
				c.G = 255
			case x < w/2:
				c.B = 255
			}
			p.Set(x, y, c)
		}
	}
	return p
}

func asJPEG(t *testing.T, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, p, &jpeg.Options{Quality: 95}))
	return b.Bytes()
}

func asPNG(t *testing.T, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, p))
	return b.Bytes()
}

// turned puts EXIF into a JPEG: how it is turned, and where it was taken.
func turned(t *testing.T, p image.Image, turn uint16) []byte {
	t.Helper()
	tiff := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x02")
	tiff = append(tiff, 0x01, 0x12, 0, 3, 0, 0, 0, 1, byte(turn>>8), byte(turn), 0, 0)
	tiff = append(tiff, 0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 40)
	tiff = append(tiff, "GPS 14.3589N 121.0476E"...)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(segment)+2))
	plain := asJPEG(t, p)
	return bytes.Join([][]byte{plain[:2], head, segment, plain[2:]}, nil)
}

func (o *office) picture(name string, content []byte, widths ...int) ([]files.File, error) {
	return o.PutPicture(o.t.Context(), o.actor, files.Upload{Kind: files.RewardPicture, Name: name, Content: bytes.NewReader(content)}, widths...)
}

// A 1×1 lossy WebP.
const tinyWebP = "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"

func TestPicture(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	webp, err := base64.StdEncoding.DecodeString(tinyWebP)
	must(t, err)
	for name, content := range map[string][]byte{"bigas.jpg": asJPEG(t, scene(1200, 600)), "bigas.png": asPNG(t, scene(1200, 600)), "bigas.webp": webp} {
		list, err := o.picture(name, content, 800, 200)
		must(t, err)
		for i, f := range list {
			must(t, o.keep(f))
			data, err := o.read(f)
			must(t, err)
			p, err := jpeg.Decode(bytes.NewReader(data))
			must(t, err)
			if want := []int{800, 200}[i]; name != "bigas.webp" && (p.Bounds().Dx() != want || p.Bounds().Dy() != want/2) {
				t.Errorf("%s: %v, want a width of %d", name, p.Bounds(), want)
			}
			if f.Type != files.JPEG || f.Name != "bigas.jpg" {
				t.Errorf("%s became %s, %s", name, f.Name, f.Type)
			}
		}
	}
	list, err := o.picture("small.png", asPNG(t, scene(100, 50)), 800)
	must(t, err)
	must(t, o.keep(list[0]))
	data, err := o.read(list[0])
	must(t, err)
	if c, err := jpeg.DecodeConfig(bytes.NewReader(data)); err != nil || c.Width != 100 {
		t.Errorf("a small picture became %d wide, %v", c.Width, err)
	}
}

// H-12: a picture from a phone stands upright, and tells nobody where it was taken.
func TestPictureIsUprightAndBare(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	// Where red, the top left corner of what the camera saw, is seen for each orientation.
	for turn, want := range map[uint16]string{1: "top left", 2: "top right", 3: "bottom right", 4: "bottom left", 5: "top left", 6: "top right", 7: "bottom right", 8: "bottom left", 99: "top left"} {
		list, err := o.picture("photo.jpg", turned(t, scene(400, 200), turn), 400)
		must(t, err)
		must(t, o.keep(list[0]))
		data, err := o.read(list[0])
		must(t, err)
		if bytes.Contains(data, []byte("Exif")) || bytes.Contains(data, []byte("GPS")) {
			t.Errorf("orientation %d: the place is still told", turn)
		}
		p, err := jpeg.Decode(bytes.NewReader(data))
		must(t, err)
		if tall := p.Bounds().Dy() > p.Bounds().Dx(); tall != (turn >= 5 && turn <= 8) {
			t.Errorf("orientation %d: %v", turn, p.Bounds())
		}
		if got := redCorner(p); got != want {
			t.Errorf("orientation %d: red is %s, want %s", turn, got, want)
		}
	}
}

func redCorner(p image.Image) string {
	b := p.Bounds()
	for name, at := range map[string]image.Point{
		"top left": {5, 5}, "top right": {b.Dx() - 5, 5}, "bottom left": {5, b.Dy() - 5}, "bottom right": {b.Dx() - 5, b.Dy() - 5},
	} {
		if r, g, bl, _ := p.At(at.X, at.Y).RGBA(); r > 0xc000 && g < 0x4000 && bl < 0x4000 {
			return name
		}
	}
	return "nowhere"
}

// H-11, H-12, EK.E065: what is no picture, or claims to be a huge one, is refused before it
// is unpacked; what hides behind a picture does not survive.
func TestPictureCorpus(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	picture := asPNG(t, scene(64, 64))
	huge := bytes.Clone(picture) // 60000×60000, it says
	binary.BigEndian.PutUint32(huge[16:], 60_000)
	binary.BigEndian.PutUint32(huge[20:], 60_000)
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	var moving bytes.Buffer
	must(t, gif.Encode(&moving, scene(8, 8), nil))
	for name, c := range map[string]struct {
		name    string
		content []byte
		want    string
	}{
		"huge by its head":    {"x.png", huge, "error.files.too_many_pixels"},
		"more than 24 MP":     {"x.png", asPNG(t, image.NewGray(image.Rect(0, 0, 5000, 4900))), "error.files.too_many_pixels"},
		"deep and large":      {"x.png", asPNG(t, image.NewNRGBA64(image.Rect(0, 0, 4000, 3500))), "error.files.too_many_pixels"},
		"cut off":             {"x.png", picture[:len(picture)/2], "error.files.broken_picture"},
		"a head alone":        {"x.jpg", []byte("\xff\xd8\xff\xe0"), "error.files.broken_picture"},
		"a WebP of nothing":   {"x.webp", []byte("RIFF\x00\x00\x00\x00WEBPVP8 "), "error.files.broken_picture"},
		"GIF":                 {"x.gif", moving.Bytes(), "error.files.no_picture"},
		"SVG":                 {"x.svg", []byte("<svg/>"), "error.files.no_picture"},
		"SVG called PNG":      {"x.png", []byte("<svg/>"), "error.files.no_picture"},
		"PDF":                 {"x.pdf", pdf, "error.files.no_picture"},
		"PNG called JPEG":     {"x.jpg", picture, "error.files.ending"},
		"too large":           {"x.png", append(bytes.Clone(picture), make([]byte, 5<<20)...), "error.files.too_large"},
		"a page after it":     {"x.png", append(bytes.Clone(picture), "<script>alert(1)</script>"...), "error.files.hides"},
		"an archive after it": {"x.png", append(bytes.Clone(picture), archive(t, entry{"x.html", []byte("<script>")})...), "error.files.hides"},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := o.picture(c.name, c.content, 64)
			if got := fieldKey(err); got != c.want || (c.want == "" && err != nil) {
				t.Fatalf("%q, %v; want %q", got, err, c.want)
			}
			if c.want != "" {
				return
			}
			must(t, o.keep(list[0]))
			data, err := o.read(list[0])
			must(t, err)
			if bytes.Contains(data, []byte("script")) || bytes.Contains(data, []byte("PK\x03\x04")) {
				t.Error("what hid behind the picture is still there")
			}
		})
	}
}

// Forty and more uploads that are no honest picture: each is refused with words of its own,
// and nothing of it stays, neither a row nor a byte.
func TestBadPicturesLeaveNothing(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	corpus := testkit.BadPictures(t)
	if len(corpus) < 40 {
		t.Fatalf("a corpus of %d", len(corpus))
	}
	for _, c := range corpus {
		if _, err := o.picture(c.Name, c.Content, 320, 1200); fieldKey(err) != c.Says {
			t.Errorf("%s: %v; want %s", c.What, err, c.Says)
		}
	}
	if left := o.objects(); len(left) != 0 {
		t.Errorf("left are %v", left)
	}
	for _, table := range []string{"files_file", "files_stray"} {
		var n int
		must(t, o.db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
		if n != 0 {
			t.Errorf("%s has %d rows", table, n)
		}
	}
}

// forPrint is a JPEG of 8×8 in the four colours of print, made of the tables of a grey one.
func forPrint(t *testing.T) []byte {
	t.Helper()
	grey := asJPEG(t, image.NewGray(image.Rect(0, 0, 8, 8)))
	size, scan := bytes.Index(grey, []byte("\xff\xc0")), bytes.Index(grey, []byte("\xff\xda"))
	tables := grey[size+2+int(binary.BigEndian.Uint16(grey[size+2:])) : scan]
	const (
		adobe = "\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
		frame = "\xff\xc0\x00\x14\x08\x00\x08\x00\x08\x04\x01\x11\x00\x02\x11\x00\x03\x11\x00\x04\x11\x00"
		begin = "\xff\xda\x00\x0e\x04\x01\x00\x02\x00\x03\x00\x04\x00\x00\x3f\x00"
		plain = "\x28\xa2\x8a\xff\xd9" // each colour: no change, end of block
	)
	return bytes.Join([][]byte{grey[:size], []byte(adobe), []byte(frame), tables, []byte(begin), []byte(plain)}, nil)
}

// Pictures that are odd but honest become plain ones: for print (CMYK), grey, from a phone
// that appends a film to its pictures.
func TestOddPicturesAreTaken(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	grey := image.NewGray(image.Rect(0, 0, 40, 30))
	film := append(asJPEG(t, scene(64, 64)), "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08mdat"...)
	for name, content := range map[string][]byte{"print.jpg": forPrint(t), "grey.jpg": asJPEG(t, grey), "phone.jpg": film, "grey.png": asPNG(t, grey)} {
		list, err := o.picture(name, content, 320)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		must(t, o.keep(list[0]))
		data, err := o.read(list[0])
		must(t, err)
		if p, err := jpeg.Decode(bytes.NewReader(data)); err != nil || p.ColorModel() != color.YCbCrModel {
			t.Errorf("%s: %v", name, err)
		}
	}
}
