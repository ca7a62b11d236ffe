package notify

import "ekolek/internal/notify/carrier"

// Kept is a message that development wrote to a file instead of sending it.
type Kept = carrier.Kept

// DevOutbox gives the newest n messages that development wrote to the folder OutboxFolder
// of DATA_DIR, newest first.
func DevOutbox(dir string, n int) ([]Kept, error) { return carrier.ReadFolder(dir, n) }

// OutboxFolder is the folder's name.
const OutboxFolder = "outbox"
