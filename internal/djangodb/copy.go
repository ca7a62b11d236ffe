package djangodb

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// value is one field of a row, as text.
type value struct {
	text string
	null bool
}

// maxLine bounds one row of COPY data and one literal of an INSERT. PostgreSQL's own
// bound for a field is 1 GB; nothing in the reference comes near this one.
const maxLine = 64 << 20

var errLineTooLong = errors.New("a line is longer than 64 MB")

// errNotUTF8 is given for text in another encoding; guessing would damage names.
var errNotUTF8 = errors.New("text is not UTF-8; dump again with pg_dump --encoding=UTF8")

// lineReader reads lines of any length up to maxLine, ended by LF or CR LF.
type lineReader struct {
	r    *bufio.Reader
	long []byte // reused for lines that do not fit into r's buffer
	read int64  // bytes consumed
}

func newLineReader(r io.Reader) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10)}
}

// next gives the line without its end; it is valid until the following call.
// io.EOF comes only when nothing is left.
func (l *lineReader) next() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		l.long = append(l.long[:0], line...)
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = l.r.ReadSlice('\n')
			if len(l.long)+len(line) > maxLine {
				return nil, errLineTooLong
			}
			l.long = append(l.long, line...)
		}
		line = l.long
	}
	l.read += int64(len(line))
	if err != nil && (err != io.EOF || len(line) == 0) {
		return nil, err
	}
	line = bytes.TrimSuffix(line, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'}), nil // a CR that is data is written \r
}

// decodeCopyLine splits a line of COPY's text format and undoes its escapes.
func decodeCopyLine(line []byte, columns int) ([]value, error) {
	values := make([]value, 0, columns)
	for more := true; more; {
		var field []byte
		field, line, more = bytes.Cut(line, []byte{'\t'})
		v, err := decodeCopyField(field)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	if len(values) != columns {
		return nil, fmt.Errorf("the row has %d fields, its table %d columns", len(values), columns)
	}
	return values, nil
}

func decodeCopyField(field []byte) (value, error) {
	if string(field) == `\N` {
		return value{null: true}, nil
	}
	if bytes.IndexByte(field, '\\') >= 0 {
		field = unescape(field)
	}
	if !utf8.Valid(field) {
		return value{}, errNotUTF8
	}
	return value{text: string(field)}, nil
}

// unescape undoes the backslash escapes that COPY's text format and E” strings share:
// \b \f \n \r \t \v, up to three octal digits, \x with up to two hexadecimal ones, and
// any other character for itself.
func unescape(in []byte) []byte {
	out := make([]byte, 0, len(in))
	for i := 0; i < len(in); i++ {
		c := in[i]
		if c != '\\' || i+1 == len(in) {
			out = append(out, c)
			continue
		}
		i++
		switch c = in[i]; {
		case c >= '0' && c <= '7':
			n, used := digits(in[i:], 3, 8)
			out = append(out, byte(n))
			i += used - 1
		case c == 'x':
			n, used := digits(in[i+1:], 2, 16)
			if used == 0 {
				out = append(out, 'x')
				continue
			}
			out = append(out, byte(n))
			i += used
		default:
			out = append(out, control(c))
		}
	}
	return out
}

// digits reads at most width digits of a base and tells how many there were.
func digits(in []byte, width, base int) (n, used int) {
	for used < min(width, len(in)) {
		d := digit(in[used])
		if d < 0 || d >= base {
			break
		}
		n = n*base + d
		used++
	}
	return n, used
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func control(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'v':
		return '\v'
	}
	return c
}
