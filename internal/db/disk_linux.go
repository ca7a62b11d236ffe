package db

import (
	"path/filepath"
	"syscall"
)

// networkDisks are the file systems on which SQLite's locks do not hold (statfs(2)).
var networkDisks = map[int64]string{
	0x6969: "NFS", 0xFF534D42: "CIFS", 0xFE534D42: "SMB", 0x517B: "SMB", 0x01021997: "9P",
	0x00C36400: "Ceph", 0x5346414F: "AFS", 0x73757245: "Coda", 0x19830326: "FhGFS", 0x01161970: "GFS2", 0x7461636F: "OCFS2",
}

// networkDisk names the network file system that a file lies on; "" for a disk.
func networkDisk(path string) (string, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &s); err != nil {
		return "", err
	}
	return networkDisks[int64(uint32(s.Type))], nil //nolint:gosec // the magic numbers have 32 bits
}
