//go:build !unix

package backup

import "os"

// locks: there are none here, so leftovers of killed programs are removed by hand.
const locks = false

// hold does nothing here.
func hold(*os.File) error { return nil }
