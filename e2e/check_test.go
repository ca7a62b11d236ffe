package e2e

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/go-rod/rod/lib/proto"
)

var axeSource = sync.OnceValues(func() (string, error) {
	data, err := os.ReadFile("testdata/axe-core/axe.min.js")
	return string(data), err
})

// check holds the open page to what every page promises.
func (p *person) check() {
	p.t.Helper()
	for _, finding := range p.findings() {
		p.t.Errorf("%s at %s (%s): %s", p.name, p.path(), p.device, finding)
	}
}

// findings lists what is wrong with the open page.
func (p *person) findings() []string {
	p.t.Helper()
	out := axe(p.t, p)
	if got := p.page.MustEval(`() => document.documentElement.lang`).Str(); got != p.device.lang {
		out = append(out, fmt.Sprintf("the page is in %q", got))
	}
	if width := p.page.MustEval(`() => document.documentElement.scrollWidth`).Int(); width > p.device.width {
		out = append(out, fmt.Sprintf("the page is %d pixels wide: %s", width, p.page.MustEval(widest)))
	}
	return append(out, p.takeTroubles()...)
}

func (p *person) takeTroubles() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	got := p.troubles
	p.troubles = nil
	return got
}

// widest names the element that reaches farthest to the right.
const widest = `() => {
	let far = document.body
	for (const e of document.querySelectorAll("body *"))
		if (e.getBoundingClientRect().right > far.getBoundingClientRect().right) far = e
	return far.outerHTML.slice(0, 200)
}`

// axe runs the accessibility rules of WCAG 2.2 A and AA on the open page. The source is
// given to the debugger, so the page's own policy against foreign scripts stays on.
func axe(t testing.TB, p *person) []string {
	t.Helper()
	source, err := axeSource()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (proto.RuntimeEvaluate{Expression: source}).Call(p.page); err != nil {
		t.Fatalf("load axe-core: %v", err)
	}
	result := p.page.Timeout(patience).MustEval(`async () => {
		const r = await axe.run(document, { resultTypes: ["violations"],
			runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
		return r.violations.map(v => v.id + ": " + v.help + "\n" + v.nodes.map(n => "    " + n.html.slice(0, 200) +
			"\n    " + n.failureSummary.replaceAll("\n", " ")).slice(0, 3).join("\n"))
	}`)
	var out []string
	for _, v := range result.Arr() {
		out = append(out, "axe: "+strings.TrimSpace(v.Str()))
	}
	return out
}
