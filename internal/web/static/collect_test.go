package static

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCollectWritesWhatTheHandlerServes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "static")
	written, err := Collect(dir)
	if err != nil || written[len(written)-1].Path != ManifestName {
		t.Fatalf("%v, %v", written, err)
	}
	var m Manifest
	data, err := os.ReadFile(filepath.Join(dir, ManifestName))
	if err != nil || json.Unmarshal(data, &m) != nil || m.Base != Base() || len(m.Files) != len(files.files) {
		t.Fatalf("manifest: %v, %s", err, data)
	}
	for _, f := range m.Files {
		for _, form := range []struct{ suffix, accepts string }{{"", ""}, {".zst", "zstd"}, {".gz", "gzip"}} {
			onDisk, err := os.ReadFile(filepath.Join(dir, strings.TrimPrefix(m.Base, Prefix), f.Name+form.suffix))
			if form.suffix != "" && !f.Compressed {
				if err == nil {
					t.Errorf("%s%s is there", f.Name, form.suffix)
				}
				continue
			}
			served := get(t, m.Base+f.Name, form.accepts)
			if err != nil || string(onDisk) != string(body(t, served.Body)) || served.Header.Get("Content-Type") != f.Type {
				t.Errorf("%s%s differs from what is served: %v", f.Name, form.suffix, err)
			}
		}
	}
	if again, err := Collect(dir); err != nil || len(again) != 0 {
		t.Errorf("written again: %v, %v", again, err)
	}
}

func TestCompareFindsEveryDifference(t *testing.T) {
	dir := t.TempDir()
	all, err := Compare(dir)
	if err != nil || len(all) != len(files.collected()) {
		t.Fatalf("an empty folder lacks %d, %v", len(all), err)
	}
	if _, err := Collect(dir); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(dir, "000000000000", "app.css") // what the version before left
	changed := filepath.Join(dir, files.hash, "app.css")
	foreign := filepath.Join(dir, files.hash, "js", "skimmer.js")
	for file, text := range map[string]string{old: "old", changed: "body{}", foreign: "steal()"} {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(dir, files.hash, "app.js.zst")); err != nil {
		t.Fatal(err)
	}
	got, err := Compare(dir)
	want := []Change{{files.hash + "/app.css", Different}, {files.hash + "/app.js.zst", Missing}, {files.hash + "/js/skimmer.js", Foreign}}
	if err != nil || len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	if written, err := Collect(dir); err != nil || len(written) != 2 {
		t.Errorf("%v, %v", written, err)
	}
	if data, err := os.ReadFile(old); err != nil || string(data) != "old" {
		t.Errorf("the tree of another version: %q, %v", data, err)
	}
	if left, err := Compare(dir); err != nil || len(left) != 1 || left[0].Why != Foreign {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestVendoredVersions(t *testing.T) {
	for _, p := range Vendored() {
		file, want := "../../../package.json", `"`+p.Name+`": "`+p.Version+`"`
		if p.Name == "zxing-wasm" {
			file, want = "vendor/zxing-wasm/README.md", "# zxing-wasm "+p.Version
		}
		if data, err := os.ReadFile(file); err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s does not say %s: %v", file, want, err)
		}
	}
	dirs, err := os.ReadDir("vendor")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		known := false
		for _, p := range Vendored() {
			known = known || p.Name == d.Name()
		}
		if !known {
			t.Errorf("vendor/%s is missing from Vendored", d.Name())
		}
	}
}
