// Package disk tells how much room is left where a folder lies.
package disk

import "errors"

// ErrUnknown says that this operating system does not tell.
var ErrUnknown = errors.New("disk: the free space is not known on this system")
