package seal

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
)

// Checkpoint is the end of the chain when a day had ended.
type Checkpoint struct {
	City      string // whose books these are, on one line
	Number    int64  // 1, 2, 3, …
	Day       string // Manila: all of it is in, and perhaps the first minutes of the next
	Entries   int64  // so far
	Blocks    int64  // so far
	NewBlocks int64  // those that came since the checkpoint before
	Late      int64  // entries so far that were sealed late
	Issued    int64  // so far, less what was taken back
	Redeemed  int64
	Root      Hash // over the hashes of the new blocks
	Head      Hash // the hash of the last block; zeros before the first
	Previous  Hash // the SHA-256 of the text of the checkpoint before; zeros for the first
	Made      time.Time
	Key       string // the id of the key that signs
}

// Held is what residents had together.
func (c *Checkpoint) Held() int64 { return c.Issued - c.Redeemed }

// Line is the checkpoint in one line, for the foot of a printed report: whoever keeps the
// paper can compare it with what the city shows later.
func (c *Checkpoint) Line() string {
	if c.Number == 0 {
		return ""
	}
	return fmt.Sprintf("Ledger checkpoint %d of %s: %d entries, fingerprint %s", c.Number, c.Day, c.Entries, c.Head.Short())
}

const (
	checkpointTitle = "ekolek ledger checkpoint 1"
	stamp           = "2006-01-02T15:04:05.000000Z"
)

// Text is what is signed, byte for byte: lines that a person can read, the last one ended too.
func (c *Checkpoint) Text() string {
	return fmt.Sprintf(checkpointTitle+`
city: %s
number: %d
day: %s
entries: %d
blocks: %d
new blocks: %d
late entries: %d
issued hundredths: %d
redeemed hundredths: %d
root of new blocks: %s
head: %s
previous checkpoint: %s
made: %s
key: %s
`, c.City, c.Number, c.Day, c.Entries, c.Blocks, c.NewBlocks, c.Late, c.Issued, c.Redeemed, c.Root, c.Head, c.Previous, c.Made.UTC().Format(stamp), c.Key)
}

// ParseCheckpoint reads what Text wrote, and nothing else.
func ParseCheckpoint(text string) (Checkpoint, error) {
	var c Checkpoint
	bad := fmt.Errorf("%.60q is not a checkpoint", text)
	lines := strings.Split(text, "\n")
	if len(lines) != 16 || lines[0] != checkpointTitle {
		return c, bad
	}
	values := map[string]string{}
	for _, line := range lines[1:15] {
		name, value, _ := strings.Cut(line, ": ")
		values[name] = value
	}
	c.City, c.Day, c.Key = values["city"], values["day"], values["key"]
	var err error
	if c.Made, err = time.Parse(stamp, values["made"]); err != nil {
		return c, bad
	}
	for name, n := range map[string]*int64{"number": &c.Number, "entries": &c.Entries, "blocks": &c.Blocks, "new blocks": &c.NewBlocks,
		"late entries": &c.Late, "issued hundredths": &c.Issued, "redeemed hundredths": &c.Redeemed} {
		if _, err := fmt.Sscanf(values[name], "%d", n); err != nil {
			return c, bad
		}
	}
	for name, h := range map[string]*Hash{"root of new blocks": &c.Root, "head": &c.Head, "previous checkpoint": &c.Previous} {
		if err := h.UnmarshalText([]byte(values[name])); err != nil {
			return c, bad
		}
	}
	if c.Text() != text { // in another order, with another spelling of a number, …
		return c, bad
	}
	return c, nil
}

// Signed is a checkpoint's text with the signature over it.
type Signed struct {
	Text      string `json:"text"`
	Signature []byte `json:"signature"`
}

// Sign signs a checkpoint.
func (c *Checkpoint) Sign(key ed25519.PrivateKey) Signed {
	text := c.Text()
	return Signed{text, ed25519.Sign(key, []byte(text))}
}

// Hash is what the next checkpoint names as its previous one.
func (s Signed) Hash() Hash { return sha256.Sum256([]byte(s.Text)) }

// Published is what the city shows to everybody: its checkpoints and the keys that sign
// them, each in ascending order.
type Published struct {
	Checkpoints []Signed `json:"checkpoints"`
	Keys        []Key    `json:"keys"`
}

// Check proves the checkpoints by one public key that the reader has from a source of
// their own: every text follows the one before, the signatures are right, and the last one
// is by that key or by a key that it vouches for. The list may begin later than with the
// first checkpoint. It gives the checkpoints, read; an error is a *Finding.
func (p Published) Check(anchor ed25519.PublicKey) ([]Checkpoint, error) {
	ring, err := newRing(p.Keys, anchor)
	if err != nil {
		return nil, err
	}
	out := make([]Checkpoint, len(p.Checkpoints))
	for i, s := range p.Checkpoints {
		c, err := ParseCheckpoint(s.Text)
		if err != nil {
			return nil, &Finding{"ledger_checkpoint", "", err.Error()}
		}
		if key, ok := ring.known[c.Key]; !ok || !ed25519.Verify(key, []byte(s.Text), s.Signature) {
			return nil, c.wrong("was not signed by key %s", c.Key)
		}
		if i > 0 {
			if f := c.follows(&out[i-1], p.Checkpoints[i-1].Hash()); f != nil {
				return nil, f
			}
		}
		out[i] = c
	}
	if n := len(out); n > 0 && !ring.trusted[out[n-1].Key] {
		return nil, out[n-1].wrong("was signed by key %s, for which the given public key does not vouch", out[n-1].Key)
	}
	return out, nil
}

// Same proves that what somebody kept of the city's checkpoints is what the city shows
// now. Either may begin or end elsewhere than the other; a kept one that the city does not
// show, but should, is a finding.
func (p Published) Same(kept Published) error {
	now := map[int64]string{}
	first, last := int64(0), int64(0)
	for _, s := range p.Checkpoints {
		c, err := ParseCheckpoint(s.Text)
		if err != nil {
			return &Finding{"ledger_checkpoint", "", err.Error()}
		}
		if first == 0 {
			first = c.Number
		}
		now[c.Number], last = s.Text, c.Number
	}
	for _, s := range kept.Checkpoints {
		c, err := ParseCheckpoint(s.Text)
		switch {
		case err != nil:
			return &Finding{"kept checkpoint", "", err.Error()}
		case first > 0 && c.Number < first:
		case c.Number > last:
			return c.wrong("was published as number %d; the books end with number %d", c.Number, last)
		case now[c.Number] != s.Text:
			return c.wrong("was published with another text than stands in the books now")
		}
	}
	return nil
}

// follows proves that c comes right after the checkpoint before.
func (c *Checkpoint) follows(before *Checkpoint, hash Hash) *Finding {
	switch {
	case c.Number != before.Number+1:
		return c.wrong("is number %d and comes after number %d", c.Number, before.Number)
	case c.Previous != hash:
		return c.wrong("was made after another checkpoint than the one that stands before it")
	case c.Day <= before.Day:
		return c.wrong("is not of a later day than the one before it, %s", before.Day)
	case c.Blocks != before.Blocks+c.NewBlocks || c.NewBlocks < 0 || c.Entries < before.Entries:
		return c.wrong("counts other blocks than came since the one before it")
	}
	return nil
}
