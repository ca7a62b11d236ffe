//go:build unix

package backup

import (
	"os"
	"syscall"
)

// locks says that hold works here.
const locks = true

// hold locks a file for as long as it is open; an error when somebody else does.
func hold(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
