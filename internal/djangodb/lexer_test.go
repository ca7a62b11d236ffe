package djangodb

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tokensOf reads all of a text.
func tokensOf(text string, escapes bool) ([]token, error) {
	lex := newLexer(strings.NewReader(text), 0, 1)
	lex.escapes = escapes
	var out []token
	for {
		t, err := lex.next()
		if err != nil || t.kind == tokenEnd {
			return out, err
		}
		out = append(out, t)
	}
}

func TestLexer(t *testing.T) {
	word, name, str, num, sign := tokenWord, tokenName, tokenString, tokenNumber, tokenSign
	cases := map[string]struct {
		text    string
		escapes bool
		want    []token
	}{
		"words and signs":     {"Insert INTO t(a);", false, []token{{word, "insert"}, {word, "into"}, {word, "t"}, {sign, "("}, {word, "a"}, {sign, ")"}, {sign, ";"}}},
		"quoted name":         {`"Order" "a""b"`, false, []token{{name, "Order"}, {name, `a"b`}}},
		"string":              {`'it''s; -- not' 'x\n'`, false, []token{{str, "it's; -- not"}, {str, `x\n`}}},
		"escape string":       {`E'a\'b\\\n' e'\x41'`, false, []token{{str, "a'b\\\n"}, {str, "A"}}},
		"plain with escapes":  {`'a\'b'`, true, []token{{str, "a'b"}}},
		"dollars":             {"$$a;'b$$ $x1$ $$ $x1$", false, []token{{str, "a;'b"}, {str, " $$ "}}},
		"parameter":           {"$1", false, []token{{sign, "$"}, {num, "1"}}},
		"numbers":             {"1.5e-05, -2", false, []token{{num, "1.5e-05"}, {sign, ","}, {sign, "-"}, {num, "2"}}},
		"comments":            {"a -- b ;\n/* c /* d */ ; */ e", false, []token{{word, "a"}, {word, "e"}}},
		"comment at the end":  {"a -- b", false, []token{{word, "a"}}},
		"letters of others":   {"Peña", false, []token{{word, "peña"}}},
		"e that is no string": {"e 'x' E", false, []token{{word, "e"}, {str, "x"}, {word, "e"}}},
		"empty string":        {"''", false, []token{{str, ""}}},
	}
	for title, c := range cases {
		t.Run(title, func(t *testing.T) {
			got, err := tokensOf(c.text, c.escapes)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(token{})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestLexerUnfinished(t *testing.T) {
	for _, text := range []string{"'abc", `"abc`, "$$abc", "$tag$abc$ta", "/* abc /* */", `E'abc\'`, "$abc"} {
		_, err := tokensOf(text, false)
		if text == "$abc" { // no quote at all: a sign and a word
			if err != nil {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		if !errors.Is(err, errUnfinished) {
			t.Errorf("%q: error %v, want errUnfinished", text, err)
		}
	}
}

func TestLexerKnowsWhereItIs(t *testing.T) {
	text := "a;\n-- c\n'x\ny' $$\n$$\nb"
	lex := newLexer(strings.NewReader(text), 100, 7)
	for {
		tok, err := lex.next()
		if err != nil {
			t.Fatal(err)
		}
		if tok.kind == tokenEnd {
			break
		}
	}
	if lex.offset != int64(100+len(text)) || lex.line != 7+strings.Count(text, "\n") {
		t.Errorf("at byte %d, line %d; want %d, %d", lex.offset, lex.line, 100+len(text), 7+strings.Count(text, "\n"))
	}
}

func TestLineReader(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	text := "a\n\r\n" + long + "\r\nlast"
	lines := newLineReader(strings.NewReader(text))
	for _, want := range []string{"a", "", long, "last"} {
		got, err := lines.next()
		if err != nil || string(got) != want {
			t.Fatalf("a line of %d bytes, want %d (%v)", len(got), len(want), err)
		}
	}
	if _, err := lines.next(); err != io.EOF {
		t.Errorf("after the last line: %v", err)
	}
	if lines.read != int64(len(text)) {
		t.Errorf("read %d bytes of %d", lines.read, len(text))
	}
}

func TestUnescape(t *testing.T) {
	cases := map[string]string{
		`plain`: "plain", `\N`: "N", `\\N`: `\N`, `a\tb`: "a\tb", `\0`: "\x00", `\1011`: "A1", `\8`: "8",
		`\x4a`: "J", `\x4`: "\x04", `\x`: "x", `\xg`: "xg", `end\`: `end\`, `\.`: ".",
	}
	for in, want := range cases {
		if got := string(unescape([]byte(in))); got != want {
			t.Errorf("unescape(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzDump: whatever the file holds, the reader ends, with rows or with an error.
func FuzzDump(f *testing.F) {
	for _, seed := range []string{
		"COPY accounts_barangay (id, name) FROM stdin;\n1\tA\n\\.\n",
		"CREATE TABLE accounts_barangay (id uuid, name text);\nINSERT INTO accounts_barangay VALUES (1, E'a\\'b'), (-2, NULL);\n",
		"CREATE FUNCTION f() AS $a$ ; $a$;\n\\connect x\n/* /* */ */ SET standard_conforming_strings = off;",
		"INSERT INTO accounts_barangay (id) VALUES ('x'::numeric(3,2));",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		src, err := writeDump(t, text)
		if err != nil {
			return
		}
		columns, _ := src.Columns(tableBarangay)
		for row, err := range src.Rows(t.Context(), tableBarangay) {
			if err != nil {
				return
			}
			if len(row.values) == 0 {
				t.Errorf("a row without values; the table has the columns %q", columns)
			}
		}
	})
}
