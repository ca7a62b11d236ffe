package telemetry

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// seal appends a JSON line to out, as the chain's next behind prev.
func (c *chain) seal(out, p []byte, prev Head, torn []byte) ([]byte, Head) {
	from := len(out)
	p = bytes.TrimRight(p, "\n")
	out = append(out, p[:len(p)-1]...) // without its }
	if len(torn) > 0 {
		sum := sha256.Sum256(torn)
		out = append(append(append(out, `,"torn":"`...), hex.EncodeToString(sum[:])...), '"')
	}
	head := Head{Seq: prev.Seq + 1}
	out = strconv.AppendInt(append(out, `,"seq":`...), head.Seq, 10)
	out = append(append(append(out, `,"prev":"`...), prev.Hash...), `","key":"`...)
	out = append(append(out, c.keys[0].id...), '"')
	head.Hash = c.keys[0].hash(out[from:])
	return append(append(append(out, `,"hash":"`...), head.Hash...), "\"}\n"...), head
}

func (k sealKey) hash(line []byte) string {
	m := hmac.New(sha256.New, k.key)
	m.Write(line)
	return hex.EncodeToString(m.Sum(nil))
}

// sealed is what a line says of itself.
type sealed struct {
	head       Head
	prev, torn string
	keyID      string
	body       []byte // what the hash is over
}

// parse reads a line without its line end, from its back; false when it does not end as
// a sealed one. No text inside of the line can look like that end: there, quotes are
// escaped.
func parse(line []byte) (s sealed, ok bool) {
	e := ending{line, true}
	e.cut(`"}`)
	s.head.Hash = e.hex(64)
	e.cut(`,"hash":"`)
	s.body = e.rest
	e.cut(`"`)
	s.keyID = e.hex(8)
	e.cut(`","key":"`)
	if !bytes.HasSuffix(e.rest, []byte(`"prev":"`)) {
		s.prev = e.hex(64)
	}
	e.cut(`,"prev":"`)
	s.head.Seq = e.number()
	e.cut(`,"seq":`)
	if t := (ending{e.rest, true}); e.ok {
		t.cut(`"`)
		s.torn = t.hex(64)
		if t.cut(`,"torn":"`); !t.ok {
			s.torn = ""
		}
	}
	return s, e.ok
}

// ending takes a line apart from its back.
type ending struct {
	rest []byte
	ok   bool
}

func (e *ending) cut(text string) {
	rest, found := bytes.CutSuffix(e.rest, []byte(text))
	e.rest, e.ok = rest, e.ok && found
}

func (e *ending) hex(n int) string {
	if len(e.rest) < n {
		e.ok = false
		return ""
	}
	from := len(e.rest) - n
	out := e.rest[from:]
	for _, c := range out {
		e.ok = e.ok && (c >= '0' && c <= '9' || c >= 'a' && c <= 'f')
	}
	e.rest = e.rest[:from]
	return string(out)
}

func (e *ending) number() int64 {
	from := len(e.rest)
	for from > 0 && e.rest[from-1] >= '0' && e.rest[from-1] <= '9' {
		from--
	}
	n, err := strconv.ParseInt(string(e.rest[from:]), 10, 64)
	e.rest, e.ok = e.rest[:from], e.ok && err == nil
	return n
}

// genuine says that the line was sealed with one of the keys; known whether its key is
// one of them.
func (s sealed) genuine(keys []sealKey) (genuine, known bool) {
	for _, k := range keys {
		if k.id == s.keyID {
			return hmac.Equal([]byte(k.hash(s.body)), []byte(s.head.Hash)), true
		}
	}
	return false, false
}
