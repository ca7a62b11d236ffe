package app_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// credential is how a secret of a kind looks, wherever it stands. The kinds are those that
// this program uses, and those that a programmer's machine has.
var credentials = []struct {
	kind string
	re   *regexp.Regexp
}{
	{"private key", regexp.MustCompile(`-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{64}`)},
	{"key of age", regexp.MustCompile(`AGE-SECRET-KEY-1[0-9A-Z]{50}`)},
	{"key of AWS", regexp.MustCompile(`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`)},
	{"key of SendGrid", regexp.MustCompile(`\bSG\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}`)},
	{"key of Resend", regexp.MustCompile(`\bre_[A-Za-z0-9]{8,}_[A-Za-z0-9]{16,}`)},
	{"key of Google", regexp.MustCompile(`\bAIza[A-Za-z0-9_-]{35}\b`)},
	{"client of Google", regexp.MustCompile(`\bGOCSPX-[A-Za-z0-9_-]{20,}`)},
	{"token of Google", regexp.MustCompile(`\b1//0[A-Za-z0-9_-]{30,}`)},
	{"token of GitHub", regexp.MustCompile(`\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,})`)},
	{"webhook of Slack", regexp.MustCompile(`hooks\.slack\.com/services/T[A-Z0-9]+/`)},
	{"key of Django", regexp.MustCompile(`django-insecure-[^\s"'` + "`" + `]{30,}`)},
	{"app password of Google", regexp.MustCompile(`(?:EMAIL_HOST_PASSWORD|[Aa]pp password)["'=: ]+([a-z]{4} ?[a-z]{4} ?[a-z]{4} ?[a-z]{4})\b`)},
	{"secret of a setting", regexp.MustCompile(`\b(?:DJANGO_SECRET_KEY|FIELD_ENCRYPTION_KEY|BACKUP_ENCRYPTION_KEY|DB_PASSWORD|SMS_API_TOKEN|SEMAPHORE_API_KEY|SENDGRID_API_KEY|RESEND_API_KEY|METRICS_TOKEN|AWS_SECRET_ACCESS_KEY)["']?[ \t]*[:=][ \t]*["']?([A-Za-z0-9_/+!@#$%^&*()-]{20,})`)},
	{"password in an address", regexp.MustCompile(`\b(?:postgres(?:ql)?|rediss?|smtps?|https?)://[A-Za-z0-9_.-]*:([^@\s/"'{}$<>[\]]{6,})@([A-Za-z0-9.-]+)`)},
}

// madeUp marks what tests and examples hold instead of a secret, each visibly none.
var madeUp = regexp.MustCompile(`(?i)change-me|n33dle|needle|test|example|secret|hidden|password|…|\.\.\.|strong|another|random|former|madeUp|s3cret|tr1cky|%[sdq]|^abcd|^bxqn|^9f3c0a71be52|^qV7mN2xK9pL4wR8tY3z|^Zt5Rw9Kx2Lm7Pv4Qb8N|^0pQw3Nr7Ty5Ui2Oa9Sd`)

// leadsNowhere are hosts that lead nowhere from outside.
var leadsNowhere = regexp.MustCompile(`^(?:127\.0\.0\.1|localhost|db|host|.*\.(?:internal|invalid|example|test)|.*example.*)$`)

// findSecrets names what looks like a credential in a text.
func findSecrets(text []byte) (found []string) {
	for _, c := range credentials {
		for _, m := range c.re.FindAllSubmatch(text, -1) {
			whole := string(m[0])
			switch {
			case len(m) == 3 && (leadsNowhere.MatchString(string(m[2])) || madeUp.MatchString(string(m[1]))):
			case len(m) == 2 && madeUp.MatchString(string(m[1])):
			default:
				found = append(found, c.kind+": "+whole[:min(len(whole), 24)]+"…")
			}
		}
	}
	return found
}

// lookedAt are finds that were looked at: what they are, and where.
var lookedAt = map[string]string{
	"internal/backup/backup_test.go": "an age identity made for the test, which opens nothing else",
}

// INC-34: the former system's passwords, tokens and keys stood in guides and scripts.
// Nothing that looks like one is in a file of this project.
func TestNoCredentialIsCommitted(t *testing.T) {
	out, err := exec.Command("git", "-C", "../..", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Skip("not a checkout: " + err.Error())
	}
	looked := 0
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil || bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 {
			continue // removed and not committed, a link, or a picture
		}
		looked++
		if regexp.MustCompile(`(?i)(^|/)(\.env(\.(leadsNowhere|production|staging))?|.*\.(pem|key|p12|pfx|sqlite3|pickle|rdb|dump)|google-drive-.*\.json)$`).MatchString(name) {
			t.Errorf("%s is a file of secrets or of people", name)
		}
		if lookedAt[name] != "" {
			continue
		}
		for _, found := range findSecrets(data) {
			t.Errorf("%s: %s", name, found)
		}
	}
	if looked < 300 {
		t.Errorf("only %d files were looked at", looked)
	}
}

// The scanner must be able to find.
func TestTheSecretScannerFinds(t *testing.T) {
	join := func(parts ...string) string { return strings.Join(parts, "") } // so that this file holds none
	random := "x9Kd83hQpLm20ZvTbYwR7cNfUaEo4gSi5jHq"
	for kind, text := range map[string]string{
		"private key":            join("-----BEGIN ", "PRIVATE KEY-----\n", random, random),
		"key of AWS":             join("AKI", "AX83KD02LQPMZVTBY"),
		"key of SendGrid":        join("SG", ".x9Kd83hQpLm20ZvTbYwR7c.NfUaEo4gSi5jHqx9Kd83hQpLm"),
		"key of Google":          join("AI", "zaSyx9Kd83hQpLm20ZvTbYwR7cNfUaEo4gSi5"),
		"token of GitHub":        join("gh", "p_", random),
		"key of Django":          join("django-", "insecure-", random),
		"app password of Google": join("EMAIL_HOST_", "PASSWORD=qwmn zxbv lkjh pytr"),
		"secret of a setting":    join("DJANGO_SECRET_", "KEY='", random, "'"),
		"password in an address": join("postgres://cenro:", "mVq83kd0@db.sanpedro.ph/x"),
	} {
		if found := findSecrets([]byte("some text\n" + text + "\nmore")); len(found) != 1 || !strings.HasPrefix(found[0], kind+": ") {
			t.Errorf("%s: %q", kind, found)
		}
	}
	for _, text := range []string{"DJANGO_SECRET_KEY=change-me-to-50-or-more-random-characters", "DATABASE_URL=postgres://user:password@host:5432/name", "set DJANGO_SECRET_KEY and ALLOWED_HOSTS",
		"postgres://ekolek:[hidden]@127.0.0.1:1/x", "SMS_API_TOKEN_FILE: /run/secrets/sms_api_token"} {
		if found := findSecrets([]byte(text)); len(found) > 0 {
			t.Errorf("%q: %q", text, found)
		}
	}
}
