package backup

import "syscall"

// dieWithUs has the operating system kill a child when this program is killed.
func dieWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
