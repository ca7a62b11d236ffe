package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// tally counts tests and their sub-tests.
type tally struct{ passed, failed, skipped int }

func (t *tally) add(o tally) {
	t.passed += o.passed
	t.failed += o.failed
	t.skipped += o.skipped
}

func (t tally) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", t.passed, t.failed, t.skipped)
}

// event is a line of `go test -json`; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build-output and build-fail
	Test       string
	Elapsed    float64
	Output     string
}

// counter follows one stream. What a test printed is kept until its end is known.
type counter struct {
	total  tally
	inside map[string]int // package → tests of it that failed
	output map[string][]string
	out    io.Writer
}

// count reads the stream of one go test to its end, reports to w as it goes, and
// counts. A package that fails without a failed test (it does not build, it panics
// outside of a test, it runs out of time) counts as one failure.
func count(stream io.Reader, w io.Writer) tally {
	c := counter{inside: map[string]int{}, output: map[string][]string{}, out: w}
	lines := bufio.NewReader(stream)
	for {
		line, err := lines.ReadString('\n')
		c.line(line)
		if err != nil {
			return c.total
		}
	}
}

func (c *counter) line(line string) {
	var e event
	if json.Unmarshal([]byte(line), &e) != nil {
		fmt.Fprint(c.out, line) // not an event: the go command itself speaks
		return
	}
	switch {
	case e.Action == "output" || e.Action == "build-output":
		key := e.Package + e.ImportPath + " " + e.Test
		c.output[key] = append(c.output[key], e.Output)
	case e.Action == "build-fail":
		c.print(e.ImportPath + " ")
	case e.Test != "":
		c.test(e)
	default:
		c.pkg(e)
	}
}

func (c *counter) test(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "pass":
		c.total.passed++
	case "fail":
		c.total.failed++
		c.inside[e.Package]++
		c.print(key)
	case "skip":
		c.total.skipped++
		c.print(key)
	default:
		return
	}
	delete(c.output, key)
}

func (c *counter) pkg(e event) {
	key := e.Package + " "
	switch e.Action {
	case "pass":
		fmt.Fprintf(c.out, "ok    %s %.1fs\n", e.Package, e.Elapsed)
	case "skip":
		fmt.Fprintf(c.out, "      %s has no tests\n", e.Package)
	case "fail":
		if c.inside[e.Package] == 0 {
			c.total.failed++
			c.unfinished(e.Package)
		}
		c.print(key)
		fmt.Fprintf(c.out, "FAIL  %s %.1fs\n", e.Package, e.Elapsed)
	default:
		return
	}
	delete(c.output, key)
}

// unfinished prints what the tests of a package said that never came to an end.
func (c *counter) unfinished(pkg string) {
	for key := range c.output {
		if strings.HasPrefix(key, pkg+" ") && key != pkg+" " {
			c.print(key)
			delete(c.output, key)
		}
	}
}

func (c *counter) print(key string) {
	for _, line := range c.output[key] {
		if !strings.HasPrefix(line, "=== ") {
			fmt.Fprint(c.out, line)
		}
	}
}
