package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/zstd"
)

func get(t *testing.T, target, accepts string) *http.Response {
	t.Helper()
	r := httptest.NewRequest("GET", target, nil)
	r.Header.Set("Accept-Encoding", accepts)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r io.Reader) []byte {
	t.Helper()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestAddressesAndCaching(t *testing.T) {
	for target, want := range map[string]string{
		URL("app.css"):                 "public, max-age=31536000, immutable",
		"/static/000000000000/app.css": "public, max-age=3600",
		"/static/app.css":              "public, max-age=3600",
	} {
		res := get(t, target, "")
		if res.StatusCode != 200 || res.Header.Get("Cache-Control") != want || res.Header.Get("Content-Type") != "text/css; charset=utf-8" {
			t.Errorf("%s: %d %v", target, res.StatusCode, res.Header)
		}
	}
	for _, target := range []string{"/static/", "/static/x", "/static/static.go", "/static/../static.go", Base()} {
		if res := get(t, target, ""); res.StatusCode != 404 {
			t.Errorf("%s: %d", target, res.StatusCode)
		}
	}
}

func TestEncodings(t *testing.T) {
	plain := body(t, get(t, URL("app.css"), "").Body)
	for accepts, want := range map[string]string{"br, zstd, gzip": "zstd", "gzip, deflate": "gzip", "gzip, zstd;q=0": "gzip", "deflate": "", "GZIP;q=1.0": "gzip"} {
		res := get(t, URL("app.css"), accepts)
		if got := res.Header.Get("Content-Encoding"); got != want || res.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %q", accepts, got)
		}
		var r io.Reader = res.Body
		switch want {
		case "zstd":
			z, err := zstd.NewReader(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			defer z.Close()
			r = z
		case "gzip":
			z, err := gzip.NewReader(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			r = z
		}
		if got := body(t, r); !bytes.Equal(got, plain) {
			t.Errorf("%s: %d bytes, want %d", accepts, len(got), len(plain))
		}
	}
	if res := get(t, URL("fonts/figtree-latin-wght-normal.woff2"), "zstd, gzip"); res.Header.Get("Content-Encoding") != "" || res.Header.Get("Content-Type") != "font/woff2" {
		t.Errorf("a font is packed twice: %v", res.Header)
	}
}

func TestTheHashFollowsEveryFile(t *testing.T) {
	one := fstest.MapFS{"a.css": {Data: []byte("a")}, "b.js": {Data: []byte("b")}}
	first, err := load(one)
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]fstest.MapFS{
		"changed": {"a.css": {Data: []byte("a")}, "b.js": {Data: []byte("c")}},
		"renamed": {"a.css": {Data: []byte("a")}, "c.js": {Data: []byte("b")}},
		"moved":   {"a.css": {Data: []byte("ab")}, "b.js": {Data: []byte("")}},
	} {
		if second, err := load(other); err != nil || second.hash == first.hash {
			t.Errorf("%s: same address for other files (%v)", name, err)
		}
	}
	if again, err := load(one); err != nil || again.hash != first.hash {
		t.Errorf("the same files have another address (%v)", err)
	}
}

func TestAnUnknownNameIsAMistakeOfOurs(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a page would point to nothing")
		}
	}()
	URL("none.css")
}

// What a style sheet or the sprite names is there, and nowhere else.
func TestTheStyleSheetStandsAlone(t *testing.T) {
	css := string(files.files["app.css"].plain)
	for _, m := range regexp.MustCompile(`url\(["']?([^"')]+)["']?\)`).FindAllStringSubmatch(css, -1) {
		if strings.HasPrefix(m[1], "data:") || strings.HasPrefix(m[1], "%23") { // inside such a drawing
			continue
		}
		if _, ok := files.files[m[1]]; !ok {
			t.Errorf("app.css points to %s", m[1])
		}
	}
	for name, f := range files.files {
		text := string(f.plain)
		if strings.HasSuffix(name, ".css") && strings.Contains(text, "@import") {
			t.Errorf("%s loads another", name)
		}
		if (strings.HasSuffix(name, ".css") || strings.HasSuffix(name, ".svg")) && regexp.MustCompile(`(?:href|src|url\()\s*=?\s*["']?https?://`).MatchString(text) {
			t.Errorf("%s contacts another host", name)
		}
	}
}

// The first visit to a resident page costs at most 100 KB over the wire (docs: how it
// looks and feels); this is what every page brings, without its own HTML.
func TestTheFrameIsLight(t *testing.T) {
	total := 0
	for _, name := range []string{"app.css", "theme.js", "app.js", "sprite.svg", "mark.svg", "fonts/figtree-latin-wght-normal.woff2"} {
		n := len(body(t, get(t, URL(name), "gzip").Body))
		t.Logf("%-45s %6d", name, n)
		total += n
	}
	if total > 70_000 {
		t.Errorf("%d bytes before the page itself; 30,000 are left for it at 70,000", total)
	}
}
