package djangodb

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// dump is a plain pg_dump file. Opening it walks the file once and notes where each
// table's rows stand, so that they can be read in the order that we need them: a dump
// is sorted by name, and points come before the people who have them.
type dump struct {
	name    string
	file    *os.File
	temp    bool // file is our own unpacked copy
	escapes bool // standard_conforming_strings is off
	tables  map[string]*dumpTable
	remarks []Finding
}

// dumpTable is what the dump holds of one table.
type dumpTable struct {
	schema  string
	created bool     // its CREATE TABLE was seen
	columns []string // in the order of CREATE TABLE, or else of the first data
	pieces  []piece
}

// piece is a run of rows in the file: the lines of one COPY, or INSERTs in a row.
type piece struct {
	copied     bool
	columns    []string // empty: the table's
	start, end int64
	line       int
}

// The first bytes of what is not a plain dump.
var (
	customMagic = []byte("PGDMP")
	gzipMagic   = []byte{0x1f, 0x8b}
	utf8Mark    = []byte{0xef, 0xbb, 0xbf}
)

// OpenDump opens a plain dump as pg_dump writes it, with COPY or with INSERT
// statements, also packed by gzip. Other formats are refused with a hint.
func OpenDump(path string) (Source, error) {
	d, err := openDump(path)
	if err != nil {
		return nil, fmt.Errorf("read dump %s: %w", path, err)
	}
	return d, nil
}

func openDump(path string) (*dump, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, errors.New("this is a folder (pg_dump --format=directory?); dump again with pg_dump --format=plain")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	d := &dump{name: "dump file " + filepath.Base(path), file: file, tables: map[string]*dumpTable{}}
	if err := d.prepare(); err != nil {
		_ = d.Close() // the first error is the one that tells why
		return nil, err
	}
	return d, nil
}

func (d *dump) prepare() error {
	head := make([]byte, 5)
	n, err := d.file.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return err
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, gzipMagic):
		if err := d.unpack(); err != nil {
			return err
		}
		return d.prepare()
	case bytes.HasPrefix(head, customMagic):
		return errors.New("this is pg_dump's custom format; make it plain with: pg_restore --no-owner --file=plain.sql FILE")
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return errors.New("this is UTF-16, as PowerShell's > writes it; dump again with: pg_dump --file=plain.sql")
	}
	var start int64
	if bytes.HasPrefix(head, utf8Mark) {
		start = int64(len(utf8Mark))
	}
	return d.index(start)
}

// unpack puts the plain text into a temporary file: gzip cannot be read from the middle.
func (d *dump) unpack() error {
	if d.temp {
		return errors.New("packed twice; unpack it once with gunzip")
	}
	if _, err := d.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	packed, err := gzip.NewReader(d.file)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	plain, err := os.CreateTemp("", "ekolek-dump-*.sql") // mode 600: it holds personal data
	if err != nil {
		return err
	}
	old := d.file
	d.file, d.temp = plain, true
	if _, err := io.Copy(plain, packed); err != nil {
		_ = old.Close() // read only
		return fmt.Errorf("unpack: %w", err)
	}
	return old.Close()
}

func (d *dump) Name() string { return d.name }

func (d *dump) Remarks() []Finding { return d.remarks }

func (d *dump) Close() error {
	err := d.file.Close()
	if d.temp {
		err = errors.Join(err, os.Remove(d.file.Name()))
	}
	return err
}

func (d *dump) Columns(table string) ([]string, bool) {
	t, ok := d.tables[table]
	if !ok {
		return nil, false
	}
	return t.columns, true
}

func (d *dump) Rows(ctx context.Context, table string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		t, ok := d.tables[table]
		if !ok {
			return
		}
		for _, p := range t.pieces {
			for values, err := range d.read(p, t.columns) {
				if err == nil {
					err = ctx.Err()
				}
				if err != nil {
					yield(Row{}, fmt.Errorf("%s: %w", table, err))
					return
				}
				if !yield(values, nil) {
					return
				}
			}
		}
	}
}

func (d *dump) read(p piece, tableColumns []string) iter.Seq2[Row, error] {
	columns := p.columns
	if len(columns) == 0 {
		columns = tableColumns
	}
	section := io.NewSectionReader(d.file, p.start, p.end-p.start)
	if p.copied {
		return readCopy(section, p.line, columns)
	}
	return d.readInserts(section, p, columns)
}

func readCopy(r io.Reader, line int, columns []string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		lines, index := newLineReader(r), columnIndex(columns)
		for ; ; line++ {
			text, err := lines.next()
			if err == io.EOF {
				return
			}
			var values []value
			if err == nil {
				values, err = decodeCopyLine(text, len(columns))
			}
			if err != nil {
				yield(Row{}, fmt.Errorf("line %d: %w", line, err))
				return
			}
			if !yield(newRow(index, values), nil) {
				return
			}
		}
	}
}

// knownTable says whether a table is one of those that are read.
func knownTable(name string) bool {
	return slices.Contains(requiredTables, name) || slices.Contains(optionalTables, name)
}

// table gives the entry of a table that is read, making it; nil for any other one.
// The same name in a second schema is refused: which one is the city's cannot be told.
func (d *dump) table(schema, name string) (*dumpTable, error) {
	if !knownTable(name) {
		return nil, nil
	}
	t, ok := d.tables[name]
	if !ok {
		t = &dumpTable{schema: schema}
		d.tables[name] = t
	}
	if t.schema != schema {
		return nil, fmt.Errorf("the dump holds table %s in two schemas, %q and %q; dump one with pg_dump --schema", name, t.schema, schema)
	}
	return t, nil
}

// endMark closes every complete dump of one database.
const endMark = "PostgreSQL database dump complete"

// remarkIfCut notes that the closing comment is missing.
func (d *dump) remarkIfCut() error {
	info, err := d.file.Stat()
	if err != nil {
		return err
	}
	tail := make([]byte, min(info.Size(), 4096))
	if _, err := d.file.ReadAt(tail, info.Size()-int64(len(tail))); err != nil && err != io.EOF {
		return err
	}
	if !strings.Contains(string(tail), endMark) {
		d.remarks = append(d.remarks, Finding{Kind: FindSource,
			Text: fmt.Sprintf("the line %q is missing at the end: the dump may have been cut off", endMark)})
	}
	return nil
}
