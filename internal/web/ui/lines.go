package ui

import (
	"fmt"
	"strings"

	"ekolek/internal/web/i18n"
)

// The drawing areas of a line chart; the words at the lines' ends stand right of it.
var (
	wideLines   = plot{left: 52, right: 462, top: 22, base: 204, labelY: "224", box: "0 0 560 232"}
	narrowLines = plot{left: 44, right: 318, top: 22, base: 180, labelY: "198", box: "0 0 330 206", short: true}
)

// LineChart compares two figures over time. Its title states the finding.
type LineChart struct {
	ID     string // unique on the page
	Title  string
	Note   string // what is drawn
	Unit   string // at the axis
	Head   string // first column of the table: "Week of"
	A, B   string // what the two lines are
	Points []Pair
}

// Pair is one moment with both figures.
type Pair struct {
	Label        string // "7 Sep"
	A, B         int64
	TextA, TextB string // written
}

func (c LineChart) top() int64 {
	var most int64
	for _, p := range c.Points {
		most = max(most, p.A, p.B)
	}
	return roundUp(most)
}

// grid is that of a bar chart with the same top; figures are hundredths of points.
func (c LineChart) grid(p plot) []gridLine {
	lines := BarChart{Bars: []Bar{{Value: c.top()}}}.grid(p)
	for i := range lines {
		lines[i].text = i18n.Number(c.top() * int64(i) / 4 / 100)
	}
	return lines
}

func (c LineChart) x(p plot, i int) float64 {
	return p.left + (p.right-p.left)*float64(i)/float64(max(1, len(c.Points)-1))
}

func (c LineChart) y(p plot, v int64) float64 {
	return p.base - (p.base-p.top)*float64(v)/float64(c.top())
}

// path draws one line.
func (c LineChart) path(p plot, value func(Pair) int64) string {
	var b strings.Builder
	for i, point := range c.Points {
		command := byte('L')
		if i == 0 {
			command = 'M'
		}
		fmt.Fprintf(&b, "%c%.1f %.1f", command, c.x(p, i), c.y(p, value(point)))
	}
	return b.String()
}

// lineEnd is the name and last figure of a line, beside its end.
type lineEnd struct {
	class, name, text string
	x, y              string // of the dot
	nameY, textY      string
}

// ends keeps the two labels from lying on each other.
func (c LineChart) ends(p plot) []lineEnd {
	if len(c.Points) == 0 {
		return nil
	}
	last := c.Points[len(c.Points)-1]
	ya, yb := c.y(p, last.A), c.y(p, last.B)
	la, lb := ya, yb
	if gap := 40.0; lb >= la && lb-la < gap {
		lb = la + gap
	} else if la > lb && la-lb < gap {
		la = lb + gap
	}
	end := func(class, name, text string, dot, label float64) lineEnd {
		return lineEnd{class: class, name: name, text: text, x: unit(p.right), y: unit(dot), nameY: unit(label - 2), textY: unit(label + 14)}
	}
	return []lineEnd{end("a", c.A, last.TextA, ya, la), end("b", c.B, last.TextB, yb, lb)}
}

// ticks are the labels under the axis, every second one.
func (c LineChart) ticks(p plot) []column {
	step := 2
	if p.short {
		step = 5
	}
	var list []column
	for i := 0; i < len(c.Points); i += step {
		list = append(list, column{middle: unit(c.x(p, i)), label: c.Points[i].Label})
	}
	return list
}
