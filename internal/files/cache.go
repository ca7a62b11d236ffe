package files

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// cacheLimit is how much of the disk copies of remote files take.
const cacheLimit = 512 << 20

// draft begins the names of copies that are not whole yet.
const draft = "draft-"

// cache keeps copies of files that lie in a remote storage, each under its hash. A copy is
// compared with the hash at every reading, like the original. Losing it loses nothing.
type cache struct {
	dir string
	now func() time.Time
}

// open finds a copy; an altered one is removed.
func (c *cache) open(f File) (Content, bool) {
	name := filepath.Join(c.dir, f.SHA256)
	file, err := os.Open(name)
	if err != nil {
		return nil, false
	}
	if err := whole(file, f); err != nil {
		_ = file.Close()    // read only
		_ = os.Remove(name) // the next fill replaces it anyhow
		return nil, false
	}
	_ = os.Chtimes(name, c.now(), c.now()) // when it was last wanted; the cache is as good without
	return file, true
}

// fill writes a copy as it is read, and opens it. errAltered when the bytes are not those
// of the row; then there is no copy.
func (c *cache) fill(f File, r io.Reader) (_ Content, err error) {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return nil, err
	}
	name := filepath.Join(c.dir, draft+rand.Text())
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, file.Close(), os.Remove(name))
		}
	}()
	// One byte more than the row says is read, so that a longer object is seen as one.
	if _, err := io.Copy(file, io.LimitReader(r, f.Size+1)); err != nil {
		return nil, err
	}
	if err := whole(file, f); err != nil {
		return nil, err
	}
	return file, os.Rename(name, filepath.Join(c.dir, f.SHA256))
}

// trim removes drafts of programs that died, and the copies that nobody has wanted for the
// longest time, until the rest fits.
func (c *cache) trim(limit int64) error {
	entries, err := os.ReadDir(c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("trim cache: %w", err)
	}
	var copies []fs.FileInfo
	var sum int64
	for _, e := range entries {
		info, err := e.Info()
		switch {
		case err != nil: // gone meanwhile
		case !strings.HasPrefix(e.Name(), draft):
			copies, sum = append(copies, info), sum+info.Size()
		case c.now().Sub(info.ModTime()) > strayLife:
			_ = os.Remove(filepath.Join(c.dir, e.Name())) // the next trim tries again
		}
	}
	slices.SortFunc(copies, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	for _, info := range copies {
		if sum <= limit {
			break
		}
		_ = os.Remove(filepath.Join(c.dir, info.Name())) // as above
		sum -= info.Size()
	}
	return nil
}
