package check_test

import (
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"ekolek/internal/app"
	"ekolek/internal/auth"
	"ekolek/internal/backup"
	"ekolek/internal/check"
	"ekolek/internal/config"
	"ekolek/internal/db"
	"ekolek/internal/files"
	"ekolek/internal/ledger"
	"ekolek/internal/ledger/seal"
	"ekolek/internal/testkit"
	"ekolek/internal/web"
)

// Mounted is a route of the program.
type Mounted = web.Mounted

// A production that is in order has no finding at all.
func TestClean(t *testing.T) {
	eachProduction(t, func(t *testing.T, _ *app.App, f *check.Facts) {
		for name, scope := range map[string]check.Scope{"check": check.Basic, "deploy": check.Deploy, "start": check.Start} {
			r := check.Judge(f, scope)
			if r.Code() != 0 || len(r.Findings) > 0 || len(r.Failed) > 0 {
				t.Errorf("%s: %+v %+v", name, r.Findings, r.Failed)
			}
		}
		pages := 0
		for _, a := range f.Inside {
			if a.Status == http.StatusOK && strings.Contains(a.Body, "<h1") {
				pages++
			}
		}
		if len(f.Answers) < 500 || pages < 40 {
			t.Errorf("%d answers, and %d pages behind the sign-in: too few were looked at", len(f.Answers), pages)
		}
	})
}

// trip breaks one thing of a production that is in order.
type trip struct {
	id     string
	engine db.Engine // "": both
	what   string    // in what is found
	spoil  func(t *testing.T, a *app.App, f *check.Facts)
}

// proxy is a trip by something in front of the program.
func proxy(id, what string, around func(http.Handler) http.Handler) trip {
	return trip{id: id, what: what, spoil: func(t *testing.T, a *app.App, f *check.Facts) { through(t, a, f, around) }}
}

// setting is a trip by the configuration.
func setting(id, what string, change func(*config.Config)) trip {
	return trip{id: id, what: what, spoil: func(_ *testing.T, _ *app.App, f *check.Facts) { change(&f.Config) }}
}

// database is a trip by what the database says.
func database(id string, engine db.Engine, what string, change func(*db.Facts)) trip {
	return trip{id: id, engine: engine, what: what, spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		d := *f.Database
		change(&d)
		f.Database = &d
	}}
}

// accounts is a trip by who can sign in.
func accounts(id, what string, change func(*auth.Facts)) trip {
	return trip{id: id, what: what, spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		who := *f.Auth
		change(&who)
		f.Auth = &who
	}}
}

// folder is a trip by a folder.
func folder(id, name, what string, change func(*check.Folder)) trip {
	return trip{id: id, what: what, spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Folders = slices.Clone(f.Folders)
		for i := range f.Folders {
			if f.Folders[i].Name == name {
				change(&f.Folders[i])
			}
		}
	}}
}

// on answers some requests in place of the program.
func on(is func(*http.Request) bool, answer http.HandlerFunc) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if is(r) {
				answer(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// at are requests for one address, over HTTPS.
func at(path string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.URL.Path == path && r.Header.Get("X-Forwarded-Proto") == "https" }
}

// changed lets the program answer another request than the one that came.
func changed(is func(*http.Request) bool, change func(*http.Request)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if is(r) {
				r = r.Clone(r.Context())
				change(r)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// page puts something into every page, before its end.
func page(html string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&writer{w, html}, r)
		})
	}
}

type writer struct {
	http.ResponseWriter
	html string
}

func (w *writer) Write(p []byte) (int, error) {
	if i := strings.Index(string(p), "</body>"); i >= 0 {
		w.Header().Del("Content-Length")
		_, err := w.ResponseWriter.Write([]byte(string(p[:i]) + w.html + string(p[i:])))
		return len(p), err
	}
	return w.ResponseWriter.Write(p)
}

func cookie(line string) func(http.Handler) http.Handler { return header("Set-Cookie", line) }

func secure(r *http.Request) bool { return r.Header.Get("X-Forwarded-Proto") == "https" }

const csp = "Content-Security-Policy"

// trips has at least one for each check. EK.E004 and others are tripped through the
// program's own handler; what a test cannot do to its machine is told to the judges.
var trips = []trip{
	proxy("EK.E001", "no security header", on(func(r *http.Request) bool { return at("/login/")(r) && r.Method == http.MethodGet }, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })),
	proxy("EK.E002", "frame", header("X-Frame-Options", "SAMEORIGIN")),
	proxy("EK.E003", "another site's page", changed(func(r *http.Request) bool { return r.Method == http.MethodPost && secure(r) && r.URL.Path == "/login/" },
		func(r *http.Request) { r.Header.Del("Origin"); r.Header.Set("Sec-Fetch-Site", "same-origin") })),
	proxy("EK.E004", "no Strict", header("Strict-Transport-Security", "")),
	proxy("EK.E004", "shorter", header("Strict-Transport-Security", "max-age=3600; includeSubDomains; preload")),
	proxy("EK.E005", "includeSubDomains", header("Strict-Transport-Security", "max-age=31536000; preload")),
	proxy("EK.E006", "nosniff", header("X-Content-Type-Options", "")),
	proxy("EK.I007", "X-XSS", header("X-Xss-Protection", "1; mode=block")),
	proxy("EK.E008", "not sent to HTTPS", changed(func(r *http.Request) bool { return r.URL.Path == "/login/" && r.Method == http.MethodGet },
		func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "https") })),
	proxy("EK.E008", "who watches", on(func(r *http.Request) bool { return r.URL.Path == "/healthz" && !secure(r) }, answer(http.StatusMovedPermanently))),
	setting("EK.E009", "repeats itself", func(c *config.Config) { c.SecretKey = config.Secret(strings.Repeat("aB3-", 16)) }),
	setting("EK.E009", "bits", func(c *config.Config) { c.EncryptionKey = "31415926535897932384626433832795" }),
	setting("EK.E009", "are the same", func(c *config.Config) { c.SMS.SemaphoreKey = c.EncryptionKey }),
	{id: "EK.E009", what: "shorter", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Problems = config.Problems{{Name: "DJANGO_SECRET_KEY", What: "is shorter than 50 characters"}}
	}},
	proxy("EK.E010", "not Secure", cookie("ekolek_session=x; Path=/; HttpOnly; SameSite=Lax")),
	proxy("EK.E013", "not HttpOnly", cookie("ekolek_session=x; Path=/; Secure; SameSite=Lax")),
	proxy("EK.E016", "csrftoken", cookie("ekolek_csrftoken=x; Path=/; HttpOnly; SameSite=Lax")),
	proxy("EK.E018", "pprof", on(at("/debug/pprof/"), answer(http.StatusOK))),
	proxy("EK.E020", "another host", changed(func(r *http.Request) bool { return r.Host == "strange.invalid" }, func(r *http.Request) { r.Host = "ekolek.sanpedro.gov.ph" })),
	setting("EK.E020", "can never match", func(c *config.Config) { c.AllowedHosts = append(slices.Clone(c.AllowedHosts), "*.railway.app") }),
	setting("EK.E020", "is empty", func(c *config.Config) { c.AllowedHosts = nil }),
	setting("EK.E020", "every host", func(c *config.Config) { c.AllowedHosts = []string{"*"} }),
	setting("EK.E020", "developer", func(c *config.Config) { c.AllowedHosts = append(slices.Clone(c.AllowedHosts), "localhost") }),
	proxy("EK.W021", "preload", header("Strict-Transport-Security", "max-age=31536000; includeSubDomains")),
	proxy("EK.E022", "no Referrer", header("Referrer-Policy", "")),
	proxy("EK.E023", "not known", header("Referrer-Policy", "strict")),
	proxy("EK.E024", "Opener", header("Cross-Origin-Opener-Policy", "same-site")),
	proxy("EK.E026", "no Content-Security-Policy", header(csp, "")),
	proxy("EK.E026", "unsafe-inline", header(csp, "default-src 'none'; script-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")),
	proxy("EK.E026", "comes again", header(csp, "default-src 'none'; script-src 'nonce-AAAAAAAAAAAAAAAAAAAAAAAAAA' 'strict-dynamic'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; report-uri /csp/")),
	proxy("EK.E027", "inline <script>", page("<script>alert(1)</script>")),
	proxy("EK.E027", "onclick", page(`<p onclick="go()">`)),
	proxy("EK.E027", "style attribute", page(`<p style="color:red">`)),
	setting("EK.E025", "number 1, holds", func(c *config.Config) { c.FormerSecrets = []config.Secret{"mangga"} }),
	{id: "EK.E025", what: "given up", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		at := f.Now.AddDate(-1, 0, 0)
		f.Keys = []db.Key{{Variable: "FIELD_ENCRYPTION_KEY", RetiredAt: &at}}
		f.Config.FormerKeys = []config.Secret{"hT6yU8iO1pA3sD5fG7hJ9kL2zX4cV6bN-mQ_wErTyUiKlMnBvCxZaSdFgHjPoIu"}
	}},
	{id: "EK.E030", what: "GODEBUG", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Environ = append(slices.Clone(f.Environ), "GODEBUG=http2client=0,tls10server=1")
	}},
	{id: "EK.E030", what: "EKOLEK_UNSAFE_", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Environ = append(slices.Clone(f.Environ), "EKOLEK_UNSAFE_HOSTS=1")
	}},
	{id: "EK.E031", what: "LOG_DIR lies in", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) { f.Served = []string{f.Config.LogDir} }},
	setting("EK.E032", "written to files", func(c *config.Config) { c.Email.Backend = config.MailFile }),
	setting("EK.E032", "this machine", func(c *config.Config) { c.SMS.URL = "http://127.0.0.1:9/" }),
	setting("EK.E033", "not https", func(c *config.Config) { c.CSRFOrigins = []string{"http://ekolek.sanpedro.gov.ph"} }),
	setting("EK.E033", "not an origin", func(c *config.Config) { c.CORSOrigins = []string{"https://*.sanpedro.gov.ph"} }),
	{id: "EK.E034", what: "no shared cache", engine: db.Postgres, spoil: func(_ *testing.T, _ *app.App, f *check.Facts) { f.Config.Nodes = 3 }},
	folder("EK.E035", "DATA_DIR", "is not there", func(d *check.Folder) { d.Missing = true }),
	folder("EK.E035", "DATA_DIR", "cannot be written", func(d *check.Folder) { d.Writable = false }),
	folder("EK.E035", "DATA_DIR", "everybody", func(d *check.Folder) { d.Mode = 0o755 }),
	folder("EK.E035", "DATA_DIR", "1 GB", func(d *check.Folder) { d.Free = 500 << 20 }),
	setting("EK.W036", "nobody's", func(c *config.Config) { c.Email.From = "cenro@example.com" }),
	{id: "EK.E040", what: "cannot be reached", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Database, f.Verified, f.Auth, f.People, f.Backup = nil, nil, nil, nil, nil
		f.Why["Reach"] = "connection refused"
	}},
	database("EK.E040", "", "migrations are waiting", func(d *db.Facts) { d.Status.Current, d.Status.Pending = 3, []string{"0004_auth.sql"} }),
	database("EK.E040", "", "newer than", func(d *db.Facts) { d.Status.Current = d.Status.Latest + 1 }),
	database("EK.E040", "", "schema is not", func(d *db.Facts) { d.Drift = []string{"index x is missing"} }),
	database("EK.E040", db.Postgres, "too old", func(d *db.Facts) { d.Major = 13 }),
	database("EK.E041", db.Postgres, "fsync", func(d *db.Facts) { d.Fsync = false }),
	database("EK.E041", db.Postgres, "full_page_writes", func(d *db.Facts) { d.FullPageWrites = false }),
	database("EK.E041", db.Postgres, "synchronous_commit", func(d *db.Facts) { d.SynchronousCommit = false }),
	database("EK.E041", db.Postgres, "data_checksums", func(d *db.Facts) { d.Checksums = false }),
	database("EK.E042", db.SQLite, "journal_mode", func(d *db.Facts) { d.Journal = "delete" }),
	database("EK.E042", db.SQLite, "synchronous", func(d *db.Facts) { d.Synchronous = 1 }),
	database("EK.E042", db.SQLite, "foreign_keys", func(d *db.Facts) { d.ForeignKeys = false }),
	database("EK.E042", db.SQLite, "network share", func(d *db.Facts) { d.Network = "NFS" }),
	database("EK.E043", db.Postgres, "superuser", func(d *db.Facts) { d.Superuser = true }),
	database("EK.E043", db.Postgres, "owns tables", func(d *db.Facts) { d.Owns = 50 }),
	database("EK.E043", db.Postgres, "may rewrite", func(d *db.Facts) { d.MayRewrite = []string{"audit_event"} }),
	setting("EK.E044", "not encrypted and verified", func(c *config.Config) { c.Database.URL = "postgres://ekolek@db.sanpedro.gov.ph/ekolek?sslmode=require" }),
	setting("EK.E044", "private network", func(c *config.Config) { c.Database.URL = "postgres://ekolek@postgres:5432/ekolek" }),
	database("EK.E045", db.Postgres, "max_connections", func(d *db.Facts) { d.MaxConnections = 10 }),
	database("EK.E045", db.Postgres, "pooler", func(d *db.Facts) { d.Transactional = true }),
	{id: "EK.E046", engine: db.SQLite, what: "NODE_COUNT", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Config.Nodes, f.Config.CacheURL = 3, "redis://localhost"
	}},
	{id: "EK.E046", engine: db.SQLite, what: "families", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) { f.People.Families = 1_000_000 }},
	{id: "EK.W047", engine: db.Postgres, what: "standby", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Config.Nodes, f.Config.CacheURL, f.Database.SyncStandby = 3, "redis://localhost", false
	}},
	{id: "EK.W047", what: "the last backup failed", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Backup = &check.BackupFacts{Last: backup.Fact{At: f.Now, GoodAt: f.Now}}
	}},
	{id: "EK.W047", what: "trial restore failed", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Backup = &check.BackupFacts{Last: backup.Fact{At: f.Now, OK: true, GoodAt: f.Now}, Test: backup.Fact{At: f.Now}}
	}},
	{id: "EK.W047", what: "no backup of the last", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Database.Since, f.Verified = f.Now.AddDate(0, -1, 0), &ledger.Verified{At: f.Now, OK: true}
		f.Backup = &check.BackupFacts{Last: backup.Fact{At: f.Now, OK: true, GoodAt: f.Now.Add(-27 * time.Hour)}, Test: backup.Fact{At: f.Now, OK: true, GoodAt: f.Now}}
	}},
	{id: "EK.W047", what: "in the last 7 days", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Database.Since, f.Verified = f.Now.AddDate(0, -1, 0), &ledger.Verified{At: f.Now, OK: true}
		f.Backup = &check.BackupFacts{Last: backup.Fact{At: f.Now, OK: true, GoodAt: f.Now}, Test: backup.Fact{At: f.Now, OK: true, GoodAt: f.Now.AddDate(0, 0, -8)}}
	}},
	setting("EK.W047", "BACKUP_HOUR", func(c *config.Config) { c.Backup.Hour = -1 }),
	{id: "EK.E048", what: "never verified", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Database.Since = f.Now.Add(-48 * time.Hour)
		f.Backup = &check.BackupFacts{Last: backup.Fact{At: f.Now, OK: true, GoodAt: f.Now}, Test: backup.Fact{At: f.Now, OK: true, GoodAt: f.Now}}
	}},
	{id: "EK.E048", what: "do not balance", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Verified = &ledger.Verified{At: f.Now, Line: "ledger_balance x: posted is 1"}
	}},
	{id: "EK.E048", what: "last verified", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Verified = &ledger.Verified{At: f.Now.Add(-26 * time.Hour), OK: true}
	}},
	{id: "EK.E048", what: "waiting for their seal", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Seals = &ledger.SealState{Entries: 1, Waiting: f.Now.Add(-2 * time.Minute)}
	}},
	{id: "EK.E048", what: "no day of the books was signed", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Database.Since, f.Verified = f.Now.Add(-48*time.Hour), &ledger.Verified{At: f.Now, OK: true}
		f.Backup = &check.BackupFacts{Last: backup.Fact{At: f.Now, OK: true, GoodAt: f.Now}, Test: backup.Fact{At: f.Now, OK: true, GoodAt: f.Now}}
		f.Seals = &ledger.SealState{Entries: 1, Checkpoint: seal.Checkpoint{Number: 1, Made: f.Now.Add(-26 * time.Hour)}}
	}},
	database("EK.E049", db.Postgres, "the database's", func(d *db.Facts) { d.Ahead = -3 * time.Second }),
	{id: "EK.E049", what: "gateway's", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) { ahead := 9 * time.Second; f.SMSAhead = &ahead }},
	{id: "EK.E050", what: "not known", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) { f.Zone = nil }},
	{id: "EK.E050", what: "ahead of UTC", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) { f.Zone = time.UTC }},
	accounts("EK.E051", "well-known", func(a *auth.Facts) { a.WellKnown = []string{"admin"} }),
	{id: "EK.E051", what: "made-up city", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) { f.Demo = true }},
	proxy("EK.E051", "still open", on(func(r *http.Request) bool { return at("/admin/setup/")(r) && r.Method == http.MethodGet }, answer(http.StatusOK))),
	accounts("EK.E052", "second factor", func(a *auth.Facts) { a.WithoutSecond = 1 }),
	accounts("EK.E052", "more than", func(a *auth.Facts) { a.SuperAdmins = 6 }),
	accounts("EK.E052", "no super", func(a *auth.Facts) { a.SuperAdmins = 0 }),
	accounts("EK.E053", "costs", func(a *auth.Facts) { a.HashPasses = 1 }),
	{id: "EK.E053", what: "half of the memory", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) { f.Memory = 32 << 20 }},
	setting("EK.E054", "good for", func(c *config.Config) { c.Tokens.Access = 24 * time.Hour }),
	proxy("EK.E054", "nobody signed", on(func(r *http.Request) bool { return secure(r) && r.Header.Get("Authorization") != "" }, answer(http.StatusOK))),
	setting("EK.E055", "is good for", func(c *config.Config) { c.OTP.Expiry = time.Hour }),
	setting("EK.E055", "guessed", func(c *config.Config) { c.OTP.MaxAttempts = 10 }),
	setting("EK.E055", "follow", func(c *config.Config) { c.OTP.ResendCooldown = time.Second }),
	accounts("EK.E055", "daily limit", func(a *auth.Facts) { a.CodesADay = 0 }),
	setting("EK.E056", "SMS_DAILY_CAP_PESOS", func(c *config.Config) { c.SMS.CityCap = 0 }),
	setting("EK.E056", "PER_NUMBER", func(c *config.Config) { c.SMS.NumberCap = 0 }),
	setting("EK.E056", "FOREIGN", func(c *config.Config) { c.SMS.Abroad = true }),
	setting("EK.E056", "SMS_ENABLED", func(c *config.Config) { c.SMS.Enabled = false }),
	setting("EK.E057", "is empty", func(c *config.Config) { c.TrustedProxies = nil }),
	setting("EK.E057", "whole internet", func(c *config.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")} }),
	proxy("EK.E058", "every origin", header("Access-Control-Allow-Origin", "*")),
	proxy("EK.E058", "whatever origin", header("Access-Control-Allow-Origin", "https://strange.invalid")),
	proxy("EK.E059", "Server", header("Server", "nginx/1.2")),
	proxy("EK.E059", "version", header("X-Made-By", "ekolek/1.2")),
	proxy("EK.E059", "inside of the program", page("<pre>goroutine 1 [running]:\nmain.main()</pre>")),
	{id: "EK.E060", what: "ReadHeaderTimeout", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) { l := *f.Limits; l.ReadHeader = 0; f.Limits = &l }},
	{id: "EK.E060", what: "headers may", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) { l := *f.Limits; l.Header = 0; f.Limits = &l }},
	{id: "EK.E060", what: "takes a body", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Routes = slices.Clone(f.Routes)
		f.Routes[9].Body = 1 << 40
	}},
	{id: "EK.E061", what: "nobody knows", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Routes = slices.Clone(f.Routes)
		f.Routes[9].Need = "everybody"
	}},
	{id: "EK.E061", what: "let in", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Answers = slices.Clone(f.Answers)
		for i, a := range f.Answers {
			if a.Pattern == "GET /console/" && a.Kind == "asked" {
				f.Answers[i].Status = http.StatusOK
			}
		}
	}},
	{id: "EK.E062", what: "open to everybody", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Secrets = []check.SecretFile{{Path: ".env", Mode: 0o644}}
	}},
	{id: "EK.E062", what: "committed", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Secrets = []check.SecretFile{{Path: ".env", Mode: 0o600, Committed: true}}
	}},
	setting("EK.E062", "prints", func(c *config.Config) { c.Email.ResendKey = "ekolek.sanpedro.gov.ph" }),
	folder("EK.E063", "LOG_DIR", "cannot be written", func(d *check.Folder) { d.Writable = false }),
	folder("EK.E063", "LOG_DIR", "everybody", func(d *check.Folder) { d.Mode = 0o755 }),
	folder("EK.E063", "LOG_DIR", "others may read", func(d *check.Folder) { d.Loose = "app.log" }),
	folder("EK.E063", "LOG_DIR", "100 MB", func(d *check.Folder) { d.Free = 1 }),
	{id: "EK.E064", what: "readable", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) { f.People.KeyReadable = true }},
	{id: "EK.E064", what: "older than a year", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		at := f.Now.AddDate(-2, 0, 0)
		f.People.CardKeyMade = &at
	}},
	{id: "EK.E065", what: "unpack", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) { f.Uploads = &files.Limits{Bytes: 1, Entries: 1} }},
	{id: "EK.E065", what: "an upload", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) { f.Uploads = &files.Limits{Entries: 1, Unpacked: 1} }},
	proxy("EK.E066", "cdn.example", page(`<link rel="stylesheet" href="https://cdn.example/x.css">`)),
	{id: "EK.W067", what: "SPF", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Names = &check.Names{Domain: "sanpedro.gov.ph", DMARC: true}
	}},
	{id: "EK.W067", what: "DMARC", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Names = &check.Names{Domain: "sanpedro.gov.ph", SPF: true}
	}},
	{id: "EK.W068", what: "trimpath", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) { f.Build = &debug.BuildInfo{} }},
	{id: "EK.W068", what: "committed", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Build = &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "-trimpath", Value: "true"}, {Key: "vcs.modified", Value: "true"}}}
	}},
	{id: "EK.W069", what: "expired", spoil: silent("EK.W067 until 2020-01-01: the backups run on the host")},
	{id: "EK.W069", what: "is not \"EK", spoil: silent("EK.W047")},
	{id: "EK.W069", what: "cannot be silenced", spoil: silent("EK.E004 until " + soon + ": nobody has HTTPS here yet")},
	{id: "EK.E070", what: "SITE_URL", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Problems = config.Problems{{Name: "SITE_URL", What: "must begin with https:// in production", Mend: "Sign-in cookies travel over HTTPS only."}}
	}},
	{id: "EK.W072", engine: db.Postgres, what: "key of its own", spoil: func(_ *testing.T, _ *app.App, f *check.Facts) {
		f.Config.Nodes, f.Config.CacheURL, f.Config.Push.Key, f.Database.SyncStandby = 3, "redis://localhost", "", true
	}},
	accounts("EK.I071", "90 days", func(a *auth.Facts) { a.OldPasswords = 1 }),
}

// soon is a day on which a silence may end.
var soon = time.Now().AddDate(0, 1, 0).Format(time.DateOnly)

// fine are headers with which nobody finds fault.
var fine = map[string]string{
	csp:                      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
	"Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
}

// answer is an answer with them.
func answer(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range fine {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
	}
}

// silent sets CHECK_SILENCED.
func silent(text string) func(*testing.T, *app.App, *check.Facts) {
	return func(_ *testing.T, _ *app.App, f *check.Facts) { f.Silences = check.ParseSilences(text, f.Now, f.Zone) }
}

// Each fault is found by its own check, and by no other.
func TestEachFaultTripsItsOwnCheck(t *testing.T) {
	eachProduction(t, func(t *testing.T, a *app.App, whole *check.Facts) {
		routes, behind := some(whole), whole.Inside
		whole.Answers = check.Walk(a.Web().Handler(), routes, whole.Config) // TestClean looks at all of them
		whole.Inside = nil
		for i := 0; i < len(behind); i += 12 {
			whole.Inside = append(whole.Inside, behind[i])
		}
		for _, trip := range trips {
			if trip.engine != "" && trip.engine != a.DB.Engine() {
				continue
			}
			t.Run(trip.id+" "+trip.what, func(t *testing.T) {
				f := copied(whole)
				trip.spoil(t, a, f)
				r := check.Judge(f, check.Deploy)
				if got := found(r); !slices.Equal(got, []string{trip.id}) {
					t.Fatalf("found %v: %+v", got, r.Findings)
				}
				if !slices.ContainsFunc(r.Findings, func(f check.Finding) bool { return strings.Contains(f.What, trip.what) && f.Mend != "" }) {
					t.Errorf("nothing says %q: %+v", trip.what, r.Findings)
				}
				if info := strings.HasPrefix(trip.id, "EK.I"); (r.Code() == 1) == info {
					t.Errorf("exit code %d", r.Code())
				}
			})
		}
	})
}

// copied are facts that a trip may change.
func copied(f *check.Facts) *check.Facts {
	out := *f
	out.Why = map[string]string{}
	for name, why := range f.Why {
		out.Why[name] = why
	}
	database, who := *f.Database, *f.People
	out.Database, out.People = &database, &who
	return &out
}

// The table, the trips and the documentation name the same checks.
func TestEveryCheckIsTrippedAndDocumented(t *testing.T) {
	var table, tripped, documented []string
	for _, c := range check.Table() {
		table = append(table, c.ID)
		if c.Title == "" || c.Mend == "" {
			t.Errorf("%s says nothing", c.ID)
		}
		if letter := map[check.Class]byte{check.Error: 'E', check.Warning: 'W', check.Info: 'I'}[c.Class]; c.ID[3] != letter {
			t.Errorf("%s is of class %s", c.ID, c.Class)
		}
	}
	for _, trip := range trips {
		tripped = append(tripped, trip.id)
	}
	page, err := os.ReadFile("../../docs/checks.md")
	must(t, err)
	for _, m := range regexp.MustCompile(`(?m)^\| (EK\.[EWI]\d{3}) `).FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, m[1])
	}
	slices.Sort(table)
	slices.Sort(tripped)
	slices.Sort(documented)
	if n := len(slices.Compact(slices.Clone(table))); n != len(table) {
		t.Errorf("%d ids stand twice", len(table)-n)
	}
	if got := slices.Compact(tripped); !slices.Equal(got, table) {
		t.Errorf("tripped %v\nchecks %v", got, table)
	}
	if !slices.Equal(documented, table) {
		t.Errorf("documented %v\nchecks %v", documented, table)
	}
}

// What could not be looked at is neither clean nor found: exit code 2, and told by name.
func TestWhatFailsIsToldApart(t *testing.T) {
	a, _, env := production(t, "sqlite://"+testkit.SQLiteFile(t))
	appoint(t, a)
	_, err := a.DB.Writer().ExecContext(t.Context(), `DROP TABLE auth_password`)
	must(t, err)
	f := looked(t, a, env)
	f.Database.Drift = nil // the drop itself, which EK.E040 tells
	r := check.Judge(f, check.Deploy)
	ids := []string{}
	for _, n := range r.Failed {
		ids = append(ids, n.ID)
	}
	if r.Code() != 2 || !slices.Contains(ids, "EK.E052") || !slices.Contains(ids, "EK.E051") {
		t.Errorf("code %d, failed %v", r.Code(), r.Failed)
	}
}

// At the start only errors count that the program itself cannot mend.
func TestWhatKeepsFromStarting(t *testing.T) {
	a, _, env := production(t, "sqlite://"+testkit.SQLiteFile(t))
	f := looked(t, a, env) // nobody was appointed: a warning
	f.Verified = &ledger.Verified{At: f.Now.AddDate(0, -1, 0)}
	f.Config.OTP.Expiry = time.Hour
	f.Config.AllowedHosts = nil
	r := check.Judge(f, check.Start)
	if got := found(r); !slices.Equal(got, []string{"EK.E020", "EK.E055"}) {
		t.Errorf("found %v", got)
	}
	text := (&check.Refusal{Result: r}).Error()
	for _, want := range []string{"EK.E020", "EK.E055", "OTP_EXPIRY_MINUTES", "ALLOWED_HOSTS"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
}

// A warning is silenced until its day, told every time, and changes neither errors nor
// the hash of the same outcome.
func TestSilence(t *testing.T) {
	a, _, env := production(t, "sqlite://"+testkit.SQLiteFile(t))
	f := looked(t, a, env)
	appointed := check.Judge(f, check.Deploy)
	if got := found(appointed); !slices.Equal(got, []string{"EK.E052"}) || appointed.Code() != 1 {
		t.Fatalf("without anybody: %v", appointed.Findings)
	}
	f.Silences = check.ParseSilences("EK.E052 until "+soon+": the first one is hired on Monday", f.Now, f.Zone)
	r := check.Judge(f, check.Deploy)
	if r.Code() != 0 || len(r.Silenced) != 1 || r.Silenced[0].Reason != "the first one is hired on Monday" {
		t.Errorf("silenced: %+v", r)
	}
	if again := check.Judge(f, check.Deploy); again.Hash != r.Hash || r.Hash == appointed.Hash {
		t.Errorf("hashes %s, %s, %s", appointed.Hash, r.Hash, again.Hash)
	}
	var out strings.Builder
	must(t, r.Print(&out))
	if !strings.Contains(out.String(), "silenced until "+soon) || !strings.Contains(out.String(), "there is no super administrator") {
		t.Error(out.String())
	}
	f.Auth.WithoutSecond = 1 // an error of the same check
	if r := check.Judge(f, check.Deploy); r.Code() != 1 || len(r.Silenced) != 1 {
		t.Errorf("an error was silenced: %+v", r)
	}
}
