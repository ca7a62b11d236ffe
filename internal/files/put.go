package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"ekolek/internal/audit"
	"ekolek/internal/db"
	"ekolek/internal/errs"
	"ekolek/internal/files/blob"
)

// Limits that no kind of file changes.
const (
	dayQuota  = 200 << 20 // bytes that one person uploads on a day
	leastFree = 0.10      // share of the disk that uploads leave to the database
	strayLife = time.Hour // after which an object without a row is removed
	maxName   = 120       // characters of a name that is kept
)

// Upload is a file as somebody brings it.
type Upload struct {
	Kind       Kind
	Name       string        // what the uploader's machine calls it
	Content    io.ReadSeeker // read from its beginning, several times
	OwnerID    uuid.UUID     // with Family access: whose
	FormerPath string        // its address in the former system
}

// Put judges a file and writes its bytes. The file is kept only when Keep commits its row:
// an object that nobody keeps within an hour is removed. Errors that name the form field
// "file" say what is wrong with the file; ErrStorage, ErrFull say that it could not be
// written, and then nothing is left behind.
func (s *Service) Put(ctx context.Context, actor audit.Actor, u Upload) (File, error) {
	kind, err := u.Kind.judge(u.Name, u.Content)
	if err != nil {
		return File{}, err
	}
	return s.put(ctx, actor, u, kind)
}

// put writes what has been judged.
func (s *Service) put(ctx context.Context, actor audit.Actor, u Upload, kind string) (_ File, err error) {
	f := File{
		ID: db.NewID(), Kind: u.Kind.Name, Access: u.Kind.Access, OwnerID: u.OwnerID, Permission: u.Kind.Permission,
		Name: cleanName(u.Name, kind), Type: kind, FormerPath: u.FormerPath, Storage: s.current, CreatedAt: s.now(),
	}
	if actor.Kind == audit.Staff || actor.Kind == audit.Resident {
		f.CreatedBy = actor.ID
	}
	if f.Size, f.SHA256, err = hash(u.Content); err != nil {
		return File{}, fmt.Errorf("put file: %w", err)
	}
	if err := s.room(ctx, f); err != nil {
		return File{}, err
	}
	return f, s.write(ctx, &f, u.Content)
}

// Draft is a place for a file while it is received: nothing of it stays in memory, and
// what a program that dies has received is swept. The caller closes it.
func (s *Service) Draft() (*Draft, error) {
	d, err := s.local.Draft()
	if err != nil {
		return nil, ErrFull.Because(err) // as good as always, the disk is full
	}
	return &Draft{d}, nil
}

// Draft is a file that is being received. It is gone when it is closed.
type Draft struct{ *blob.Draft }

// Write adds to it; ErrFull when the disk takes no more.
func (d *Draft) Write(p []byte) (int, error) {
	n, err := d.Draft.Write(p)
	if err != nil {
		err = ErrFull.Because(err)
	}
	return n, err
}

// room says whether another file fits: on the disk, and into what one person may upload.
func (s *Service) room(ctx context.Context, f File) error {
	share, _, err := s.free(s.dir)
	if err != nil {
		return fmt.Errorf("ask for free disk: %w", err)
	}
	if share < leastFree {
		return ErrFull.Because(fmt.Errorf("%.1f %% of the disk is free", share*100))
	}
	if f.CreatedBy == uuid.Nil {
		return nil
	}
	had, err := uploadedOn(ctx, s.db, f.CreatedBy, db.Day(f.CreatedAt))
	if err != nil {
		return fmt.Errorf("ask for quota: %w", err)
	}
	if had+f.Size > dayQuota {
		return errs.NewField(field, "error.files.quota", "MB", dayQuota>>20)
	}
	return nil
}

// write notes the object down, so that it can be found if this program dies now, and puts
// it into the current storage. f gets its key.
func (s *Service) write(ctx context.Context, f *File, content io.ReadSeeker) error {
	store, err := s.store(f.Storage)
	if err != nil {
		return err
	}
	if f.Key, err = store.NewKey(ctx); err != nil {
		return stored("put", *f, err)
	}
	o := stray{f.Storage, f.Key}
	err = s.db.InTx(ctx, func(ctx context.Context, tx *db.Tx) error { return insertStray(ctx, tx, o, s.now()) })
	if err != nil {
		return fmt.Errorf("put file: %w", err)
	}
	if err := store.Put(ctx, f.Key, blob.About{Type: f.Type, Size: f.Size, SHA256: f.SHA256}, content); err != nil {
		return stored("put", *f, err)
	}
	return nil
}

// Keep writes the row of a file that Put has written, in the caller's transaction. Error:
// ErrStorage when its object is gone, since more than an hour lies between.
func (s *Service) Keep(ctx context.Context, tx *db.Tx, f File) error {
	taken, err := takeStray(ctx, tx, stray{f.Storage, f.Key})
	if err == nil && !taken {
		return ErrStorage.Because(fmt.Errorf("keep file %s: its object is gone", f.ID))
	}
	if err == nil {
		err = insertFile(ctx, tx, f)
	}
	if err != nil {
		return fmt.Errorf("keep file: %w", err)
	}
	return nil
}

// Delete ends a file in the caller's transaction; its object is removed later. ErrNotFound.
func (s *Service) Delete(ctx context.Context, tx *db.Tx, id uuid.UUID) error {
	storage, key, ok, err := markDeleted(ctx, tx, id, s.now())
	if err == nil && !ok {
		return ErrNotFound
	}
	if err == nil {
		err = insertStray(ctx, tx, stray{storage, key}, s.now())
	}
	if err != nil {
		return fmt.Errorf("delete file %s: %w", id, err)
	}
	return nil
}

// hash reads content to its end.
func hash(content io.ReadSeeker) (size int64, sum string, err error) {
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return 0, "", err
	}
	return hashOnce(content)
}

func hashOnce(content io.Reader) (size int64, sum string, err error) {
	h := sha256.New()
	if size, err = io.Copy(h, content); err != nil {
		return 0, "", err
	}
	return size, hex.EncodeToString(h.Sum(nil)), nil
}

// cleanName keeps of an uploaded name what people can read: no folders, no control signs,
// and the ending that the content has.
func cleanName(name, kind string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`<>:"|?*`, r) {
			return -1
		}
		return r
	}, name)
	stem := strings.Trim(strings.TrimSuffix(name, path.Ext(name)), " .")
	if runes := []rune(stem); len(runes) > maxName {
		stem = string(runes[:maxName])
	}
	if stem == "" || stem == "/" {
		stem = "file"
	}
	return stem + endings[kind]
}

// tooLong is the error of a reader that was given more than a limit.
var errTooLong = errors.New("more than its limit")
