package telemetry

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Finding is a line of a security log that does not fit into the chain.
type Finding struct {
	File string
	Line int // from 1; 0: the file itself
	What string
}

func (f Finding) String() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.What) }

// Verified is what a look through the chain found.
type Verified struct {
	Files    int
	Lines    int64
	Torn     int // remains of killed writes that the chain vouches for
	First    Head
	Last     Head
	Findings []Finding // at most maxFindings
	More     int       // findings beyond them
}

const maxFindings = 50

// OK says that every line is where and what it was when it was written.
func (v Verified) OK() bool { return len(v.Findings) == 0 }

// SecurityFiles lists the files of a folder's security log, the oldest first.
func SecurityFiles(dir string) []string {
	path := filepath.Join(dir, SecurityFile)
	out := turned(path)
	if _, err := os.Stat(path); err == nil {
		out = append(out, path)
	}
	return out
}

// Verify follows the chain through files, the oldest first. whole says that they are
// all there are: then the first line must be the chain's first, or a later one must
// tell that what was before it has been removed.
func Verify(files []string, secrets []string, whole bool) (Verified, error) {
	keys, err := sealKeys(secrets)
	if err != nil {
		return Verified{}, err
	}
	v := &verifier{keys: keys}
	for _, name := range files {
		if err := v.file(name); err != nil {
			return v.out, err
		}
	}
	v.leftover()
	if first := v.out.First; whole && first.Seq > 1 && v.through < first.Seq-1 {
		v.out.Findings = append([]Finding{{filepath.Base(files[0]), 1, fmt.Sprintf("the chain begins with line %d, and nothing tells that those before it were removed on purpose", first.Seq)}}, v.out.Findings...)
	}
	return v.out, nil
}

// verifier is a look under way.
type verifier struct {
	keys    []sealKey
	out     Verified
	through int64 // pruned up to this line
	name    string
	line    int
	loose   []byte // bytes since the last sealed line
	looseAt Finding
}

// longestLine bounds memory; a security event is some hundred bytes.
const longestLine = 1 << 20

func (v *verifier) file(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	v.out.Files++
	v.name, v.line = filepath.Base(name), 0
	r := bufio.NewReaderSize(f, 64<<10)
	for {
		line, err := readLine(r)
		if len(line) > 0 {
			v.line++
			v.take(line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
}

func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
		line = line[:min(len(line), longestLine)] // none of ours; so cut, it is surely no sealed one
	}
}

// take looks at one line.
func (v *verifier) take(raw []byte) {
	s, ok := parse(bytes.TrimSuffix(raw, []byte("\n")))
	if !ok {
		if v.loose == nil {
			v.looseAt = Finding{v.name, v.line, "is not a sealed line: it was inserted, or what a line was has been damaged"}
		}
		v.loose = append(v.loose, raw...)
		return
	}
	v.out.Lines++
	genuine, known := s.genuine(v.keys)
	switch {
	case !known:
		v.find("was sealed with key " + s.keyID + ", which is not among DJANGO_SECRET_KEY and its fallbacks")
	case !genuine:
		v.find(fmt.Sprintf("line %d was changed after it was written", s.head.Seq))
	}
	v.vouched(s, genuine)
	v.follows(s)
	if genuine {
		v.through = max(v.through, prunedThrough(s.body))
	}
}

// prunedThrough is the last line of files that this line says were removed, else 0.
func prunedThrough(body []byte) int64 {
	var line struct {
		Event   Event `json:"event"`
		Through int64 `json:"through"`
	}
	if !bytes.Contains(body, []byte(`"event":"`+LogPruned+`"`)) || json.Unmarshal(append(body[:len(body):len(body)], '}'), &line) != nil || line.Event != LogPruned {
		return 0
	}
	return line.Through
}

// vouched compares loose bytes with what the line says of them.
func (v *verifier) vouched(s sealed, genuine bool) {
	if v.loose == nil && s.torn == "" {
		return
	}
	sum := sha256.Sum256(v.loose)
	if genuine && hex.EncodeToString(sum[:]) == s.torn {
		v.out.Torn++
		v.loose = nil
		return
	}
	if v.loose == nil {
		v.find(fmt.Sprintf("line %d vouches for the remains of a line before it, which are gone", s.head.Seq))
		return
	}
	v.leftover()
}

// leftover reports bytes that nothing vouches for.
func (v *verifier) leftover() {
	if v.loose != nil {
		v.add(v.looseAt)
		v.loose = nil
	}
}

// follows compares a line's number and predecessor with the line above.
func (v *verifier) follows(s sealed) {
	last := v.out.Last
	switch {
	case last == (Head{}):
		v.out.First = s.head
	case s.head.Seq == 1 && s.prev == "":
		v.find("the chain begins anew here: what was before it was not there when this line was written")
	case s.head.Seq <= last.Seq:
		v.find(fmt.Sprintf("line %d stands behind line %d: it was moved or repeated", s.head.Seq, last.Seq))
		return
	case s.head.Seq == last.Seq+2:
		v.find(fmt.Sprintf("line %d is missing before this one", last.Seq+1))
	case s.head.Seq > last.Seq+1:
		v.find(fmt.Sprintf("lines %d to %d are missing before this one", last.Seq+1, s.head.Seq-1))
	case s.prev != last.Hash:
		v.find(fmt.Sprintf("line %d was written behind another line %d than the one above", s.head.Seq, last.Seq))
	}
	v.out.Last = s.head
}

func (v *verifier) find(what string) { v.add(Finding{v.name, v.line, what}) }

func (v *verifier) add(f Finding) {
	if len(v.out.Findings) == maxFindings {
		v.out.More++
		return
	}
	v.out.Findings = append(v.out.Findings, f)
}
