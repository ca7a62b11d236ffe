package disk_test

import (
	"errors"
	"path/filepath"
	"testing"

	"ekolek/internal/disk"
)

func TestFree(t *testing.T) {
	dir := t.TempDir()
	share, bytes, err := disk.Free(dir)
	if errors.Is(err, disk.ErrUnknown) {
		t.Skip("this system does not tell")
	}
	if err != nil || share <= 0 || share > 1 || bytes == 0 {
		t.Errorf("share %v, %d bytes, %v", share, bytes, err)
	}
	if _, _, err := disk.Free(filepath.Join(dir, "not", "there")); err == nil || errors.Is(err, disk.ErrUnknown) {
		t.Errorf("of no folder: %v", err)
	}
}
