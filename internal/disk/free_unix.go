//go:build linux || darwin || freebsd

package disk

import "syscall"

// Free tells how much of the disk below a folder is free for this user, from 0 to 1,
// and how many bytes that is. What the system keeps for itself counts as neither free nor
// used, as df has it.
func Free(dir string) (share float64, bytes uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	free, used := uint64(max(0, int64(s.Bavail))), uint64(s.Blocks-s.Bfree)
	if free+used == 0 {
		return 1, 0, nil // a file system that does not count
	}
	return float64(free) / float64(free+used), free * uint64(s.Bsize), nil
}
