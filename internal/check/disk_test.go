package check

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLookAtFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, "app.log")
	for mode, loose := range map[os.FileMode]bool{0o640: false, 0o600: false, 0o644: true, 0o660: true} {
		if err := os.WriteFile(log, nil, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(log, mode); err != nil {
			t.Fatal(err)
		}
		f := lookAtFolder("LOG_DIR", dir)
		if f.Missing || !f.Writable || f.Mode != 0o750 || f.Free <= 0 || (f.Loose == log) != loose {
			t.Errorf("%04o: %+v", mode, f)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("the look left files: %v, %v", left, err)
	}
	if f := lookAtFolder("DATA_DIR", filepath.Join(dir, "none")); !f.Missing {
		t.Errorf("%+v", f)
	}
}

func TestCommitted(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o700); err != nil {
		t.Fatal(err)
	}
	for index, want := range map[string]bool{"…\x00\x04.env\x00\x00": true, "…\x00\x0c.env.example\x00": false, "…\x00\x09a/b/c.env\x00": false} {
		if err := os.WriteFile(filepath.Join(dir, ".git", "index"), []byte(index), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := committed(filepath.Join(dir, ".env")); got != want {
			t.Errorf("%q: %v", index, got)
		}
	}
}

func TestWeakKey(t *testing.T) {
	for key, weak := range map[string]bool{
		"": true,
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": true,
		"abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabca": true,
		"9f86d081884c7d659a2feaa0c55ad015":                                 true, // 128 bits
		"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08": false,
		"k)2m!x8@r#v5$t9%n4^q7&w1*z6(j3-h0_b+c=dgfslpyaeiou1x9z(8k$":       false,
		"Zt5Rw9Kx2Lm7Pv4Qb8Nc3Hd6Jf1Gs0AyUeOo4iXzCqVnBmKlPoTrEwYuDhFgJs":   false,
	} {
		if got := weakKey(key, secretBits) != ""; got != weak {
			t.Errorf("%q: weak %v (%s)", key, got, weakKey(key, secretBits))
		}
	}
}
