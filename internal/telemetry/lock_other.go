//go:build !unix

package telemetry

import "os"

// lock does nothing: on such a system one process writes a folder's logs.
func lock(*os.File) error { return nil }

func unlock(*os.File) error { return nil }
