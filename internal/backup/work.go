package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ekolek/internal/disk"
)

// workPrefix begins the names of the folders in which readable copies lie for a while.
const workPrefix = ".backup-work-"

// workFolder is such a folder, locked: the operating system drops the lock when the
// program dies.
type workFolder struct {
	dir  string
	lock *os.File
}

// newWork makes a folder below dir, and removes those that killed programs left there.
func newWork(dir string) (*workFolder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make a work folder: %w", err)
	}
	if err := sweep(dir); err != nil {
		return nil, err
	}
	// Somebody who sweeps may see the folder before it is locked and remove it: another one, then.
	for range 5 {
		if w, err := lockedFolder(dir); w != nil || err != nil {
			return w, err
		}
	}
	return nil, errors.New("make a work folder: somebody removes it again and again")
}

// lockedFolder is nil when somebody was faster.
func lockedFolder(dir string) (*workFolder, error) {
	at, err := os.MkdirTemp(dir, workPrefix)
	if err != nil {
		return nil, fmt.Errorf("make a work folder: %w", err)
	}
	lock, err := os.Open(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // swept away
	}
	if err != nil {
		return nil, fmt.Errorf("lock the work folder: %w", err)
	}
	if hold(lock) == nil {
		if there, err := isThere(at); err != nil || there {
			return &workFolder{at, lock}, err
		}
	}
	_ = lock.Close() // it was only read
	return nil, nil  //nolint:nilnil // swept away
}

func (w *workFolder) path(name string) string { return filepath.Join(w.dir, name) }

// close removes the folder and what lies in it.
func (w *workFolder) close() error {
	return errors.Join(os.RemoveAll(w.dir), w.lock.Close())
}

// sweep removes work folders and drafts of archives whose programs are gone.
func sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look for leftovers: %w", err)
	}
	for _, e := range entries {
		at := filepath.Join(dir, e.Name())
		var gone bool
		switch {
		case e.IsDir() && strings.HasPrefix(e.Name(), workPrefix):
			gone = abandoned(at)
		case e.Type().IsRegular() && strings.HasPrefix(e.Name(), ".") && strings.HasSuffix(e.Name(), ".part"):
			gone = abandoned(at)
		}
		if gone {
			if err := os.RemoveAll(at); err != nil {
				return fmt.Errorf("remove a leftover: %w", err)
			}
		}
	}
	return nil
}

// abandoned says that nobody holds the lock of a file or folder.
func abandoned(file string) bool {
	f, err := os.Open(file)
	if err != nil || !locks {
		return false // somebody removes it
	}
	defer f.Close() //nolint:errcheck // closing drops the lock
	return hold(f) == nil
}

// needRoom is a problem when a folder's disk has less room than wanted. Where the
// operating system does not tell, it goes on.
func needRoom(dir string, want int64) error {
	_, free, err := disk.Free(dir)
	if err != nil || int64(free) >= want { //nolint:gosec // no disk is that large
		return nil
	}
	return problem(DiskShort, "%s has room for %s, and %s may be needed", dir, bytesText(int64(free)), bytesText(want)) //nolint:gosec // as above
}

func bytesText(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	default:
		return fmt.Sprintf("%d KB", (n+1023)>>10)
	}
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// syncFile makes a file's bytes durable.
func syncFile(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// isThere says whether there is something of that name.
func isThere(file string) (bool, error) {
	_, err := os.Lstat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
