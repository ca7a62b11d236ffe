package blob

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// conform is what every storage must do. Each of them runs it against something that
// speaks its protocol.
func conform(t *testing.T, s Store) {
	t.Helper()
	ctx := t.Context()
	put := func(t *testing.T, content []byte) string {
		t.Helper()
		key, err := s.NewKey(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Put(ctx, key, about(content), bytes.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		return key
	}
	t.Run("what is put comes back", func(t *testing.T) {
		for _, size := range []int{1, 1000, 300_000, 6 << 20} {
			content := random(size)
			if got := get(t, s, put(t, content)); !bytes.Equal(got, content) {
				t.Errorf("%d bytes were put, %d others came back", size, len(got))
			}
		}
	})
	t.Run("the same again is no failure", func(t *testing.T) {
		content := random(1000)
		key := put(t, content)
		if err := s.Put(ctx, key, about(content), bytes.NewReader(content)); err != nil {
			t.Error(err)
		}
		if got := get(t, s, key); !bytes.Equal(got, content) {
			t.Error("it is another now")
		}
	})
	t.Run("a delete can be repeated", func(t *testing.T) {
		key := put(t, random(10))
		for range 2 {
			if err := s.Delete(ctx, key); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Get(ctx, key); !IsMissing(err) {
			t.Errorf("after the delete: %v", err)
		}
	})
	t.Run("what was never put is missing", func(t *testing.T) {
		key, err := s.NewKey(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(ctx, key); !IsMissing(err) {
			t.Errorf("%v", err)
		}
	})
	t.Run("half an upload is none", func(t *testing.T) {
		content := random(200_000)
		key, err := s.NewKey(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Put(ctx, key, about(content), &breaking{bytes.NewReader(content), 100_000}); err == nil {
			t.Error("an upload that broke off was taken")
		}
		if _, err := s.Get(ctx, key); !IsMissing(err) {
			t.Errorf("after half an upload: %v", err)
		}
	})
	t.Run("an ended context ends it", func(t *testing.T) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		content := random(1000)
		key, err := s.NewKey(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Put(ended, key, about(content), bytes.NewReader(content)); err == nil {
			t.Error("put although nobody waits any more")
		}
	})
	t.Run("many at once", func(t *testing.T) {
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() {
				content := random(50_000)
				key, err := s.NewKey(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Put(ctx, key, about(content), bytes.NewReader(content)); err != nil {
					t.Error(err)
					return
				}
				if got := get(t, s, key); !bytes.Equal(got, content) {
					t.Error("somebody else's bytes came back")
				}
				if err := s.Delete(ctx, key); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

func get(t *testing.T, s Store, key string) []byte {
	t.Helper()
	r, err := s.Get(t.Context(), key)
	if err != nil {
		t.Error(err)
		return nil
	}
	data, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		t.Error(err)
	}
	return data
}

func about(content []byte) About {
	sum := sha256.Sum256(content)
	return About{Type: "application/pdf", Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

var errBroken = errors.New("the upload broke off")

// breaking fails after some bytes, whenever it is read.
type breaking struct {
	*bytes.Reader
	after int
}

func (b *breaking) Read(p []byte) (int, error) {
	if int(b.Size())-b.Len() >= b.after {
		return 0, errBroken
	}
	return b.Reader.Read(p[:min(len(p), 10_000)])
}

// WriteTo would let io.Copy read past the break.
func (b *breaking) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{b})
}

func newLocal(t *testing.T, dir string, now func() time.Time) *Local {
	t.Helper()
	l, err := OpenLocal(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // read by nobody after the test
	return l
}

func TestLocal(t *testing.T) {
	dir := t.TempDir()
	conform(t, newLocal(t, dir, time.Now))
	if left, err := filepath.Glob(filepath.Join(dir, tempFolder, "*")); err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
}

// What a program that died was writing goes; what somebody writes now stays.
func TestLocalSweepsWhatDiedHalfWay(t *testing.T) {
	dir := t.TempDir()
	l := newLocal(t, dir, time.Now)
	old, fresh := filepath.Join(dir, tempFolder, "OLD"), filepath.Join(dir, tempFolder, "FRESH")
	for _, name := range []string{old, fresh} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now().Add(-tempLife - time.Minute)
	if err := os.Chtimes(old, before, before); err != nil {
		t.Fatal(err)
	}
	if n, err := l.Sweep(); n != 1 || err != nil {
		t.Errorf("%d swept, %v", n, err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Error("a file that is being written was swept")
	}
}

// Neither a key nor a link in the folder leads out of it.
func TestLocalStaysInItsFolder(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	l := newLocal(t, dir, time.Now)
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"../secret", "link", outside, "ab/../../secret", "/etc/passwd"} {
		if r, err := l.Get(t.Context(), key); err == nil {
			t.Errorf("%q was read", key)
			_ = r.Close()
		}
		if err := l.Put(t.Context(), key, About{}, bytes.NewReader([]byte("x"))); err == nil && key != "link" {
			t.Errorf("%q was written", key)
		}
	}
	if data, err := os.ReadFile(outside); err != nil || string(data) != "secret" {
		t.Errorf("the file outside is %q, %v", data, err)
	}
}
