package djangodb

import (
	"errors"
	"fmt"
	"io"
	"iter"
)

// readInserts gives the rows of the INSERT statements of one table in a piece; the
// INSERTs of others, and anything else between them, are left.
func (d *dump) readInserts(r io.Reader, p piece, tableColumns []string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		lex := newLexer(r, p.start, p.line)
		lex.escapes = d.escapes
		in := &inserts{lex: lex, tableColumns: tableColumns, yield: yield}
		for !in.done {
			if err := in.statement(); err != nil {
				yield(Row{}, fmt.Errorf("line %d: %w", lex.line, err))
				return
			}
		}
	}
}

type inserts struct {
	lex          *lexer
	tableColumns []string
	yield        func(Row, error) bool
	done         bool
}

// statement reads INSERT INTO name [(columns)] [OVERRIDING … VALUE] VALUES (…), (…) [ON CONFLICT DO NOTHING];
func (in *inserts) statement() error {
	t, err := in.lex.next()
	if err != nil {
		return err
	}
	if t.kind == tokenEnd {
		in.done = true
		return nil
	}
	columns := in.tableColumns
	for !t.isWord("values") {
		if t, err = in.lex.next(); err != nil {
			return err
		}
		if t.kind == tokenEnd || t.isSign(";") {
			return errors.New("an INSERT without VALUES; pg_dump does not write those")
		}
		if t.isSign("(") {
			if columns, err = in.lex.columnList(); err != nil {
				return err
			}
		}
	}
	return in.tuples(columns)
}

// tuples reads (…), (…) up to the semicolon.
func (in *inserts) tuples(columns []string) error {
	index := columnIndex(columns)
	for {
		if err := in.lex.expect("("); err != nil {
			return err
		}
		values, err := in.lex.tuple()
		if err != nil {
			return err
		}
		if len(values) != len(columns) {
			return fmt.Errorf("the row has %d fields, its table %d columns", len(values), len(columns))
		}
		if !in.yield(newRow(index, values), nil) {
			in.done = true
			return nil
		}
		t, err := in.lex.next()
		if err != nil {
			return err
		}
		if !t.isSign(",") {
			return in.lex.skipStatement(t)
		}
	}
}

// tuple reads values up to the closing parenthesis, whose opening one is read.
func (l *lexer) tuple() ([]value, error) {
	var values []value
	for {
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		v, err := l.value(t)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		if t, err = l.next(); err != nil {
			return nil, err
		}
		if t.isSign(":") { // '…'::jsonb
			if t, err = l.skipCast(); err != nil {
				return nil, err
			}
		}
		switch {
		case t.isSign(")"):
			return values, nil
		case !t.isSign(","):
			return nil, fmt.Errorf("%q stands in a row of values", t.text)
		}
	}
}

// value makes a value of its first token.
func (l *lexer) value(t token) (value, error) {
	switch {
	case t.kind == tokenString, t.kind == tokenNumber, t.isWord("true", "false"):
		return value{text: t.text}, nil
	case t.isWord("null", "default"):
		return value{null: true}, nil
	case t.isSign("-"), t.isSign("+"):
		number, err := l.next()
		if err == nil && number.kind != tokenNumber {
			err = fmt.Errorf("%q stands where a number should", number.text)
		}
		return value{text: t.text + number.text}, err
	}
	return value{}, fmt.Errorf("%q stands where a value should", t.text)
}

// skipCast leaves the type after the first : of a cast and gives what follows it.
func (l *lexer) skipCast() (token, error) {
	depth := 0
	for {
		t, err := l.next()
		if err != nil || t.kind == tokenEnd {
			return t, unfinishedOr(err)
		}
		switch {
		case t.isSign("("):
			depth++
		case depth > 0 && t.isSign(")"):
			depth--
		case depth == 0 && (t.isSign(")") || t.isSign(",")):
			return t, nil
		}
	}
}

func unfinishedOr(err error) error {
	if err != nil {
		return err
	}
	return errUnfinished
}
