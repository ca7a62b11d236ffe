package static

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// ManifestName is the file of a collected folder that lists the others.
const ManifestName = "manifest.json"

// Manifest tells whoever serves a collected folder what is in it.
type Manifest struct {
	Base  string          `json:"base"` // address of the tree, with a slash at its end
	Files []ManifestEntry `json:"files"`
}

// ManifestEntry is one file of the tree. With a compressed form, name.zst and name.gz lie
// beside it.
type ManifestEntry struct {
	Name       string `json:"name"` // below Base
	Type       string `json:"type"`
	Size       int    `json:"size"` // bytes, plain
	SHA256     string `json:"sha256"`
	Compressed bool   `json:"compressed"`
}

// Change is a file of a folder that is not as this program has it.
type Change struct {
	Path string // below the folder
	Why  string // Missing, Different or Foreign
}

// Why a file is not as it should be.
const (
	Missing   = "missing"
	Different = "different"
	Foreign   = "foreign" // in this version's tree, and none of its files
)

// Compare tells what a folder lacks of this program's files, each with its compressed
// forms, as "HASH/name". Trees of other versions in it are left out: a page that was
// opened before an upgrade still asks for them. A folder that is not there lacks all.
func Compare(dir string) ([]Change, error) {
	want := files.collected()
	var changes []Change
	for _, name := range slices.Sorted(maps.Keys(want)) {
		have, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			changes = append(changes, Change{name, Missing})
		case err != nil:
			return nil, err
		case !bytes.Equal(have, want[name]):
			changes = append(changes, Change{name, Different})
		}
	}
	foreign, err := foreignFiles(dir, want)
	return append(changes, foreign...), err
}

// foreignFiles are those in this version's tree that this version does not have.
func foreignFiles(dir string, want map[string][]byte) ([]Change, error) {
	var found []Change
	err := fs.WalkDir(os.DirFS(dir), files.hash, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		if _, ours := want[name]; !ours {
			found = append(found, Change{name, Foreign})
		}
		return nil
	})
	return found, err
}

// Collect writes what Compare finds missing or different, and tells what it wrote. Each
// file appears whole, and the manifest last. Foreign files are left for a person to see.
func Collect(dir string) ([]Change, error) {
	changes, err := Compare(dir)
	if err != nil {
		return nil, err
	}
	want := files.collected()
	changes = slices.DeleteFunc(changes, func(c Change) bool { return c.Why == Foreign })
	slices.SortStableFunc(changes, func(a, b Change) int { // the manifest speaks for the others
		return boolInt(a.Path == ManifestName) - boolInt(b.Path == ManifestName)
	})
	for i, c := range changes {
		if err := writeWhole(filepath.Join(dir, filepath.FromSlash(c.Path)), want[c.Path]); err != nil {
			return changes[:i], err
		}
	}
	return changes, nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// writeWhole writes a file that a web server of another user may read.
func writeWhole(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	draft := fmt.Sprintf("%s.%d.new", file, os.Getpid())
	if err := os.WriteFile(draft, data, 0o644); err != nil {
		return err
	}
	if err := os.Rename(draft, file); err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	return nil
}

// collected is everything that a collected folder holds, by path.
func (t *tree) collected() map[string][]byte {
	out := map[string][]byte{}
	m := Manifest{Base: Prefix + t.hash + "/"}
	for _, name := range slices.Sorted(maps.Keys(t.files)) {
		f, at := t.files[name], path.Join(t.hash, name)
		sum := sha256.Sum256(f.plain)
		m.Files = append(m.Files, ManifestEntry{name, f.kind, len(f.plain), hex.EncodeToString(sum[:]), f.zstd != nil})
		out[at] = f.plain
		if f.zstd != nil {
			out[at+".zst"], out[at+".gz"] = f.zstd(), f.gzip()
		}
	}
	manifest, _ := json.MarshalIndent(m, "", "  ") // texts and numbers: never an error
	out[ManifestName] = append(manifest, '\n')
	return out
}
