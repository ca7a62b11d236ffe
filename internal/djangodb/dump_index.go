package djangodb

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// index walks the whole file and notes the pieces of every table that is read.
func (d *dump) index(start int64) error {
	w := &walk{dump: d}
	if err := w.from(start, 1); err != nil {
		return err
	}
	for {
		done, err := w.statement()
		if err != nil {
			return fmt.Errorf("line %d: %w", w.lex.line, err)
		}
		if done {
			return d.remarkIfCut()
		}
	}
}

// walk is one pass over the statements.
type walk struct {
	dump *dump
	lex  *lexer
	tail *dumpTable // whose INSERT the last statement was: the next one may join its piece
}

// from goes on at a place in the file.
func (w *walk) from(offset int64, line int) error {
	section := io.NewSectionReader(w.dump.file, offset, math.MaxInt64-offset)
	w.lex = newLexer(section, offset, line)
	w.lex.escapes = w.dump.escapes
	return nil
}

// statement reads one statement; done at the end of the file.
func (w *walk) statement() (done bool, err error) {
	if err := w.lex.skipSpace(); err != nil {
		return false, err
	}
	start, line := w.lex.offset, w.lex.line
	t, err := w.lex.next()
	switch {
	case err != nil:
		return false, err
	case t.kind == tokenEnd:
		return true, nil
	case t.isSign(`\`): // psql's own commands take the rest of their line: \restrict, \connect
		return false, w.lex.skipLine()
	case t.isWord("insert"):
		return false, w.insert(start, line)
	}
	w.tail = nil
	switch {
	case t.isWord("copy"):
		return false, w.copy()
	case t.isWord("create"):
		return false, w.create()
	case t.isWord("set"):
		return false, w.set()
	}
	return false, w.lex.skipStatement(t)
}

// name reads a table's name with or without its schema, and the token after it.
func (w *walk) name() (schema, name string, after token, err error) {
	first, err := w.lex.next()
	if err != nil {
		return "", "", token{}, err
	}
	if after, err = w.lex.next(); err != nil || !after.isSign(".") {
		return "", first.text, after, err
	}
	second, err := w.lex.next()
	if err != nil {
		return "", "", token{}, err
	}
	after, err = w.lex.next()
	return first.text, second.text, after, err
}

// set looks for the two settings that change how text is read.
func (w *walk) set() error {
	name, err := w.lex.next()
	if err != nil {
		return err
	}
	sign, err := w.lex.next()
	if err != nil || !sign.isSign("=") && !sign.isWord("to") {
		return errOr(err, func() error { return w.lex.skipStatement(sign) })
	}
	to, err := w.lex.next()
	if err != nil {
		return err
	}
	switch {
	case name.isWord("client_encoding"):
		switch strings.ToUpper(strings.ReplaceAll(to.text, "-", "")) {
		case "UTF8", "UNICODE", "SQL_ASCII":
		default:
			return fmt.Errorf("the dump is written in %s; dump again with pg_dump --encoding=UTF8", to.text)
		}
	case name.isWord("standard_conforming_strings"):
		w.dump.escapes = to.text == "off"
		w.lex.escapes = w.dump.escapes
	}
	return w.lex.skipStatement(to)
}

// errOr gives err, or what f gives when there is none.
func errOr(err error, f func() error) error {
	if err != nil {
		return err
	}
	return f()
}

// create notes the columns of CREATE TABLE; everything else that is created is left.
func (w *walk) create() error {
	t, err := w.lex.next()
	for err == nil && t.isWord("unlogged", "foreign") {
		t, err = w.lex.next()
	}
	if err != nil || !t.isWord("table") {
		return errOr(err, func() error { return w.lex.skipStatement(t) })
	}
	schema, name, after, err := w.name()
	if err != nil {
		return err
	}
	table, err := w.dump.table(schema, name)
	if err != nil || table == nil || !after.isSign("(") {
		return errOr(err, func() error { return w.lex.skipStatement(after) })
	}
	if table.created {
		return fmt.Errorf("the dump holds table %s twice; dump one database with pg_dump, not pg_dumpall", name)
	}
	table.created = true
	if table.columns, err = w.definitions(); err != nil {
		return err
	}
	return w.lex.skipStatement(token{})
}

// definitions reads the parentheses of CREATE TABLE and gives the columns' names.
func (w *walk) definitions() ([]string, error) {
	var columns []string
	depth, first := 1, true
	for depth > 0 {
		t, err := w.lex.next()
		switch {
		case err != nil:
			return nil, err
		case t.kind == tokenEnd:
			return nil, errUnfinished
		case t.isSign("("):
			depth++
		case t.isSign(")"):
			depth--
		case t.isSign(",") && depth == 1:
			first = true
			continue
		case first && t.kind == tokenName,
			first && !t.isWord("constraint", "primary", "unique", "check", "foreign", "exclude", "like"):
			columns = append(columns, t.text)
		}
		first = false
	}
	return columns, nil
}

// columnList reads names up to the closing parenthesis, whose opening one is read.
func (l *lexer) columnList() ([]string, error) {
	var columns []string
	for {
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		if t.kind != tokenWord && t.kind != tokenName {
			return nil, fmt.Errorf("%q stands where a column's name should", t.text)
		}
		columns = append(columns, t.text)
		if t, err = l.next(); err != nil || t.isSign(")") {
			return columns, err
		}
		if !t.isSign(",") {
			return nil, fmt.Errorf("%q stands in a list of columns", t.text)
		}
	}
}

// copy notes where the rows of COPY … FROM stdin stand, and goes on behind them.
func (w *walk) copy() error {
	schema, name, after, err := w.name()
	if err != nil {
		return err
	}
	p := piece{copied: true}
	if after.isSign("(") {
		if p.columns, err = w.lex.columnList(); err != nil {
			return err
		}
		if after, err = w.lex.next(); err != nil {
			return err
		}
	}
	if !after.isWord("from") {
		return w.lex.skipStatement(after)
	}
	if after, err = w.lex.next(); err != nil || !after.isWord("stdin") {
		return errOr(err, func() error { return w.lex.skipStatement(after) })
	}
	table, err := w.dump.table(schema, name)
	if err != nil {
		return err
	}
	if err := w.copyOptions(table != nil); err != nil {
		return err
	}
	if err := w.lex.skipLine(); err != nil {
		return err
	}
	p.start, p.line = w.lex.offset, w.lex.line
	if p.end, err = w.skipData(name); err != nil || table == nil {
		return err
	}
	return table.add(name, p)
}

// copyOptions refuses a COPY of ours that is not in the text format.
func (w *walk) copyOptions(ours bool) error {
	t, err := w.lex.next()
	if err == nil && ours && !t.isSign(";") {
		return errors.New("a COPY has options that pg_dump does not write; dump again with pg_dump")
	}
	return errOr(err, func() error { return w.lex.skipStatement(t) })
}

// skipData leaves the lines of a COPY and its closing \. and tells where the last ended.
func (w *walk) skipData(name string) (end int64, err error) {
	start, line := w.lex.offset, w.lex.line
	lines := newLineReader(io.NewSectionReader(w.dump.file, start, math.MaxInt64-start))
	for ; ; line++ {
		end = start + lines.read
		text, err := lines.next()
		if err == io.EOF {
			return 0, fmt.Errorf("the dump ends in the middle of table %s; was it cut off?", name)
		}
		if err != nil {
			return 0, err
		}
		if string(text) == `\.` {
			return end, w.from(start+lines.read, line+1)
		}
	}
}

// insert notes where an INSERT stands, joined to those of the same table before it.
func (w *walk) insert(start int64, line int) error {
	into, err := w.lex.next()
	if err != nil || !into.isWord("into") {
		return errOr(err, func() error { return w.lex.skipStatement(into) })
	}
	schema, name, after, err := w.name()
	if err != nil {
		return err
	}
	table, err := w.dump.table(schema, name)
	if err != nil {
		return err
	}
	joins := table != nil && table == w.tail
	w.tail = table
	var columns []string
	if table != nil && after.isSign("(") {
		if columns, err = w.lex.columnList(); err != nil {
			return err
		}
		after = token{}
	}
	if err := w.lex.skipStatement(after); err != nil || table == nil {
		return err
	}
	if joins {
		table.pieces[len(table.pieces)-1].end = w.lex.offset
		return nil
	}
	return table.add(name, piece{columns: columns, start: start, end: w.lex.offset, line: line})
}

// add appends a piece; without CREATE TABLE the first piece tells the columns.
func (t *dumpTable) add(name string, p piece) error {
	if len(t.columns) == 0 {
		t.columns = p.columns
	}
	if len(t.columns) == 0 {
		return fmt.Errorf("nothing tells the columns of table %s; dump again with the schema, or with pg_dump --column-inserts", name)
	}
	t.pieces = append(t.pieces, p)
	return nil
}
