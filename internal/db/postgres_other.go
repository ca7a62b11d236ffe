//go:build !linux

package db

import "syscall"

// userTimeout has nothing to set here; keep-alive remains.
func userTimeout(string, string, syscall.RawConn) error { return nil }
