package carrier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestFolder(t *testing.T) {
	dir, now := filepath.Join(t.TempDir(), "var", "outbox"), time.Date(2026, 11, 24, 7, 55, 0, 0, time.UTC)
	var shown bytes.Buffer
	f := NewFolder(dir, func() time.Time { now = now.Add(time.Second); return now })
	if kept, err := ReadFolder(dir, 10); err != nil || len(kept) != 0 {
		t.Errorf("before the first: %v, %v", kept, err)
	}
	f.Show(&shown)
	if _, err := f.Texts().Send(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Letters().Send(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"sms.jsonl":   `{"to":"+639171234567","text":"Your code is 123456","at":"2026-11-24T07:55:01Z"}`,
		"email.jsonl": `{"to":"maria@example.com","subject":"Your code","text":"It is 123456.\n","html":"\u003cp\u003eIt is 123456.\u003c/p\u003e","at":"2026-11-24T07:55:02Z"}`,
	} {
		got, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil || string(got) != want+"\n" {
			t.Errorf("%s: %s, %v", file, got, err)
		}
	}
	if want := "SMS to +639171234567: Your code is 123456\nMAIL to maria@example.com: Your code It is 123456.\n"; shown.String() != want {
		t.Errorf("shown: %q", shown.String())
	}
	kept, err := ReadFolder(dir, 10)
	if err != nil || len(kept) != 2 || kept[0].Subject != "Your code" || kept[1].Text != "Your code is 123456" {
		t.Errorf("%+v, %v", kept, err)
	}
}

func TestReadFolderBoundsWhatItReads(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	for i := range 100_000 { // more than is read
		fmt.Fprintf(&b, `{"to":"+639171234567","text":"%d","at":"2026-11-24T07:55:01Z"}`+"\n", i)
	}
	b.WriteString("{broken\n")
	if err := os.WriteFile(filepath.Join(dir, textFile), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	kept, err := ReadFolder(dir, 3)
	if err != nil || len(kept) != 3 || kept[0].Text != "99999" || kept[2].Text != "99997" {
		t.Errorf("%+v, %v", kept, err)
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := NewFolder(filepath.Join(file, "outbox"), time.Now).Texts().Send(t.Context(), text)
	wantFailure(t, err, Temporary, "cannot be written")
}

// Two processes may write at the same time; every line stays whole.
func TestFoldersMixNoLines(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		f := NewFolder(dir, time.Now)
		wg.Go(func() {
			for range 50 {
				if _, err := f.Letters().Send(t.Context(), Letter{To: address, HTML: strings.Repeat("x", 5000)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	data, err := os.ReadFile(filepath.Join(dir, letterFile))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Fatalf("broken line: %.80s", line)
		}
	}
	if len(lines) != 200 {
		t.Errorf("%d lines", len(lines))
	}
}
