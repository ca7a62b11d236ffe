package telemetry

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// chain is security.log: each line ends with its number, the seal of the line before it
// and its own seal, an HMAC over everything in front of the seal:
//
//	{"time":…,"msg":…,…,"seq":42,"prev":"<64 hex>","key":"<8 hex>","hash":"<64 hex>"}
//
// Whoever changes, removes, inserts or moves a line breaks the chain there, and without
// the program's secret cannot mend it. The chain goes on over turned-over files,
// restarts and other processes that write the same file. What a kill or a full disk
// left of a line stays where it is; the next line vouches for it with "torn", the
// SHA-256 of those bytes.
type chain struct {
	mu     sync.Mutex
	file   *file
	keys   []sealKey
	node   string
	counts *counts

	last    Head
	lost    int64 // lines since the file stopped to take them
	err     error // why it did
	tried   time.Time
	removed *Head // the newest line of files that were just pruned
	dirty   bool  // written since the last sync
	stop    chan struct{}
	done    sync.WaitGroup
}

// sealKey is a key and what lines call it.
type sealKey struct {
	id  string
	key []byte
}

// Head is a line of the chain by its number and seal.
type Head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// syncEvery is how much of the security log a power cut may take at most. The audit
// trail in the database loses nothing.
const syncEvery = time.Second

func newChain(f *file, keys []sealKey, o Options, c *counts) *chain {
	s := &chain{file: f, keys: keys, node: o.Node, counts: c, stop: make(chan struct{})}
	f.pruned = s.pruned
	s.done.Go(s.syncs)
	return s
}

// Write seals and appends one line, a JSON object with its line end.
func (c *chain) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write(p)
	return len(p), nil // a lost line is counted, and probe tells
}

func (c *chain) write(p []byte) {
	if c.err != nil && !c.revive() {
		c.lose(c.err)
		return
	}
	if err := c.append(p); err != nil {
		c.lose(err)
		return
	}
	if head := c.removed; head != nil {
		c.removed = nil
		_ = c.append(c.line(LogPruned, slog.LevelInfo, "through", head.Seq)) // its loss would show as a gap, which it is
	}
}

func (c *chain) lose(err error) {
	c.err = err
	c.lost++
	c.counts.unsealed.Add(1)
}

// retryEvery is how often a file that takes no lines is tried again.
const retryEvery = time.Second

// revive tries to write how many lines were lost.
func (c *chain) revive() bool {
	now := c.file.now()
	if now.Sub(c.tried) < retryEvery {
		return false
	}
	c.tried = now
	_ = c.file.close() // a new one may be at its name
	if err := c.append(c.line(LogRecovered, slog.LevelError, "lost", c.lost)); err != nil {
		c.err = err
		return false
	}
	c.err, c.lost = nil, 0
	return true
}

// probe is why no line can be written, nil when one can.
func (c *chain) probe() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		c.revive()
	}
	return c.err
}

// append seals a line onto what the file holds now, whoever wrote that.
func (c *chain) append(p []byte) error {
	next := c.last
	err := c.file.append(func(f *os.File, size int64, changed bool) ([]byte, error) {
		var found place
		if changed {
			var err error
			if found, err = c.resume(f, size); err != nil {
				return nil, err
			}
			next = found.head
		}
		var out []byte
		if n := len(found.torn); n > 0 && found.torn[n-1] != '\n' {
			out = append(out, '\n')
			found.torn = append(found.torn[:n:n], '\n')
		}
		if next == (Head{}) {
			out, next = c.seal(out, c.line(LogBegun, slog.LevelInfo, "keys", int64(len(c.keys))), next, found.torn)
			found.torn = nil
		}
		if found.short > 0 {
			out, next = c.seal(out, c.line(LogShort, slog.LevelError, "lines", found.short), next, found.torn)
			found.torn = nil
		}
		out, next = c.seal(out, p, next, found.torn)
		return out, nil
	})
	if err == nil {
		c.last, c.dirty = next, true
	}
	return err
}

// line makes a line of the chain's own.
func (c *chain) line(e Event, level slog.Level, name string, value int64) []byte {
	var b bytes.Buffer
	r := slog.NewRecord(c.file.now(), level, string(e), 0)
	r.AddAttrs(slog.Int64(name, value))
	r.AddAttrs(Security(e)...)
	r.AddAttrs(slog.String("node", c.node))
	_ = slog.NewJSONHandler(&b, jsonOptions).Handle(context.Background(), r) // a buffer takes everything
	c.counts.event(e, 0)
	return b.Bytes()
}

// tailBytes is how far back the last sealed line is looked for.
const tailBytes = 1 << 20

// place is where the chain goes on.
type place struct {
	head  Head
	torn  []byte // what stands behind the last sealed line
	short int64  // lines that this program wrote, or was told of, and that are gone
}

// resume finds where to go on in a file that others may have written to, renamed,
// turned over or cut. A file without a sealed line goes on from the newest that was
// turned over.
func (c *chain) resume(f *os.File, size int64) (place, error) {
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return place{head: c.last}, err
	}
	head, torn, err := lastSealed(f, size)
	if err == nil && head == (Head{}) {
		head, err = c.newestTurned()
	}
	p := place{head: head, torn: torn}
	if c.last.Seq > head.Seq {
		p.head, p.short = c.last, c.last.Seq-head.Seq
	}
	return p, err
}

// remember tells of a line that was written before this program began.
func (c *chain) remember(h Head) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h.Seq > c.last.Seq {
		c.last = h
		c.file.end = -1 // look at the file before the next line
	}
}

// lastSealed is zero when the end of the file has no sealed line.
func lastSealed(f *os.File, size int64) (Head, []byte, error) {
	buf, _, err := tail(f, size, tailBytes)
	if err != nil {
		return Head{}, nil, err
	}
	for end := len(buf); end > 0; {
		stop := bytes.LastIndexByte(buf[:end], '\n')
		if stop < 0 {
			break
		}
		begin := bytes.LastIndexByte(buf[:stop], '\n') + 1
		if s, ok := parse(buf[begin:stop]); ok {
			return s.head, buf[stop+1:], nil
		}
		end = stop
	}
	return Head{}, buf, nil
}

// newestTurned is the last line of the files that were turned over, by us or by others.
func (c *chain) newestTurned() (Head, error) {
	var newest Head
	names, err := filepath.Glob(filepath.Join(filepath.Dir(c.file.path), "security*.log*"))
	if err != nil {
		return Head{}, err
	}
	for _, name := range names {
		head, err := headOf(name)
		if err == nil && head.Seq > newest.Seq {
			newest = head
		}
	}
	return newest, nil
}

// headOf is the last sealed line of a file.
func headOf(name string) (Head, error) {
	f, err := os.Open(name)
	if err != nil {
		return Head{}, err
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil {
		return Head{}, err
	}
	head, _, err := lastSealed(f, info.Size())
	return head, err
}

// pruned remembers up to which line the files reach that are about to be removed, so
// that the chain can say that it was not a thief.
func (c *chain) pruned(names []string) {
	for _, name := range names {
		if head, err := headOf(name); err == nil && (c.removed == nil || head.Seq > c.removed.Seq) {
			c.removed = &head
		}
	}
}

func (c *chain) headNow() Head {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// syncs writes to the disk what was written to the file, soon.
func (c *chain) syncs() {
	ticker := time.NewTicker(syncEvery)
	defer ticker.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-ticker.C:
		}
		c.mu.Lock()
		f := c.file.f
		dirty := c.dirty && f != nil
		c.dirty = false
		c.mu.Unlock()
		if dirty {
			_ = f.Sync() // a file that was closed in between was synced by whoever closed it
		}
	}
}

func (c *chain) reopen() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.file.sync() // its loss is a torn or missing end, which verify shows
	return c.file.close()
}

func (c *chain) close() error {
	close(c.stop)
	c.done.Wait()
	return c.reopen()
}
