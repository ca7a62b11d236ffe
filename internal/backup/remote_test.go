package backup_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"ekolek/internal/backup"
	"ekolek/internal/db"
	"ekolek/internal/testkit"
)

// bucket is another storage: what its rows say, and what is still there.
type bucket struct {
	rows []backup.File
	has  map[string][]byte
}

func (b bucket) Each(_ context.Context, f func(backup.File) error) error {
	for _, row := range b.rows {
		if err := f(row); err != nil {
			return err
		}
	}
	return nil
}

func (b bucket) Open(_ context.Context, name string) (io.ReadCloser, error) {
	if data, ok := b.has[name]; ok {
		return io.NopCloser(bytes.NewReader(data)), nil
	}
	return nil, fs.ErrNotExist
}

// Uploads in another storage are listed with their sums, and come along when asked for.
func TestUploadsElsewhere(t *testing.T) {
	t.Parallel()
	c := newCity(t, db.Options{Path: testkit.SQLiteFile(t)})
	picture := []byte("a picture in a bucket")
	sum := sha256.Sum256(picture)
	c.o.Remote = bucket{
		rows: []backup.File{{Name: "s3/ab/abcd", Size: int64(len(picture)), SHA256: hex.EncodeToString(sum[:])}, {Name: "s3/lo/lost", Size: 4, SHA256: "00"}},
		has:  map[string][]byte{"s3/ab/abcd": picture},
	}
	made := c.backUp(t)
	v, err := backup.Verify(t.Context(), c.o, made.File)
	if err != nil || made.Uploads != 2 || made.Elsewhere != 2 || len(v.Contents.Files) != 2 || len(v.Contents.Elsewhere) != 2 || v.Contents.Elsewhere[0].SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("listed: %+v, %v", v.Contents, err)
	}
	made, err = backup.Make(t.Context(), c.o, c.DB, backup.What{Objects: true})
	if err != nil || made.Uploads != 3 || made.Elsewhere != 1 {
		t.Fatalf("with objects: %+v, %v", made, err)
	}
	o := c.elsewhere(t)
	done, err := backup.Restore(t.Context(), o, made.File, backup.How{Apply: true})
	if err != nil || done.Uploads.Written != 2 {
		t.Fatalf("restored %+v, %v", done, err)
	}
	if back, err := os.ReadFile(filepath.Join(done.Uploads.Objects, "s3", "ab", "abcd")); !bytes.Equal(back, picture) {
		t.Errorf("the object came back as %q, %v", back, err)
	}
}
