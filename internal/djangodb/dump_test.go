package djangodb

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// writeDump puts a text into a file and opens it.
func writeDump(t *testing.T, text string) (Source, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dump.sql")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := OpenDump(path)
	if err == nil {
		t.Cleanup(func() {
			if err := src.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return src, err
}

// rowsOf reads a whole table: each row as its columns in the source's order.
func rowsOf(t *testing.T, src Source, table string) []map[string]string {
	t.Helper()
	var out []map[string]string
	for row, err := range src.Rows(t.Context(), table) {
		if err != nil {
			t.Fatalf("rows of %s: %v", table, err)
		}
		fields := map[string]string{}
		for column := range row.columns {
			if text, ok := row.get(column); ok {
				fields[column] = text
			}
		}
		out = append(out, fields)
	}
	return out
}

const complete = "\n-- PostgreSQL database dump complete\n"

func TestDumpSpellings(t *testing.T) {
	want := []map[string]string{{"id": "1", "name": "Poblacion"}, {"id": "2", "name": "It's; -- here"}, {"id": "3"}}
	create := "CREATE TABLE public.accounts_barangay (\n    id uuid NOT NULL,\n    name character varying(100) DEFAULT 'a,b'::character varying,\n    CONSTRAINT c CHECK ((id > 0))\n);\n"
	cases := map[string]string{
		"copy":               "COPY public.accounts_barangay (id, name) FROM stdin;\n1\tPoblacion\n2\tIt's; -- here\n3\t\\N\n\\.\n",
		"copy CRLF":          "COPY public.accounts_barangay (id, name) FROM stdin;\r\n1\tPoblacion\r\n2\tIt's; -- here\r\n3\t\\N\r\n\\.\r\n",
		"copy other order":   "COPY accounts_barangay (name, id) FROM stdin;\nPoblacion\t1\nIt's; -- here\t2\n\\N\t3\n\\.\n",
		"copy quoted names":  `COPY "public"."accounts_barangay" ("id", "name") FROM stdin;` + "\n1\tPoblacion\n2\tIt's; -- here\n3\t\\N\n\\.\n",
		"copy no columns":    create + "COPY public.accounts_barangay FROM stdin;\n1\tPoblacion\n2\tIt's; -- here\n3\t\\N\n\\.\n",
		"inserts":            create + "INSERT INTO public.accounts_barangay VALUES (1, 'Poblacion');\nINSERT INTO public.accounts_barangay VALUES (2, 'It''s; -- here');\nINSERT INTO public.accounts_barangay VALUES (3, NULL);\n",
		"column inserts":     "INSERT INTO public.accounts_barangay (id, name) VALUES (1, 'Poblacion');\n\n-- a comment\nINSERT INTO public.accounts_barangay (name, id) VALUES ('It''s; -- here', 2);\nINSERT INTO public.accounts_barangay (id) VALUES (3);\n",
		"rows per insert":    create + "INSERT INTO public.accounts_barangay OVERRIDING SYSTEM VALUE VALUES\n\t(1, 'Poblacion'),\n\t(2, E'It\\'s; -- here'),\n\t(3, NULL)\nON CONFLICT DO NOTHING;\n",
		"casts":              "insert into accounts_barangay (id, name) values ('1'::numeric(3,0), 'Poblacion'), (2, 'It''s; -- here'::character varying(100)), (3, null);",
		"between others":     "INSERT INTO public.django_session (a) VALUES ('x;');\nINSERT INTO public.accounts_barangay (id, name) VALUES (1, 'Poblacion');\nINSERT INTO public.django_session (a) VALUES ('y');\nINSERT INTO public.accounts_barangay (id, name) VALUES (2, 'It''s; -- here');\nSELECT pg_catalog.setval('x', 1);\nINSERT INTO public.accounts_barangay (id, name) VALUES (3, NULL);\n",
		"function with body": "CREATE FUNCTION f() RETURNS void AS $fn$ BEGIN; INSERT INTO accounts_barangay VALUES (9, 'no'); $$ END; $fn$ LANGUAGE sql;\nCOPY public.accounts_barangay (id, name) FROM stdin;\n1\tPoblacion\n2\tIt's; -- here\n3\t\\N\n\\.\n",
		"comments":           "/* a /* b */ ; */\n\\restrict abc'def\nCOPY public.accounts_barangay (id, name) FROM stdin;\n1\tPoblacion\n2\tIt's; -- here\n3\t\\N\n\\.\n",
		"byte order mark":    "\ufeffSET client_encoding = 'UTF8';\nCOPY public.accounts_barangay (id, name) FROM stdin;\n1\tPoblacion\n2\tIt's; -- here\n3\t\\N\n\\.\n",
		"old escapes":        "SET standard_conforming_strings = off;\nINSERT INTO accounts_barangay (id, name) VALUES (1, 'Poblacion'), (2, 'It\\'s; -- here'), (3, NULL);\n",
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			src, err := writeDump(t, text+complete)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // as often as asked
				if diff := cmp.Diff(want, rowsOf(t, src, tableBarangay)); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			}
			if len(src.Remarks()) > 0 {
				t.Errorf("remarks %v", src.Remarks())
			}
		})
	}
}

func TestDumpEscapes(t *testing.T) {
	const line = `a\tb\nc\\d\b\f\r\v\101\x42\q` + "\tMuñoz 中文 🏠\t\t\\\\N"
	src, err := writeDump(t, "COPY public.accounts_barangay (id, name, empty, literal) FROM stdin;\n"+line+"\n\\.\n"+complete)
	if err != nil {
		t.Fatal(err)
	}
	want := []map[string]string{{"id": "a\tb\nc\\d\b\f\r\vABq", "name": "Muñoz 中文 🏠", "empty": "", "literal": `\N`}}
	if diff := cmp.Diff(want, rowsOf(t, src, tableBarangay)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDumpHugeLine(t *testing.T) {
	huge := strings.Repeat("ñ", 1<<20)
	src, err := writeDump(t, "COPY accounts_barangay (id, name) FROM stdin;\n1\t"+huge+"\n2\tnext\n\\.\n"+complete)
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(t, src, tableBarangay)
	if len(rows) != 2 || rows[0]["name"] != huge || rows[1]["name"] != "next" {
		t.Errorf("a row of %d bytes did not come back", len(huge))
	}
}

func TestDumpPackedByGzip(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte("COPY accounts_barangay (id) FROM stdin;\n1\n\\.\n" + complete)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	path := filepath.Join(t.TempDir(), "dump.sql.gz")
	if err := os.WriteFile(path, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := OpenDump(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]map[string]string{{"id": "1"}}, rowsOf(t, src, tableBarangay)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if err := src.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(temp, "ekolek-dump-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("the unpacked copy with personal data stays behind: %v %v", left, err)
	}
}

func TestDumpRefusals(t *testing.T) {
	cases := map[string]struct{ text, hint string }{
		"custom format":  {"PGDMP\x01\x0e\x00", "pg_restore"},
		"UTF-16":         {"\xff\xfeS\x00E\x00T\x00", "pg_dump --file"},
		"other encoding": {"SET client_encoding = 'LATIN1';\n", "--encoding=UTF8"},
		"not UTF-8":      {"COPY accounts_barangay (id) FROM stdin;\nMu\xf1oz\n\\.\n", "--encoding=UTF8"},
		"cut in COPY":    {"COPY accounts_barangay (id) FROM stdin;\n1\n2\n", "middle of table accounts_barangay"},
		"cut in text":    {"INSERT INTO accounts_barangay (id) VALUES ('abc", "cut off"},
		"cut statement":  {"CREATE TABLE accounts_barangay (id uuid", "cut off"},
		"no columns":     {"INSERT INTO accounts_barangay VALUES (1);\n", "--column-inserts"},
		"two schemas":    {"CREATE TABLE a.accounts_barangay (id uuid);\nCREATE TABLE b.accounts_barangay (id uuid);\n", "--schema"},
		"two databases":  {"CREATE TABLE accounts_barangay (id uuid);\nCREATE TABLE accounts_barangay (id uuid);\n", "pg_dumpall"},
		"CSV":            {"COPY accounts_barangay (id) FROM stdin WITH (FORMAT csv);\n1\n\\.\n", "options"},
		"short row":      {"COPY accounts_barangay (id, name) FROM stdin;\n1\n\\.\n", "1 fields"},
		"short insert":   {"INSERT INTO accounts_barangay (id, name) VALUES (1);\n", "1 fields"},
		"expression":     {"INSERT INTO accounts_barangay (id) VALUES (now());\n", "where a value should"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			src, err := writeDump(t, c.text)
			if err == nil {
				for _, rowErr := range src.Rows(t.Context(), tableBarangay) {
					err = rowErr
				}
			}
			if err == nil || !strings.Contains(err.Error(), c.hint) {
				t.Errorf("error %v, want a hint of %q", err, c.hint)
			}
		})
	}
	t.Run("folder", func(t *testing.T) {
		if _, err := OpenDump(t.TempDir()); err == nil || !strings.Contains(err.Error(), "--format=plain") {
			t.Errorf("error %v, want a hint of the plain format", err)
		}
	})
}

func TestDumpWithoutItsEndIsRemarked(t *testing.T) {
	src, err := writeDump(t, "COPY accounts_barangay (id) FROM stdin;\n1\n\\.\n")
	if err != nil {
		t.Fatal(err)
	}
	if r := src.Remarks(); len(r) != 1 || r[0].Kind != FindSource {
		t.Errorf("remarks %v, want one about the source", r)
	}
}

func TestParseScaled(t *testing.T) {
	cases := []struct {
		text     string
		decimals int
		want     int64
		exact    bool
		bad      bool
	}{
		{text: "120.50", decimals: 2, want: 12050, exact: true},
		{text: "-0.005", decimals: 2, want: -1},
		{text: "2.6745", decimals: 3, want: 2675},
		{text: "0.30000000000000004", decimals: 3, want: 300},
		{text: "1e-05", decimals: 3, want: 0},
		{text: "1.5e3", decimals: 2, want: 150000, exact: true},
		{text: "0", decimals: 2, want: 0, exact: true},
		{text: "NaN", decimals: 2, bad: true},
		{text: "Infinity", decimals: 2, bad: true},
		{text: "1e300", decimals: 2, bad: true},
		{text: "1e999999999", decimals: 2, bad: true},
		{text: "1/3", decimals: 2, bad: true},
		{text: "", decimals: 2, bad: true},
	}
	for _, c := range cases {
		n, exact, err := parseScaled(c.text, c.decimals)
		if (err != nil) != c.bad || n != c.want || !c.bad && exact != c.exact {
			t.Errorf("parseScaled(%q, %d) = %d, %v, %v", c.text, c.decimals, n, exact, err)
		}
	}
}
