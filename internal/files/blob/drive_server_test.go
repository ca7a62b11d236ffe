package blob

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"ekolek/internal/config"
)

const (
	driveFolder  = "1FolderOfTheCity"
	refreshToken = "1//refresh-9f3c0a71be52d8e4"
	clientSecret = "GOCSPX-9f3c0a71be52d8e4"
)

// driveServer stands in for Google: its token endpoint, and of Drive what we use.
type driveServer struct {
	*httptest.Server
	t   *testing.T
	key *rsa.PrivateKey

	mu       sync.Mutex
	given    int               // ids
	ids      map[string]bool   // given and not used
	sessions map[string]string // address → id
	files    map[string][]byte
	tokens   map[string]bool
	asked    map[string]int // "POST /token" → how often
	// trouble answers in place of the server; false: it does not.
	trouble func(w http.ResponseWriter, r *http.Request) bool
}

func newDriveServer(t *testing.T) *driveServer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s := &driveServer{t: t, key: key, ids: map[string]bool{}, sessions: map[string]string{}, files: map[string][]byte{}, tokens: map[string]bool{}, asked: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", s.token)
	mux.HandleFunc("GET /drive/v3/files/generateIds", s.authorized(s.generate))
	mux.HandleFunc("POST /upload/drive/v3/files", s.authorized(s.begin))
	mux.HandleFunc("PUT /upload/session/{id}", s.upload)
	mux.HandleFunc("GET /drive/v3/files/{id}", s.authorized(s.read))
	mux.HandleFunc("DELETE /drive/v3/files/{id}", s.authorized(s.remove))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked[r.Method+" "+r.URL.Path]++
		if s.trouble == nil || !s.trouble(w, r) {
			mux.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// store is a Drive that speaks to the server.
func (s *driveServer) store(c config.GoogleDrive) *Drive {
	s.t.Helper()
	c.FolderID = driveFolder
	d, err := NewDrive(c)
	if err != nil {
		s.t.Fatal(err)
	}
	d.api, d.tokens.url = s.URL, s.URL+"/token"
	d.pause = func(context.Context, time.Duration) error { return nil }
	d.tokens.pause = d.pause
	return d
}

func (s *driveServer) oauth() *Drive {
	return s.store(config.GoogleDrive{ClientID: "client", ClientSecret: clientSecret, RefreshToken: refreshToken})
}

func (s *driveServer) serviceAccount() *Drive {
	s.t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(s.key)
	if err != nil {
		s.t.Fatal(err)
	}
	account, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "ekolek@city.iam.gserviceaccount.com", "private_key_id": "k1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": s.URL + "/token",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.store(config.GoogleDrive{Credentials: config.Secret(account)})
}

func (s *driveServer) token(w http.ResponseWriter, r *http.Request) {
	switch r.PostFormValue("grant_type") {
	case "refresh_token":
		if r.PostFormValue("refresh_token") != refreshToken || r.PostFormValue("client_secret") != clientSecret {
			refuseToken(w, "invalid_grant", "Token has been expired or revoked.")
			return
		}
	case "urn:ietf:params:oauth:grant-type:jwt-bearer":
		claims := jwt.MapClaims{}
		_, err := jwt.ParseWithClaims(r.PostFormValue("assertion"), claims, func(*jwt.Token) (any, error) { return &s.key.PublicKey, nil },
			jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience(s.URL+"/token"), jwt.WithIssuer("ekolek@city.iam.gserviceaccount.com"), jwt.WithExpirationRequired(), jwt.WithIssuedAt())
		if err != nil || claims["scope"] != driveScope {
			refuseToken(w, "invalid_grant", "Invalid JWT Signature.")
			return
		}
	default:
		refuseToken(w, "unsupported_grant_type", "")
		return
	}
	access := "ya29." + rand.Text()
	s.tokens[access] = true
	fmt.Fprintf(w, `{"access_token":%q,"expires_in":3599,"token_type":"Bearer"}`, access)
}

func refuseToken(w http.ResponseWriter, code, words string) {
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(w, `{"error":%q,"error_description":%q}`, code, words)
}

// refuseDrive is a refusal as Drive words it.
func refuseDrive(w http.ResponseWriter, status int, reason, words string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":{"code":%d,"message":%q,"errors":[{"domain":"global","reason":%q}]}}`, status, words, reason)
}

func (s *driveServer) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] {
			refuseDrive(w, http.StatusUnauthorized, "authError", "Invalid Credentials")
			return
		}
		next(w, r)
	}
}

func (s *driveServer) generate(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.URL.Query().Get("count"))
	if err != nil {
		refuseDrive(w, http.StatusBadRequest, "invalid", "count")
		return
	}
	var ids []string
	for range n {
		s.given++
		id := "1Id" + strconv.Itoa(s.given)
		s.ids[id] = true
		ids = append(ids, id)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"kind": "drive#generatedIds", "ids": ids}) // a broken line shows at the client
}

func (s *driveServer) begin(w http.ResponseWriter, r *http.Request) {
	var meta struct {
		ID      string   `json:"id"`
		Parents []string `json:"parents"`
	}
	switch err := json.NewDecoder(r.Body).Decode(&meta); {
	case err != nil || r.URL.Query().Get("uploadType") != "resumable":
		refuseDrive(w, http.StatusBadRequest, "badRequest", "Bad Request")
	case len(meta.Parents) != 1 || meta.Parents[0] != driveFolder:
		refuseDrive(w, http.StatusNotFound, "notFound", "File not found: "+strings.Join(meta.Parents, ",")+".")
	case s.files[meta.ID] != nil:
		refuseDrive(w, http.StatusConflict, "fileIdInUse", "A file already exists with the provided ID.")
	case !s.ids[meta.ID]:
		refuseDrive(w, http.StatusBadRequest, "invalid", "The provided file ID is not usable.")
	default:
		session := rand.Text()
		s.sessions[session] = meta.ID
		w.Header().Set("Location", s.URL+"/upload/session/"+session)
	}
}

func (s *driveServer) upload(w http.ResponseWriter, r *http.Request) {
	id, ok := s.sessions[r.PathValue("id")]
	data, err := io.ReadAll(r.Body)
	if !ok || err != nil || int64(len(data)) != r.ContentLength {
		refuseDrive(w, http.StatusBadRequest, "badContent", "broken")
		return
	}
	s.files[id] = data
	fmt.Fprintf(w, `{"id":%q}`, id)
}

func (s *driveServer) read(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	data, ok := s.files[id]
	switch {
	case !ok:
		refuseDrive(w, http.StatusNotFound, "notFound", "File not found: "+id+".")
	case r.URL.Query().Get("alt") == "media":
		_, _ = w.Write(data) // as above
	default:
		sum := sha256.Sum256(data)
		fmt.Fprintf(w, `{"id":%q,"size":"%d","sha256Checksum":%q}`, id, len(data), hex.EncodeToString(sum[:]))
	}
}

func (s *driveServer) remove(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if s.files[id] == nil {
		refuseDrive(w, http.StatusNotFound, "notFound", "File not found: "+id+".")
		return
	}
	delete(s.files, id)
	w.WriteHeader(http.StatusNoContent)
}

// once makes trouble for the first n requests to a path, and counts all to it.
func (s *driveServer) once(n int, path string, answer func(w http.ResponseWriter, r *http.Request)) *int {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := new(int)
	s.trouble = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, path) {
			return false
		}
		*asked++
		if *asked > n {
			return false
		}
		answer(w, r)
		return true
	}
	return asked
}

// held are the files that are there.
func (s *driveServer) held() map[string][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.files)
}

// locked changes or reads the server while it answers nobody.
func (s *driveServer) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// times is how often a path was asked.
func (s *driveServer) times(path string) (n int) {
	s.locked(func() { n = s.asked[path] })
	return n
}
