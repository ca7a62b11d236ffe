package files_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/files"
	"ekolek/internal/files/blob"
	"ekolek/internal/testkit"
)

// bucket is an S3 server whose answers a test may spoil.
type bucket struct {
	config.S3
	backend *s3mem.Backend
	reads   atomic.Int64
	spoil   atomic.Pointer[func(w http.ResponseWriter, r *http.Request, next http.Handler)]
}

func newBucket(t *testing.T) *bucket {
	t.Helper()
	b := &bucket{backend: s3mem.New()}
	must(t, b.backend.CreateBucket("uploads"))
	inner := gofakes3.New(b.backend).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			b.reads.Add(1)
		}
		if spoil := b.spoil.Load(); spoil != nil {
			(*spoil)(w, r, inner)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	b.S3 = config.S3{Endpoint: server.URL, Bucket: "uploads", Region: "us-east-1", KeyID: "AKIAEKOLEK", Secret: "a secret of the test"}
	return b
}

func (b *bucket) spoilWith(f func(w http.ResponseWriter, r *http.Request, next http.Handler)) {
	if f == nil {
		b.spoil.Store(nil)
		return
	}
	b.spoil.Store(&f)
}

func (b *bucket) objects(t *testing.T) int {
	t.Helper()
	list, err := b.backend.ListBucket("uploads", nil, gofakes3.ListBucketPage{})
	must(t, err)
	return len(list.Contents)
}

// reading spoils the bytes of every object that is read.
func reading(alter func([]byte) []byte) func(w http.ResponseWriter, r *http.Request, next http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method != http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		whole := rec.Body.Bytes()
		altered := alter(bytes.Clone(whole))
		if len(altered) < len(whole) { // cut off: the length is that of the whole
			w.Header().Set("Content-Length", rec.Result().Header.Get("Content-Length"))
		}
		_, _ = w.Write(altered)
	}
}

// F-37 for a store far away: what it sends altered, or not to its end, is neither given out
// nor kept; what came whole once is read from the cache, which is compared as well.
func TestRemoteBytesAreCompared(t *testing.T) {
	o, b := newOffice(t, testkit.DB(t)), newBucket(t)
	o.Use(blob.NewS3(b.S3, time.Now))
	f := o.kept("paper.pdf", pdf)
	if b.objects(t) != 1 || len(o.objects()) != 0 {
		t.Fatal("the file is not in the bucket alone")
	}
	for name, c := range map[string]struct {
		spoil func(w http.ResponseWriter, r *http.Request, next http.Handler)
		want  error
	}{
		"flipped": {reading(func(p []byte) []byte { p[3] ^= 1; return p }), files.ErrDamaged},
		"cut off": {reading(func(p []byte) []byte { return p[:len(p)/2] }), files.ErrStorage},
		"shorter": {reading(func(p []byte) []byte { return append(p[:len(p)-2], "\n"...) }), files.ErrStorage},
		"longer":  {reading(func(p []byte) []byte { return append(p, "<script>"...) }), files.ErrDamaged},
		"denied":  {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(403) }, files.ErrStorage},
		"gone":    {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(404) }, files.ErrDamaged},
	} {
		b.spoilWith(c.spoil)
		if data, err := o.read(f); !errors.Is(err, c.want) || len(data) > 0 {
			t.Errorf("%s: %d bytes, %v; want %v", name, len(data), err, c.want)
		}
		if copies := o.copies(); len(copies) > 0 {
			t.Errorf("%s: kept in the cache: %v", name, copies)
		}
	}
	b.spoilWith(nil)
	read := func(what string, wantReads int64) {
		t.Helper()
		before := b.reads.Load()
		if data, err := o.read(f); err != nil || !bytes.Equal(data, pdf) {
			t.Errorf("%s: %v", what, err)
		}
		if got := b.reads.Load() - before; got != wantReads {
			t.Errorf("%s: the bucket was read %d times, want %d", what, got, wantReads)
		}
	}
	read("at first", 1)
	read("from the cache", 0)
	copies := o.copies()
	if len(copies) != 1 {
		t.Fatalf("copies %v", copies)
	}
	must(t, os.WriteFile(copies[0], bytes.Repeat([]byte("x"), len(pdf)), 0o600))
	read("with an altered copy", 1)
	must(t, o.TrimCache(0))
	read("after the cache was emptied", 1)
}

func (o *office) copies() []string {
	o.t.Helper()
	found, err := filepath.Glob(filepath.Join(o.dir, "media-cache", "*"))
	must(o.t, err)
	return found
}

// INC-20, D-17: an upload that the storage does not take is an error to the person. No row
// is written, and nothing lands on the local disk instead.
func TestAFailedUploadIsAnError(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o, b := newOffice(t, d), newBucket(t)
		o.Use(blob.NewS3(b.S3, time.Now))
		for name, spoil := range map[string]func(w http.ResponseWriter, r *http.Request, next http.Handler){
			"denied": func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(403) },
			"altered on the way": func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				w.WriteHeader(400) // what a store says to a body that is not the signed one
				_, _ = io.WriteString(w, "<Error><Code>XAmzContentSHA256Mismatch</Code></Error>")
			},
			"cut off": func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) },
		} {
			b.spoilWith(spoil)
			if _, err := o.put("paper.pdf", pdf); !errors.Is(err, files.ErrStorage) {
				t.Errorf("%s: %v", name, err)
			}
		}
		b.spoilWith(nil)
		if st, err := o.Status(t.Context()); err != nil || len(st.Sums) > 0 || len(o.objects()) > 0 || b.objects(t) > 0 {
			t.Errorf("something is left: %+v, %v", st, err)
		}
		o.clock.Advance(2 * time.Hour)
		must(t, o.Sweep(t.Context()))
		if st, err := o.Status(t.Context()); err != nil || st.Strays > 0 {
			t.Errorf("strays are left: %+v, %v", st, err)
		}
	})
}

// Files move to another storage and back: each is compared before its row is switched, a
// damaged one stays where it is, and the old objects go when that was asked for.
func TestMigrate(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o, b := newOffice(t, d), newBucket(t)
		var kept []files.File
		for range 5 {
			o.clock.Advance(time.Second)
			kept = append(kept, o.kept("paper.pdf", pdf))
		}
		o.Use(blob.NewS3(b.S3, time.Now))
		damaged := kept[2]
		file := filepath.Join(o.dir, "media", damaged.Key)
		must(t, os.WriteFile(file, []byte("x"), 0o600))
		move := func(to string, apply, deleteOld bool) (files.Migrated, string) {
			t.Helper()
			var stays strings.Builder
			done, err := o.Migrate(t.Context(), files.Migration{To: to, Apply: apply, DeleteOld: deleteOld}, func(f files.File, err error) {
				if err != nil {
					stays.WriteString(f.ID.String())
				}
			})
			must(t, err)
			return done, stays.String()
		}
		if done, _ := move("s3", false, false); done.Files != 5 || b.objects(t) != 0 {
			t.Errorf("asked only: %+v, %d objects", done, b.objects(t))
		}
		b.spoilWith(reading(func(p []byte) []byte { p[0] ^= 1; return p }))
		if done, err := o.Migrate(t.Context(), files.Migration{To: "s3", Apply: true}, func(files.File, error) {}); err == nil || done.Files != 0 {
			t.Errorf("copies that read back altered: %+v, %v", done, err)
		}
		b.spoilWith(nil)
		if done, stays := move("s3", true, true); done.Files != 4 || stays != damaged.ID.String() {
			t.Errorf("%+v, %q stays", done, stays)
		}
		must(t, os.WriteFile(file, pdf, 0o600))
		if done, stays := move("s3", true, true); done.Files != 1 || stays != "" {
			t.Errorf("the rest: %+v, %q stays", done, stays)
		}
		for _, f := range kept {
			now, err := o.ByID(t.Context(), f.ID)
			must(t, err)
			if data, err := o.read(now); now.Storage != "s3" || err != nil || !bytes.Equal(data, pdf) {
				t.Errorf("%s in %s: %v", f.ID, now.Storage, err)
			}
		}
		if len(o.objects()) != 5 {
			t.Errorf("%d old objects before the hour", len(o.objects()))
		}
		o.clock.Advance(61 * time.Minute)
		must(t, o.Sweep(t.Context()))
		if len(o.objects()) != 0 || b.objects(t) != 5 {
			t.Errorf("%d old objects, %d new ones after the sweep", len(o.objects()), b.objects(t))
		}
		if done, _ := move("local", true, false); done.Files != 5 || b.objects(t) != 5 {
			t.Errorf("back: %+v, %d objects in the bucket", done, b.objects(t))
		}
		if v, err := o.Verify(t.Context(), func(files.Wrong) {}); err != nil || v.Files != 5 || len(v.Wrong) > 0 {
			t.Errorf("%+v, %v", v, err)
		}
	})
}

// `ekolek test-storage` names the step and what the storage says.
func TestTry(t *testing.T) {
	o, b := newOffice(t, testkit.DB(t)), newBucket(t)
	o.Use(blob.NewS3(b.S3, time.Now))
	var steps []string
	tell := func(step string, _ error) { steps = append(steps, step) }
	must(t, o.Try(t.Context(), "s3", tell))
	must(t, o.Try(t.Context(), "local", tell))
	if len(steps) != 10 || b.objects(t) > 0 || len(o.objects()) > 0 {
		t.Errorf("steps %v, %d objects", steps, b.objects(t))
	}
	b.spoilWith(reading(func(p []byte) []byte { p[0] ^= 1; return p }))
	if err := o.Try(t.Context(), "s3", tell); err == nil || !strings.Contains(err.Error(), "compare") {
		t.Errorf("altered: %v", err)
	}
	if err := o.Try(t.Context(), "drive", tell); err == nil || !strings.Contains(err.Error(), "not configured") {
		t.Errorf("none: %v", err)
	}
}
