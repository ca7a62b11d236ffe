package main

import (
	"encoding/base64"
	"encoding/hex"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/google/uuid"

	"ekolek/internal/web/static"
)

// bom is a CycloneDX 1.6 document, as far as we fill it.
type bom struct {
	Format       string      `json:"bomFormat"`
	SpecVersion  string      `json:"specVersion"`
	SerialNumber string      `json:"serialNumber"`
	Version      int         `json:"version"`
	Metadata     bomMetadata `json:"metadata"`
	Components   []component `json:"components"`
}

type bomMetadata struct {
	Timestamp string    `json:"timestamp,omitempty"` // of the commit: two builds of it print the same
	Component component `json:"component"`
}

type component struct {
	Type     string    `json:"type"`
	Name     string    `json:"name"`
	Version  string    `json:"version,omitempty"`
	PURL     string    `json:"purl,omitempty"`
	Hashes   []bomHash `json:"hashes,omitempty"`
	Licenses []license `json:"licenses,omitempty"`
}

type bomHash struct {
	Alg     string `json:"alg"`
	Content string `json:"content"`
}

type license struct {
	License struct {
		ID string `json:"id"`
	} `json:"license"`
}

// billOfMaterials lists what this program is made of: the modules that the linker put in,
// with their checksums, Go's standard library, and the vendored files of the pages. It
// depends on the program alone, so that everybody who builds a commit gets the same text.
func billOfMaterials(info *debug.BuildInfo) bom {
	b := buildOf(info)
	doc := bom{
		Format: "CycloneDX", SpecVersion: "1.6", Version: 1,
		Metadata: bomMetadata{b.Time, component{Type: "application", Name: "ekolek", Version: b.Version, PURL: "pkg:golang/ekolek@" + b.Version, Licenses: licensed("Apache-2.0")}},
	}
	std := strings.TrimPrefix(strings.Fields(b.Go)[0], "go")
	doc.Components = append(doc.Components, component{Type: "library", Name: "std", Version: std, PURL: "pkg:golang/std@" + std, Licenses: licensed("BSD-3-Clause")})
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		doc.Components = append(doc.Components, component{Type: "library", Name: m.Path, Version: m.Version, PURL: "pkg:golang/" + m.Path + "@" + m.Version, Hashes: sha256Of(m.Sum)})
	}
	for _, v := range static.Vendored() {
		doc.Components = append(doc.Components, component{Type: "library", Name: v.Name, Version: v.Version, PURL: "pkg:npm/" + strings.Replace(v.Name, "@", "%40", 1) + "@" + v.Version, Licenses: licensed(v.License)})
	}
	names := make([]string, len(doc.Components))
	for i, c := range doc.Components {
		names[i] = c.PURL
	}
	slices.Sort(names)
	doc.SerialNumber = "urn:uuid:" + uuid.NewSHA1(uuid.NameSpaceURL, []byte(b.Commit+" "+b.Platform+" "+strings.Join(names, " "))).String()
	return doc
}

// sha256Of turns go.sum's "h1:" checksum, the SHA-256 of a module's file list in base64,
// into the document's form.
func sha256Of(sum string) []bomHash {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sum, "h1:"))
	if err != nil || len(raw) != 32 {
		return nil
	}
	return []bomHash{{"SHA-256", hex.EncodeToString(raw)}}
}

func licensed(id string) []license {
	var l license
	l.License.ID = id
	return []license{l}
}
