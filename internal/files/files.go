// Package files keeps what people upload: pictures and documents. It judges them by their
// content, writes their bytes to a storage (package blob), and knows by a row what each
// must be, so that what comes back is either the very bytes or an error. Who may read a
// file is written in its row and decided by whoever serves it.
package files

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/disk"
	"ekolek/internal/errs"
	"ekolek/internal/files/blob"
)

// Service keeps files. Make it with Open.
type Service struct {
	db      *db.DB
	stores  map[string]blob.Store // all that are configured, by name
	local   *blob.Local
	current string // where new files go
	cache   *cache // of what lies elsewhere than on this disk
	dir     string
	drawing chan struct{} // one picture at a time
	now     func() time.Time
	free    func(dir string) (share float64, bytes uint64, err error)
}

// File is one upload. Its bytes never change; another version is another file.
type File struct {
	ID         uuid.UUID
	Kind       string
	Access     Access
	OwnerID    uuid.UUID // with Family: whose
	Permission string    // with Staff and Family: which staff
	Name       string    // as the uploader's machine called it: for people, never a path
	Type       string    // media type, by the content
	Size       int64
	SHA256     string // hexadecimal
	Storage    string // local, s3, drive
	Key        string // there
	FormerPath string // "reward_images/bigas.png" of the former system; "" mostly
	CreatedBy  uuid.UUID
	CreatedAt  time.Time
}

// Access says who may read a file.
type Access string

// The classes of access. Staff with the file's Permission may read every class.
const (
	Public   Access = "public"   // anybody, without a sign-in; browsers may keep it for good
	Resident Access = "resident" // every signed-in resident
	Family   Access = "family"   // the residents of the owning family
	Staff    Access = "staff"    // staff with the file's Permission alone
)

// Folders below the data folder.
const (
	MediaFolder = "media" // of the local storage; backups copy it
	cacheFolder = "media-cache"
)

// Refusals that callers compare with errors.Is.
var (
	ErrNotFound = errs.New(errs.NotFound, "FILE_NOT_FOUND", "error.files.not_found")
	ErrStorage  = errs.New(errs.Unavailable, "STORAGE_UNAVAILABLE", "error.files.storage")
	ErrDamaged  = errs.New(errs.Unavailable, "FILE_DAMAGED", "error.files.damaged")
	ErrFull     = errs.New(errs.Full, "STORAGE_FULL", "error.files.full")
)

// Open makes the service over every storage that the configuration describes. It makes
// the folder of local files and reaches out to no other storage.
func Open(d *db.DB, c config.Config, now func() time.Time) (*Service, error) {
	local, err := blob.OpenLocal(filepath.Join(c.DataDir, MediaFolder), now)
	if err != nil {
		return nil, err
	}
	s := &Service{db: d, local: local, current: string(cmp.Or(c.Storage, config.LocalStorage)), dir: c.DataDir, drawing: make(chan struct{}, 1), now: now, free: free}
	s.stores = map[string]blob.Store{blob.LocalName: local}
	s.cache = &cache{dir: filepath.Join(c.DataDir, cacheFolder), now: now}
	if err := s.openRemote(c); err != nil {
		return nil, errors.Join(err, local.Close())
	}
	return s, nil
}

// openRemote makes the remote storages that are described, also those where no new file
// goes: some may still be there.
func (s *Service) openRemote(c config.Config) error {
	if c.S3.Bucket != "" && c.S3.KeyID != "" && c.S3.Secret != "" {
		s.stores[blob.S3Name] = blob.NewS3(c.S3, time.Now)
	}
	if c.GoogleDrive.FolderID != "" && (c.GoogleDrive.Credentials != "" || c.GoogleDrive.RefreshToken != "") {
		drive, err := blob.NewDrive(c.GoogleDrive)
		switch {
		case err == nil:
			s.stores[blob.DriveName] = drive
		case s.current == blob.DriveName: // else it is as good as not described
			return err
		}
	}
	_, err := s.store(s.current)
	return err
}

// Close lets the folder of local files go.
func (s *Service) Close() error { return s.local.Close() }

// Storage is where new files go: local, s3, drive.
func (s *Service) Storage() string { return s.current }

// store finds a storage that rows name.
func (s *Service) store(name string) (blob.Store, error) {
	if b, ok := s.stores[name]; ok {
		return b, nil
	}
	return nil, fmt.Errorf("files: the storage %s is not configured", name)
}

// ByID finds a file: ErrNotFound.
func (s *Service) ByID(ctx context.Context, id uuid.UUID) (File, error) {
	return oneFile(ctx, s.db, `id = $1`, id)
}

// ByFormerPath finds a file that the former system had at /media/ and this path:
// ErrNotFound.
func (s *Service) ByFormerPath(ctx context.Context, path string) (File, error) {
	return oneFile(ctx, s.db, `former_path = $1`, path)
}

// Paths are the addresses of files on the site, by their ids, in one look: for a page of
// many pictures. One that is not there any more has none.
func (s *Service) Paths(ctx context.Context, ids ...uuid.UUID) (map[uuid.UUID]string, error) {
	paths := make(map[uuid.UUID]string, len(ids))
	if len(ids) == 0 {
		return paths, nil
	}
	named, err := filesNamed(ctx, s.db, ids)
	if err != nil {
		return nil, fmt.Errorf("paths of files: %w", err)
	}
	for _, f := range named {
		paths[f.ID] = f.Path()
	}
	return paths, nil
}

// List is the files from the newest on.
func (s *Service) List(ctx context.Context, cursor string) (db.Page[File], error) {
	at, err := db.ParseCursor(cursor)
	if err != nil {
		return db.Page[File]{}, err
	}
	rows, err := listFiles(ctx, s.db, at, db.DefaultLimit+1)
	if err != nil {
		return db.Page[File]{}, fmt.Errorf("list files: %w", err)
	}
	return db.PageOf(rows, db.DefaultLimit, func(f File) db.Cursor { return db.Cursor{At: f.CreatedAt, ID: f.ID} }), nil
}

// Each calls visit with every file, the newest first, until it returns an error.
func (s *Service) Each(ctx context.Context, visit func(File) error) error {
	for cursor := ""; ; {
		page, err := s.List(ctx, cursor)
		if err != nil {
			return err
		}
		for _, f := range page.Rows {
			if err := visit(f); err != nil {
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// Path is the address of the file on the site. Its last part is for people's eyes, and the
// only one that is accepted for this file.
func (f File) Path() string { return "/media/" + f.ID.String() + "/" + f.Slug() }

// Slug is the file's name in its address: plain letters and figures, and the ending of its
// type.
func (f File) Slug() string {
	stem := strings.TrimSuffix(f.Name, path.Ext(f.Name))
	var b strings.Builder
	for _, r := range strings.ToLower(stem) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	name := strings.Trim(clip(b.String(), 60), "-")
	if name == "" {
		name = "file"
	}
	return name + endings[f.Type]
}

// clip cuts plain letters to a length.
func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// stored wraps what a storage could not do for the person who waits, with the cause for
// the log.
func stored(act string, f File, err error) error {
	if _, ok := errs.As(err); ok || err == nil {
		return err
	}
	return ErrStorage.Because(fmt.Errorf("%s %s %s in %s: %w", act, f.Kind, f.Key, f.Storage, err))
}

// lost says that the bytes of a row are not what they were.
func lost(f File, err error) error {
	return ErrDamaged.Because(fmt.Errorf("file %s, %s in %s: %w", f.ID, f.Key, f.Storage, err))
}

var errAltered = errors.New("its bytes are not those that were put there")

// free is what is left of the disk. A system that does not tell keeps nobody from anything.
func free(dir string) (share float64, bytes uint64, err error) {
	if share, bytes, err = disk.Free(dir); errors.Is(err, disk.ErrUnknown) {
		return 1, 0, nil
	}
	return share, bytes, err
}
