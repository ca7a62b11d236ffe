package testkit

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// ReferenceEnv names the variable with the folder of the recorded reference system. It
// is not part of this project, so a plain clone does not have it.
const ReferenceEnv = "EKOLEK_REFERENCE_DIR"

// Reference gives the path of a file of the recorded reference system: from
// EKOLEK_REFERENCE_DIR, else from ../shared/reference beside the repository. Without it
// the test is skipped; where CI is set it fails, because there it must be.
func Reference(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv(ReferenceEnv)
	if dir == "" {
		_, here, _, ok := runtime.Caller(0)
		if !ok {
			t.Fatal("testkit: where is this source?")
		}
		dir = filepath.Join(filepath.Dir(here), "..", "..", "..", "shared", "reference")
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no reference: %v", err)
		}
		t.Skipf("no reference (set %s): %v", ReferenceEnv, err)
	}
	return path
}
