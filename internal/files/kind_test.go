package files_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"ekolek/internal/testkit"
)

var pdf = []byte("%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n")

const wordTypes = `<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`

// entry is one file of an archive.
type entry struct {
	name    string
	content []byte
}

// docx makes an archive of the entries, the two of every DOCX first.
func docx(t *testing.T, more ...entry) []byte {
	t.Helper()
	return archive(t, append([]entry{{"[Content_Types].xml", []byte(wordTypes)}, {"word/document.xml", []byte("<w:document>Points are not money.</w:document>")}}, more...)...)
}

func archive(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.Create(e.name)
		must(t, err)
		_, err = w.Write(e.content)
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

// F-38, H-11, H-13: what is stored is what its name says, and nothing hides in it.
func TestCorpus(t *testing.T) {
	o := newOffice(t, testkit.DB(t))
	word := docx(t)
	many := make([]entry, 300)
	for i := range many {
		many[i] = entry{fmt.Sprintf("word/media/%d.xml", i), []byte("x")}
	}
	bomb := docx(t, entry{"word/media/zeros.bin", make([]byte, 80<<20)})
	lying := bytes.Clone(bomb) // says of its entries that they are small
	for i := 0; i+46 < len(lying); i++ {
		if bytes.HasPrefix(lying[i:], []byte("PK\x01\x02")) {
			copy(lying[i+24:], []byte{200, 0, 0, 0})
		}
	}
	encrypted := bytes.Clone(word)
	for i := 0; i+10 < len(encrypted); i++ {
		if bytes.HasPrefix(encrypted[i:], []byte("PK\x01\x02")) {
			encrypted[i+8] |= 1
		}
	}
	const noDocument, broken, ending = "error.files.no_document", "error.files.broken_document", "error.files.ending"
	for _, c := range []struct {
		title, name string
		content     []byte
		want        string // "" is taken
	}{
		{"a PDF", "terms.pdf", pdf, ""},
		{"a DOCX", "terms.docx", word, ""},
		{"a DOCX with pictures", "terms.docx", docx(t, entry{"word/media/image1.png", []byte("\x89PNG\r\n\x1a\n")}), ""},
		{"nothing", "terms.pdf", nil, "error.files.empty"},
		{"too large", "terms.pdf", bytes.Repeat([]byte("%PDF-1.7\n%%EOF\n"), 1<<20), "error.files.too_large"},
		{"HTML called PDF", "terms.pdf", []byte("<!doctype html><script>alert(1)</script>%%EOF"), noDocument},
		{"HTML", "terms.html", []byte("<html></html>"), noDocument},
		{"SVG", "terms.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), noDocument},
		{"a program", "terms.pdf", []byte("MZ\x90\x00"), noDocument},
		{"a picture", "terms.jpg", []byte("\xff\xd8\xff\xe0 and so on"), noDocument},
		{"a PDF called DOCX", "terms.docx", pdf, ending},
		{"a PDF called HTML", "terms.html", pdf, ending},
		{"a PDF called nothing", "terms", pdf, ending},
		{"a PDF with two endings", "terms.pdf.exe", pdf, ending},
		{"a PDF after something else", "terms.pdf", append([]byte("GIF89a"), pdf...), noDocument},
		{"a PDF cut off", "terms.pdf", pdf[:40], broken},
		{"a PDF that is a ZIP too", "terms.pdf", append(append(bytes.Clone(pdf), archive(t, entry{"x.html", []byte("<script>")})...), "%%EOF"...), broken},
		{"a ZIP that is none", "terms.docx", []byte("PK\x03\x04 and nothing"), broken},
		{"a ZIP without a text", "terms.docx", archive(t, entry{"x.html", []byte("<script>")}), broken},
		{"a spreadsheet called DOCX", "terms.docx", archive(t, entry{"[Content_Types].xml", []byte("<Types>spreadsheetml.sheet.main+xml</Types>")}, entry{"word/document.xml", []byte("x")}), broken},
		{"a DOCX cut off", "terms.docx", word[:len(word)-30], broken},
		{"a bomb", "terms.docx", bomb, broken},
		{"a bomb that lies about its size", "terms.docx", lying, broken},
		{"a high ratio below the limit", "terms.docx", docx(t, entry{"word/media/zeros.bin", make([]byte, 30<<20)}), broken},
		{"too many entries", "terms.docx", docx(t, many...), broken},
		{"an archive in the archive", "terms.docx", docx(t, entry{"word/embeddings/x.docx", word}), broken},
		{"a compressed file in the archive", "terms.docx", docx(t, entry{"word/x.gz", []byte("\x1f\x8b\x08")}), broken},
		{"macros", "terms.docx", docx(t, entry{"word/vbaProject.bin", []byte("x")}), broken},
		{"a way out", "terms.docx", docx(t, entry{"../../etc/cron.d/x", []byte("x")}), broken},
		{"a way out for Windows", "terms.docx", docx(t, entry{`..\x`, []byte("x")}), broken},
		{"one name twice", "terms.docx", docx(t, entry{"word/document.xml", []byte("another")}), broken},
		{"a password", "terms.docx", encrypted, broken},
		{"a name of nothing but dots", "../../...pdf", pdf, ""},
		{"a name with signs", "a\x00\u202eb<c>.pdf", pdf, ""},
		{"a very long name", strings.Repeat("ñ", 4000) + ".pdf", pdf, ""},
	} {
		t.Run(c.title, func(t *testing.T) {
			before := len(o.objects())
			f, err := o.put(c.name, c.content)
			if got := fieldKey(err); got != c.want || (c.want == "" && err != nil) {
				t.Fatalf("%q, %v; want %q", got, err, c.want)
			}
			if c.want != "" && len(o.objects()) != before {
				t.Error("something was stored")
			}
			if c.want == "" && (strings.ContainsAny(f.Name, "/\\\x00\u202e<>") || len([]rune(f.Name)) > 130 || strings.HasPrefix(f.Name, ".")) {
				t.Errorf("is called %q", f.Name)
			}
		})
	}
}
