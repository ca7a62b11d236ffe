package main_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const siteName = "ekolek.sanpedro.ph"

// inProduction is a program with production's settings, on a database that is migrated.
func inProduction(t *testing.T, more ...string) program {
	t.Helper()
	p := program{t, t.TempDir(), nil}
	data := filepath.Join(p.dir, "data")
	p.env = append([]string{
		"DATABASE_URL=sqlite://" + filepath.Join(data, "ekolek.sqlite3"), "DATA_DIR=" + data, "LOG_DIR=logs", "TRUSTED_PROXIES=127.0.0.1",
		"ALLOWED_HOSTS=" + siteName, "SITE_URL=https://" + siteName, "CSRF_TRUSTED_ORIGINS=https://" + siteName,
		"EMAIL_HOST_USER=cenro@sanpedro.ph", "EMAIL_HOST_PASSWORD=test-abcdefgh", "SMS_API_TOKEN=test-9f3c0a71be52",
	}, more...)
	for line := range strings.Lines(p.want(0, "", "gen-secret", "--env", "DJANGO_SECRET_KEY", "FIELD_ENCRYPTION_KEY").out) {
		p.env = append(p.env, strings.TrimSpace(line))
	}
	p.want(0, "applied", "migrate")
	return p
}

// front is where a proxy listens, with the certificate that it shows.
type front struct {
	dir         string
	http, https string // ports
	upstream    string // host:port of the program
	cert, key   string // files
}

func newFront(t *testing.T, upstream string) front {
	t.Helper()
	f := front{dir: t.TempDir(), upstream: strings.TrimPrefix(upstream, "http://"), http: freePort(t), https: freePort(t)}
	f.cert, f.key = filepath.Join(f.dir, "cert.pem"), filepath.Join(f.dir, "key.pem")
	writeCertificate(t, f.cert, f.key)
	return f
}

// freePort is a port that no client is given by chance, as those above 32768 may be.
func freePort(t *testing.T) string {
	t.Helper()
	for port := 20000 + os.Getpid()%8000; port < 32000; port++ {
		if taken[port] {
			continue
		}
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			continue
		}
		taken[port] = true
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return strconv.Itoa(port)
	}
	t.Fatal("no free port")
	return ""
}

var taken = map[int]bool{}

func writeCertificate(t *testing.T, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: siteName}, DNSNames: []string{siteName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 0, 90), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// run starts a proxy's program and waits until it listens; it ends with the test.
func (f front) run(t *testing.T, command string, args ...string) {
	t.Helper()
	c := exec.Command(command, args...)
	c.Dir, c.Env = f.dir, []string{"HOME=" + f.dir, "PATH=" + os.Getenv("PATH")}
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM) // it may have ended
		<-ended
	})
	for _, port := range []string{f.http, f.https} {
		deadline := time.After(20 * time.Second)
		for {
			if conn, err := net.DialTimeout("tcp", "127.0.0.1:"+port, time.Second); err == nil {
				_ = conn.Close() // only whether it opens counts
				break
			}
			select {
			case err := <-ended:
				ended <- err
				t.Fatalf("%s ended: %v\n%s", command, err, out.String())
			case <-deadline:
				t.Fatalf("%s does not listen\n%s", command, out.String())
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
}

// shipped is a file of deploy/ with this test's names in place of the example's.
func (f front) shipped(t *testing.T, name string, pairs ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(string(text), pairs[i]) {
			t.Errorf("%s has no %q any more", name, pairs[i])
		}
	}
	return strings.NewReplacer(append(pairs, "ekolek.example.gov.ph", siteName)...).Replace(string(text))
}

// The program is right behind each proxy that we describe: smoke looks from outside.
func TestBehindAProxy(t *testing.T) {
	for name, start := range map[string]func(t *testing.T, p program, f front){"Go": behindGo, "nginx": behindNginx, "Caddy": behindCaddy} {
		t.Run(name, func(t *testing.T) {
			p := inProduction(t)
			f := newFront(t, p.serve("serve", "--addr", "127.0.0.1:0"))
			start(t, p, f)
			o := p.want(0, "unknown page", "smoke", "https://"+siteName, "--ca", f.cert, "--connect", "127.0.0.1:"+f.https, "--connect-http", "127.0.0.1:"+f.http)
			if o.code != 0 || strings.Count(o.out, "\n--") > 1 { // only the sign-in is left out
				t.Errorf("left out or failed:\n%s", o.out)
			}
			f.lies(t, p)
		})
	}
}

// lies claims to be somebody else and to have come without TLS; neither counts.
func (f front) lies(t *testing.T, p program) {
	t.Helper()
	r, err := http.NewRequest("GET", "https://127.0.0.1:"+f.https+"/login/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = siteName
	for header, value := range map[string]string{"X-Forwarded-For": "203.0.113.66", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.invalid", "Forwarded": "for=203.0.113.66;proto=http"} {
		r.Header.Set(header, value)
	}
	res := f.ask(t, r)
	if res.StatusCode != http.StatusOK {
		t.Errorf("a claim to have come without TLS: %d", res.StatusCode)
	}
	err = filepath.WalkDir(filepath.Join(p.dir, "logs"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		log, err := os.ReadFile(path)
		if strings.Contains(string(log), "203.0.113.66") {
			t.Errorf("the claimed address is believed: %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// ask sends a request through the proxy; its body is not read.
func (f front) ask(t *testing.T, r *http.Request) *http.Response {
	t.Helper()
	pemText, err := os.ReadFile(f.cert)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pemText)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: siteName}}}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close() // the status and the headers are enough
	return res
}

// behindGo is a proxy that is always at hand, with the rules of the two others.
func behindGo(t *testing.T, _ program, f front) {
	to := &url.URL{Scheme: "http", Host: f.upstream}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
		r.SetXForwarded() // Rewrite has dropped what the client sent
	}}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		t.Fatal(err)
	}
	listen := func(port string, h http.HandlerFunc, config *tls.Config) {
		l, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			t.Fatal(err)
		}
		s := &http.Server{Handler: h, TLSConfig: config}
		go func() {
			serve := func() error { return s.Serve(l) }
			if config != nil {
				serve = func() error { return s.ServeTLS(l, "", "") }
			}
			if err := serve(); !errors.Is(err, http.ErrServerClosed) {
				t.Error(err)
			}
		}()
		t.Cleanup(func() { _ = s.Close() }) // the test is over
	}
	listen(f.http, proxy.ServeHTTP, nil)
	listen(f.https, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/metrics" {
			http.NotFound(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}, &tls.Config{Certificates: []tls.Certificate{pair}})
}

func behindNginx(t *testing.T, p program, f front) {
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		if nginx, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			t.Skip("nginx is not installed")
		}
	}
	static := filepath.Join(f.dir, "static")
	p.want(0, "files written", "collectstatic", "--to", static)
	site := f.shipped(t, "nginx/ekolek.conf",
		"listen 80", "listen 127.0.0.1:"+f.http, "listen [::]:80", "#", "listen 443", "listen 127.0.0.1:"+f.https, "listen [::]:443", "#",
		"server 127.0.0.1:8000", "server "+f.upstream, "/var/lib/ekolek/static/", static+"/",
		"/etc/letsencrypt/live/ekolek.example.gov.ph/fullchain.pem", f.cert, "/etc/letsencrypt/live/ekolek.example.gov.ph/privkey.pem", f.key)
	whole := fmt.Sprintf("daemon off;\nmaster_process off;\nerror_log %[1]s/error.log;\npid %[1]s/pid;\nevents {}\nhttp {\naccess_log off;\n"+
		"client_body_temp_path %[1]s/a;\nproxy_temp_path %[1]s/b;\nfastcgi_temp_path %[1]s/c;\nuwsgi_temp_path %[1]s/d;\nscgi_temp_path %[1]s/e;\n%[2]s}\n", f.dir, site)
	file := filepath.Join(f.dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(nginx, "-t", "-p", f.dir, "-c", file).CombinedOutput(); err != nil || strings.Contains(string(out), "[warn]") {
		t.Fatalf("nginx -t: %v\n%s", err, out)
	}
	f.run(t, nginx, "-p", f.dir, "-c", file)
	trees, err := filepath.Glob(static + "/*/app.css")
	if err != nil || len(trees) != 1 {
		t.Fatal(trees, err)
	}
	hash := filepath.Base(filepath.Dir(trees[0]))
	for path, fromDisk := range map[string]bool{"/static/" + hash + "/app.css": true, "/static/000000000000/app.css": false, "/static/" + hash + "/none.css": false} {
		r, err := http.NewRequest("GET", "https://127.0.0.1:"+f.https+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = siteName
		res := f.ask(t, r)
		if got := res.Header.Get("X-Request-Id") == ""; got != fromDisk || res.StatusCode != 200 && !strings.HasSuffix(path, "none.css") {
			t.Errorf("%s: %d, from disk %v", path, res.StatusCode, got)
		}
	}
}

func behindCaddy(t *testing.T, _ program, f front) {
	caddy, err := exec.LookPath("caddy")
	if err != nil {
		t.Skip("caddy is not installed")
	}
	text := f.shipped(t, "Caddyfile",
		"{\n\tservers {", "{\n\tadmin off\n\thttp_port "+f.http+"\n\thttps_port "+f.https+"\n\tservers {",
		"127.0.0.1:8000", f.upstream, "https://ekolek.example.gov.ph {", "https://"+siteName+" {\n\tbind 127.0.0.1\n\ttls "+f.cert+" "+f.key,
		"http://ekolek.example.gov.ph {", "http://"+siteName+" {\n\tbind 127.0.0.1")
	file := filepath.Join(f.dir, "Caddyfile")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f.run(t, caddy, "run", "--config", file, "--adapter", "caddyfile")
}
