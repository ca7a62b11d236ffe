package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const strongKey = "q9Zr-3vLw_8sKx2mTn5pYb7cHd4fGj6aEu1iOo0RTYQWEzxcvbn"

// production is a complete environment, and more.
func production(more ...string) []string {
	env := []string{
		"DJANGO_SECRET_KEY=" + strongKey, "ALLOWED_HOSTS=ekolek.sanpedro.ph, .cenro.sanpedro.ph", "SITE_URL=https://ekolek.sanpedro.ph/",
		"DB_NAME=cenro", "DB_USER=ekolek", "DB_PASSWORD=Tr1cky/p@ss:w?", "DB_HOST=db.internal", "DB_PORT=5433",
		"CSRF_TRUSTED_ORIGINS=https://ekolek.sanpedro.ph", "EMAIL_HOST_USER=cenro@sanpedro.ph", "EMAIL_HOST_PASSWORD=abcdefghijklmnop",
		"SMS_API_TOKEN=9f3c0a71be52", "TRUSTED_PROXIES=10.0.0.0/8,127.0.0.1", "FIELD_ENCRYPTION_KEY=Yw3-another-32-random-characters-70931",
		"BACKUP_ENCRYPTION_KEY=kB5-one-more-of-32-random-characters-48120",
	}
	return append(env, more...)
}

func without(env []string, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(e string) bool {
		name, _, _ := strings.Cut(e, "=")
		return slices.Contains(names, name)
	})
}

func problemsOf(t *testing.T, err error) Problems {
	t.Helper()
	var p Problems
	if err != nil && !errors.As(err, &p) {
		t.Fatalf("%v is not a Problems", err)
	}
	return p
}

func names(p Problems) []string {
	var out []string
	for _, x := range p {
		out = append(out, x.Name)
	}
	return out
}

func TestProductionLoads(t *testing.T) {
	c, err := Load(production(), "")
	if err != nil {
		t.Fatal(err)
	}
	if c.Debug {
		t.Error("development without being asked")
	}
	if want := "postgres://ekolek:Tr1cky%2Fp%40ss%3Aw%3F@db.internal:5433/cenro"; string(c.Database.URL) != want {
		t.Errorf("database %s, want %s", string(c.Database.URL), want)
	}
	if diff := cmp.Diff([]string{"ekolek.sanpedro.ph", ".cenro.sanpedro.ph"}, c.AllowedHosts); diff != "" {
		t.Error(diff)
	}
	if c.SiteURL != "https://ekolek.sanpedro.ph" {
		t.Errorf("site %q keeps its slash", c.SiteURL)
	}
	if got := fmt.Sprint(c.TrustedProxies); got != "[10.0.0.0/8 127.0.0.1/32]" {
		t.Errorf("proxies %s", got)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("warnings: %q", c.Warnings)
	}
}

func TestDefaultsOfTheSeed(t *testing.T) {
	c, err := Load([]string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir()}, "")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{
		"site": c.SiteURL, "port": c.Port, "access": c.Tokens.Access, "refresh": c.Tokens.Refresh, "drive": c.GoogleDrive.Enabled,
		"cache": string(c.CacheURL), "broker": string(c.BrokerURL), "expiry": c.OTP.Expiry, "attempts": c.OTP.MaxAttempts, "cooldown": c.OTP.ResendCooldown,
		"hosts": c.AllowedHosts, "cors": c.CORSOrigins,
	}
	want := map[string]any{
		"site": "http://localhost:8000", "port": 8000, "access": time.Hour, "refresh": 30 * 24 * time.Hour, "drive": false,
		"cache": "", "broker": "redis://localhost:6379/0", "expiry": 5 * time.Minute, "attempts": 3, "cooldown": time.Minute,
		"hosts": []string{"*"}, "cors": []string{"*"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDevelopmentNeedsNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var")
	env := []string{"DJANGO_DEBUG=on", "DATA_DIR=" + dir}
	first, err := Load(env, "")
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "secret_key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("key file: %v, %v", info, err)
	}
	again, err := Load(env, "")
	if err != nil || again.SecretKey != first.SecretKey || weakness(string(first.SecretKey), 50) != "" {
		t.Errorf("the key changed or is weak: %v", err)
	}
	if first.Database.URL != "" || first.Database.Path != filepath.Join(dir, "ekolek.sqlite3") {
		t.Errorf("database %+v", first.Database)
	}
	if rest, _ := filepath.Glob(filepath.Join(dir, "*")); len(rest) != 1 {
		t.Errorf("left behind: %v", rest)
	}
}

func TestProductionListsEverythingAtOnce(t *testing.T) {
	_, err := Load(nil, "")
	want := []string{"DJANGO_SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_HOST", "DB_PORT",
		"CSRF_TRUSTED_ORIGINS", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "SMS_API_TOKEN"}
	problems := problemsOf(t, err)
	if diff := cmp.Diff(want, names(problems)); diff != "" {
		t.Error(diff)
	}
	for _, p := range problems {
		if p.What == "" || p.Mend == "" || !strings.Contains(err.Error(), p.Name+" "+p.What) {
			t.Errorf("incomplete: %+v", p)
		}
	}
}

func TestProductionRefuses(t *testing.T) {
	url := func(u string) []string {
		return append(without(production(), "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_HOST", "DB_PORT"), "DATABASE_URL="+u)
	}
	set := func(e string) []string {
		name, _, _ := strings.Cut(e, "=")
		return append(without(production(), name), e)
	}
	tests := []struct {
		name string
		env  []string
		want string // the one problem's name; "" none
	}{
		{"short key", set("DJANGO_SECRET_KEY=short"), "DJANGO_SECRET_KEY"},
		{"monotonous key", set("DJANGO_SECRET_KEY=" + strings.Repeat("abcd", 20)), "DJANGO_SECRET_KEY"},
		{"Django's generated key", set("DJANGO_SECRET_KEY=django-insecure-" + strongKey), "DJANGO_SECRET_KEY"},
		{"two keys alike", set("FIELD_ENCRYPTION_KEY=" + strongKey), "FIELD_ENCRYPTION_KEY"},
		{"the present key among the former ones", set("DJANGO_SECRET_KEY_FALLBACKS=" + strongKey), "DJANGO_SECRET_KEY_FALLBACKS"},
		{"a weak former secret", set("DJANGO_SECRET_KEY_FALLBACKS=Zz-" + strongKey + ",short"), "DJANGO_SECRET_KEY_FALLBACKS"},
		{"a weak former key", set("FIELD_ENCRYPTION_KEY_FALLBACKS=" + strings.Repeat("ab", 30)), "FIELD_ENCRYPTION_KEY_FALLBACKS"},
		{"a former key twice", set("FIELD_ENCRYPTION_KEY_FALLBACKS=Zz-" + strongKey + ",Zz-" + strongKey), "FIELD_ENCRYPTION_KEY_FALLBACKS"},
		{"strong former ones", append(set("FIELD_ENCRYPTION_KEY_FALLBACKS=Zz-"+strongKey), "DJANGO_SECRET_KEY_FALLBACKS=Yy-"+strongKey+", Xx-"+strongKey), ""},
		{"no key for fields", without(production(), "FIELD_ENCRYPTION_KEY"), ""},
		{"a backup key that is no other's", set("BACKUP_ENCRYPTION_KEY=" + strongKey), "BACKUP_ENCRYPTION_KEY"},
		{"a backup at 24 o'clock", set("BACKUP_HOUR=24"), "BACKUP_HOUR"},
		{"every host", set("ALLOWED_HOSTS=*"), "ALLOWED_HOSTS"},
		{"plain HTTP", set("SITE_URL=http://ekolek.sanpedro.ph"), "SITE_URL"},
		{"plain HTTP origin", set("CSRF_TRUSTED_ORIGINS=http://ekolek.sanpedro.ph"), "CSRF_TRUSTED_ORIGINS"},
		{"origin with a path", set("CORS_ALLOWED_ORIGINS=https://ekolek.sanpedro.ph/x"), "CORS_ALLOWED_ORIGINS"},
		{"weak database password", set("DB_PASSWORD=password"), "DB_PASSWORD"},
		{"empty counts as missing", set("SMS_API_TOKEN="), "SMS_API_TOKEN"},
		{"not a number", set("OTP_MAX_ATTEMPTS=three"), "OTP_MAX_ATTEMPTS"},
		{"not a truth", set("SMS_ENABLED=maybe"), "SMS_ENABLED"},
		{"not a network", set("TRUSTED_PROXIES=all"), "TRUSTED_PROXIES"},
		{"both kinds of TLS", set("EMAIL_USE_SSL=True"), "EMAIL_USE_SSL"},
		{"Redis without an address", set("CACHE_BACKEND=django.core.cache.backends.redis.RedisCache"), "CACHE_LOCATION"},
		{"Resend without a key", set("EMAIL_BACKEND=accounts.resend_backend.ResendEmailBackend"), "RESEND_API_KEY"},
		{"Resend with its key, no mail server", append(without(production(), "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD"),
			"EMAIL_BACKEND=resend", "RESEND_API_KEY=re_9f3c0a71be52d8e4", "DEFAULT_FROM_EMAIL=E-KOLEK <cenro@sanpedro.ph>"), ""},
		{"Resend without a sender", append(without(production(), "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD"),
			"EMAIL_BACKEND=resend", "RESEND_API_KEY=re_9f3c0a71be52d8e4"), "DEFAULT_FROM_EMAIL"},
		{"a fall-back without its key", set("EMAIL_FALLBACK_BACKEND=resend"), "RESEND_API_KEY"},
		{"a fall-back that is the first way", set("EMAIL_FALLBACK_BACKEND=accounts.email_backend.ResilientSMTPBackend"), "EMAIL_FALLBACK_BACKEND"},
		{"SendGrid by the password", set("EMAIL_BACKEND=accounts.sendgrid_backend.SendGridBackend"), ""},
		{"Gmail half set", append(production(), "EMAIL_BACKEND=gmail", "GMAIL_OAUTH_CLIENT_ID=x.apps.googleusercontent.com", "GMAIL_OAUTH_CLIENT_SECRET=GOCSPX-9f3c0a71be52"), "GMAIL_OAUTH_REFRESH_TOKEN"},
		{"no such way for mail", set("EMAIL_BACKEND=pigeon"), "EMAIL_BACKEND"},
		{"a sender that is no address", set("DEFAULT_FROM_EMAIL=E-KOLEK"), "DEFAULT_FROM_EMAIL"},
		{"a user that is no address", set("EMAIL_HOST_USER=apikey"), "DEFAULT_FROM_EMAIL"},
		{"mail in the clear", set("EMAIL_USE_TLS=False"), "EMAIL_USE_TLS"},
		{"mail in the clear on this machine", append(without(production(), "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD"),
			"EMAIL_USE_TLS=False", "EMAIL_HOST=localhost", "EMAIL_PORT=25", "DEFAULT_FROM_EMAIL=cenro@sanpedro.ph"), ""},
		{"port 465 spoken to as 587", set("EMAIL_PORT=465"), "EMAIL_USE_SSL"},
		{"port 587 spoken to as 465", append(production(), "EMAIL_USE_TLS=False", "EMAIL_USE_SSL=True"), "EMAIL_USE_TLS"},
		{"port 465", append(production(), "EMAIL_USE_TLS=False", "EMAIL_USE_SSL=True", "EMAIL_PORT=465"), ""},
		{"no text messages", append(without(production(), "SMS_API_TOKEN"), "SMS_ENABLED=False"), ""},
		{"Semaphore alone", append(without(production(), "SMS_API_TOKEN"), "SEMAPHORE_API_KEY=9f3c0a71be52d8e49f3c"), ""},
		{"a gateway over plain HTTP", set("SMS_API_URL=http://gateway.example.ph/sms"), "SMS_API_URL"},
		{"a gateway on this machine", set("SMS_API_URL=http://127.0.0.1:9000/sms"), ""},
		{"a cap below one message", set("SMS_DAILY_CAP_PESOS=1"), ""},
		{"a cap below one dear message", append(production(), "SMS_DAILY_CAP_PER_NUMBER_PESOS=1", "SMS_COST_CENTAVOS=150"), "SMS_DAILY_CAP_PER_NUMBER_PESOS"},
		{"SQLite by URL", url("sqlite:///srv/ekolek/data.sqlite3"), ""},
		{"SQLite, four slashes", url("sqlite:////srv/ekolek/data.sqlite3"), ""},
		{"SQLite, relative", url("sqlite://data.sqlite3"), "DATABASE_URL"},
		{"another engine", url("mysql://u:p@h/d"), "DATABASE_URL"},
		{"URL with a weak password", url("postgres://ekolek:password@db/ekolek"), "DATABASE_URL"},
		{"URL without a password", url("postgres:///ekolek?host=/run/postgresql"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(tt.env, "")
			var want []string
			if tt.want != "" {
				want = []string{tt.want}
			}
			if diff := cmp.Diff(want, names(problemsOf(t, err))); diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

func TestProductionRefusesEveryExample(t *testing.T) {
	var c Config
	for _, s := range c.settings() {
		if s.example == "" {
			continue
		}
		_, err := Load(append(without(production(), s.name), s.name+"="+s.example), "")
		if !slices.Contains(names(problemsOf(t, err)), s.name) {
			t.Errorf("%s=%s was accepted", s.name, s.example)
		}
	}
}

func TestSources(t *testing.T) {
	dir := t.TempDir()
	dotenv, file := filepath.Join(dir, ".env"), filepath.Join(dir, "token")
	write(t, dotenv, "DJANGO_DEBUG=True\nOTP_MAX_ATTEMPTS=7\nCITY_NAME='Lungsod ng San Pedro'\nPORT=9000\nSMS_API_TOKEN=in-dotenv\nDEBUG=True\n")
	write(t, file, "in-file\n")
	c, err := Load([]string{"DATA_DIR=" + dir, "PORT=9100", "SMS_API_TOKEN_FILE=" + file}, dotenv)
	if err != nil {
		t.Fatal(err)
	}
	if c.Port != 9100 || c.OTP.MaxAttempts != 7 || c.City != "Lungsod ng San Pedro" || c.SMS.Token != "in-file" {
		t.Errorf("port %d, attempts %d, city %q", c.Port, c.OTP.MaxAttempts, c.City)
	}
	sources := map[string]string{}
	for _, r := range c.Describe() {
		sources[r.Name] = r.Source
	}
	for name, want := range map[string]string{"PORT": "environment", "OTP_MAX_ATTEMPTS": ".env", "LOG_DIR": "default", "DB_PASSWORD": "not set",
		"SMS_API_TOKEN": "environment, SMS_API_TOKEN_FILE", "DJANGO_SECRET_KEY": filepath.Join(dir, "secret_key")} {
		if sources[name] != want {
			t.Errorf("%s comes from %q, want %q", name, sources[name], want)
		}
	}
	if len(c.Warnings) != 1 || !strings.HasPrefix(c.Warnings[0], "DEBUG in .env is not a setting") {
		t.Errorf("warnings %q", c.Warnings)
	}
}

func TestSecretFileProblems(t *testing.T) {
	_, err := Load(production("DB_PASSWORD_FILE=/nowhere", "SMS_API_TOKEN_FILE=/nowhere"), "")
	// Both names also have a plain value, which is the thing to mend first.
	if got := names(problemsOf(t, err)); !slices.Contains(got, "DB_PASSWORD") || !slices.Contains(got, "SMS_API_TOKEN") {
		t.Errorf("set twice: %v", err)
	}
	_, err = Load(append(without(production(), "SMS_API_TOKEN"), "SMS_API_TOKEN_FILE=/nowhere"), "")
	if got := names(problemsOf(t, err)); !slices.Contains(got, "SMS_API_TOKEN_FILE") {
		t.Errorf("missing file: %v", err)
	}
}

func TestDeprecatedWarnOnceEach(t *testing.T) {
	env := []string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir()}
	for _, d := range deprecatedNames {
		env = append(env, d.name+"=some-old-value")
	}
	c, err := Load(env, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range deprecatedNames {
		n := 0
		for _, w := range c.Warnings {
			if strings.HasPrefix(w, d.name+" ") {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s: %d warnings", d.name, n)
		}
	}
	if c.SMS.Token != "some-old-value" {
		t.Error("IPROG_API_TOKEN did not stand in for SMS_API_TOKEN")
	}
}

// A broker belongs to the reference's queue; whoever still sets it is told, once.
func TestABrokerIsAcceptedAndExplained(t *testing.T) {
	for _, broker := range []string{"", "redis://broker:6379/0", "amqp://guest@rabbit//"} {
		c, err := Load([]string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "CELERY_BROKER_URL=" + broker}, "")
		if err != nil {
			t.Fatal(err)
		}
		told := len(c.Warnings) == 1 && strings.HasPrefix(c.Warnings[0], "CELERY_BROKER_URL is not used")
		if set := broker != ""; told != set || len(c.Warnings) > 1 {
			t.Errorf("%q: warnings %q", broker, c.Warnings)
		}
	}
}

func TestCache(t *testing.T) {
	tests := map[string]struct {
		env  []string
		want string
	}{
		"nothing":                  {nil, ""},
		"REDIS_URL alone":          {[]string{"REDIS_URL=redis://r:6379/1"}, "redis://r:6379/1"},
		"CACHE_LOCATION wins":      {[]string{"REDIS_URL=redis://r:6379/1", "CACHE_LOCATION=redis://c:6379/2"}, "redis://c:6379/2"},
		"memory when it says so":   {[]string{"REDIS_URL=redis://r:6379/1", "CACHE_BACKEND=LocMemCache"}, ""},
		"backend takes REDIS_URL":  {[]string{"REDIS_URL=redis://r:6379/1", "CACHE_BACKEND=django_redis.cache.RedisCache"}, "redis://r:6379/1"},
		"empty counts as not set":  {[]string{"REDIS_URL="}, ""},
		"backend and its location": {[]string{"CACHE_BACKEND=RedisCache", "CACHE_LOCATION=rediss://c:6379/2"}, "rediss://c:6379/2"},
		"a socket":                 {[]string{"CACHE_LOCATION=unix:///run/redis.sock?db=1"}, "unix:///run/redis.sock?db=1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := Load(append(tt.env, "DJANGO_DEBUG=True", "DATA_DIR="+t.TempDir()), "")
			if err != nil || string(c.CacheURL) != tt.want {
				t.Errorf("%q, %v; want %q", string(c.CacheURL), err, tt.want)
			}
		})
	}
}

func TestRailwayDomainJoins(t *testing.T) {
	c, err := Load(production("RAILWAY_PUBLIC_DOMAIN=ekolek.up.railway.app"), "")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(c.AllowedHosts, "ekolek.up.railway.app") || !slices.Contains(c.CSRFOrigins, "https://ekolek.up.railway.app") ||
		!slices.Contains(c.CORSOrigins, "https://ekolek.up.railway.app") {
		t.Errorf("hosts %v, CSRF %v, CORS %v", c.AllowedHosts, c.CSRFOrigins, c.CORSOrigins)
	}
}

// No way of printing a Config, its rows, its warnings or its problems shows a secret.
func TestSecretsNeverShow(t *testing.T) {
	const needle = "n33dle"
	env := []string{"DATABASE_URL=postgres://ekolek:" + needle + "@db/x?sslpassword=" + needle, "REDIS_URL=redis://:" + needle + "@r:6379",
		"CELERY_BROKER_URL=" + needle, "CACHE_LOCATION=" + needle}
	var table Config
	for _, s := range table.settings() {
		if s.minimum > 0 {
			env = append(env, s.name+"="+needle)
		}
	}
	for _, mode := range []string{"True", "False"} {
		c, err := Load(append(env, "DJANGO_DEBUG="+mode, "DATA_DIR="+t.TempDir()), "")
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", c, "key", c.SecretKey, "err", err)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c, "key", c.SecretKey, "err", err)
		encoded, jsonErr := json.Marshal(c)
		if jsonErr != nil {
			t.Fatal(jsonErr)
		}
		out := fmt.Sprintf("%v %+v %#v %s %q %x %v %v %v", c, c, c, c.SecretKey, c.SecretKey, c.SecretKey, c.Describe(), c.Warnings, err) + log.String() + string(encoded)
		if i := strings.Index(out, needle); i >= 0 {
			t.Errorf("DJANGO_DEBUG=%s: a secret shows: …%s…", mode, out[max(0, i-120):min(len(out), i+20)])
		}
		if i := strings.Index(out, fmt.Sprintf("%x", needle)); i >= 0 {
			t.Errorf("a secret shows in hexadecimal")
		}
	}
}

func TestParseDotenv(t *testing.T) {
	values, bad := parseDotenv("\ufeff# comment\r\nA=1\r\n B = two words # kept \nexport C='single \"quoted\"'\nD=\"pa$$word\"\nE=\nnot a line\nF=a=b\n")
	want := map[string]string{"A": "1", "B": "two words # kept", "C": `single "quoted"`, "D": "pa$$word", "E": "", "F": "a=b"}
	if diff := cmp.Diff(want, values); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(bad, []int{7}) {
		t.Errorf("bad lines %v", bad)
	}
}

func TestBadDotenvIsAProblem(t *testing.T) {
	file := filepath.Join(t.TempDir(), ".env")
	write(t, file, "DJANGO_DEBUG=True\nDJANGO_SECRET_KEY\n")
	_, err := Load([]string{"DATA_DIR=" + t.TempDir()}, file)
	if err == nil || !strings.Contains(err.Error(), "line 2 is not NAME=value") {
		t.Errorf("%v", err)
	}
}

func write(t *testing.T, file, data string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestMailBackends(t *testing.T) {
	for value, want := range map[string]MailBackend{
		"django.core.mail.backends.smtp.EmailBackend":      SMTP,
		"accounts.email_backend.ResilientSMTPBackend":      SMTP,
		"accounts.sendgrid_backend.SendGridBackend":        SendGrid,
		"accounts.resend_backend.ResendEmailBackend":       Resend,
		"django.core.mail.backends.console.EmailBackend":   MailFile,
		"django.core.mail.backends.filebased.EmailBackend": MailFile,
		"gmail": Gmail,
		"SMTP":  SMTP,
	} {
		c, err := Load([]string{"DJANGO_DEBUG=True", "DATA_DIR=" + t.TempDir(), "EMAIL_BACKEND=" + value}, "")
		if err != nil || c.Email.Backend != want {
			t.Errorf("%s: %s, %v; want %s", value, c.Email.Backend, err, want)
		}
	}
}
