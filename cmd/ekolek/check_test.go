package main_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// fit is a production with everything in order but its people, as an operator sets it up.
func fit(t *testing.T) program {
	t.Helper()
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"data": 0o700, "logs": 0o750, "backup": 0o700} {
		if err := os.Mkdir(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	until := time.Now().AddDate(0, 0, 30).Format(time.DateOnly)
	return program{t, dir, []string{
		"DJANGO_DEBUG=False", "HOME=/nonexistent", "ALLOWED_HOSTS=ekolek.sanpedro.gov.ph", "SITE_URL=https://ekolek.sanpedro.gov.ph",
		"DJANGO_SECRET_KEY=qV7mN2xK9pL4wR8tY3zB6cF1hJ5dG0sA-uE_oIaQnXkWvTyUrPbMfHgDlSjZcCe",
		"FIELD_ENCRYPTION_KEY=Zt5Rw9Kx2Lm7Pv4Qb8Nc3Hd6Jf1Gs0Ay-Ue_Io4iXzCqVnBmKlPoTrEwYuDhFgJs",
		"BACKUP_ENCRYPTION_KEY=0pQw3Nr7Ty5Ui2Oa9Sd4Fg6Hj8Kl1Zx-Cv_Bn7mMbVtGcXwUdRfJeKhIlPoYsAz",
		"CSRF_TRUSTED_ORIGINS=https://ekolek.sanpedro.gov.ph", "TRUSTED_PROXIES=127.0.0.1",
		"DATABASE_URL=sqlite://" + dir + "/data/ekolek.sqlite3", "DATA_DIR=" + dir + "/data", "LOG_DIR=" + dir + "/logs", "BACKUP_DIR=" + dir + "/backup",
		"EMAIL_HOST_USER=cenro@sanpedro.gov.ph", "EMAIL_HOST_PASSWORD=kalabaw-mangga-bukid",
		"SMS_API_TOKEN=3f9c27a1b85d4e60",
		"CHECK_SILENCED=EK.W068 until " + until + ": tests build from a checkout; EK.E052 until " + until + ": nobody is hired yet",
	}}
}

// with is the same program with some settings changed.
func (p program) with(settings ...string) program {
	p.env = append(slices.Clone(p.env), settings...)
	return p
}

// outcomeOf reads what --json prints.
func outcomeOf(t *testing.T, o outcome) (r struct {
	Version   string              `json:"version"`
	At        time.Time           `json:"at"`
	Hash      string              `json:"hash"`
	Checked   int                 `json:"checked"`
	Findings  []map[string]string `json:"findings"`
	Silenced  []map[string]string `json:"silenced"`
	NotJudged []map[string]string `json:"not_judged"`
	Failed    []map[string]string `json:"failed"`
}) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(o.out))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatalf("%v\n%s%s", err, o.out, o.errOut)
	}
	return r
}

// ids are those of a list of the outcome, each once.
func ids(list []map[string]string) []string {
	var out []string
	for _, f := range list {
		out = append(out, f["id"])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// The set-up of the documentation comes out clean; each list of the outcome has its fields.
func TestCheckDeploy(t *testing.T) {
	p := fit(t)
	p.want(1, "EK.E040", "check", "--deploy", "--offline")
	p.want(0, "applied", "migrate")
	p.want(0, "ok: ", "check")
	p.want(0, "EK.E052 silenced until ", "check", "--deploy", "--offline")
	r := outcomeOf(t, p.want(0, "", "check", "--deploy", "--offline", "--json"))
	if len(r.Findings) != 0 || !slices.Contains(ids(r.Silenced), "EK.E052") || len(r.Failed) != 0 || r.Checked < 50 || len(r.Hash) != 16 || time.Since(r.At) > time.Hour {
		t.Errorf("%+v", r)
	}
	for _, s := range r.Silenced {
		if s["what"] == "" || s["reason"] == "" || s["until"] == "" || len(s) != 4 {
			t.Errorf("silenced %v", s)
		}
	}
	for _, n := range r.NotJudged {
		if n["because"] == "" || len(n) != 2 {
			t.Errorf("not judged %v", n)
		}
	}
	broken := outcomeOf(t, p.with("OTP_EXPIRY_MINUTES=60").want(1, "", "check", "--deploy", "--offline", "--json"))
	if f := broken.Findings; len(f) != 1 || f[0]["id"] != "EK.E055" || f[0]["class"] != "error" || f[0]["what"] == "" || f[0]["mend"] == "" || len(f[0]) != 4 || broken.Hash == r.Hash {
		t.Errorf("%+v", broken)
	}
}

// What is wrong with the configuration or the database is told, not stumbled over.
func TestCheckTellsWhatItCannotOpen(t *testing.T) {
	p := fit(t)
	r := outcomeOf(t, p.with("DJANGO_SECRET_KEY=short", "ALLOWED_HOSTS=*", "SITE_URL=http://x.gov.ph").want(1, "", "check", "--deploy", "--offline", "--json"))
	if got := ids(r.Findings); !slices.Equal(got, []string{"EK.E009", "EK.E070"}) || !slices.Contains(ids(r.NotJudged), "EK.E040") {
		t.Errorf("found %v, not judged %v", got, ids(r.NotJudged))
	}
	away := p.with("DATABASE_URL=postgres://ekolek:mangga-sa-bukid-7@127.0.0.1:1/ekolek")
	r = outcomeOf(t, away.want(1, "", "check", "--json"))
	if got := ids(r.Findings); !slices.Equal(got, []string{"EK.E040"}) {
		t.Errorf("found %v", r.Findings)
	}
	if o := away.run("", "check"); strings.Contains(o.all(), "mangga-sa-bukid") {
		t.Errorf("the password shows: %s", o.all())
	}
}

// In production serve asks first, and tells everything at once.
func TestServeRefusesWhatIsNotFit(t *testing.T) {
	p := fit(t)
	p.want(0, "applied", "migrate")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // one that starts would never end
	defer cancel()
	c := exec.CommandContext(ctx, binary, "serve", "--addr", "127.0.0.1:0")
	c.Dir, c.Env = p.dir, p.with("OTP_EXPIRY_MINUTES=60", "SMS_DAILY_CAP_PESOS=0", "TRUSTED_PROXIES=0.0.0.0/0").env
	out, err := c.CombinedOutput()
	if err == nil || c.ProcessState.ExitCode() != 2 {
		t.Errorf("%v, exit code %d", err, c.ProcessState.ExitCode())
	}
	for _, words := range []string{"not fit for production", "EK.E055", "EK.E056", "EK.E057"} {
		if !strings.Contains(string(out), words) {
			t.Errorf("%s is not told: %s", words, out)
		}
	}
	p.serve("serve", "--addr", "127.0.0.1:0") // nobody is hired yet: through the running program it is mended
}
