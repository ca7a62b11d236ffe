package check

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"ekolek/internal/db"
	"ekolek/internal/disk"
)

// Folder is a folder that the program writes to.
type Folder struct {
	Name     string // the setting that names it
	Path     string // absolute
	Missing  bool
	Writable bool
	Mode     fs.FileMode
	Free     int64  // bytes; -1: not known
	Loose    string // a file in it that others may read; "" for none
}

// SecretFile is a file that holds a secret.
type SecretFile struct {
	Path      string
	Mode      fs.FileMode
	Committed bool
}

// disk are the checks of folders and files.
func disks() []Check {
	return []Check{
		{ID: "EK.E031", Class: Error, Deploy: true, Django: "caches.W002", Title: "Data, keys, logs and backups are not where files are given out.",
			Mend: "Move the folder out of the one that is served.", judge: servedTree},
		{ID: "EK.E035", Class: Error, Warns: true, Django: "files.E001", Title: "The data folder is ours, writable, and has room.",
			Mend: "Make the folder, give it to the service's user with mode 0700, and free space.", judge: dataFolder},
		{ID: "EK.E065", Class: Error, Deploy: true, Title: "No upload can fill the memory or the disk.",
			Mend: "Every kind of file needs a largest size, and an archive the most that it unpacks to: internal/files.", judge: uploads},
		{ID: "EK.E063", Class: Error, Warns: true, Title: "The log folder is writable, not for everybody's eyes, and has room.",
			Mend: "Give the folder to the service's user with mode 0750, its files 0640, and free space; LOG_DIR=- keeps the log on standard error.", judge: logFolder},
	}
}

// lookAtDisk looks at the folders that are set, and at the files that hold secrets.
func (f *Facts) lookAtDisk() {
	for _, folder := range []struct{ name, path string }{{"DATA_DIR", f.Config.DataDir}, {"LOG_DIR", f.Config.LogDir}} {
		if folder.path != "" {
			f.Folders = append(f.Folders, lookAtFolder(folder.name, folder.path))
		}
	}
	paths := []string{".env"}
	for _, e := range f.Environ {
		name, value, _ := strings.Cut(e, "=")
		if strings.HasSuffix(name, "_FILE") && value != "" && f.isSetting(strings.TrimSuffix(name, "_FILE")) {
			paths = append(paths, value)
		}
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			f.Secrets = append(f.Secrets, SecretFile{Path: path, Mode: info.Mode().Perm(), Committed: committed(path)})
		}
	}
}

func (f *Facts) isSetting(name string) bool {
	for _, row := range f.Config.Describe() {
		if row.Name == name {
			return true
		}
	}
	return false
}

func lookAtFolder(name, path string) Folder {
	out := Folder{Name: name, Path: path, Free: -1}
	if abs, err := filepath.Abs(path); err == nil {
		out.Path = abs
	}
	info, err := os.Stat(out.Path)
	if err != nil || !info.IsDir() {
		out.Missing = true
		return out
	}
	out.Mode, out.Free = info.Mode().Perm(), -1
	if _, free, err := disk.Free(out.Path); err == nil {
		out.Free = int64(free) //nolint:gosec // no disk is that large
	}
	if probe, err := os.CreateTemp(out.Path, ".check-*"); err == nil {
		out.Writable = true
		_ = errors.Join(probe.Close(), os.Remove(probe.Name())) // an empty file; nothing depends on it
	}
	files, _ := filepath.Glob(filepath.Join(out.Path, "*.log")) // a constant pattern
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o137 != 0 {
			out.Loose = file
		}
	}
	return out
}

// committed says that git keeps a file of this name beside it. The index holds each path
// behind its length, and ends it with a zero.
func committed(path string) bool {
	name := filepath.Base(path)
	index, err := os.ReadFile(filepath.Join(filepath.Dir(path), ".git", "index"))
	return err == nil && bytes.Contains(index, append([]byte{0, byte(len(name))}, name+"\x00"...))
}

// lookAtMachine looks at the time zone, the memory and the binary.
func (f *Facts) lookAtMachine() {
	f.Zone = db.Manila
	f.Memory, f.Processors = memory(), runtime.GOMAXPROCS(0)
	f.Build, _ = debug.ReadBuildInfo()
}

// memory is what this machine has, or what its container may take; 0: not known.
func memory() int64 {
	least := int64(0)
	if data, err := os.ReadFile("/proc/meminfo"); err == nil {
		if _, rest, ok := strings.Cut(string(data), "MemTotal:"); ok {
			if words := strings.Fields(rest); len(words) > 0 {
				kib, _ := strconv.ParseInt(words[0], 10, 64) // 0: not known
				least = kib << 10
			}
		}
	}
	if data, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64); err == nil && (least == 0 || n < least) {
			least = n
		}
	}
	return least
}

// inside says that a path lies in a folder, or is it.
func inside(path, folder string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

func servedTree(f *Facts, v *verdict) {
	keep := map[string]string{"the database": f.Config.Database.Path, "LOG_DIR": f.Config.LogDir, "BACKUP_DIR": f.Config.Backup.Dir}
	for _, s := range f.Secrets {
		keep[s.Path] = s.Path
	}
	for what, path := range keep {
		abs, err := filepath.Abs(path)
		for _, served := range f.Served {
			if path != "" && err == nil && inside(abs, served) {
				v.fail("%s lies in %s, from which files are given out", what, served)
			}
		}
	}
	for _, a := range f.Answers {
		if a.Kind == broken && a.Status < 300 && strings.Contains(a.Path, "..") {
			v.fail("a path that leaves its folder is answered: %s", a)
		}
	}
}

// The least room that a disk should have, and that it must have: below, the next write of
// the database may fail.
const (
	littleSpace = 1 << 30
	noSpace     = 100 << 20
)

// The most that one upload may be, and unpack to.
const (
	mostUpload   = 64 << 20
	mostUnpacked = 256 << 20
	mostEntries  = 10_000
)

func uploads(f *Facts, v *verdict) {
	if f.Uploads == nil {
		v.skip("the limits of uploads are not known")
		return
	}
	u := f.Uploads
	if u.Bytes <= 0 || u.Bytes > mostUpload {
		v.fail("an upload may have %d bytes", u.Bytes)
	}
	if u.Unpacked <= 0 || u.Unpacked > mostUnpacked || u.Entries <= 0 || u.Entries > mostEntries {
		v.fail("an archive may unpack to %d files and %d bytes", u.Entries, u.Unpacked)
	}
}

func (f *Facts) eachFolder(v *verdict, name string) {
	for _, d := range f.Folders {
		if d.Name != name {
			continue
		}
		switch {
		case d.Missing:
			v.fail("%s, %s, is not there", d.Name, d.Path)
			continue
		case !d.Writable:
			v.fail("%s, %s, cannot be written to", d.Name, d.Path)
		}
		switch {
		case d.Free >= 0 && d.Free < noSpace:
			v.fail("%s has less than 100 MB free", d.Path)
		case d.Free >= 0 && d.Free < littleSpace:
			v.warn("%s has less than 1 GB free", d.Path)
		}
	}
}

func dataFolder(f *Facts, v *verdict) {
	f.eachFolder(v, "DATA_DIR")
	for _, d := range f.Folders {
		if d.Name == "DATA_DIR" && !d.Missing && d.Mode&0o007 != 0 && !f.Config.Debug {
			v.warn("%s is open to everybody on this machine (%04o)", d.Path, d.Mode)
		}
	}
}

func logFolder(f *Facts, v *verdict) {
	f.eachFolder(v, "LOG_DIR")
	for _, d := range f.Folders {
		if d.Name != "LOG_DIR" || d.Missing || f.Config.Debug {
			continue
		}
		if d.Mode&0o007 != 0 {
			v.warn("%s is open to everybody on this machine (%04o)", d.Path, d.Mode)
		}
		if d.Loose != "" {
			v.warn("others may read %s", d.Loose)
		}
	}
}
