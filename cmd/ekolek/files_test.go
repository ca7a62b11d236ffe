package main_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// withBucket adds the settings of an S3 server to a program.
func (p program) withBucket() program {
	p.t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("uploads"); err != nil {
		p.t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	p.t.Cleanup(server.Close)
	p.env = append(p.env, "AWS_S3_ENDPOINT_URL="+server.URL, "AWS_STORAGE_BUCKET_NAME=uploads", "AWS_ACCESS_KEY_ID=AKIA9F3C0A71", "AWS_SECRET_ACCESS_KEY=9f3c0a71be52d8e49f3c")
	return p
}

// INC-23 and the move away from a disk: the former system's folder is brought over, served
// at its old addresses, moved to a bucket, and served from there.
func TestFiles(t *testing.T) {
	p := development(t).withBucket()
	media := filepath.Join(p.dir, "old-media")
	for name, content := range map[string]string{
		"reward_images/bigas.png":      pixel,
		"reward_images/evil.svg":       "<svg/>",
		"terms_documents/terms v1.pdf": "%PDF-1.4\ntext\n%%EOF\n",
		"other/x.pdf":                  "%PDF-1.4\n%%EOF\n",
	} {
		file := filepath.Join(media, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.want(2, "ekolek migrate", "files", "status")
	p.want(0, "applied", "migrate")
	p.want(0, "2 would be brought over", "files", "import", media)
	o := p.want(0, "2 brought over", "files", "import", media, "--apply")
	if !strings.Contains(o.errOut, "evil.svg is left") {
		t.Errorf("says %s", o.errOut)
	}
	p.want(0, "2 files are here already, 1 are left, 0", "files", "import", media, "--apply")
	p.want(0, "ok: 2 files", "files", "verify")
	p.want(0, "2 files, ", "files", "migrate", "--to", "s3")
	p.want(0, "new files still go to local", "files", "migrate", "--to", "s3", "--apply", "--delete-old")
	p.want(0, "0 files", "files", "migrate", "--to", "s3", "--apply")
	p.want(0, "2 objects wait for removal", "files", "status")
	p.want(0, "ok: 2 files", "files", "verify")
	p.want(2, "drive is not configured", "files", "migrate", "--to", "drive")
	base := p.serve("serve", "--addr", "127.0.0.1:0")
	get(t, base+"/media/terms_documents/terms%20v1.pdf", 200, "text")
	get(t, base+"/media/reward_images/bigas.png", 200, "")
	get(t, base+"/media/reward_images/evil.svg", 404, "")
}

// pixel is a PNG of one.
const pixel = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde\x00\x00\x00\x0cIDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00IEND\xaeB`\x82"

// INC-20, INC-21: a storage is tried by a command, without a browser; what is wrong is
// said with what mends it.
func TestTestStorage(t *testing.T) {
	p := development(t).withBucket()
	p.want(0, "local: get after delete: ok", "test-storage")
	p.want(0, "s3: get after delete: ok", "test-storage", "s3")
	p.env = append(p.env, "FILE_STORAGE=s3")
	p.want(0, "s3: delete: ok", "test-storage")
	p.env = append(p.env, "AWS_STORAGE_BUCKET_NAME=another")
	p.want(1, "AWS_STORAGE_BUCKET_NAME", "test-storage")

	p = development(t)
	p.env = append(p.env, "USE_GOOGLE_DRIVE=True", "GOOGLE_DRIVE_FOLDER_ID=1Folder", "GOOGLE_DRIVE_CREDENTIALS_JSON="+revokedAccount(t))
	o := p.want(1, "make a new key in the Google console", "test-storage")
	if !strings.Contains(o.all(), "Invalid JWT Signature") || strings.Contains(o.all(), "PRIVATE") {
		t.Errorf("says %s", o.all())
	}
	p.env = append(p.env, "GOOGLE_DRIVE_CREDENTIALS_JSON=C:\\keys\\ekolek.json")
	p.want(2, "GOOGLE_DRIVE_CREDENTIALS_JSON is not the JSON of a service account", "test-storage")
}

// revokedAccount is a service account whose key Google does not accept any more.
func revokedAccount(t *testing.T) string {
	t.Helper()
	google := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"invalid_grant","error_description":"Invalid JWT Signature."}`) // a broken line shows in the test
	}))
	t.Cleanup(google.Close)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	account, err := json.Marshal(map[string]string{"client_email": "ekolek@city.iam.gserviceaccount.com", "private_key_id": "k1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": google.URL})
	if err != nil {
		t.Fatal(err)
	}
	return string(account)
}
