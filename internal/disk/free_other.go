//go:build !(linux || darwin || freebsd)

package disk

// Free is ErrUnknown.
func Free(string) (share float64, bytes uint64, err error) { return 0, 0, ErrUnknown }
