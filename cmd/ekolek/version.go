package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
)

type versionCmd struct {
	JSON bool   `help:"For programs." xor:"as"`
	SBOM bool   `name:"sbom" help:"Print the bill of materials, CycloneDX 1.6: every module and vendored file in this program." xor:"as"`
	Of   string `help:"Tell of another program instead: a file with what go version -m -json says of it." type:"existingfile" placeholder:"FILE"`
}

// build is what a program knows about its own making.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"` // empty: built outside of a checkout
	Time     string `json:"commit_time,omitempty"`
	Dirty    bool   `json:"dirty"` // the checkout had changes that no commit has
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Trimmed  bool   `json:"trimmed"` // no paths of the machine that built it
	Race     bool   `json:"race"`
}

// Run tells which program this is.
func (v versionCmd) Run(c console) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this program carries no build information")
	}
	if v.Of != "" {
		var err error
		if info, err = readBuildInfo(v.Of); err != nil {
			return err
		}
	}
	switch {
	case v.SBOM:
		return printJSON(c, billOfMaterials(info))
	case v.JSON:
		return printJSON(c, buildOf(info))
	}
	b := buildOf(info)
	fmt.Fprintf(c.out, "ekolek %s\ncommit  %s\nbuilt   %s, %s\n", b.Version, b.commitWords(), b.Go, b.Platform)
	return nil
}

// readBuildInfo reads what the go command printed about a program. To read programs
// themselves, of every format there is, would make this one half a megabyte larger.
func readBuildInfo(file string) (*debug.BuildInfo, error) {
	said, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	info := new(debug.BuildInfo)
	if err := json.Unmarshal(said, info); err != nil || info.GoVersion == "" {
		return nil, fmt.Errorf("%s is not what go version -m -json prints", file)
	}
	return info, nil
}

func buildOf(info *debug.BuildInfo) build {
	set := map[string]string{}
	for _, s := range info.Settings {
		set[s.Key] = s.Value
	}
	return build{
		Version: strings.TrimPrefix(info.Main.Version, "v"), Commit: set["vcs.revision"], Time: set["vcs.time"], Dirty: set["vcs.modified"] == "true",
		Go: info.GoVersion, Platform: set["GOOS"] + "/" + set["GOARCH"], Trimmed: set["-trimpath"] == "true", Race: set["-race"] == "true",
	}
}

func (b build) commitWords() string {
	switch {
	case b.Commit == "":
		return "unknown: built outside of a checkout"
	case b.Dirty:
		return b.Commit + " of " + b.Time + ", with changes that no commit has"
	default:
		return b.Commit + " of " + b.Time
	}
}

func printJSON(c console, v any) error {
	e := json.NewEncoder(c.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
