package carrier

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Folder keeps messages in files instead of sending them, one JSON line each:
// sms.jsonl and email.jsonl. Development uses it for everything.
type Folder struct {
	dir string
	now func() time.Time

	mu   sync.Mutex
	show io.Writer // nil: nobody watches
}

// NewFolder names the folder; it is made with the first message.
func NewFolder(dir string, now func() time.Time) *Folder { return &Folder{dir: dir, now: now} }

// Show also prints a readable line for each message.
func (f *Folder) Show(w io.Writer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.show = w
}

// Texts takes text messages.
func (f *Folder) Texts() Carrier[Text] { return folderTexts{f} }

// Letters takes mail.
func (f *Folder) Letters() Carrier[Letter] { return folderLetters{f} }

// Files of the folder.
const (
	textFile   = "sms.jsonl"
	letterFile = "email.jsonl"
)

// Kept is a message as a Folder keeps it. Of a text message there is no Subject and HTML.
type Kept struct {
	To      string    `json:"to"`
	Subject string    `json:"subject,omitempty"`
	Text    string    `json:"text"`
	HTML    string    `json:"html,omitempty"`
	At      time.Time `json:"at"`
}

type folderTexts struct{ *Folder }

// Name is file.
func (folderTexts) Name() string { return "file" }

// Send writes the line.
func (f folderTexts) Send(_ context.Context, t Text) (Receipt, error) {
	return Receipt{}, f.keep(textFile, "SMS", Kept{To: t.To, Text: t.Body})
}

type folderLetters struct{ *Folder }

// Name is file.
func (folderLetters) Name() string { return "file" }

// Send writes the line.
func (f folderLetters) Send(_ context.Context, l Letter) (Receipt, error) {
	return Receipt{}, f.keep(letterFile, "MAIL", Kept{To: l.To, Subject: oneLine(l.Subject), Text: l.Text, HTML: l.HTML})
}

func (f *Folder) keep(name, sort string, k Kept) error {
	k.At = f.now().UTC()
	line, err := json.Marshal(k)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := appendLine(f.dir, name, line); err != nil {
		return &Failure{Outcome: Temporary, Words: "the folder for messages cannot be written", cause: err}
	}
	if f.show != nil {
		fmt.Fprintf(f.show, "%s to %s: %s\n", sort, k.To, oneLine(strings.TrimSpace(k.Subject+" "+k.Text)))
	}
	return nil
}

// appendLine adds a line in one write, so that two processes do not mix theirs.
func appendLine(dir, name string, line []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(line, '\n'))
	return errors.Join(err, file.Close())
}

// maxTail is how much of a file is read from its end.
const maxTail = 4 << 20

// ReadFolder gives the newest n messages of a folder, text messages and mail together,
// newest first. A folder that is not there holds none.
func ReadFolder(dir string, n int) ([]Kept, error) {
	var all []Kept
	for _, name := range []string{textFile, letterFile} {
		kept, err := readTail(filepath.Join(dir, name), n)
		if err != nil {
			return nil, fmt.Errorf("read outbox: %w", err)
		}
		all = append(all, kept...)
	}
	slices.SortStableFunc(all, func(a, b Kept) int { return b.At.Compare(a.At) })
	return all[:min(len(all), n)], nil
}

// readTail reads the last n lines of a file, the newest first.
func readTail(path string, n int) ([]Kept, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(max(0, info.Size()-maxTail), io.SeekStart); err != nil {
		return nil, err
	}
	var kept []Kept
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxTail)
	for lines.Scan() {
		var k Kept
		if json.Unmarshal(lines.Bytes(), &k) == nil { // the first line may be cut
			kept = append(kept, k)
		}
	}
	slices.Reverse(kept)
	return kept[:min(len(kept), n)], lines.Err()
}
