//go:build !linux

package backup

import "syscall"

// dieWithUs can do nothing here: a child that is left ends when its work is done.
func dieWithUs() *syscall.SysProcAttr { return nil }
