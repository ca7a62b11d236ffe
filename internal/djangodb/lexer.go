package djangodb

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// tokenKind says what a token of SQL is.
type tokenKind int

const (
	tokenNone   tokenKind = iota
	tokenEnd              // of the file
	tokenWord             // a bare word, in lower case
	tokenName             // a "quoted" name
	tokenString           // a literal of any quoting, undone
	tokenNumber
	tokenSign // one character
)

type token struct {
	kind tokenKind
	text string
}

func (t token) isWord(words ...string) bool {
	for _, w := range words {
		if t.kind == tokenWord && t.text == w {
			return true
		}
	}
	return false
}

func (t token) isSign(sign string) bool { return t.kind == tokenSign && t.text == sign }

// lexer reads the SQL of a dump token by token, so that a semicolon within a string, a
// comment or a function's body ends nothing.
type lexer struct {
	r       *bufio.Reader
	offset  int64 // bytes consumed
	line    int   // of the next byte, from 1
	escapes bool  // standard_conforming_strings is off: plain strings have escapes too
	buf     []byte
}

func newLexer(r io.Reader, offset int64, line int) *lexer {
	return &lexer{r: bufio.NewReaderSize(r, 64<<10), offset: offset, line: line}
}

// errUnfinished is given for a file that was cut off.
var errUnfinished = errors.New("the file ends in the middle of a statement; was it cut off, or is it no plain dump?")

func (l *lexer) readByte() (byte, error) {
	c, err := l.r.ReadByte()
	if err == nil {
		l.offset++
		if c == '\n' {
			l.line++
		}
	}
	return c, err
}

// peek gives the byte n places on, or 0 at the end.
func (l *lexer) peek(n int) byte {
	b, _ := l.r.Peek(n + 1) // an error shows as a short answer here, and again on reading
	if len(b) <= n {
		return 0
	}
	return b[n]
}

// next gives the next token; a token of kind tokenEnd at the end of the file.
func (l *lexer) next() (token, error) {
	if err := l.skipSpace(); err != nil {
		return token{}, err
	}
	c, err := l.readByte()
	switch {
	case err == io.EOF:
		return token{kind: tokenEnd}, nil
	case err != nil:
		return token{}, err
	case c == '\'':
		return l.quoted(tokenString, '\'', l.escapes)
	case c == '"':
		return l.quoted(tokenName, '"', false)
	case c == '$' && l.startsDollar():
		return l.dollar()
	case (c == 'e' || c == 'E') && l.peek(0) == '\'':
		_, _ = l.readByte() // the quote that was just seen
		return l.quoted(tokenString, '\'', true)
	case isDigit(c):
		return l.run(tokenNumber, c, isNumberByte)
	case isWordStart(c):
		return l.run(tokenWord, c, isWordByte)
	}
	return token{kind: tokenSign, text: string(rune(c))}, nil
}

func (l *lexer) skipSpace() error {
	for {
		switch c := l.peek(0); {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
			if _, err := l.readByte(); err != nil {
				return err
			}
		case c == '-' && l.peek(1) == '-':
			if err := l.skipLine(); err != nil {
				return err
			}
		case c == '/' && l.peek(1) == '*':
			if err := l.skipComment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// skipLine leaves the rest of this line.
func (l *lexer) skipLine() error {
	for {
		c, err := l.readByte()
		if err == io.EOF || c == '\n' {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// skipComment leaves a /* comment */; they nest.
func (l *lexer) skipComment() error {
	depth := 0
	for {
		c, err := l.readByte()
		if err != nil {
			return unfinished(err)
		}
		switch {
		case c == '/' && l.peek(0) == '*':
			depth++
		case c == '*' && l.peek(0) == '/':
			depth--
		default:
			continue
		}
		if _, err := l.readByte(); err != nil {
			return err
		}
		if depth == 0 {
			return nil
		}
	}
}

// quoted reads to the closing quote; a doubled quote stands for itself.
func (l *lexer) quoted(kind tokenKind, quote byte, escapes bool) (token, error) {
	l.buf = l.buf[:0]
	for {
		c, err := l.readByte()
		if err != nil {
			return token{}, unfinished(err)
		}
		switch {
		case c == quote && l.peek(0) != quote:
			return l.text(kind, escapes)
		case c == quote, c == '\\' && escapes:
			second, err := l.readByte()
			if err != nil {
				return token{}, unfinished(err)
			}
			if c == '\\' {
				l.buf = append(l.buf, '\\')
			}
			c = second
		}
		if len(l.buf) > maxLine {
			return token{}, errLineTooLong
		}
		l.buf = append(l.buf, c)
	}
}

func (l *lexer) text(kind tokenKind, escapes bool) (token, error) {
	raw := l.buf
	if escapes && bytes.IndexByte(raw, '\\') >= 0 {
		raw = unescape(raw)
	}
	if !utf8.Valid(raw) {
		return token{}, errNotUTF8
	}
	return token{kind: kind, text: string(raw)}, nil
}

// startsDollar says that the $ just read opens $$ or $tag$, not a parameter.
func (l *lexer) startsDollar() bool {
	for i := 0; ; i++ {
		c := l.peek(i)
		if c == '$' {
			return true
		}
		if !isWordStart(c) && (i == 0 || !isDigit(c)) {
			return false
		}
	}
}

// dollar reads a dollar-quoted string, whose first $ is read.
func (l *lexer) dollar() (token, error) {
	tag, err := l.r.ReadBytes('$')
	if err != nil {
		return token{}, unfinished(err)
	}
	l.offset += int64(len(tag))
	end := append([]byte{'$'}, tag...)
	l.buf = l.buf[:0]
	for !bytes.HasSuffix(l.buf, end) {
		c, err := l.readByte()
		if err != nil {
			return token{}, unfinished(err)
		}
		if len(l.buf) > maxLine {
			return token{}, errLineTooLong
		}
		l.buf = append(l.buf, c)
	}
	return token{kind: tokenString, text: string(l.buf[:len(l.buf)-len(end)])}, nil
}

func (l *lexer) run(kind tokenKind, first byte, belongs func(byte) bool) (token, error) {
	l.buf = append(l.buf[:0], first)
	for belongs(l.peek(0)) {
		c, err := l.readByte()
		if err != nil {
			return token{}, err
		}
		l.buf = append(l.buf, c)
	}
	return token{kind: kind, text: strings.ToLower(string(l.buf))}, nil
}

func isDigit(c byte) bool     { return c >= '0' && c <= '9' }
func isWordStart(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }
func isWordByte(c byte) bool  { return isWordStart(c) || isDigit(c) || c == '$' }

// isNumberByte takes digits, the point and an exponent; its sign is joined by signed.
func isNumberByte(c byte) bool {
	return isDigit(c) || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-'
}

func unfinished(err error) error {
	if err == io.EOF {
		return errUnfinished
	}
	return err
}

// skipStatement leaves everything up to and with the next semicolon, given the token
// that was read last.
func (l *lexer) skipStatement(last token) error {
	for !last.isSign(";") {
		if last.kind == tokenEnd {
			return errUnfinished
		}
		var err error
		if last, err = l.next(); err != nil {
			return err
		}
	}
	return nil
}

// expect reads one sign.
func (l *lexer) expect(sign string) error {
	t, err := l.next()
	if err == nil && !t.isSign(sign) {
		err = fmt.Errorf("%q stands where %q should", t.text, sign)
	}
	return err
}
