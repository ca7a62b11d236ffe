// Package static holds the files that pages fetch: the style sheet, the font, the
// icons, the scripts. They are embedded, served under one content hash, immutable and
// compressed once. A large one may lie in the tree as NAME.zst and is served as NAME.
//
// One hash stands for the whole tree ("/static/3f2a9c01/app.css"), so that a relative
// address inside a style sheet or a module ("fonts/…", "./camera.js") needs no rewriting
// and still changes whenever any file does.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
)

//go:embed *.css *.js *.svg fonts all:js all:vendor
var embedded embed.FS

// Prefix is where the tree is mounted.
const Prefix = "/static/"

var files = mustLoad(embedded)

// tree is a loaded set of files and the hash that stands for it.
type tree struct {
	hash  string
	files map[string]*file
}

// file is one file with its compressed forms, each made on first use.
type file struct {
	kind  string // media type
	plain []byte
	zstd  func() []byte // nil when compressing does not pay
	gzip  func() []byte

	integrity func() string
}

// URL is the address of a file of this package: URL("app.css"). An unknown name is a
// programmer's error and panics; a test renders every page.
func URL(name string) string {
	if _, ok := files.files[name]; !ok {
		panic("static: no file " + name)
	}
	return Prefix + files.hash + "/" + name
}

// Integrity is what a script's tag says of its bytes (SRI).
func Integrity(name string) string {
	f, ok := files.files[name]
	if !ok {
		panic("static: no file " + name)
	}
	return f.integrity()
}

// Base is the address of the whole tree, with a slash at its end, for scripts that load
// further files by name.
func Base() string { return Prefix + files.hash + "/" }

// Handler serves the tree. An address with the current hash is immutable; any other
// hash, or none, answers the current file for an hour, so that a page of the previous
// version still finds its parts.
func Handler() http.Handler { return http.HandlerFunc(files.serve) }

// ServeFile answers with one file at an address of its own, which no cache keeps: a
// worker's address must not change with its content.
func ServeFile(w http.ResponseWriter, r *http.Request, name string) {
	f, ok := files.files[name]
	if !ok {
		panic("static: no file " + name)
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Cache-Control", "no-store")
	f.write(w, r)
}

// mustLoad reads an embedded tree. It runs once, while the program starts, and the files
// are part of the program: an error is a programmer's.
func mustLoad(fsys fs.FS) *tree {
	t, err := load(fsys)
	if err != nil {
		panic(err)
	}
	return t
}

func load(fsys fs.FS) (*tree, error) {
	t := &tree{files: map[string]*file{}}
	sum := sha256.New()
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return fmt.Errorf("static %s: %w", name, err)
		}
		f, name, err := unpack(name, data)
		if err != nil {
			return fmt.Errorf("static %s: %w", name, err)
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(f.plain))
		sum.Write(f.plain)
		t.files[name] = f
		return nil
	})
	t.hash = hex.EncodeToString(sum.Sum(nil)[:6])
	return t, err
}

// unpack makes a file of what is embedded, and gives the name that it is served under.
func unpack(name string, data []byte) (*file, string, error) {
	served, packed := strings.CutSuffix(name, ".zst")
	if !packed {
		return newFile(name, data), name, nil
	}
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, name, err
	}
	defer r.Close()
	plain, err := r.DecodeAll(data, nil)
	if err != nil {
		return nil, name, err
	}
	f := newFile(served, plain)
	f.zstd = func() []byte { return data }
	return f, served, nil
}

func newFile(name string, data []byte) *file {
	f := &file{kind: kindOf(name), plain: data, integrity: sync.OnceValue(func() string {
		sum := sha512.Sum384(data)
		return "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
	})}
	if compressible(f.kind) && len(data) > 512 {
		f.zstd = sync.OnceValue(func() []byte { return squeeze(data, newZstd) })
		f.gzip = sync.OnceValue(func() []byte { return squeeze(data, newGzip) })
	}
	return f
}

// kindOf does not ask the machine's own table, which differs from one to the next.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".wasm":
		return "application/wasm"
	case ".webmanifest":
		return "application/manifest+json; charset=utf-8"
	}
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}

func compressible(kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	return strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "+xml") ||
		strings.HasSuffix(kind, "+json") || kind == "application/wasm"
}

func newZstd(w io.Writer) io.WriteCloser {
	z, _ := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1)) // good options: never an error
	return z
}

func newGzip(w io.Writer) io.WriteCloser {
	z, _ := gzip.NewWriterLevel(w, gzip.BestCompression) // the level is in range: never an error
	return z
}

// squeeze compresses in memory, where writing cannot fail.
func squeeze(data []byte, open func(io.Writer) io.WriteCloser) []byte {
	var out bytes.Buffer
	w := open(&out)
	_, _ = w.Write(data)
	_ = w.Close()
	return out.Bytes()
}

// GET /static/{hash}/{name...}
func (t *tree) serve(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, Prefix)
	hash, rest, hashed := strings.Cut(name, "/")
	f, ok := t.files[name]
	if !ok && hashed {
		f, ok = t.files[rest]
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=3600")
	if hash == t.hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	f.write(w, r)
}

// write answers with the smallest form that the browser takes.
func (f *file) write(w http.ResponseWriter, r *http.Request) {
	h, body := w.Header(), f.plain
	if f.zstd != nil {
		h.Set("Vary", "Accept-Encoding")
		accepts := r.Header.Get("Accept-Encoding")
		switch {
		case takes(accepts, "zstd"):
			h.Set("Content-Encoding", "zstd")
			body = f.zstd()
		case takes(accepts, "gzip"):
			h.Set("Content-Encoding", "gzip")
			body = f.gzip()
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the reader has gone: nobody is left to tell
	}
}

// takes tells whether an Accept-Encoding names the coding without refusing it (q=0).
func takes(accepts, coding string) bool {
	for part := range strings.SplitSeq(accepts, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) {
			q := strings.ReplaceAll(params, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
